# SPDX-License-Identifier: Apache-2.0
"""
EC2 by boto3: the topology of steps 1-1 ... 3-4 is built, every setting read back, wrong orders
of deletion tried, and all of it deleted.  Each answer is held to the API model, element by
element.

usage: sandbox_ec2.py URL [--moto]

The same checks run against moto, where each that turns out otherwise is printed as
'differs NAME: ...' instead of ending the script: docs/sandbox.md says why, name by name.
"""
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET

import boto3
import botocore
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.history import get_global_history_recorder

URL = sys.argv[1]
MOTO = "--moto" in sys.argv[2:]
KEYS = {"aws_access_key_id": "AKIASANDBOX000000000", "aws_secret_access_key": "sandbox"}
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SRC, DST = "ap-northeast-1", "us-east-1"
MODELS = {}
for service in ("ec2", "iam"):
    with open(f"{TOP}/tests/data/model/{service}.json", encoding="utf-8") as f:
        MODELS[service] = json.load(f)["operations"]

checks = 0
differing = {}


# ---- the model -------------------------------------------------------------------------------

def paths(element, above=""):
    name = re.sub(r"^\{.*\}", "", element.tag)
    path = f"{above}/{name}" if above else name
    yield path, element
    for child in element:
        yield from paths(child, path)


def check_model(service, operation, body):
    """Every element is in the model's output, and what it holds fits the type."""
    output = MODELS[service][operation]["output"]
    for path, element in paths(ET.fromstring(body)):
        row = output.get(path)
        text = (element.text or "").strip()
        assert row, f"{operation}: element {path} is not in the model"
        if row["t"] == "boolean":
            assert text in ("true", "false"), f"{operation}: {path} is '{text}'"
        elif row["t"] in ("integer", "long"):
            assert re.fullmatch(r"-?\d+", text), f"{operation}: {path} is '{text}'"
        elif row["t"] == "timestamp":
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text), \
                f"{operation}: {path} is '{text}'"
        elif row["t"] in ("structure", "list"):
            assert not text, f"{operation}: {path} holds text"


class Recorder:
    """botocore's own record of what went over the wire."""
    operation = None

    def emit(self, event, payload, source):
        if event == "API_CALL":
            self.operation = payload["service"], payload["operation"]
        elif event == "HTTP_RESPONSE" and payload["status_code"] == 200 and not MOTO:
            service, operation = self.operation
            if operation in MODELS.get(service, {}):
                check_model(service, operation, payload["body"])
                seen.add(operation)


seen = set()
history = get_global_history_recorder()
history.add_handler(Recorder())
history.enable()


# ---- asking ----------------------------------------------------------------------------------

def client(service, region):
    return boto3.client(service, endpoint_url=URL, region_name=region,
                        config=Config(retries={"max_attempts": 0}), **KEYS)


a, b, iam = client("ec2", SRC), client("ec2", DST), client("iam", "us-east-1")


