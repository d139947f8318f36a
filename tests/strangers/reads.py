#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
What the SDKs' programs are to read of a finished run: a JSON list of [service, region, operation,
parameters], made of the sandbox's world (GET /_sandbox/world on stdin).  Every read that the sandbox
knows is among them, with things that are there and things that are not.
"""
import json
import sys

SOURCE, DESTINATION = "ap-northeast-1", "us-east-1"
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
ACCOUNT = "123456789012"
FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonS3FullAccess"

world = json.load(sys.stdin)
reads = []


def ids(kind, region):
    return [thing["id"] for thing in world.get(kind, {}).get(region, [])]


def read(service, region, operation, **params):
    reads.append([service, region, operation, params])


def ec2(region):
    def ask(operation, **params):
        read("ec2", region, operation, **params)

    for name in ("Vpcs", "DhcpOptions", "NetworkAcls", "Subnets", "RouteTables", "SecurityGroups", "SecurityGroupRules",
                 "NetworkInterfaces", "InstanceConnectEndpoints", "VpcEndpoints", "VpcEndpointAssociations",
                 "VpcPeeringConnections", "Instances", "InstanceStatus", "IamInstanceProfileAssociations", "Volumes", "Tags",
                 "AvailabilityZones", "Regions", "AccountAttributes", "InternetGateways", "NatGateways",
                 "ManagedPrefixLists", "PrefixLists", "InstanceTypeOfferings"):
        ask("Describe" + name)
    for name in ("GetAllowedImagesSettings", "GetInstanceMetadataDefaults", "GetEbsEncryptionByDefault",
                 "GetEbsDefaultKmsKeyId", "DescribeVpcBlockPublicAccessOptions", "DescribeAccountVpcEncryptionControl"):
        ask(name)
    ask("DescribeVpcEndpointServices", ServiceNames=[f"com.amazonaws.{region}.s3"])
    ask("DescribeInstanceTypes", InstanceTypes=["t3.micro", "m7g.large"])
    ask("DescribeImages", Owners=["amazon"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])
    ask("DescribeInstanceStatus", IncludeAllInstances=True)
    # Pages: the token is opaque, and what follows the first page is asked for by the programs.
    ask("DescribeSecurityGroupRules", MaxResults=5)
    for vpc in ids("vpc", region):
        for attribute in ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"):
            ask("DescribeVpcAttribute", VpcId=vpc, Attribute=attribute)
        ask("GetSecurityGroupsForVpc", VpcId=vpc)
        ask("DescribeStaleSecurityGroups", VpcId=vpc)
        ask("DescribeSubnets", Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "tag-key", "Values": ["runbook:*"]}])
    ask("DescribeSecurityGroupReferences", GroupId=ids("security-group", region))
    for instance in ids("instance", region):
        for attribute in ("instanceType", "disableApiTermination", "groupSet", "userData", "rootDeviceName",
                          "blockDeviceMapping", "sourceDestCheck", "ebsOptimized", "enaSupport",
                          "instanceInitiatedShutdownBehavior", "disableApiStop"):
            ask("DescribeInstanceAttribute", InstanceId=instance, Attribute=attribute)
        ask("DescribeInstanceCreditSpecifications", InstanceIds=[instance])
        ask("GetConsoleOutput", InstanceId=instance)
        ask("DescribeInstances", InstanceIds=[instance])
        ask("DescribeVpcs", VpcIds=ids("vpc", region), DryRun=True)
    # What AWS refuses.
    ask("DescribeVpcs", VpcIds=["vpc-0123456789abcdef0"])
    ask("DescribeVpcs", VpcIds=["nonsense"])
    ask("DescribeInstances", InstanceIds=["i-0123456789abcdef0"])
    ask("DescribeVpcPeeringConnections", VpcPeeringConnectionIds=["pcx-0123456789abcdef0"])
    ask("DescribeSecurityGroups", GroupIds=["sg-0123456789abcdef0"])
    ask("DescribeSubnets", Filters=[{"Name": "no-such-filter", "Values": ["x"]}])
    ask("DescribeRouteTables", MaxResults=2)


def iam():
    def ask(operation, **params):
        read("iam", DESTINATION, operation, **params)

    for role in ids("role", "global"):
        for operation in ("GetRole", "ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags",
                          "ListInstanceProfilesForRole"):
            ask(operation, RoleName=role)
        ask("GetRolePolicy", RoleName=role, PolicyName="inline")
        ask("SimulatePrincipalPolicy", PolicySourceArn=next(
            r["doc"]["arn"] for r in world["role"]["global"] if r["id"] == role),
            ActionNames=["s3:PutObject", "ec2:RunInstances"])
    for profile in ids("instance-profile", "global"):
        ask("GetInstanceProfile", InstanceProfileName=profile)
        ask("ListInstanceProfileTags", InstanceProfileName=profile)
    for operation in ("ListRoles", "ListInstanceProfiles", "ListAccountAliases", "GetAccountSummary", "GetUser"):
        ask(operation)
    ask("ListRoles", PathPrefix="/runbook/")
    ask("GetPolicy", PolicyArn=FULL_ACCESS)
    ask("GetPolicyVersion", PolicyArn=FULL_ACCESS, VersionId="v2")
    ask("GetRole", RoleName="nobody")
    ask("GetInstanceProfile", InstanceProfileName="nobody")
    ask("GetPolicy", PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy")
    ask("ListRoleTags", RoleName="not a name")


def s3():
    def ask(operation, **params):
        read("s3", DESTINATION, operation, **params)

    ask("ListBuckets")
    for bucket in ids("bucket", "global"):
        for operation in ("HeadBucket", "GetBucketAccelerateConfiguration", "GetBucketAcl", "GetBucketCors",
                          "GetBucketEncryption", "GetBucketLifecycleConfiguration", "GetBucketLocation", "GetBucketLogging",
                          "GetBucketNotificationConfiguration", "GetBucketOwnershipControls", "GetBucketPolicy",
                          "GetBucketPolicyStatus", "GetBucketReplication", "GetBucketRequestPayment", "GetBucketTagging",
                          "GetBucketVersioning", "GetBucketWebsite", "GetObjectLockConfiguration", "GetPublicAccessBlock",
                          "ListMultipartUploads", "ListObjectVersions", "ListObjects", "ListObjectsV2"):
            ask(operation, Bucket=bucket, ExpectedBucketOwner=ACCOUNT)
        ask("ListObjectsV2", Bucket=bucket, Prefix="odd/", Delimiter="/")
        ask("ListObjectsV2", Bucket=bucket, EncodingType="url", FetchOwner=True)
        ask("ListObjectsV2", Bucket=bucket, MaxKeys=2)
        ask("HeadBucket", Bucket=bucket, ExpectedBucketOwner="999999999999")
        for key in ids("object", bucket):
            ask("HeadObject", Bucket=bucket, Key=key, ChecksumMode="ENABLED")
            ask("GetObject", Bucket=bucket, Key=key, ChecksumMode="ENABLED")
            ask("GetObject", Bucket=bucket, Key=key, Range="bytes=0-3")
            ask("GetObjectTagging", Bucket=bucket, Key=key)
        ask("ListParts", Bucket=bucket, Key="none", UploadId="none")
        ask("HeadObject", Bucket=bucket, Key="none")
        ask("GetObject", Bucket=bucket, Key="none")
        ask("GetObject", Bucket=bucket, Key="none", VersionId="garbage")
    ask("HeadBucket", Bucket="nobody-has-this-bucket")
    ask("GetBucketPolicy", Bucket="nobody-has-this-bucket")


ec2(SOURCE)
ec2(DESTINATION)
iam()
s3()
read("sts", SOURCE, "GetCallerIdentity")
read("sts", SOURCE, "GetAccessKeyInfo", AccessKeyId="AKIASANDBOX000000000")
read("ssm", SOURCE, "GetParameter", Name=IMAGE)
read("ssm", DESTINATION, "GetParameters", Names=[IMAGE, "/no/such/parameter"])
read("ssm", DESTINATION, "GetParametersByPath", Path="/aws/service/ami-amazon-linux-latest")
read("ssm", SOURCE, "GetParameter", Name="/no/such/parameter")
json.dump(reads, sys.stdout, indent=1)
