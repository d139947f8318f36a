#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Generated requests, signed by botocore and by our signer: every signature must be the same.

usage: sign_compare.py SIGN_REQUEST [COUNT [SEED]]

SIGN_REQUEST is build/rel/tests/tools/sign_request.  The last line is "N of N signatures agree".
"""
import base64
import datetime
import json
import random
import subprocess
import sys
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials

SERVICES = ["ec2", "iam", "sts", "s3", "ssm", "ec2-instance-connect"]
REGIONS = ["us-east-1", "ap-northeast-1", "cn-north-1", "us-gov-west-1", "eu-isoe-west-1"]
ODD = "abcXYZ019-_.~ !\"#$%&'()*+,/:;<=>?@[\\]^`{|}\u00e9\u3042\U0001f600"
ALGORITHM = "AWS4-HMAC-SHA256"


class FrozenDate(datetime.datetime):
    """What botocore takes for the clock."""

    at = None

    @classmethod
    def utcnow(cls):
        return cls.at

    @classmethod
    def now(cls, tz=None):
        return cls.at


def odd_text(rng, most):
    return "".join(rng.choice(ODD) for _ in range(rng.randint(0, most)))


def quote(text, safe=""):
    return urllib.parse.quote(text, safe=safe + "-_.~")


def make_query(rng, unique):
    """Encoded pairs, as a client sends them; values may be empty, and keys may repeat unless
    `unique`: botocore's presigner keeps the first of each only."""
    pairs = []
    for _ in range(rng.choice([0, 0, 1, 2, 5, 20])):
        key = odd_text(rng, 8) or "k"
        if unique:
            key += str(len(pairs))
        value = odd_text(rng, rng.choice([0, 5, 40, 2000]))
        pairs.append(quote(key) + ("=" + quote(value) if value or rng.random() < 0.7 else ""))
    return "&".join(pairs)


def make_path(rng, service):
    if service == "s3":
        return "/" + quote(odd_text(rng, rng.choice([0, 3, 30, 900])), safe="/")
    return rng.choice(["/", "/", "/", "/openTunnel", "/a/../b/", "/a//b/./c", "/x%20y/%2F"])


def make_headers(rng, service):
    headers = []
    if rng.random() < 0.8:
        headers.append(["Content-Type", rng.choice([
            "application/x-www-form-urlencoded; charset=utf-8", "application/x-amz-json-1.1",
            "application/xml"])])
    if service in ("ssm", "ec2-instance-connect"):
        headers.append(["X-Amz-Target", "AmazonSSM.GetParameter"])
    for i in range(rng.choice([0, 0, 1, 3])):
        words = [quote(odd_text(rng, 12), safe="!#$&'()*+,/:;=?@[]") for _ in range(3)]
        headers.append(["X-Amz-Meta-%d" % i, rng.choice([" ", "   ", "\t "]).join(words)])
    if rng.random() < 0.2:
        headers += [["X-Amz-Repeat", "b"], ["x-amz-repeat", "a"]]
    if rng.random() < 0.3:
        headers += [["User-Agent", "u/1"], ["Expect", "100-continue"]]
    return headers


def make_case(rng, service):
    presign = rng.random() < 0.3
    token = None
    if rng.random() < 0.6:
        token = base64.b64encode(rng.randbytes(rng.choice([30, 400, 1500]))).decode()
    host = "%s.%s.amazonaws.com" % (service, rng.choice(REGIONS))
    port = rng.choice([0, 0, 0, 443, 8443])
    body = b"" if presign else rng.randbytes(rng.choice([0, 1, 100, 20000]))
    when = datetime.datetime(rng.randint(2015, 2037), rng.randint(1, 12), rng.randint(1, 28),
                             rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59))
    return {
        "method": "GET" if presign else rng.choice(["GET", "POST", "PUT", "DELETE", "HEAD"]),
        "scheme": "https",
        "host": host,
        "port": port,
        "path": make_path(rng, service),
        "query": make_query(rng, unique=presign),
        "headers": [] if presign else make_headers(rng, service),
        "body": base64.b64encode(body).decode(),
        "access_key": "AKID" + "".join(rng.choice("ABCDEFGH234567") for _ in range(16)),
        "secret_key": base64.b64encode(rng.randbytes(30)).decode(),
        "token": token,
        "region": rng.choice(REGIONS),
        "service": service,
        "date": when.strftime("%Y%m%dT%H%M%SZ"),
        "expires": rng.randint(1, 604800) if presign else 0,
    }


def botocore_signs(case):
    """The Authorization header, or the presigned query."""
    authority = case["host"] + (":%d" % case["port"] if case["port"] else "")
    url = "https://" + authority + case["path"] + ("?" + case["query"] if case["query"] else "")
    request = botocore.awsrequest.AWSRequest(case["method"], url,
                                             data=base64.b64decode(case["body"]))
    for name, value in case["headers"]:
        request.headers[name] = value
    credentials = botocore.credentials.Credentials(case["access_key"], case["secret_key"],
                                                   case["token"])
    FrozenDate.at = datetime.datetime.strptime(case["date"], "%Y%m%dT%H%M%SZ")
    s3 = case["service"] == "s3"
    args = (credentials, case["service"], case["region"])
    if case["expires"]:
        kind = botocore.auth.S3SigV4QueryAuth if s3 else botocore.auth.SigV4QueryAuth
        kind(*args, expires=case["expires"]).add_auth(request)
        return request.url.partition("?")[2]
    kind = botocore.auth.S3SigV4Auth if s3 else botocore.auth.SigV4Auth
    kind(*args).add_auth(request)
    return request.headers["Authorization"]


def signature_of(text):
    return text.replace("X-Amz-Signature=", "Signature=").rpartition("Signature=")[2]


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 4)
    botocore.auth.datetime.datetime = FrozenDate
    ours = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    agree, kinds = 0, {}
    for i in range(count):
        service = SERVICES[i % len(SERVICES)]
        case = make_case(rng, service)
        ours.stdin.write(json.dumps({k: v for k, v in case.items() if v is not None}) + "\n")
        ours.stdin.flush()
        mine = json.loads(ours.stdout.readline())
        theirs = botocore_signs(case)
        shown = mine["query"] if case["expires"] else mine["authorization"]
        if signature_of(shown) == signature_of(theirs):
            agree += 1
        else:
            print("DIFFERS", json.dumps(case)[:1000], "\n  ours    ", shown[-200:],
                  "\n  botocore", theirs[-200:])
        if not case["expires"] and shown != theirs:
            print("the header differs beside its signature:", shown, theirs)
            agree -= 1
        kind = (service, "query" if case["expires"] else "header")
        kinds[kind] = kinds.get(kind, 0) + 1
    ours.stdin.close()
    if ours.wait() != 0 or len(kinds) != 2 * len(SERVICES):
        sys.exit("sign_request failed, or not every service was signed both ways")
    print("%d of %d signatures agree" % (agree, count))
    sys.exit(agree != count)


main()