def raw(region, action, **params):
    """For actions that an old boto3 does not know; the text of each element by its name."""
    form = {"Action": action, "Version": "2016-11-15"}
    form.update((k.replace("__", "."), v) for k, v in params.items())
    data = urllib.parse.urlencode(form)
    request = AWSRequest("POST", URL + "/", data=data, headers={
        "User-Agent": "Botocore/" + botocore.__version__, "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
    SigV4Auth(Credentials(*KEYS.values()), "ec2", region).add_auth(request)
    send = urllib.request.Request(URL + "/", data=data.encode(), headers=dict(request.headers))
    try:
        with urllib.request.urlopen(send, timeout=60) as answer:
            body = answer.read().decode()
    except urllib.error.HTTPError as e:
        body = e.read().decode()
        code = re.search("<Code>(.*?)</Code>", body)
        raise Refused(code.group(1) if code else f"HTTP {e.code}") from None
    if not MOTO:
        check_model("ec2", action, body)
        seen.add(action)
    found = {}
    for path, element in paths(ET.fromstring(body)):
        found.setdefault(path.rsplit("/", 1)[-1], (element.text or "").strip())
    return found


class Refused(Exception):
    pass


def differs(name, text):
    if not MOTO:
        raise SystemExit(f"FAILED {name}: {text}")
    differing.setdefault(name, text)


def check(name, got, want):
    global checks
    checks += 1
    try:
        got = got() if callable(got) else got
    except Exception as e:
        got = type(e).__name__
    if got != want:
        differs(name, f"got {got!r}, not {want!r}")


def refused(name, code, call, *args, **kwargs):
    global checks
    checks += 1
    try:
        call(*args, **kwargs)
        differs(name, f"not refused with {code}")
    except ClientError as e:
        if e.response["Error"]["Code"] != code:
            differs(name, f"refused with {e.response['Error']['Code']}, not {code}")
    except Refused as e:
        if str(e) != code:
            differs(name, f"refused with {e}, not {code}")
    except Exception as e:  # an answer that boto3 cannot make sense of
        differs(name, f"no answer of AWS's kind: {type(e).__name__}")


def skip(ms):
    """The sandbox's world goes on; moto's has no time."""
    if not MOTO:
        urllib.request.urlopen(URL + "/_sandbox/skip", data=str(ms).encode(), timeout=60).close()


def settle():
    """Until what was written is what is read."""
    skip(1500)


def until(name, probe):
    """What `probe` answers as soon as it is true, within a quarter of an hour of AWS's time."""
    why = ""
    for _ in range(3 if MOTO else 900):
        try:
            answer = probe()
        except Exception as e:
            answer, why = None, e
        if answer:
            return answer
        skip(1000)
    differs(name, f"did not come about: {why}")
    return None


def tags(kind, name):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name},
                                            {"Key": "runbook:run", "Value": "r1"}]}]


OURS = [{"Name": "tag:runbook:run", "Values": ["r1"]}]


# ---- 1-1, 1-2, 2-1, 2-2 ----------------------------------------------------------------------

