# SPDX-License-Identifier: Apache-2.0
"""
Asks the sandbox who may do what to a bucket: every policy of policies.json, by several principals, through
where this program runs.  Prints, a line each, what iam-simulate needs to decide the same, and what the
sandbox answered.

    decide.py make               the bucket, the roles; prints the principals' keys as JSON
    decide.py PLACE SETTINGS     PLACE: outside, endpoint, other.  SETTINGS: a JSON file with
                                 bucket, principals, vpce, other, vpc, and the URL of S3 for each place
"""
import datetime
import json
import os
import sys
import urllib.error
import urllib.request

import boto3
import botocore
import botocore.config
import botocore.exceptions

ACCOUNT = "123456789012"
REGION = "us-east-1"
BUCKET = "policies-" + ACCOUNT
ARN = "arn:aws:s3:::" + BUCKET
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}]}


def identity(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(effect, action, resource, **condition):
    said = {"Effect": effect, "Action": action, "Resource": resource}
    return said | ({"Condition": condition} if condition else {})


# What each role's own policy says.
ROLES = {
    "full": identity(statement("Allow", "s3:*", "*")),
    "some": identity(statement("Allow", ["s3:PutObject", "s3:List*"], [ARN, ARN + "/ok/*"])),
    "none": None,
    "deny": identity(statement("Allow", "*", "*"),
                     statement("Deny", "s3:Put*", ARN + "/*", StringNotEquals={
                         "s3:x-amz-server-side-encryption": "AES256"})),
}
# Name, action, key, parameters, what they add to the request's context.
REQUESTS = (
    ("put", "PutObject", "ok/a", {}, {}),
    ("put-sse", "PutObject", "ok/a", {"ServerSideEncryption": "AES256"}, {"s3:x-amz-server-side-encryption": "AES256"}),
    ("put-class", "PutObject", "other/A", {"StorageClass": "STANDARD"}, {"s3:x-amz-storage-class": "STANDARD"}),
    ("get", "GetObject", "ok/read", {}, {}),
    ("get-other", "GetObject", "other/read", {}, {}),
    ("delete", "DeleteObject", "ok/gone", {}, {}),
    ("list", "ListObjectsV2", None, {"Prefix": "ok/"}, {"s3:prefix": "ok/"}),
    ("list-all", "ListObjectsV2", None, {}, {}),
)
IAM_ACTION = {"ListObjectsV2": "s3:ListBucket"}


def client(service, keys=None, url=None):
    config = botocore.config.Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    if keys == "anonymous":
        config = config.merge(botocore.config.Config(signature_version=botocore.UNSIGNED))
        keys = None
    keys = keys or {}
    return boto3.client(service, region_name=REGION, config=config, endpoint_url=url,
                        aws_access_key_id=keys.get("AccessKeyId"), aws_secret_access_key=keys.get("SecretAccessKey"),
                        aws_session_token=keys.get("SessionToken"))


def make():
    s3, iam, sts = client("s3"), client("iam"), client("sts")
    s3.create_bucket(Bucket=BUCKET)
    for key in ("ok/read", "other/read"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    principals = {"root": {"AccessKeyId": os.environ["AWS_ACCESS_KEY_ID"],
                           "SecretAccessKey": os.environ["AWS_SECRET_ACCESS_KEY"]}}
    for name, policy in ROLES.items():
        role = iam.create_role(RoleName=name, Path="/judged/", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        if policy:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
        session = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="session")
        keys = session["Credentials"]
        keys.pop("Expiration")
        principals[name] = keys | {"arn": role["Arn"], "session": session["AssumedRoleUser"]["Arn"],
                                   "id": session["AssumedRoleUser"]["AssumedRoleId"]}
    json.dump(principals, sys.stdout)


def context(place, who, keys, settings):
    """What AWS knows of such a request, by the IAM and S3 user guides, not by the sandbox."""
    now = datetime.datetime.now(datetime.timezone.utc)
    known = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.2", "aws:RequestedRegion": REGION,
             "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "aws:EpochTime": str(int(now.timestamp())),
             "s3:ResourceAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}
    if place == "outside":
        known["aws:SourceIp"] = "127.0.0.1"
    else:
        known |= {"aws:SourceVpce": settings["vpce" if place == "endpoint" else "other"],
                  "aws:SourceVpc": settings["vpc"], "aws:VpcSourceIp": settings["private_ip"],
                  "aws:VpceAccount": ACCOUNT}
    if who != "anonymous":
        known |= {"aws:PrincipalAccount": ACCOUNT, "s3:authType": "REST-HEADER",
                  "s3:signatureversion": "AWS4-HMAC-SHA256", "aws:userid": keys.get("id", ACCOUNT),
                  "aws:PrincipalArn": keys.get("arn", f"arn:aws:iam::{ACCOUNT}:root"),
                  "aws:PrincipalType": "AssumedRole" if "arn" in keys else "Account"}
    else:
        known |= {"aws:PrincipalType": "Anonymous"}
    return known


def ask(s3, action, key, params):
    operation = {"PutObject": s3.put_object, "GetObject": s3.get_object, "DeleteObject": s3.delete_object,
                 "ListObjectsV2": s3.list_objects_v2}[action]
    if key:
        params = params | {"Key": key}
    try:
        operation(Bucket=BUCKET, **params)
    except botocore.exceptions.ClientError as e:
        if e.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


def filled(text, settings):
    for name in ("vpce", "other", "vpc", "private_ip"):
        text = text.replace("{" + name + "}", settings[name])
    return text.replace("{bucket}", ARN).replace("{account}", ACCOUNT)


def decide(place, settings):
    with open(os.path.join(os.path.dirname(__file__), "policies.json"), encoding="utf-8") as f:
        policies = json.loads(filled(f.read(), settings))
    url = settings["url"][place]
    principals = settings["principals"] | {"anonymous": {}}
    clients = {who: client("s3", keys or "anonymous", url) for who, keys in principals.items()}
    admin = clients["root"]
    for name, judged in policies.items():
        blocks = judged.get("block", False)
        # First open, for a block on public policies would refuse some.
        admin.delete_bucket_policy(Bucket=BUCKET)
        admin.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration={
            "BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": False,
            "RestrictPublicBuckets": blocks})
        policy = {"Version": "2012-10-17", "Statement": judged["statements"]}
        endpoint = judged.get("endpoint") if place != "outside" else None
        if judged["statements"]:
            admin.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
        for who, keys in principals.items():
            for request, action, key, params, adds in REQUESTS:
                allowed = ask(clients[who], action, key, params)
                simulation = {
                    "request": {
                        "principal": {"type": "Anonymous"} if who == "anonymous" else
                        keys.get("session", f"arn:aws:iam::{ACCOUNT}:root"),
                        "action": IAM_ACTION.get(action, "s3:" + action),
                        "resource": {"resource": ARN + ("/" + key if key else ""), "accountId": ACCOUNT},
                        "contextVariables": context(place, who, keys, settings) | adds},
                    "identityPolicies": [],
                    "serviceControlPolicies": [],
                    "resourceControlPolicies": [],
                    "additionalSettings": {"s3": {"blockPublicAccess": blocks}}}
                if judged["statements"]:
                    simulation["resourcePolicy"] = policy
                # The account's root has no policy and may do everything, as an administrator.
                own = identity(statement("Allow", "*", "*")) if who == "root" else ROLES.get(who)
                if own:
                    simulation["identityPolicies"] = [{"name": "own", "policy": own}]
                print(json.dumps({"case": f"{name} {who} {place} {request}", "allowed": allowed,
                                  "simulation": simulation}))


if sys.argv[1] == "make":
    make()
else:
    with open(sys.argv[2], encoding="utf-8") as settings_file:
        decide(sys.argv[1], json.load(settings_file))
