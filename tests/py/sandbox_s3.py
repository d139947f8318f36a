# SPDX-License-Identifier: Apache-2.0
"""boto3 against the sandbox's S3, for what the AWS CLI does not show (see tests/e2e/sandbox_s3.sh)."""
import io
import sys
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

URL = sys.argv[1]


def client(region, **config):
    return boto3.client(
        "s3",
        endpoint_url=URL,
        region_name=region,
        aws_access_key_id="AKIASANDBOX000000000",
        aws_secret_access_key="sandbox",
        config=Config(retries={"max_attempts": 0}, **config),
    )


def refused(code, status, call, **args):
    try:
        call(**args)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        assert e.response["ResponseMetadata"]["HTTPStatusCode"] == status, e
        return e.response
    raise AssertionError(f"{call.__name__} was not refused with {code}")


s3 = client("us-east-1")
B = "runbook-boto3"

# A bucket elsewhere, asked for in the wrong region: the client finds it.
eu = client("eu-west-1")
eu.create_bucket(Bucket=B + "-eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
assert s3.get_bucket_location(Bucket=B + "-eu")["LocationConstraint"] == "eu-west-1"
s3.put_object(Bucket=B + "-eu", Key="k", Body=b"x")
assert client("ap-northeast-1").get_object(Bucket=B + "-eu", Key="k")["Body"].read() == b"x"
refused("BucketAlreadyOwnedByYou", 409, eu.create_bucket, Bucket=B + "-eu",
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
refused("InvalidLocationConstraint", 400, s3.create_bucket, Bucket=B,
        CreateBucketConfiguration={"LocationConstraint": "us-east-1"})
eu.delete_object(Bucket=B + "-eu", Key="k")
eu.delete_bucket(Bucket=B + "-eu")

# Settings of a new bucket.
s3.create_bucket(Bucket=B)
s3.get_waiter("bucket_exists").wait(Bucket=B)
block = s3.get_public_access_block(Bucket=B)["PublicAccessBlockConfiguration"]
assert len(block) == 4 and all(block.values()), block
rule = s3.get_bucket_encryption(Bucket=B)["ServerSideEncryptionConfiguration"]["Rules"][0]
assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
refused("NoSuchBucketPolicy", 404, s3.get_bucket_policy, Bucket=B)
refused("AccessDenied", 403, s3.put_bucket_policy, Bucket=B,
        Policy='{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",'
               f'"Resource":"arn:aws:s3:::{B}/*"}}]}}')
refused("MalformedPolicy", 400, s3.put_bucket_policy, Bucket=B, Policy='{"Statement":[{}]}')
refused("AccessDenied", 403, s3.get_bucket_tagging, Bucket=B, ExpectedBucketOwner="999999999999")

# Objects with metadata, checksums, ranges, streams.
for algorithm in ("SHA256", "SHA1", "CRC32"):
    s3.put_object(Bucket=B, Key="sum", Body=b"hello", ChecksumAlgorithm=algorithm)
    head = s3.head_object(Bucket=B, Key="sum", ChecksumMode="ENABLED")
    assert head["Checksum" + algorithm], head
s3.put_object(Bucket=B, Key="odd / name&+%.txt", Body=b"0123456789", ContentType="text/plain",
              Metadata={"a": "b"})
got = s3.get_object(Bucket=B, Key="odd / name&+%.txt", Range="bytes=3-5")
assert got["Body"].read() == b"345" and got["ContentType"] == "text/plain", got
assert got["Metadata"] == {"a": "b"} and got["ContentRange"] == "bytes 3-5/10", got
data = bytes(range(256)) * 50000
s3.upload_fileobj(io.BytesIO(data), B, "parts",
                  Config=TransferConfig(multipart_threshold=1, multipart_chunksize=5 << 20))
head = s3.head_object(Bucket=B, Key="parts")
assert head["ContentLength"] == len(data) and head["ETag"].endswith('-3"'), head
back = io.BytesIO()
s3.download_fileobj(B, "parts", back)
assert back.getvalue() == data

# Presigned, for clients without keys.
v4 = client("us-east-1", signature_version="s3v4")
url = v4.generate_presigned_url("get_object", Params={"Bucket": B, "Key": "sum"})
assert urllib.request.urlopen(url).read() == b"hello"
request = urllib.request.Request(
    v4.generate_presigned_url("put_object", Params={"Bucket": B, "Key": "presigned"}),
    data=b"put", method="PUT")
assert urllib.request.urlopen(request).status == 200
try:
    urllib.request.urlopen(f"{URL}/{B}/sum")
    raise AssertionError("an anonymous read was let in")
except urllib.error.HTTPError as e:
    assert e.code == 403, e

# Lists in pages, with folders.
for i in range(25):
    s3.put_object(Bucket=B, Key=f"many/{i:02}", Body=b"")
pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=B, Prefix="many/",
                                                          PaginationConfig={"PageSize": 10}))
assert [len(p["Contents"]) for p in pages] == [10, 10, 5]
top = s3.list_objects_v2(Bucket=B, Delimiter="/")
assert [p["Prefix"] for p in top["CommonPrefixes"]] == ["many/", "odd /"], top

# Versions, and a bucket emptied as undo empties it.
s3.put_bucket_versioning(Bucket=B, VersioningConfiguration={"Status": "Enabled"})
s3.put_object(Bucket=B, Key="sum", Body=b"again")
s3.delete_object(Bucket=B, Key="sum")
refused("NoSuchKey", 404, s3.get_object, Bucket=B, Key="sum")
s3.create_multipart_upload(Bucket=B, Key="unfinished")
refused("BucketNotEmpty", 409, s3.delete_bucket, Bucket=B)
for page in s3.get_paginator("list_object_versions").paginate(
        Bucket=B, PaginationConfig={"PageSize": 7}):
    doomed = [{"Key": o["Key"], "VersionId": o["VersionId"]}
              for o in page.get("Versions", []) + page.get("DeleteMarkers", [])]
    if doomed:
        assert "Errors" not in s3.delete_objects(Bucket=B, Delete={"Objects": doomed})
for upload in s3.list_multipart_uploads(Bucket=B)["Uploads"]:
    s3.abort_multipart_upload(Bucket=B, Key=upload["Key"], UploadId=upload["UploadId"])
s3.delete_bucket(Bucket=B)
s3.get_waiter("bucket_not_exists").wait(Bucket=B)