def network(ec2, cidr, subnet_cidr, zone):
    refused("dry-run", "DryRunOperation", ec2.create_vpc, CidrBlock=cidr, DryRun=True)
    check("dry-run-makes-nothing", ec2.describe_vpcs(
        Filters=[{"Name": "cidr", "Values": [cidr]}])["Vpcs"], [])
    vpc = ec2.create_vpc(CidrBlock=cidr, TagSpecifications=tags("vpc", "v"))["Vpc"]
    check("vpc-pending", vpc["State"], "pending")
    found = until("vpc-available", lambda: ec2.describe_vpcs(
        Filters=OURS + [{"Name": "state", "Values": ["available"]}])["Vpcs"])[0]
    check("vpc-read", (found["VpcId"], found["CidrBlock"], found["IsDefault"]),
          (vpc["VpcId"], cidr, False))
    settle()
    v = vpc["VpcId"]
    attribute = lambda n: ec2.describe_vpc_attribute(VpcId=v, Attribute=n)[n[0].upper() + n[1:]]
    check("dns-support-default", attribute("enableDnsSupport"), {"Value": True})
    check("dns-hostnames-default", attribute("enableDnsHostnames"), {"Value": False})
    ec2.modify_vpc_attribute(VpcId=v, EnableDnsHostnames={"Value": True})
    until("dns-hostnames", lambda: attribute("enableDnsHostnames")["Value"])
    subnet = ec2.create_subnet(VpcId=v, CidrBlock=subnet_cidr, AvailabilityZone=zone,
                               TagSpecifications=tags("subnet", "s"))["Subnet"]
    check("subnet", (subnet["AvailabilityZone"], subnet["AvailableIpAddressCount"],
                     subnet["MapPublicIpOnLaunch"]), (zone, 4091, False))
    table = ec2.create_route_table(
        VpcId=v, TagSpecifications=tags("route-table", "t"))["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet["SubnetId"])
    found = until("table-read", lambda: [
        t for t in ec2.describe_route_tables(Filters=OURS)["RouteTables"] if t["Associations"]])[0]
    check("local-route", [(r["DestinationCidrBlock"], r["GatewayId"], r["State"])
                          for r in found["Routes"]], [(cidr, "local", "active")])
    check("association", [(x["SubnetId"], x["Main"], x["AssociationState"]["State"])
                          for x in found["Associations"]],
          [(subnet["SubnetId"], False, "associated")])
    mains = ec2.describe_route_tables(Filters=[
        {"Name": "vpc-id", "Values": [v]}, {"Name": "association.main", "Values": ["true"]}])
    check("main-table", len(mains["RouteTables"]), 1)
    refused("subnet-conflict", "InvalidSubnet.Conflict", ec2.create_subnet, VpcId=v,
            CidrBlock=subnet_cidr)
    refused("subnet-range", "InvalidSubnet.Range", ec2.create_subnet, VpcId=v,
            CidrBlock="192.168.0.0/24")
    refused("unknown-filter", "InvalidParameterValue", ec2.describe_vpcs,
            Filters=[{"Name": "nonsense", "Values": ["x"]}])
    refused("wrong-tag-type", "InvalidParameterValue", ec2.create_vpc, CidrBlock="10.77.0.0/16",
            TagSpecifications=tags("subnet", "x"))
    return v, subnet["SubnetId"], table


va, sa, ta = network(a, "10.0.0.0/16", "10.0.0.0/20", "ap-northeast-1a")
vb, sb, tb = network(b, "10.1.0.0/16", "10.1.0.0/20", "us-east-1a")
settle()
network_acl = a.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [va]}])["NetworkAcls"]
check("default-acl", len(network_acl), 1)
DENY = {"NetworkAclId": network_acl[0]["NetworkAclId"], "RuleNumber": 50, "Egress": False,
        "Protocol": "tcp", "RuleAction": "deny", "CidrBlock": "10.9.0.1/16",
        "PortRange": {"From": 80, "To": 90}}


def acl_entries():
    acl = a.describe_network_acls(NetworkAclIds=[DENY["NetworkAclId"]])["NetworkAcls"][0]
    return {(e["RuleNumber"], e["Egress"]): e for e in acl["Entries"]}


a.create_network_acl_entry(**DENY)
until("acl-entry", lambda: (50, False) in acl_entries())
check("acl-entry-as-shown", acl_entries()[50, False],
      {"RuleNumber": 50, "Egress": False, "Protocol": "6", "RuleAction": "deny",
       "CidrBlock": "10.9.0.0/16", "PortRange": {"From": 80, "To": 90}})
refused("acl-entry-twice", "NetworkAclEntryAlreadyExists", a.create_network_acl_entry, **DENY)
for bad, code in (({"RuleNumber": 32767}, "InvalidParameterValue"),
                  ({"RuleNumber": 0}, "InvalidParameterValue"),
                  ({"RuleAction": "perhaps"}, "InvalidParameterValue"),
                  ({"Protocol": "tpc"}, "InvalidParameterValue"),
                  ({"Protocol": "256"}, "InvalidParameterValue"),
                  ({"CidrBlock": "10.9.0.0/33"}, "InvalidParameterValue"),
                  ({"PortRange": {"From": 90, "To": 80}}, "InvalidParameterValue"),
                  ({"PortRange": {"From": 0, "To": 65536}}, "InvalidParameterValue"),
                  ({"PortRange": {}}, "MissingParameter"),
                  ({"Protocol": "icmp"}, "MissingParameter"),
                  ({"NetworkAclId": "acl-0123456789abcdef0"}, "InvalidNetworkAclID.NotFound")):
    refused("acl-entry-wrong", code, a.create_network_acl_entry, **{**DENY, "RuleNumber": 60, **bad})
