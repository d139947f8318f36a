# SPDX-License-Identifier: Apache-2.0
"""
Interface endpoints whose service lies in another region, by boto3: which services, regions and
zones, what the endpoint says of itself, which permission it takes.

usage: sandbox_cross_region.py URL
"""
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

URL = sys.argv[1]
ROOT = Credentials("AKIASANDBOX000000000", "sandbox")
OPERATOR = Credentials("AKIAOPERATOR00000000", "operator")
S3 = "com.amazonaws.us-east-1.s3"


class Refused(Exception):
    pass


class Ec2:
    """Signed by botocore, written by hand: Debian 12's botocore does not know ServiceRegion."""

    def __init__(self, region, keys=ROOT):
        self.region, self.keys = region, keys

    def __call__(self, action, **arguments):
        body = urllib.parse.urlencode({"Action": action, "Version": "2016-11-15", **{
            k.replace("_", "."): str(v).lower() if isinstance(v, bool) else v for k, v in arguments.items()}})
        request = AWSRequest("POST", URL + "/", data=body,
                             headers={"Content-Type": "application/x-www-form-urlencoded",
                                      "User-Agent": "Botocore/by-hand"})
        SigV4Auth(self.keys, "ec2", self.region).add_auth(request)
        request = urllib.request.Request(URL + "/", body.encode(), dict(request.headers))
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return ET.fromstring(re.sub(rb' xmlns="[^"]*"', b"", answer.read()))
        except urllib.error.HTTPError as e:
            error = ET.fromstring(e.read()).find("Errors/Error")
            raise Refused(error.findtext("Code"), error.findtext("Message")) from None


def post(path, body):
    urllib.request.urlopen(URL + path, data=body.encode(), timeout=60).close()


def may(*statements):
    post("/_sandbox/account", json.dumps({"principals": [
        {"name": "operator", "access_key_id": OPERATOR.access_key, "secret": OPERATOR.secret_key,
         "policies": [{"Version": "2012-10-17", "Statement": list(statements)}]}]}))


def refused(code, words, ec2, action, **arguments):
    try:
        ec2(action, **arguments)
    except Refused as e:
        assert e.args[0] == code and words in e.args[1], e.args
        return e.args[1]
    raise AssertionError(f"not refused with {code}: {action} {arguments}")


def names(ec2, **arguments):
    details = ec2("DescribeVpcEndpointServices", **arguments).findall("serviceDetailSet/item")
    for d in details:
        assert d.findtext("serviceRegion") == arguments.get("ServiceRegion_1", ec2.region)
    return {(d.findtext("serviceName"), d.findtext("serviceType/item/serviceType")) for d in details}


def network(ec2, zone):
    vpc = ec2("CreateVpc", CidrBlock="10.0.0.0/16").findtext("vpc/vpcId")
    ec2("ModifyVpcAttribute", VpcId=vpc, EnableDnsHostnames_Value=True)
    subnet = ec2("CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/20", AvailabilityZone=zone)
    return {"VpcId": vpc, "VpcEndpointType": "Interface", "SubnetId_1": subnet.findtext("subnet/subnetId"),
            "PrivateDnsEnabled": False}


def services():
    tokyo, beijing, gov = Ec2("ap-northeast-1"), Ec2("cn-north-1"), Ec2("us-gov-west-1")
    assert names(tokyo, ServiceRegion_1="us-east-1") == {
        (S3, "Interface"), ("com.amazonaws.us-east-1.kms", "Interface")}
    # Without the region the list is the own region's, also under a filter on the other's name.
    assert (S3, "Interface") not in names(tokyo)
    by_name = {"Filter_1_Name": "service-name", "Filter_1_Value_1": S3}
    assert not names(tokyo, **by_name)
    assert names(tokyo, ServiceRegion_1="us-east-1", **by_name) == {(S3, "Interface")}
    assert ("com.amazonaws.ap-northeast-1.sts", "Interface") in names(tokyo, ServiceRegion_1="ap-northeast-1")
    assert ("cn.com.amazonaws.cn-northwest-1.s3", "Interface") in names(beijing, ServiceRegion_1="cn-northwest-1")
    for ec2, region in ((tokyo, "cn-north-1"), (gov, "us-gov-east-1"), (tokyo, "us-gov-west-1")):
        assert not names(ec2, ServiceRegion_1=region)
    refused("InvalidServiceName", S3, tokyo, "DescribeVpcEndpointServices", ServiceName_1=S3)
    refused("InvalidParameterValue", "moon-1", tokyo, "DescribeVpcEndpointServices", ServiceRegion_1="moon-1")
    post("/_sandbox/account", json.dumps({"settings": {"regions_off": {"names": ["ap-east-1"]}}}))
    assert not names(tokyo, ServiceRegion_1="ap-east-1")
    post("/_sandbox/account", json.dumps({"settings": {}}))
    assert names(tokyo, ServiceRegion_1="ap-east-1")


