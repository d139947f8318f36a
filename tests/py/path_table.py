#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
The upload through the interface endpoint, with each single thing taken away.

    path_table.py WORK_DIR

Builds the network, uploads from the instance with the AWS CLI there, and then, for each
row: takes one thing away, demands that the sandbox names the right hop and that the upload
fails the right way, gives the thing back, and demands that the path is whole again.
"""
import re
import sys
import urllib.error
import urllib.request

import botocore.exceptions

from topology import DESTINATION, Topology, client, until

ROWS_AT_LEAST = 12
# A newer CLI counts the wait for a proxy's answer as reading.
HANGS = r"[Cc]onnect timeout|[Rr]ead timeout|timed out|[Cc]ould not connect|[Pp]roxy"
NO_NAME = r"[Cc]ould not connect|[Pp]roxy|resolve"
DENIED = r"AccessDenied"

rows = []


def row(hop, said):
    """A thing to take away: a generator that takes it, yields, and gives it back."""
    def register(fn):
        rows.append((fn.__name__.replace("_", " "), hop, said, fn))
        return fn
    return register


@row("source-route", HANGS)
def the_route_there(t):
    t.src.delete_route(RouteTableId=t.src_table, DestinationCidrBlock="10.1.0.0/16")
    yield
    t.route(t.src, t.src_table, "10.1.0.0/16")


@row("return-route", HANGS)
def the_route_back(t):
    t.dst.delete_route(RouteTableId=t.dst_table, DestinationCidrBlock="10.0.0.0/16")
    yield
    t.route(t.dst, t.dst_table, "10.0.0.0/16")


@row("source-route", HANGS)
def the_association_here(t):
    t.src.disassociate_route_table(AssociationId=t.src_assoc)
    yield
    t.src_assoc = t.associate(t.src, t.src_table, t.src_subnet)


@row("return-route", HANGS)
def the_association_there(t):
    t.dst.disassociate_route_table(AssociationId=t.dst_assoc)
    yield
    t.dst_assoc = t.associate(t.dst, t.dst_table, t.dst_subnet)


ALL = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


@row("source-egress", HANGS)
def the_instances_way_out(t):
    t.src.revoke_security_group_egress(GroupId=t.instance_group, IpPermissions=[ALL])
    yield
    t.src.authorize_security_group_egress(GroupId=t.instance_group, IpPermissions=[ALL])


@row("source-egress", HANGS)
def all_ports_but_one_on_the_way_out(t):
    one = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    t.src.authorize_security_group_egress(GroupId=t.instance_group, IpPermissions=[one])
    t.src.revoke_security_group_egress(GroupId=t.instance_group, IpPermissions=[ALL])
    yield
    t.src.authorize_security_group_egress(GroupId=t.instance_group, IpPermissions=[ALL])
    t.src.revoke_security_group_egress(GroupId=t.instance_group, IpPermissions=[one])


@row("target-ingress", HANGS)
def the_endpoints_rule(t):
    t.dst.revoke_security_group_ingress(GroupId=t.endpoint_group, IpPermissions=[t.https_rule])
    yield
    t.dst.authorize_security_group_ingress(GroupId=t.endpoint_group, IpPermissions=[t.https_rule])


def other_rule(t, **change):
    rule = dict(t.https_rule, **change)
    t.dst.revoke_security_group_ingress(GroupId=t.endpoint_group, IpPermissions=[t.https_rule])
    t.dst.authorize_security_group_ingress(GroupId=t.endpoint_group, IpPermissions=[rule])
    yield
    t.dst.revoke_security_group_ingress(GroupId=t.endpoint_group, IpPermissions=[rule])
    t.dst.authorize_security_group_ingress(GroupId=t.endpoint_group, IpPermissions=[t.https_rule])


@row("target-ingress", HANGS)
def the_right_port_of_the_endpoints_rule(t):
    yield from other_rule(t, FromPort=80, ToPort=80)


@row("target-ingress", HANGS)
def the_right_network_of_the_endpoints_rule(t):
    yield from other_rule(t, IpRanges=[{"CidrIp": "10.1.0.0/16"}])


@row("name", NO_NAME)
def the_source_vpcs_dns(t):
    t.src.modify_vpc_attribute(VpcId=t.src_vpc, EnableDnsHostnames={"Value": False})
    t.src.modify_vpc_attribute(VpcId=t.src_vpc, EnableDnsSupport={"Value": False})
    assert t.ssh(f"getent ahosts {t.endpoint_host}")[0] == 2
    yield
    t.src.modify_vpc_attribute(VpcId=t.src_vpc, EnableDnsSupport={"Value": True})
    t.src.modify_vpc_attribute(VpcId=t.src_vpc, EnableDnsHostnames={"Value": True})


@row("ok", DENIED)
def the_policys_endpoint_id(t):
    t.set_policy("vpce-0123456789abcdef0")
    yield
    t.set_policy(t.endpoint)


@row("ok", r"[Uu]nable to locate credentials")
def the_instances_role(t):
    t.iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")
    yield
    t.iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")


@row("peering", HANGS)
def the_peering(t):
    t.src.delete_vpc_peering_connection(VpcPeeringConnectionId=t.peering)
    yield
    for ec2, table, cidr in ((t.src, t.src_table, "10.1.0.0/16"), (t.dst, t.dst_table, "10.0.0.0/16")):
        ec2.delete_route(RouteTableId=table, DestinationCidrBlock=cidr)
    t.join()


@row("name", NO_NAME)
def the_endpoint(t):
    t.dst.delete_vpc_endpoints(VpcEndpointIds=[t.endpoint])
    until("the endpoint's end", lambda: not any(
        e["State"].lower() != "deleted" for e in t.dst.describe_vpc_endpoints()["VpcEndpoints"]))
    yield
    t.make_endpoint()
    t.endpoint_host = until("the interface endpoint", t.endpoint_name)
    # a new endpoint is a new id: the policy still names the old one (traps A10)
    status, _, err = t.upload(wait=20)
    assert status == 1 and "AccessDenied" in err, err
    t.set_policy(t.endpoint)


def whole(t):
    return t.walk()["ok"]


def uploads(t):
    status, out, err = t.upload(wait=20)
    if status:
        print("   ", err.strip() or out.strip(), t.walk())
    return status == 0


def take_away(t, name, hop, said, fn):
    steps = fn(t)
    next(steps)
    until(f"{name}: hop {hop}", lambda: t.walk()["hop"] == hop)
    status, out, err = t.upload(wait=20 if hop == "ok" else 1)
    if status == 0 or not re.search(said, err + out):
        sys.exit(f"without {name}: status {status}, out {out!r}, err {err!r}, walk {t.walk()}")
    for _ in steps:
        pass
    until(f"{name}: given back", lambda: whole(t))
    print(f"ok  without {name}: {hop}")


def from_outside(t):
    """What the operator sees: the public host refuses, the private one never answers."""
    proxy = urllib.request.ProxyHandler({"https": t.info["proxy_url"]})
    s3 = client("s3", DESTINATION)
    try:
        s3.put_object(Bucket=t.bucket, Key="outside", Body=b"x")
        sys.exit("an upload from outside was let in")
    except botocore.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == "AccessDenied", e
    try:
        urllib.request.build_opener(proxy).open(f"https://{t.endpoint_host}/", timeout=1)
        sys.exit("the endpoint's private address answered from outside")
    except (urllib.error.URLError, TimeoutError, OSError) as e:
        assert "timed out" in str(e), e
    hops = [r["code"] for r in t.ask("requests") if r["action"] == "Connect"]
    assert "outside" in hops, hops


def wrong_ways(t):
    """Each fails as it does on AWS, with everything in place."""
    bare = t.endpoint_host.replace("bucket.", "", 1)
    for what, options, said in (
            ("no bucket. in front", f"--region {DESTINATION} --endpoint-url https://{bare}",
             "SSL|certificate"),
            ("the public host", f"--region {DESTINATION}", HANGS),
            ("another endpoint's name",
             f"--region {DESTINATION} --endpoint-url https://"
             f"{re.sub('vpce-[0-9a-f]+', 'vpce-0123456789abcdef0', t.endpoint_host)}", NO_NAME)):
        status, out, err = t.ssh(f"echo x >f; AWS_MAX_ATTEMPTS=1 aws s3 cp f s3://{t.bucket}/f {options} "
                                 "--cli-connect-timeout 1 --cli-read-timeout 1")
        if status == 0 or not re.search(said, err + out):
            sys.exit(f"{what}: status {status}, {out!r} {err!r}")
        print(f"ok  {what}")


def main():
    t = Topology(sys.argv[1])
    t.build()
    until("a whole path", lambda: whole(t))
    until("a first upload", lambda: uploads(t))
    body = t.s3.get_object(Bucket=t.bucket, Key="f")["Body"].read()
    assert body == b"data\n", body
    status, out, err = t.ssh(
        f"aws s3 cp s3://{t.bucket}/f back --region {DESTINATION} --endpoint-url https://{t.endpoint_host}"
        " --only-show-errors && cmp f back")
    assert status == 0 and not out + err, (status, out, err)
    status, out, _ = t.ssh(f"getent ahosts {t.endpoint_host}")
    assert status == 0 and out.startswith("10.1."), out
    from_outside(t)
    wrong_ways(t)
    for name, hop, said, fn in rows:
        take_away(t, name, hop, said, fn)
    until("a last upload", lambda: uploads(t))
    if len(rows) < ROWS_AT_LEAST:
        sys.exit("too few rows")
    print(f"{len(rows)} things taken away, each felt where it was")


if __name__ == "__main__":
    main()