a.replace_network_acl_entry(**{**DENY, "Protocol": "icmp", "IcmpTypeCode": {"Type": -1, "Code": -1}})
until("acl-entry-replaced", lambda: acl_entries()[50, False]["Protocol"] == "1")
refused("acl-entry-replace-none", "InvalidNetworkAclEntry.NotFound", a.replace_network_acl_entry,
        **{**DENY, "Egress": True})
a.delete_network_acl_entry(NetworkAclId=DENY["NetworkAclId"], RuleNumber=50, Egress=False)
until("acl-entry-deleted", lambda: (50, False) not in acl_entries())
refused("acl-entry-delete-none", "InvalidNetworkAclEntry.NotFound", a.delete_network_acl_entry,
        NetworkAclId=DENY["NetworkAclId"], RuleNumber=50, Egress=False)
for number in range(1, 20):  # 20 at most, with the default's own 100
    a.create_network_acl_entry(**{**DENY, "RuleNumber": number})
refused("acl-entries-limit", "NetworkAclEntryLimitExceeded", a.create_network_acl_entry, **DENY)

# ---- 1-3 -------------------------------------------------------------------------------------

g1 = a.create_security_group(GroupName="eice", Description="d", VpcId=va,
                             TagSpecifications=tags("security-group", "g"))["GroupId"]
refused("group-duplicate", "InvalidGroup.Duplicate", a.create_security_group, GroupName="eice",
        Description="d", VpcId=va)
group = until("group-read", lambda: a.describe_security_groups(Filters=OURS)["SecurityGroups"])[0]
check("default-egress", [(p["IpProtocol"], [r["CidrIp"] for r in p["IpRanges"]])
                         for p in group["IpPermissionsEgress"]], [("-1", ["0.0.0.0/0"])])
check("no-ingress", group["IpPermissions"], [])
SELF = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": g1}]}]
a.authorize_security_group_ingress(GroupId=g1, IpPermissions=SELF)
refused("rule-duplicate", "InvalidPermission.Duplicate", a.authorize_security_group_ingress,
        GroupId=g1, IpPermissions=SELF)
eice = until("eice", lambda: raw(
    SRC, "CreateInstanceConnectEndpoint", SubnetId=sa, SecurityGroupId__1=g1,
    PreserveClientIp="false", ClientToken="x1", TagSpecification__1__ResourceType=
    "instance-connect-endpoint", TagSpecification__1__Tag__1__Key="k",
    TagSpecification__1__Tag__1__Value="v"))
if eice:
    check("eice-state", eice["state"], "create-in-progress")
    again = raw(SRC, "CreateInstanceConnectEndpoint", SubnetId=sa, SecurityGroupId__1=g1,
                PreserveClientIp="false", ClientToken="x1", TagSpecification__1__ResourceType=
                "instance-connect-endpoint", TagSpecification__1__Tag__1__Key="k",
                TagSpecification__1__Tag__1__Value="v")
    eice = eice["instanceConnectEndpointId"]
    check("eice-token", again["instanceConnectEndpointId"], eice)

# ---- 1-4 -------------------------------------------------------------------------------------

g2 = a.create_security_group(GroupName="instance", Description="d", VpcId=va)["GroupId"]
SSH = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": g1}]}]
a.authorize_security_group_ingress(GroupId=g2, IpPermissions=SSH)
rules = until("rules-read", lambda: [
    r for r in a.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [g2]}])
    ["SecurityGroupRules"] if not r["IsEgress"]])
if rules:
    check("rule", (rules[0]["IpProtocol"], rules[0]["FromPort"], rules[0]["ToPort"],
                   rules[0].get("ReferencedGroupInfo", {}).get("GroupId")), ("tcp", 22, 22, g1))
iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                            "Principal": {"Service": "ec2.amazonaws.com"}}]}))
iam.create_instance_profile(InstanceProfileName="p")
iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
image = max(a.describe_images(Owners=["amazon"], Filters=[
    {"Name": "architecture", "Values": ["x86_64"]},
    {"Name": "name", "Values": ["al2023-ami-2023.*-x86_64" if not MOTO else "*"]}])["Images"],
    key=lambda i: i["CreationDate"])["ImageId"]
LAUNCH = {
    "ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, "SubnetId": sa,
    "SecurityGroupIds": [g2], "IamInstanceProfile": {"Name": "p"}, "ClientToken": "i1",
    "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
    "TagSpecifications": tags("instance", "i") + tags("volume", "v") +
    tags("network-interface", "n")}
refused("profile-propagation", "InvalidParameterValue", a.run_instances, **LAUNCH)
instance = until("launch", lambda: a.run_instances(**LAUNCH)["Instances"][0])
i = instance["InstanceId"]
check("instance-pending", instance["State"], {"Code": 0, "Name": "pending"})
check("launch-token", a.run_instances(**LAUNCH)["Instances"][0]["InstanceId"], i)
refused("launch-token-mismatch", "IdempotentParameterMismatch", a.run_instances,
        **{**LAUNCH, "EbsOptimized": True})
refused("unknown-image", "InvalidAMIID.NotFound", a.run_instances,
        **{**LAUNCH, "ClientToken": "i2", "ImageId": "ami-0123456789abcdef0"})
refused("unknown-type", "InvalidParameterValue", a.run_instances,
        **{**LAUNCH, "ClientToken": "i3", "InstanceType": "zz.big"})
refused("wrong-architecture", "InvalidParameterValue", a.run_instances,
        **{**LAUNCH, "ClientToken": "i4", "InstanceType": "t4g.micro"})

# ---- 2-3 -------------------------------------------------------------------------------------

S3 = "com.amazonaws.us-east-1.s3"
services = b.describe_vpc_endpoint_services(ServiceNames=[S3])["ServiceDetails"]
zones = [s["AvailabilityZones"] for s in services
         if s["ServiceType"] == [{"ServiceType": "Interface"}]]
check("service-zones", [("us-east-1a" in z, "us-east-1e" in z) for z in zones], [(True, False)])
g3 = b.create_security_group(GroupName="endpoint", Description="d", VpcId=vb)["GroupId"]
b.authorize_security_group_ingress(GroupId=g3, IpPermissions=[
    {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
     "IpRanges": [{"CidrIp": "10.0.0.0/16", "Description": "source"}]}])
ENDPOINT = {
    "VpcId": vb, "VpcEndpointType": "Interface", "ServiceName": S3, "SubnetIds": [sb],
    "SecurityGroupIds": [g3], "PrivateDnsEnabled": False, "ClientToken": "e1",
    "TagSpecifications": tags("vpc-endpoint", "e")}
endpoint = b.create_vpc_endpoint(**ENDPOINT)["VpcEndpoint"]
e = endpoint["VpcEndpointId"]
check("endpoint-pending", endpoint["State"], "pending")
check("endpoint-token", b.create_vpc_endpoint(**ENDPOINT)["VpcEndpoint"]["VpcEndpointId"], e)
refused("unknown-service", "InvalidServiceName", b.create_vpc_endpoint,
        **{**ENDPOINT, "ClientToken": "e2", "ServiceName": S3 + "x"})
refused("unknown-group", "InvalidGroup.NotFound", b.create_vpc_endpoint,
        **{**ENDPOINT, "ClientToken": "e3", "SecurityGroupIds": ["sg-0123456789abcdef0"]})
refused("private-dns", "InvalidParameter", b.create_vpc_endpoint,
        **{**ENDPOINT, "ClientToken": "e4", "PrivateDnsEnabled": True})

# ---- 3-1 ... 3-4 -----------------------------------------------------------------------------

peering = a.create_vpc_peering_connection(
    VpcId=va, PeerVpcId=vb, PeerRegion=DST,
    TagSpecifications=tags("vpc-peering-connection", "p"))["VpcPeeringConnection"]
