# SPDX-License-Identifier: Apache-2.0
"""
Puts beside a run what a reader may stumble over: odd keys, versions, a delete marker, an unfinished
upload, tags and descriptions in letters of all sorts.
"""
import boto3
import botocore.config

BUCKET = "dressed-123456789012"
KEYS = ("plain", "with space", "odd/a+b&c=d", "odd/<tag>'\"", "odd/100%", "odd/%41", "odd//twice", "odd/.", "日本/キー",
        "emoji/\U0001f600", "line\nbreak", "tab\tand\rreturn", "e\u0301 decomposed", "a" * 200)
TEXT = "<a href=\"x\">&amp; 'q' \U0001f600 日本語"

s3 = boto3.client("s3", region_name="us-east-1", config=botocore.config.Config(s3={"addressing_style": "path"}))
s3.create_bucket(Bucket=BUCKET)
s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "Name", "Value": "日本語 + é"}, {"Key": "empty", "Value": ""}]})
for key in KEYS:
    s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode(), ContentType="text/plain; charset=utf-8",
                  Metadata={"who": "stranger"}, ChecksumAlgorithm="SHA256")
s3.put_object(Bucket=BUCKET, Key="plain", Body=b"newer")
s3.delete_object(Bucket=BUCKET, Key="with space")
s3.create_multipart_upload(Bucket=BUCKET, Key="odd/un finished")
for region in ("ap-northeast-1", "us-east-1"):
    ec2 = boto3.client("ec2", region_name=region)
    tags = [{"Key": "Name", "Value": TEXT}, {"Key": "empty", "Value": ""}, {"Key": "space ", "Value": " a  b "}]
    vpc = ec2.create_vpc(CidrBlock="172.16.0.0/16", TagSpecifications=[
        {"ResourceType": "vpc", "Tags": tags}])["Vpc"]["VpcId"]
    ec2.create_security_group(VpcId=vpc, GroupName="odd name", Description="(a) & {b} $1 [c], 2=3; !*")
