# SPDX-License-Identifier: Apache-2.0
"""Exit 1, and say what, when anything tagged runbook:* or named runbook-* is alive."""
import sys

import boto3

URL = sys.argv[1]
REGIONS = sys.argv[2:] or ["ap-northeast-1", "us-east-1"]
DEAD = {"terminated", "deleted", "rejected", "failed", "expired", "delete-complete"}
left = []


def client(name, region):
    return boto3.client(name, region_name=region, endpoint_url=URL)


def tagged(thing):
    return any(t["Key"].startswith("runbook:") for t in thing.get("Tags", []))


for region in REGIONS:
    ec2 = client("ec2", region)
    finders = [
        ("describe_vpcs", "Vpcs", "VpcId", lambda t: t["State"]),
        ("describe_subnets", "Subnets", "SubnetId", lambda t: t["State"]),
        ("describe_route_tables", "RouteTables", "RouteTableId", lambda t: ""),
        ("describe_security_groups", "SecurityGroups", "GroupId", lambda t: ""),
        ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", lambda t: t["State"]),
        ("describe_vpc_peering_connections", "VpcPeeringConnections", "VpcPeeringConnectionId",
         lambda t: t["Status"]["Code"]),
        ("describe_instance_connect_endpoints", "InstanceConnectEndpoints",
         "InstanceConnectEndpointId", lambda t: t["State"]),
        ("describe_volumes", "Volumes", "VolumeId", lambda t: t["State"]),
    ]
    for call, key, name, state in finders:
        for thing in getattr(ec2, call)()[key]:
            if tagged(thing) and state(thing).lower() not in DEAD:
                left.append((region, thing[name], state(thing)))
    for r in ec2.describe_instances()["Reservations"]:
        for i in r["Instances"]:
            if tagged(i) and i["State"]["Name"] not in DEAD:
                left.append((region, i["InstanceId"], i["State"]["Name"]))

iam = client("iam", "us-east-1")
left += [("iam", r["RoleName"], "") for r in iam.list_roles()["Roles"]
         if r["RoleName"].startswith("runbook-")]
left += [("iam", p["InstanceProfileName"], "")
         for p in iam.list_instance_profiles()["InstanceProfiles"]
         if p["InstanceProfileName"].startswith("runbook-")]
left += [("s3", b["Name"], "") for b in client("s3", "us-east-1").list_buckets()["Buckets"]
         if b["Name"].startswith("runbook-")]

for line in left:
    print("left:", *line)
sys.exit(1 if left else 0)