p = peering["VpcPeeringConnectionId"]
check("peering-initiating", peering["Status"]["Code"], "initiating-request")


def status(ec2):
    found = ec2.describe_vpc_peering_connections(
        Filters=[{"Name": "vpc-peering-connection-id", "Values": [p]}])["VpcPeeringConnections"]
    return found[0]["Status"]["Code"] if found else None


refused("peering-far-sight", "InvalidVpcPeeringConnectionID.NotFound",
        b.describe_vpc_peering_connections, VpcPeeringConnectionIds=[p])
until("peering-pending", lambda: status(a) == "pending-acceptance")
a.create_route(RouteTableId=ta, DestinationCidrBlock="10.1.0.0/16", VpcPeeringConnectionId=p)
refused("route-exists", "RouteAlreadyExists", a.create_route, RouteTableId=ta,
        DestinationCidrBlock="10.1.0.0/16", VpcPeeringConnectionId=p)


def route_state(ec2, table):
    routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    return [r["State"] for r in routes if r.get("VpcPeeringConnectionId") == p]


until("route-blackhole", lambda: route_state(a, ta) == ["blackhole"])
refused("accept-wrong-region", "OperationNotPermitted", a.accept_vpc_peering_connection,
        VpcPeeringConnectionId=p)
until("peering-far", lambda: status(b) == "pending-acceptance")
check("peering-tags-per-side", b.describe_vpc_peering_connections(
    Filters=OURS)["VpcPeeringConnections"], [])
accepted = b.accept_vpc_peering_connection(VpcPeeringConnectionId=p)["VpcPeeringConnection"]
check("peering-provisioning", accepted["Status"]["Code"], "provisioning")
until("peering-active", lambda: status(a) == status(b) == "active")
refused("accept-twice", "InvalidStateTransition", b.accept_vpc_peering_connection,
        VpcPeeringConnectionId=p)
b.create_tags(Resources=[p], Tags=[{"Key": "runbook:run", "Value": "r1"}])
b.create_route(RouteTableId=tb, DestinationCidrBlock="10.0.0.0/16", VpcPeeringConnectionId=p)
until("route-active", lambda: route_state(a, ta) == ["active"] and
      route_state(b, tb) == ["active"])
refused("peering-twice", "VpcPeeringConnectionAlreadyExists", a.create_vpc_peering_connection,
        VpcId=va, PeerVpcId=vb, PeerRegion=DST)

# ---- everything read back --------------------------------------------------------------------

settle()
until("endpoint-available", lambda: [x for x in b.describe_vpc_endpoints(
    Filters=OURS)["VpcEndpoints"] if x["State"] == "available"])
endpoint = b.describe_vpc_endpoints(VpcEndpointIds=[e])["VpcEndpoints"][0]
check("endpoint", (endpoint["VpcEndpointType"], endpoint["PrivateDnsEnabled"],
                   endpoint["SubnetIds"], [g["GroupId"] for g in endpoint["Groups"]]),
      ("Interface", False, [sb], [g3]))
check("endpoint-names", [bool(re.fullmatch(
    rf"\*\.{e}-\w+(-us-east-1a)?\.s3\.us-east-1\.vpce\.amazonaws\.com", n["DnsName"]))
    for n in endpoint["DnsEntries"]], [True, True])
nic = b.describe_network_interfaces(
    NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])["NetworkInterfaces"][0]
check("endpoint-interface", (nic["SubnetId"], [g["GroupId"] for g in nic["Groups"]],
                             nic["InterfaceType"], nic["RequesterManaged"], nic["Status"]),
      (sb, [g3], "vpc_endpoint", True, "in-use"))
check("endpoint-address", nic["PrivateIpAddress"].startswith("10.1."), True)
refused("endpoint-interface-stays", "OperationNotPermitted", b.delete_network_interface,
        NetworkInterfaceId=nic["NetworkInterfaceId"])
