#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
The job of steps 1-1 to 3-4 as a plain boto3 script does it: each call once, nothing read back, no
Instance Connect Endpoint (Debian's boto3 is older than it).  For bench_run.py to compare with.

    job_boto3.py up|down STATE_FILE THREADS      (THREADS: 1, or 2 for a region each)
"""
import json
import os
import sys
import threading
import time

import boto3
from botocore.config import Config

HERE, THERE = "ap-northeast-1", "us-east-1"
CIDR = {HERE: "10.0.0.0/16", THERE: "10.1.0.0/16"}
SUBNET = {HERE: "10.0.0.0/20", THERE: "10.1.0.0/20"}
NAME = "bench-job"
POLICY = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


def client(service, region):
    return boto3.session.Session().client(service, region_name=region,
                                          endpoint_url=os.environ["AWS_ENDPOINT_URL"],
                                          config=Config(s3={"addressing_style": "path"}))


def tags(kind):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": NAME}]}]


def network(ec2, region, s):
    s["vpc"] = ec2.create_vpc(CidrBlock=CIDR[region],
                              TagSpecifications=tags("vpc"))["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=s["vpc"], EnableDnsHostnames={"Value": True})
    s["subnet"] = ec2.create_subnet(VpcId=s["vpc"], CidrBlock=SUBNET[region],
                                    AvailabilityZone=region + "a",
                                    TagSpecifications=tags("subnet"))["Subnet"]["SubnetId"]
    s["table"] = ec2.create_route_table(
        VpcId=s["vpc"], TagSpecifications=tags("route-table"))["RouteTable"]["RouteTableId"]
    s["association"] = ec2.associate_route_table(
        RouteTableId=s["table"], SubnetId=s["subnet"])["AssociationId"]
    s["group"] = ec2.create_security_group(
        VpcId=s["vpc"], GroupName=NAME, Description=NAME,
        TagSpecifications=tags("security-group"))["GroupId"]


def ingress(ec2, group, port, cidr):
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{
        "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}])


def again(call, **arguments):
    """What is in use for a moment still."""
    until = time.monotonic() + 30
    while True:
        try:
            return call(**arguments)
        except Exception:  # pylint: disable=broad-except
            if time.monotonic() > until:
                raise


def source_up(s):
    ec2, iam = client("ec2", HERE), client("iam", HERE)
    network(ec2, HERE, s)
    ingress(ec2, s["group"], 22, CIDR[HERE])
    iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName=NAME, PolicyArn=POLICY)
    iam.create_instance_profile(InstanceProfileName=NAME)
    iam.add_role_to_instance_profile(InstanceProfileName=NAME, RoleName=NAME)
    image = client("ssm", HERE).get_parameter(Name=IMAGE)["Parameter"]["Value"]
    s["instance"] = again(ec2.run_instances, ImageId=image, InstanceType="t3.micro", MinCount=1,
                          MaxCount=1, SubnetId=s["subnet"], SecurityGroupIds=[s["group"]],
                          IamInstanceProfile={"Name": NAME},
                          MetadataOptions={"HttpTokens": "required"},
                          TagSpecifications=tags("instance"))["Instances"][0]["InstanceId"]


def destination_up(s):
    ec2, s3 = client("ec2", THERE), client("s3", THERE)
    network(ec2, THERE, s)
    ingress(ec2, s["group"], 443, CIDR[HERE])
    s["endpoint"] = ec2.create_vpc_endpoint(
        VpcEndpointType="Interface", VpcId=s["vpc"], ServiceName=f"com.amazonaws.{THERE}.s3",
        SubnetIds=[s["subnet"]], SecurityGroupIds=[s["group"]], PrivateDnsEnabled=False,
        TagSpecifications=tags("vpc-endpoint"))["VpcEndpoint"]["VpcEndpointId"]
    s3.create_bucket(Bucket=NAME)
    again(s3.put_bucket_tagging, Bucket=NAME,
          Tagging={"TagSet": [{"Key": "Name", "Value": NAME}]})
    s3.put_public_access_block(Bucket=NAME, PublicAccessBlockConfiguration={
        "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True})
    s3.put_bucket_policy(Bucket=NAME, Policy=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": "*", "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{NAME}/*",
            "Condition": {"StringEquals": {"aws:sourceVpce": s["endpoint"]}}}]}))


def peering_up(state):
    here, there = client("ec2", HERE), client("ec2", THERE)
    a, b = state[HERE], state[THERE]
    peering = here.create_vpc_peering_connection(
        VpcId=a["vpc"], PeerVpcId=b["vpc"], PeerRegion=THERE,
        TagSpecifications=tags("vpc-peering-connection")
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    state["peering"] = peering
    here.create_route(RouteTableId=a["table"], DestinationCidrBlock=CIDR[THERE],
                      VpcPeeringConnectionId=peering)
    again(there.accept_vpc_peering_connection, VpcPeeringConnectionId=peering)
    there.create_route(RouteTableId=b["table"], DestinationCidrBlock=CIDR[HERE],
                       VpcPeeringConnectionId=peering)


def network_down(ec2, s):
    again(ec2.delete_security_group, GroupId=s["group"])
    ec2.disassociate_route_table(AssociationId=s["association"])
    again(ec2.delete_subnet, SubnetId=s["subnet"])
    again(ec2.delete_route_table, RouteTableId=s["table"])
    again(ec2.delete_vpc, VpcId=s["vpc"])


def source_down(s):
    ec2, iam = client("ec2", HERE), client("iam", HERE)
    ec2.terminate_instances(InstanceIds=[s["instance"]])
    iam.remove_role_from_instance_profile(InstanceProfileName=NAME, RoleName=NAME)
    again(iam.delete_instance_profile, InstanceProfileName=NAME)
    iam.detach_role_policy(RoleName=NAME, PolicyArn=POLICY)
    again(iam.delete_role, RoleName=NAME)
    network_down(ec2, s)


def destination_down(s):
    ec2, s3 = client("ec2", THERE), client("s3", THERE)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[s["endpoint"]])
    s3.delete_bucket_policy(Bucket=NAME)
    s3.delete_bucket(Bucket=NAME)
    network_down(ec2, s)


def peering_down(state):
    here, there = client("ec2", HERE), client("ec2", THERE)
    here.delete_route(RouteTableId=state[HERE]["table"], DestinationCidrBlock=CIDR[THERE])
    there.delete_route(RouteTableId=state[THERE]["table"], DestinationCidrBlock=CIDR[HERE])
    here.delete_vpc_peering_connection(VpcPeeringConnectionId=state["peering"])


def both(threads, source, destination, state):
    if threads == 1:
        source(state[HERE])
        destination(state[THERE])
        return
    failed = []

    def guarded(work, s):
        try:
            work(s)
        except Exception as e:  # pylint: disable=broad-except
            failed.append(e)

    pair = [threading.Thread(target=guarded, args=(source, state[HERE])),
            threading.Thread(target=guarded, args=(destination, state[THERE]))]
    for t in pair:
        t.start()
    for t in pair:
        t.join()
    if failed:
        raise failed[0]


def main():
    verb, path, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if verb == "up":
        state = {HERE: {}, THERE: {}}
        both(threads, source_up, destination_up, state)
        peering_up(state)
        with open(path, "w") as f:
            json.dump(state, f)
    else:
        with open(path) as f:
            state = json.load(f)
        peering_down(state)
        both(threads, source_down, destination_down, state)


if __name__ == "__main__":
    main()
