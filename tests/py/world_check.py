#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Looks at an AWS (AWS_ENDPOINT_URL, keys from the environment) with boto3 alone and
compares every setting of the procedure with what is there.  It shares no line with
the program: what it knows is the procedure's table, the parameters of the run, and
the run's id, by which it finds the things itself.

    world_check.py STATUS.JSON          everything is there, as the table says
    world_check.py --gone STATUS.JSON   nothing of the run is there any more
    world_check.py --by-hand STATUS.JSON  as the first, of somebody who did not note every id

STATUS.JSON is `runbook status --output json`; it gives run, account, parameters,
and the ids that the program claims, which must be those found here.
"""
import hashlib
import json
import os
import sys
import urllib.request
import xml.etree.ElementTree as xml

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.exceptions

SETTINGS_AT_LEAST = {"peering": 100, "direct": 80}

# The steps of a procedure, by what they make.
STEPS = {
    "peering": {"endpoint": "2-3", "bucket": "2-4", "upload": "4-2"},
    "direct": {"endpoint": "2-1", "bucket": "2-2", "upload": "3-2"},
}

checks = []


def client(service, region):
    """A client for AWS_ENDPOINT_URL: the botocore of some systems is older than that variable."""
    return boto3.client(service, region_name=region,
                        endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))


def expect(name, expected, found):
    checks.append((name, expected, found))


def one(name, items):
    """The only item; a check that there is one and no more."""
    expect(name + ": how many", 1, len(items))
    return items[0] if items else {}


def tags_of(thing):
    return {t["Key"]: t["Value"] for t in thing.get("Tags", thing.get("TagSet", []))}


class Region:
    """One region's EC2, asked by tag."""

    def __init__(self, name, run):
        self.name = name
        self.ec2 = client("ec2", name)
        self.run = run

    def filters(self, step):
        return [{"Name": "tag:runbook:run", "Values": [self.run]},
                {"Name": "tag:runbook:step", "Values": [step]}]

    def raw(self, action, **params):
        """An action that this botocore does not know: the signed form, by hand."""
        body = "&".join(["Action=" + action, "Version=2016-11-15"] +
                        [f"{k}={v}" for k, v in params.items()])
        request = botocore.awsrequest.AWSRequest(
            "POST", self.ec2.meta.endpoint_url + "/", data=body,
            headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
                     "User-Agent": "Botocore/" + botocore.__version__})
        credentials = boto3.Session().get_credentials().get_frozen_credentials()
        botocore.auth.SigV4Auth(credentials, "ec2", self.name).add_auth(request)
        prepared = request.prepare()
        answer = urllib.request.urlopen(urllib.request.Request(
            prepared.url, data=body.encode(), headers=dict(prepared.headers)), timeout=30)
        root = xml.fromstring(answer.read())
        for node in root.iter():
            node.tag = node.tag.split("}")[-1]
        return root

    def connect_endpoints(self):
        """EC2 Instance Connect Endpoints of the run, as dictionaries."""
        found = []
        for item in self.raw("DescribeInstanceConnectEndpoints").findall(
                "instanceConnectEndpointSet/item"):
            tags = {t.findtext("key"): t.findtext("value") for t in item.findall("tagSet/item")}
            if tags.get("runbook:run") == self.run:
                found.append({
                    "id": item.findtext("instanceConnectEndpointId"),
                    "state": item.findtext("state"),
                    "subnet": item.findtext("subnetId"),
                    "vpc": item.findtext("vpcId"),
                    "preserve": item.findtext("preserveClientIp"),
                    "dns": item.findtext("dnsName"),
                    "groups": [g.text for g in item.findall("securityGroupIdSet/item")],
                    "Tags": [{"Key": k, "Value": v} for k, v in tags.items()],
                })
        return found


