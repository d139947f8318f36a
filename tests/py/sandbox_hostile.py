# SPDX-License-Identifier: Apache-2.0
"""
Whatever comes in over the wire, the sandbox answers or hangs up, and goes on.

usage: sandbox_hostile.py URL PID [ROUNDS]
"""
import os
import random
import socket
import sys
import threading
import urllib.request

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

URL, PID = sys.argv[1], int(sys.argv[2])
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 300
ADDRESS = URL.split("//")[1]
HOST, PORT = ADDRESS.split(":")
rng = random.Random(int(os.environ.get("SEED", "20261123")))


def alive(where):
    try:
        with urllib.request.urlopen(URL + "/_sandbox/info", timeout=30) as answer:
            assert answer.status == 200
    except OSError as e:
        raise SystemExit(f"the sandbox does not answer after: {where}: {e}")
    os.kill(PID, 0)


def throw(data, shut=True):
    """Send bytes; read a little of what comes back, whatever it is."""
    with socket.create_connection((HOST, int(PORT)), timeout=30) as s:
        try:
            s.sendall(data)
            if shut:
                s.shutdown(socket.SHUT_WR)
            return s.recv(65536)
        except OSError:
            return b""


def signed(service, body, headers=None, method="POST", path="/"):
    """A request that passes the signature check, so that its content is looked at."""
    all_headers = {"Host": ADDRESS, "User-Agent": "Botocore/hostile", **(headers or {})}
    r = AWSRequest(method, URL + path, data=body, headers=all_headers)
    if service == "s3":
        import hashlib
        r.headers["x-amz-content-sha256"] = hashlib.sha256(body).hexdigest()
    SigV4Auth(Credentials("AKIASANDBOX000000000", "sandbox"), service, "us-east-1").add_auth(r)
    head = "".join(f"{k}: {v}\r\n" for k, v in dict(r.headers).items())
    return (f"{method} {path} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n"
            f"Connection: close\r\n\r\n").encode() + body


def garbage(n):
    return bytes(rng.randrange(256) for _ in range(n))


# ---- HTTP that is none

LINES = [
    b"", b"\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET  HTTP/1.1\r\n\r\n",
    b"G\0T / HTTP/1.1\r\n\r\n", b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
    b"GET / HTTP/1.1\r\nA: " + b"b" * 200000 + b"\r\n\r\n",
    b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\n\r\n",
    b"GET /?" + b"a&" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT / HTTP/1.1\r\n\r\n", b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PATCH /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%00%0d%0a HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /_sandbox/world HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
    b"POST /_sandbox/fault HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n\0\xff=\n=\n",
    b"POST /_sandbox/skip HTTP/1.1\r\nHost: x\r\nContent-Length: 22\r\n\r\n9999999999999999999999",
]
for line in LINES:
    throw(line)
    throw(line, shut=False) if line.endswith(b"\r\n\r\n") else None
    alive(line[:60])

# ---- bodies that are signed, and nonsense

DEEP = b"[" * 100000 + b"]" * 100000
JSON = [b"", b"null", b"{", DEEP, b'{"a":' * 5000 + b"1" + b"}" * 5000, b'{"Name":1}',
        b'{"Name":"\\u0000"}', b'{"InstanceId":[],"InstanceOSUser":{}}', b"\xff\xfe", garbage(500)]
for target in ("AmazonSSM.GetParameter", "AmazonSSM.GetParametersByPath", "AmazonSSM.", ".", "x",
               "AWSEC2InstanceConnectService.SendSSHPublicKey"):
    for body in JSON:
        service = "ssm" if target.startswith("AmazonSSM") else "ec2-instance-connect"
        throw(signed(service, body, {"X-Amz-Target": target,
                                     "Content-Type": "application/x-amz-json-1.1"}))
alive("JSON")

XML = [b"", b"<", b"<a>" * 50000, b"<a/>", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>"
       b"<Delete>&b;</Delete>", b"<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'aaaaaaaaaa'>"
       + b"".join(b"<!ENTITY a%d '&a%d;&a%d;'>" % (i, i - 1, i - 1) for i in range(1, 30))
       + b"]><Delete>&a29;</Delete>", b"<Tagging><TagSet><Tag/></TagSet></Tagging>",
       b"\xff\xfe<\0", b"<Delete>" + b"<Object><Key>k</Key></Object>" * 5000 + b"</Delete>",
       garbage(2000)]