def made():
    ec2 = Ec2("ap-northeast-1")
    want = {**network(ec2, "ap-northeast-1a"), "ServiceName": S3}
    refused("InvalidServiceName", S3, ec2, "CreateVpcEndpoint", **want)
    want["ServiceRegion"] = "us-east-1"
    for other in ("com.amazonaws.us-east-1.sts", "com.amazonaws.ap-northeast-1.s3", "com.amazonaws.us-west-2.s3"):
        refused("InvalidServiceName", other, ec2, "CreateVpcEndpoint", **{**want, "ServiceName": other})
    refused("InvalidParameter", "Gateway", ec2, "CreateVpcEndpoint", VpcId=want["VpcId"], VpcEndpointType="Gateway",
            ServiceName=S3, ServiceRegion="us-east-1")
    # A gateway endpoint of another region cannot be, so the default of private DNS cannot, either.
    refused("InvalidParameter", "PrivateDnsOnlyForInboundResolverEndpoint", ec2, "CreateVpcEndpoint",
            **{**want, "PrivateDnsEnabled": True})
    private = ec2("CreateVpcEndpoint", **{**want, "PrivateDnsEnabled": True,
                                          "DnsOptions_PrivateDnsOnlyForInboundResolverEndpoint": False})
    assert private.findtext("vpcEndpoint/privateDnsEnabled") == "true"
    endpoint = ec2("CreateVpcEndpoint", **want).find("vpcEndpoint")
    assert endpoint.findtext("state") == "pending" and endpoint.findtext("serviceRegion") == "us-east-1"
    post("/_sandbox/skip", "600000")
    for key, value in (("service-region", "us-east-1"), ("service-name", S3)):
        found = ec2("DescribeVpcEndpoints", Filter_1_Name=key, Filter_1_Value_1=value).findall("vpcEndpointSet/item")
        assert len(found) == 2, found
    assert not Ec2("us-east-1")("DescribeVpcEndpoints").findall("vpcEndpointSet/item")
    name = endpoint.findtext("vpcEndpointId")
    found = ec2("DescribeVpcEndpoints", VpcEndpointId_1=name).find("vpcEndpointSet/item")
    entries = [e.text for e in found.findall("dnsEntrySet/item/dnsName")]
    assert found.findtext("state") == "available" and len(entries) == 1, entries
    assert entries[0].startswith(f"*.{name}-"), entries
    assert entries[0].endswith(".s3.us-east-1.vpce.amazonaws.com"), entries
    # One of the own region has its zone's name beside it.
    home = {**want, "ServiceName": "com.amazonaws.ap-northeast-1.s3", "ServiceRegion": "ap-northeast-1"}
    local = ec2("CreateVpcEndpoint", **home).find("vpcEndpoint")
    post("/_sandbox/skip", "600000")
    found = ec2("DescribeVpcEndpoints", VpcEndpointId_1=local.findtext("vpcEndpointId")).find("vpcEndpointSet/item")
    assert found.findtext("serviceRegion") == "ap-northeast-1" and len(found.findall("dnsEntrySet/item")) == 2
    return name, want


def permission(endpoint, want):
    ec2 = Ec2("ap-northeast-1", OPERATOR)
    everything = {"Effect": "Allow", "Action": ["ec2:*"], "Resource": "*"}
    may(everything)
    # The call is what the denial names; its end says what is missing.
    for action, arguments in (("CreateVpcEndpoint", want), ("CreateVpcEndpoint", {**want, "DryRun": True}),
                              ("ModifyVpcEndpoint", {"VpcEndpointId": endpoint, "ResetPolicy": True})):
        said = refused("UnauthorizedOperation",
                       "because no identity-based policy allows the vpce:AllowMultiRegion action", ec2, action,
                       **arguments)
        assert f"not authorized to perform: ec2:{action} on resource: arn:aws:ec2:ap-northeast-1:" in said, said
    home = {k: v for k, v in want.items() if k != "ServiceRegion"}
    ec2("CreateVpcEndpoint", **{**home, "ServiceName": "com.amazonaws.ap-northeast-1.kms"})
    may(everything, {"Effect": "Allow", "Action": "vpce:AllowMultiRegion", "Resource": "*"})
    ec2("CreateVpcEndpoint", **want)
    ec2("ModifyVpcEndpoint", VpcEndpointId=endpoint, ResetPolicy=True)
    refused("DryRunOperation", "", ec2, "CreateVpcEndpoint", DryRun=True, **want)
    may({"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "ec2:CreateVpcEndpoint", "Resource": "*",
         "Condition": {"StringNotEquals": {"ec2:VpceServiceRegion": "ap-northeast-1"}}})
    refused("UnauthorizedOperation", "explicit deny", ec2, "CreateVpcEndpoint", **want)


def zones():
    seoul = Ec2("ap-northeast-2")
    for zone, good in (("a", True), ("b", False), ("c", True), ("d", False)):
        want = network(seoul, f"ap-northeast-2{zone}")
        seoul("CreateVpcEndpoint", **want, ServiceName="com.amazonaws.ap-northeast-2.s3")
        away = {**want, "ServiceName": S3, "ServiceRegion": "us-east-1"}
        if good:
            seoul("CreateVpcEndpoint", **away)
        else:
            refused("InvalidParameter", "availability zone", seoul, "CreateVpcEndpoint", **away)


services()
permission(*made())
zones()
print("services, endpoints, zones and the permission are as they should be")