def rules_of(region, group):
    """The rules of a group, each as one line of text."""
    found = []
    for r in region.ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]:
        who = r.get("CidrIpv4") or r.get("CidrIpv6") or r.get("PrefixListId") or \
            r.get("ReferencedGroupInfo", {}).get("GroupId")
        ports = "" if r["IpProtocol"] == "-1" else f" {r['FromPort']}-{r['ToPort']}"
        found.append(f"{'out' if r['IsEgress'] else 'in'} {r['IpProtocol']}{ports} {who}")
    return sorted(found)


class Check:
    def __init__(self, status, by_hand):
        self.status = status
        self.by_hand = by_hand
        self.run = status["run"]
        self.param = status["parameters"]
        self.source = Region(self.param["source.region"], self.run)
        self.destination = Region(self.param["destination.region"], self.run)
        self.outputs = {s["id"]: s["outputs"] for s in status["steps"]}
        self.iam = client("iam", self.param["source.region"])
        self.s3 = client("s3", self.param["destination.region"])
        self.procedure = "direct" if "3-2" in self.outputs and "4-2" not in self.outputs else "peering"
        self.steps = STEPS[self.procedure]
        self.partition = "aws-cn" if self.param["source.region"].startswith("cn-") else "aws"

    def expect_tags(self, name, step, thing):
        tags = tags_of(thing)
        expect(f"{step} {name} tag runbook:run", self.run, tags.get("runbook:run"))
        expect(f"{step} {name} tag runbook:stack", self.status["stack"],
               tags.get("runbook:stack"))
        expect(f"{step} {name} tag runbook:step", step, tags.get("runbook:step"))
        expect(f"{step} {name} has a Name", True, bool(tags.get("Name")))

    def expect_output(self, step, name, found):
        if self.by_hand and name not in self.outputs[step]:
            return
        expect(f"{step} output {name}", found, self.outputs[step].get(name))

    # ---- 1-1, 2-1

    def vpc(self, step, region, cidr):
        ec2 = region.ec2
        vpc = one(f"{step} VPC", ec2.describe_vpcs(Filters=region.filters(step))["Vpcs"])
        vpc_id = vpc.get("VpcId", "vpc-none")
        expect(f"{step} state", "available", vpc.get("State"))
        expect(f"{step} block", cidr, vpc.get("CidrBlock"))
        expect(f"{step} blocks", [cidr],
               [b["CidrBlock"] for b in vpc.get("CidrBlockAssociationSet", [])])
        expect(f"{step} owner", self.status["account"], vpc.get("OwnerId"))
        for attribute, key in (("enableDnsSupport", "EnableDnsSupport"),
                               ("enableDnsHostnames", "EnableDnsHostnames")):
            found = ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)
            expect(f"{step} {attribute}", True, found[key]["Value"])
        self.expect_tags("VPC", step, vpc)
        self.expect_output(step, "vpc_id", vpc_id)
        table = one(f"{step} main table", ec2.describe_route_tables(Filters=[
            {"Name": "vpc-id", "Values": [vpc_id]},
            {"Name": "association.main", "Values": ["true"]}])["RouteTables"])
        expect(f"{step} main routes", [(cidr, "local", "active")],
               [(r.get("DestinationCidrBlock"), r.get("GatewayId"), r["State"])
                for r in table.get("Routes", [])])
        self.expect_output(step, "main_route_table_id", table.get("RouteTableId"))
        return vpc_id

    # ---- 1-2, 2-2, with 3-2's and 3-4's routes

    def subnet(self, step, region, side, vpc_id, other_cidr, route_step, peering):
        ec2 = region.ec2
        subnet = one(f"{step} subnet",
                     ec2.describe_subnets(Filters=region.filters(step))["Subnets"])
        expect(f"{step} state", "available", subnet.get("State"))
        expect(f"{step} VPC", vpc_id, subnet.get("VpcId"))
        expect(f"{step} block", self.param[side + ".subnet_cidr"], subnet.get("CidrBlock"))
        zone = self.param[side + ".zone"]
        if zone:
            expect(f"{step} zone", zone, subnet.get("AvailabilityZone"))
        expect(f"{step} public address on launch", False, subnet.get("MapPublicIpOnLaunch"))
        self.expect_tags("subnet", step, subnet)
        self.expect_output(step, "subnet_id", subnet.get("SubnetId"))
        self.expect_output(step, "availability_zone_id", subnet.get("AvailabilityZoneId"))
        table = one(f"{step} table",
                    ec2.describe_route_tables(Filters=region.filters(step))["RouteTables"])
        expect(f"{step} table's VPC", vpc_id, table.get("VpcId"))
        self.expect_tags("table", step, table)
        self.expect_output(step, "route_table_id", table.get("RouteTableId"))
        association = one(f"{step} association", table.get("Associations", []))
        expect(f"{step} associated subnet", subnet.get("SubnetId"), association.get("SubnetId"))
        expect(f"{step} association is explicit", False, association.get("Main"))
        expect(f"{step} association state", "associated",
               association.get("AssociationState", {}).get("State", "associated"))
        self.expect_output(step, "route_table_association_id",
                           association.get("RouteTableAssociationId"))
        routes = {r.get("DestinationCidrBlock"): r for r in table.get("Routes", [])}
        expect(f"{step} routes",
               sorted([self.param[side + ".vpc_cidr"]] + ([other_cidr] if other_cidr else [])),
               sorted(str(k) for k in routes))
        expect(f"{step} local route", "local",
               routes.get(self.param[side + ".vpc_cidr"], {}).get("GatewayId"))
        if other_cidr:
            expect(f"{route_step} target", peering,
                   routes.get(other_cidr, {}).get("VpcPeeringConnectionId"))
            expect(f"{route_step} state", "active", routes.get(other_cidr, {}).get("State"))
        gateways = ec2.describe_internet_gateways(
            Filters=[{"Name": "attachment.vpc-id", "Values": [vpc_id]}])["InternetGateways"]
        expect(f"{step} internet gateways", [], gateways)
        return subnet.get("SubnetId"), subnet.get("AvailabilityZone")

    def group(self, step, region, vpc_id, ingress):
        groups = region.ec2.describe_security_groups(Filters=region.filters(step))
        group = one(f"{step} group", groups["SecurityGroups"])
        group_id = group.get("GroupId", "sg-none")
        expect(f"{step} group's VPC", vpc_id, group.get("VpcId"))
        expect(f"{step} rules", sorted([ingress.replace("SELF", group_id), "out -1 0.0.0.0/0"]),
               rules_of(region, group_id))
        self.expect_tags("group", step, group)
        self.expect_output(step, "security_group_id", group_id)
        return group_id

    # ---- 1-3

    def connect_endpoint(self, vpc_id, subnet_id):
        group = self.group("1-3", self.source, vpc_id, "in -1 SELF")
        found = one("1-3 endpoint", [e for e in self.source.connect_endpoints()
                                     if not e["state"].startswith("delete")])
        expect("1-3 state", "create-complete", found.get("state"))
        expect("1-3 subnet", subnet_id, found.get("subnet"))
        expect("1-3 VPC", vpc_id, found.get("vpc"))
        expect("1-3 client address preserved", "false", found.get("preserve"))
        expect("1-3 groups", [group], found.get("groups"))
        self.expect_tags("endpoint", "1-3", found)
        self.expect_output("1-3", "instance_connect_endpoint_id", found.get("id"))
        self.expect_output("1-3", "instance_connect_endpoint_dns", found.get("dns"))
        return group

    # ---- 1-4

    def role(self):
        paths = f"/runbook/{self.run}/"
        role = one("1-4 role", self.iam.list_roles(PathPrefix=paths)["Roles"])
        name = role.get("RoleName", "none")
        role = self.iam.get_role(RoleName=name)["Role"]
        service = "ec2.amazonaws.com.cn" if self.partition == "aws-cn" else "ec2.amazonaws.com"
        statement = role["AssumeRolePolicyDocument"]["Statement"]
        expect("1-4 trust", [("Allow", {"Service": service}, "sts:AssumeRole")],
               [(s["Effect"], s["Principal"], s["Action"]) for s in statement])
        self.expect_tags("role", "1-4", role)
        attached = self.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        expect("1-4 role policies", [f"arn:{self.partition}:iam::aws:policy/AmazonS3FullAccess"],
               [p["PolicyArn"] for p in attached])
        expect("1-4 inline policies", [],
               self.iam.list_role_policies(RoleName=name)["PolicyNames"])
        self.expect_output("1-4", "role_name", name)
        profile = one("1-4 profile", self.iam.list_instance_profiles(
            PathPrefix=paths)["InstanceProfiles"])
        profile = self.iam.get_instance_profile(
            InstanceProfileName=profile["InstanceProfileName"])["InstanceProfile"]
        expect("1-4 profile's roles", [name], [r["RoleName"] for r in profile["Roles"]])
        self.expect_tags("profile", "1-4", profile)
        self.expect_output("1-4", "instance_profile_name", profile["InstanceProfileName"])
        return profile["Arn"]

    def newest_image(self):
        name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-" + \
            self.param["source.architecture"]
        ssm = client("ssm", self.source.name)
        return ssm.get_parameter(Name=name)["Parameter"]["Value"]

    def instance(self, vpc_id, subnet_id, zone, connect_group):
        ec2 = self.source.ec2
        group = self.group("1-4", self.source, vpc_id, f"in tcp 22-22 {connect_group}")
        profile_arn = self.role()
        reservations = ec2.describe_instances(Filters=self.source.filters("1-4"))["Reservations"]
        i = one("1-4 instance", [i for r in reservations for i in r["Instances"]
                                 if i["State"]["Name"] not in ("terminated", "shutting-down")])
        instance_id = i.get("InstanceId", "i-none")
        expect("1-4 state", "running", i.get("State", {}).get("Name"))
        expect("1-4 image", self.param["source.image"] or self.newest_image(), i.get("ImageId"))
        expect("1-4 type", self.param["source.instance_type"], i.get("InstanceType"))
        expect("1-4 architecture", self.param["source.architecture"], i.get("Architecture"))
        expect("1-4 VPC", vpc_id, i.get("VpcId"))
        expect("1-4 subnet", subnet_id, i.get("SubnetId"))
        expect("1-4 zone", zone, i.get("Placement", {}).get("AvailabilityZone"))
        expect("1-4 public address", None, i.get("PublicIpAddress"))
        expect("1-4 key pair", None, i.get("KeyName"))
        expect("1-4 groups", [group], [g["GroupId"] for g in i.get("SecurityGroups", [])])
        expect("1-4 profile", profile_arn, i.get("IamInstanceProfile", {}).get("Arn"))
        metadata = i.get("MetadataOptions", {})
        expect("1-4 metadata tokens", "required", metadata.get("HttpTokens"))
        expect("1-4 metadata endpoint", "enabled", metadata.get("HttpEndpoint"))
        disks = [d["Ebs"]["DeleteOnTermination"] for d in i.get("BlockDeviceMappings", [])]
        expect("1-4 disks go with the instance", [True], disks)
        self.expect_tags("instance", "1-4", i)
        self.expect_output("1-4", "instance_id", instance_id)
        self.expect_output("1-4", "image_id", i.get("ImageId"))
        self.expect_output("1-4", "private_ip", i.get("PrivateIpAddress"))
        volumes = ec2.describe_volumes(Filters=self.source.filters("1-4"))["Volumes"]
        self.expect_tags("volume", "1-4", one("1-4 volume", volumes))
        state = one("1-4 status", ec2.describe_instance_status(
            InstanceIds=[instance_id])["InstanceStatuses"])
        expect("1-4 instance status", "ok", state.get("InstanceStatus", {}).get("Status"))
        expect("1-4 system status", "ok", state.get("SystemStatus", {}).get("Status"))
        association = one("1-4 profile association", ec2.describe_iam_instance_profile_associations(
            Filters=[{"Name": "instance-id", "Values": [instance_id]}])
            ["IamInstanceProfileAssociations"])
        expect("1-4 profile is attached", ("associated", profile_arn),
               (association.get("State"), association.get("IamInstanceProfile", {}).get("Arn")))
        return group

    # ---- 2-3, 2-1 of direct

    def s3_endpoint(self, region, vpc_id, subnet_id, who):
        step = self.steps["endpoint"]
        group = self.group(step, region, vpc_id, f"in tcp 443-443 {who}")
        ec2 = region.ec2
        e = one(f"{step} endpoint", [e for e in ec2.describe_vpc_endpoints(
            Filters=region.filters(step))["VpcEndpoints"]
            if e["State"].lower() not in ("deleting", "deleted")])
        expect(f"{step} state", "available", e.get("State", "").lower())
        expect(f"{step} type", "Interface", e.get("VpcEndpointType"))
        expect(f"{step} service", f"com.amazonaws.{self.destination.name}.s3", e.get("ServiceName"))
        # Debian 12's botocore does not know serviceRegion.
        raw = region.raw("DescribeVpcEndpoints", **{"VpcEndpointId.1": e.get("VpcEndpointId")})
        expect(f"{step} service's region", self.destination.name,
               raw.findtext("vpcEndpointSet/item/serviceRegion"))
        expect(f"{step} VPC", vpc_id, e.get("VpcId"))
        expect(f"{step} subnets", [subnet_id], e.get("SubnetIds"))
        expect(f"{step} groups", [group], [g["GroupId"] for g in e.get("Groups", [])])
        expect(f"{step} private DNS", False, e.get("PrivateDnsEnabled"))
        policy = json.loads(e.get("PolicyDocument", "{}"))
        expect(f"{step} endpoint policy", [("Allow", "*", "*", "*")],
               [(s["Effect"], s["Principal"], s["Action"], s["Resource"])
                for s in policy.get("Statement", [])])
        self.expect_tags("endpoint", step, e)
        self.expect_output(step, "vpc_endpoint_id", e.get("VpcEndpointId"))
        names = [d["DnsName"] for d in e.get("DnsEntries", [])]
        dns = self.outputs[step].get("vpc_endpoint_dns", "")
        expect(f"{step} output vpc_endpoint_dns is one of AWS's", True, "*." + dns in names)
        expect(f"{step} output vpc_endpoint_dns is the shortest", True,
               all(len(dns) + 2 <= len(n) for n in names))
        interfaces = ec2.describe_network_interfaces(
            NetworkInterfaceIds=e.get("NetworkInterfaceIds", []))["NetworkInterfaces"]
        expect(f"{step} interfaces' subnets", [subnet_id], [n["SubnetId"] for n in interfaces])
        expect(f"{step} interfaces' groups", [[group]],
               [[g["GroupId"] for g in n["Groups"]] for n in interfaces])
        return e.get("VpcEndpointId")

    # ---- 2-4, 2-2 of direct

    def bucket(self, vpce):
        step = self.steps["bucket"]
        name = self.outputs[step].get("bucket", "none")
        owner = {"Bucket": name, "ExpectedBucketOwner": self.status["account"]}
        head = self.s3.head_bucket(**owner)
        expect(f"{step} region", self.destination.name,
               head["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region"))
        blocked = self.s3.get_public_access_block(**owner)["PublicAccessBlockConfiguration"]
        for setting in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy",
                        "RestrictPublicBuckets"):
            expect(f"{step} {setting}", True, blocked.get(setting))
        rules = self.s3.get_bucket_encryption(**owner)["ServerSideEncryptionConfiguration"]
        expect(f"{step} encryption", ["AES256"],
               [r["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for r in rules["Rules"]])
        expect(f"{step} versioning", None, self.s3.get_bucket_versioning(**owner).get("Status"))
        self.expect_tags("bucket", step, self.s3.get_bucket_tagging(**owner))
        policy = json.loads(self.s3.get_bucket_policy(**owner)["Policy"])
        arn = f"arn:{self.partition}:s3:::{name}/*"
        expect(f"{step} policy", {
            ("Deny", "s3:PutObject", arn, "StringNotEquals", vpce),
            ("Allow", "s3:PutObject", arn, "StringEquals", vpce)},
            {(s["Effect"], s["Action"], s["Resource"], operator, pairs.get("aws:sourceVpce"))
             for s in policy["Statement"] for operator, pairs in s["Condition"].items()})
        expect(f"{step} policy binds everyone", [{"AWS": "*"}, {"AWS": "*"}],
               [s["Principal"] for s in policy["Statement"]])
        status = self.s3.get_bucket_policy_status(**owner)["PolicyStatus"]
        expect(f"{step} policy is public", False, status["IsPublic"])
        expect(f"{step} bucket name", self.param["destination.bucket"] or name, name)
        return name

    # ---- 3-1, 3-3

    def peering(self, source_vpc, destination_vpc):
        peering_id = None
        for step, region in (("3-1", self.source), ("3-3", self.destination)):
            found = [p for p in region.ec2.describe_vpc_peering_connections(
                Filters=region.filters(step))["VpcPeeringConnections"]
                if p["Status"]["Code"] not in ("deleted", "failed", "rejected", "expired") and
                tags_of(p).get("runbook:step") == step]
            p = one(f"{step} peering", found)
            expect(f"{step} status in {region.name}", "active", p.get("Status", {}).get("Code"))
            for side, vpc, where in (("RequesterVpcInfo", source_vpc, "source"),
                                     ("AccepterVpcInfo", destination_vpc, "destination")):
                info = p.get(side, {})
                expect(f"{step} {side} VPC", vpc, info.get("VpcId"))
                expect(f"{step} {side} region", self.param[where + ".region"],
                       info.get("Region"))
                expect(f"{step} {side} owner", self.status["account"], info.get("OwnerId"))
                expect(f"{step} {side} block", self.param[where + ".vpc_cidr"],
                       info.get("CidrBlock"))
            self.expect_tags("peering", step, p)
            if peering_id:
                expect("3-3 is 3-1's peering", peering_id, p.get("VpcPeeringConnectionId"))
            peering_id = p.get("VpcPeeringConnectionId")
        self.expect_output("3-1", "vpc_peering_connection_id", peering_id)
        return peering_id

    # ---- 4-2, 3-2 of direct

    def upload(self, bucket):
        key, step = self.param["upload.key"], self.steps["upload"]
        if self.outputs[step].get("object_key") is None:
            return
        self.expect_output(step, "object_key", key)
        content = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        expect(f"{step} size", int(self.param["upload.bytes"]), len(content))
        self.expect_output(step, "object_checksum", hashlib.sha256(content).hexdigest())
        listed = self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        expect(f"{step} objects in the bucket", [key], [o["Key"] for o in listed])
        try:
            self.s3.put_object(Bucket=bucket, Key="proof", Body=b"")
            found = "200"
        except botocore.exceptions.ClientError as err:
            found = err.response["Error"]["Code"]
        expect(f"{step} PutObject by the public endpoint", "AccessDenied", found)

    def all(self):
        if self.procedure == "direct":
            self.all_of_direct()
        else:
            self.all_of_peering()

    def all_of_direct(self):
        vpc = self.vpc("1-1", self.source, self.param["source.vpc_cidr"])
        subnet, zone = self.subnet("1-2", self.source, "source", vpc, None, None, None)
        connect_group = self.connect_endpoint(vpc, subnet)
        instance_group = self.instance(vpc, subnet, zone, connect_group)
        self.upload(self.bucket(self.s3_endpoint(self.source, vpc, subnet, instance_group)))

    def all_of_peering(self):
        param = self.param
        source_vpc = self.vpc("1-1", self.source, param["source.vpc_cidr"])
        destination_vpc = self.vpc("2-1", self.destination, param["destination.vpc_cidr"])
        peering = self.peering(source_vpc, destination_vpc)
        source_subnet, zone = self.subnet("1-2", self.source, "source", source_vpc,
                                          param["destination.vpc_cidr"], "3-2", peering)
        destination_subnet, _ = self.subnet("2-2", self.destination, "destination",
                                            destination_vpc, param["source.vpc_cidr"], "3-4",
                                            peering)
        connect_group = self.connect_endpoint(source_vpc, source_subnet)
        self.instance(source_vpc, source_subnet, zone, connect_group)
        vpce = self.s3_endpoint(self.destination, destination_vpc, destination_subnet,
                                param["source.vpc_cidr"])
        self.upload(self.bucket(vpce))

    # ---- nothing left

    def left_in(self, region):
        mine = [{"Name": "tag:runbook:run", "Values": [self.run]}]
        ec2 = region.ec2
        peerings = [p for p in ec2.describe_vpc_peering_connections(
            Filters=mine)["VpcPeeringConnections"] if tags_of(p).get("runbook:run") == self.run]
        instances = [i for r in ec2.describe_instances(Filters=mine)["Reservations"]
                     for i in r["Instances"]]
        return {
            "VPCs": ec2.describe_vpcs(Filters=mine)["Vpcs"],
            "subnets": ec2.describe_subnets(Filters=mine)["Subnets"],
            "route tables": ec2.describe_route_tables(Filters=mine)["RouteTables"],
            "groups": ec2.describe_security_groups(Filters=mine)["SecurityGroups"],
            "instances": [i for i in instances if i["State"]["Name"] != "terminated"],
            "volumes": ec2.describe_volumes(Filters=mine)["Volumes"],
            "interfaces": ec2.describe_network_interfaces(Filters=mine)["NetworkInterfaces"],
            "VPC endpoints": [e for e in ec2.describe_vpc_endpoints(Filters=mine)["VpcEndpoints"]
                              if e["State"].lower() != "deleted"],
            "connect endpoints": [e for e in region.connect_endpoints()
                                  if e["state"] != "delete-complete"],
            "peerings": [p for p in peerings if p["Status"]["Code"] not in
                         ("deleted", "failed", "rejected", "expired")],
        }

    def gone(self):
        for region in (self.source, self.destination):
            for kind, items in self.left_in(region).items():
                expect(f"{kind} left in {region.name}", [], items)
        path = f"/runbook/{self.run}/"
        expect("roles left", [], self.iam.list_roles(PathPrefix=path)["Roles"])
        expect("profiles left", [],
               self.iam.list_instance_profiles(PathPrefix=path)["InstanceProfiles"])
        buckets = [b["Name"] for b in self.s3.list_buckets()["Buckets"]]
        expect("bucket left", False, any(self.run in b for b in buckets) or
               self.param["destination.bucket"] in buckets)


def main():
    args = sys.argv[1:]
    gone = args[:1] == ["--gone"]
    with open(args[-1], encoding="utf-8") as f:
        check = Check(json.load(f), args[:1] == ["--by-hand"])
    if gone:
        check.gone()
    else:
        check.all()
    wrong = [c for c in checks if c[1] != c[2]]
    for name, expected, found in wrong:
        print(f"{name}: expected {expected!r}, found {found!r}")
    if not gone and len(checks) < SETTINGS_AT_LEAST[check.procedure]:
        print(f"only {len(checks)} settings were looked at")
        return 1
    print(f"{len(checks) - len(wrong)} of {len(checks)} settings are as they should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