if eice:
    ready = until("eice-complete", lambda: next(
        (x for x in [raw(SRC, "DescribeInstanceConnectEndpoints", Filter__1__Name="state",
                         Filter__1__Value__1="create-complete")]
         if "instanceConnectEndpointId" in x), None))
    check("eice-read", (ready["subnetId"], ready["vpcId"], ready["preserveClientIp"]),
          (sa, va, "false"))
    check("eice-name", ready["dnsName"].startswith(eice + "."), True)
    refused("eice-quota", "InstanceConnectEndpointLimitExceeded", raw, SRC,
            "CreateInstanceConnectEndpoint", SubnetId=sa)
until("status-ok", lambda: [s for s in a.describe_instance_status(
    InstanceIds=[i])["InstanceStatuses"] if s["InstanceStatus"]["Status"] == "ok"])
instance = a.describe_instances(InstanceIds=[i])["Reservations"][0]["Instances"][0]
check("instance", (instance["State"]["Name"], instance["SubnetId"], instance["InstanceType"],
                   [g["GroupId"] for g in instance["SecurityGroups"]],
                   instance["IamInstanceProfile"]["Arn"].split("/")[-1],
                   instance["MetadataOptions"]["HttpTokens"], "PublicIpAddress" in instance),
      ("running", sa, "t3.micro", [g2], "p", "required", False))
check("volume", lambda: [(v["State"], v["Attachments"][0]["DeleteOnTermination"]) for v in
                         a.describe_volumes(Filters=OURS)["Volumes"]], [("in-use", True)])
check("profile-association", [x["State"] for x in a.describe_iam_instance_profile_associations(
    Filters=[{"Name": "instance-id", "Values": [i]}])["IamInstanceProfileAssociations"]],
      ["associated"])
check("tags", {t["ResourceType"] for t in a.describe_tags(
    Filters=[{"Name": "key", "Values": ["runbook:run"]}])["Tags"]},
      {"vpc", "subnet", "route-table", "security-group", "instance", "volume",
       "network-interface", "vpc-peering-connection"})
url = a.generate_presigned_url("describe_vpcs", Params={"VpcIds": [va]}, HttpMethod="GET")
with urllib.request.urlopen(url, timeout=60) as answer:
    check("presigned", va in answer.read().decode(), True)
page = a.describe_subnets(MaxResults=5)
check("page", "NextToken" in page, False)
refused("page-size", "InvalidParameterValue", raw, SRC, "DescribeSubnets", MaxResults="4")
for name, call in (("zones", a.describe_availability_zones), ("regions", a.describe_regions),
                   ("attributes", a.describe_account_attributes),
                   ("gateways", a.describe_internet_gateways), ("nat", a.describe_nat_gateways),
                   ("prefixes", a.describe_managed_prefix_lists),
                   ("dhcp", a.describe_dhcp_options)):
    call()
a.describe_instance_type_offerings(LocationType="availability-zone", Filters=[
    {"Name": "instance-type", "Values": ["t3.micro"]}])
a.describe_instance_attribute(InstanceId=i, Attribute="disableApiTermination")
a.get_console_output(InstanceId=i)

# ---- wrong orders ----------------------------------------------------------------------------

BUSY = "DependencyViolation"
refused("busy-vpc", BUSY, a.delete_vpc, VpcId=va)
refused("busy-subnet-instance", BUSY, a.delete_subnet, SubnetId=sa)
refused("busy-subnet-endpoint", BUSY, b.delete_subnet, SubnetId=sb)
refused("busy-group-rule", BUSY, a.delete_security_group, GroupId=g1)
refused("busy-group-instance", BUSY, a.delete_security_group, GroupId=g2)
refused("busy-group-endpoint", BUSY, b.delete_security_group, GroupId=g3)
refused("busy-table", BUSY, a.delete_route_table, RouteTableId=ta)
if MOTO and {"busy-subnet-instance", "busy-group-rule"} & set(differing):
    # It deleted what AWS keeps: nothing is left to delete in order.
    for name in sorted(differing):
        print(f"differs {name}: {differing[name]}")
    print(f"{checks} checks, {len(differing)} differ")
    sys.exit(0)