throw(signed("s3", b"", method="PUT", path="/hostile-bucket"))
for path in ("/hostile-bucket?delete=", "/hostile-bucket?tagging=", "/hostile-bucket?policy=",
             "/hostile-bucket?encryption=", "/hostile-bucket?versioning=", "/hostile-bucket?uploads=",
             "/hostile-bucket/k?partNumber=0&uploadId=x", "/hostile-bucket/%00", "/%ff/%fe",
             "/hostile-bucket/" + "k" * 5000, "/a//..//b", "/?list-type=2"):
    for body in XML:
        throw(signed("s3", body, method=rng.choice(("PUT", "POST", "GET", "DELETE")), path=path))
alive("XML")

ACTIONS = ("CreateVpc", "DescribeVpcs", "RunInstances", "CreateRoute", "CreateTags", "DescribeTags",
           "AuthorizeSecurityGroupIngress", "CreateVpcEndpoint", "DeleteVpcEndpoints",
           "CreateVpcPeeringConnection", "ModifyInstanceAttribute", "CreateSubnet",
           "DescribeInstances", "CreateInstanceConnectEndpoint", "Describe" + "x" * 3000, "", "\0")
NAMES = ("CidrBlock", "VpcId", "VpcId.1", "VpcId.0", "VpcId.99999999999", "Filter.1.Name", "Filter.1",
         "Filter.1.Value.1", "Filter.2.Value.1", "Filter.N.Name", "ResourceId.1", "Tag.1.Key",
         "TagSpecification.1.Tag.1.Key", "TagSpecification.1.ResourceType", "NextToken", "MaxResults",
         "IpPermissions.1.IpProtocol", "IpPermissions.1.FromPort", "GroupId", "SubnetId", "ImageId",
         "MinCount", "MaxCount", "ClientToken", "PolicyDocument", "a.b.c.d.e", ".", "..", "1", "")
VALUES = ("", "x", "10.0.0.0/16", "0.0.0.0/0", "255.255.255.255/32", "-1", "9" * 40, "true", "%00", "%",
          "%ff", "vpc-0123456789abcdef0", "vpc", "CreateVpc", "tag:x", "state", "*" * 500, "\\" * 99,
          "a" * 100000, "65536", "tcp", "%F0%9F%92%A9", "<&>'\"", "bm90IGEgdG9rZW4=", "1e9", " ")
for _ in range(ROUNDS):
    form = "&".join(f"{rng.choice(NAMES)}={rng.choice(VALUES)}" for _ in range(rng.randrange(12)))
    body = f"Action={rng.choice(ACTIONS)}&Version=2016-11-15&{form}".encode()
    throw(signed(rng.choice(("ec2", "ec2", "ec2", "iam", "sts")), body,
                 {"Content-Type": "application/x-www-form-urlencoded"}))
alive("forms")

# ---- a good request with bytes changed

good = signed("ec2", b"Action=DescribeVpcs&Version=2016-11-15",
              {"Content-Type": "application/x-www-form-urlencoded"})
for _ in range(ROUNDS):
    data = bytearray(good)
    for _ in range(rng.randrange(1, 6)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    throw(bytes(data[:rng.randrange(len(data))] if rng.random() < 0.3 else data))
alive("changed bytes")

# ---- many at once, some of them silent

silent = [socket.create_connection((HOST, int(PORT))) for _ in range(40)]
failures = []


def worker(number):
    for i in range(25):
        answer = throw(signed("ec2", f"Action=CreateSecurityGroup&Version=2016-11-15&GroupName=g"
                              f"{number}-{i}&GroupDescription=d&VpcId=vpc-12345678".encode(),
                              {"Content-Type": "application/x-www-form-urlencoded"}))
        if not answer.startswith(b"HTTP/1.1 400"):
            failures.append(answer[:200])


threads = [threading.Thread(target=worker, args=(n,)) for n in range(12)]
for t in threads:
    t.start()
for t in threads:
    t.join()
for s in silent:
    s.close()
assert not failures, failures[0]
alive("many at once")
print("still there")