a.modify_instance_attribute(InstanceId=i, DisableApiTermination={"Value": True})
refused("protected", "OperationNotPermitted", a.terminate_instances, InstanceIds=[i])
a.modify_instance_attribute(InstanceId=i, DisableApiTermination={"Value": False})
refused("last-route-local", "InvalidParameterValue", a.delete_route, RouteTableId=ta,
        DestinationCidrBlock="10.0.0.0/16")

# ---- the right order -------------------------------------------------------------------------

a.terminate_instances(InstanceIds=[i])
raw(SRC, "DeleteInstanceConnectEndpoint", InstanceConnectEndpointId=eice)
check("delete-endpoints", [x["Error"]["Code"] for x in b.delete_vpc_endpoints(
    VpcEndpointIds=[e, "vpce-0123456789abcdef0"])["Unsuccessful"]],
      ["InvalidVpcEndpoint.NotFound"])
a.delete_route(RouteTableId=ta, DestinationCidrBlock="10.1.0.0/16")
refused("route-gone", "InvalidRoute.NotFound", a.delete_route, RouteTableId=ta,
        DestinationCidrBlock="10.1.0.0/16")
b.delete_route(RouteTableId=tb, DestinationCidrBlock="10.0.0.0/16")
a.delete_vpc_peering_connection(VpcPeeringConnectionId=p)
until("peering-deleted", lambda: status(a) == status(b) == "deleted")
until("endpoint-gone", lambda: not b.describe_vpc_endpoints(Filters=OURS)["VpcEndpoints"])
refused("endpoint-not-found", "InvalidVpcEndpointId.NotFound", b.describe_vpc_endpoints,
        VpcEndpointIds=[e])
until("terminated", lambda: [s for r in a.describe_instances(Filters=OURS)["Reservations"]
                             for s in r["Instances"] if s["State"]["Name"] == "terminated"])
refused("busy-group-lingers", BUSY, b.delete_security_group, GroupId=g3)
until("interfaces-gone", lambda: not a.describe_network_interfaces()["NetworkInterfaces"] and
      not b.describe_network_interfaces()["NetworkInterfaces"])
refused("eice-gone", "InvalidInstanceConnectEndpointId.NotFound", raw, SRC,
        "DescribeInstanceConnectEndpoints", InstanceConnectEndpointId__1=eice)
check("volume-gone", a.describe_volumes()["Volumes"], [])
refused("busy-group-named", BUSY, a.delete_security_group, GroupId=g1)
a.revoke_security_group_ingress(GroupId=g2, IpPermissions=SSH)
refused("rule-gone", "InvalidPermission.NotFound", a.revoke_security_group_ingress, GroupId=g2,
        IpPermissions=SSH)
for ec2, group in ((a, g1), (a, g2), (b, g3)):
    ec2.delete_security_group(GroupId=group)
settle()
for ec2, vpc, subnet, table in ((a, va, sa, ta), (b, vb, sb, tb)):
    found = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]
    ec2.disassociate_route_table(
        AssociationId=found["Associations"][0]["RouteTableAssociationId"])
    ec2.delete_route_table(RouteTableId=table)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)
    refused("vpc-gone", "InvalidVpcID.NotFound", ec2.delete_vpc, VpcId=vpc)
    until("nothing-left", lambda: not ec2.describe_vpcs()["Vpcs"] and
          not ec2.describe_subnets()["Subnets"] and
          not ec2.describe_security_groups()["SecurityGroups"] and
          not ec2.describe_route_tables()["RouteTables"])

print(f"{checks} checks, {len(differing)} differ; {len(seen)} actions held to the model")
