#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Changes one thing behind the program's back, and demands that `runbook verify` names
the step, the claim, what was expected and what was found, with exit status 3, also where the
change makes the login or the upload fail; that the upload, which needs every other step, does
not hold then; and that the summary counts what the steps say.

    drift.py BIN             BIN: the folder of runbook and runbook-sandbox
    drift.py BIN --repair    `runbook run` must then put it right: the world is looked at by
                             world_check.py, and undo must leave nothing
    ... NAME...              only those drifts

The drifts are those of the procedure in the environment's PROCEDURE (peering, unless it says
direct): of what both make each is told by the number that its step has there.

One run is made; its sandbox's state file is copied, and each drift begins with that copy.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

import botocore.exceptions

import intents
import world_check
from world_check import Region, client

SPEED = "2000"
PROCEDURE = os.environ.get("PROCEDURE", "peering")
DRIFTS_AT_LEAST = {"peering": 25, "direct": 25}[PROCEDURE]
# By the number of peering's step that makes the same; what is not here direct does not make.
DIRECT = {"1-1": "1-1", "1-2": "1-2", "1-3": "1-3", "1-4": "1-4", "2-3": "2-1", "2-4": "2-2", "4-2": "3-2"}
STEPS = {"peering": ["1-1", "1-2", "1-3", "1-4", "2-1", "2-2", "2-3", "2-4", "3-1", "3-2", "3-3", "3-4"],
         "direct": ["1-1", "1-2", "1-3", "1-4", "2-1", "2-2"]}[PROCEDURE]
STEPS_IN_ALL = {"peering": 14, "direct": 8}[PROCEDURE]
SOURCE, DESTINATION = "ap-northeast-1", "us-east-1"

# What is not the program's to put right, and what it says instead.
LEFT_ALONE = {
    "a_route_in_the_main_table": "main_route_table.routes",
    "a_way_out_by_the_instance": "has a route that this run did not make",
    "a_way_for_everything_else": "has a route that this run did not make",
    "way_there_led_elsewhere": "which is not this run's",
}

drifts = []


def drift(step, claim, expected=None, found=None, only=None):
    """Registers a change; verify must say this claim of this step (a missing thing: its words).
    only: the one procedure that has it."""
    def register(change):
        there = step if PROCEDURE == "peering" else DIRECT.get(step)
        if there and only in (None, PROCEDURE):
            drifts.append((change.__name__, there, claim, expected, found, change))
        return change
    return register


class World:
    """The run's ids, and AWS as somebody else's script sees it."""

    def __init__(self, status):
        self.run = status["run"]
        made = {s["id"]: s["outputs"] for s in status["steps"]}
        self.out = made if PROCEDURE == "peering" else {k: made[v] for k, v in DIRECT.items()}
        self.bucket = self.out["2-4"]["bucket"]
        self.source = client("ec2", SOURCE)
        self.destination = client("ec2", DESTINATION)
        # Where the S3 endpoint stands, and in which VPC.
        self.at_endpoint = self.destination if PROCEDURE == "peering" else self.source
        self.endpoint_vpc = self.out["2-1" if PROCEDURE == "peering" else "1-1"]["vpc_id"]
        self.iam = client("iam", SOURCE)
        self.s3 = client("s3", DESTINATION)

    def untag(self, ec2, resource, key="runbook:run"):
        ec2.delete_tags(Resources=[resource], Tags=[{"Key": key}])

    def rule(self, ec2, group, egress):
        rules = ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
        return [r["SecurityGroupRuleId"] for r in rules if r["IsEgress"] == egress][0]

    def ec2_raw(self, action, **params):
        Region(SOURCE, self.run).raw(action, **params)


# ---- 1-1, 2-1

@drift("1-1", "vpc.dns_hostnames", "true", "false")
def source_hostnames_off(w):
    w.source.modify_vpc_attribute(VpcId=w.out["1-1"]["vpc_id"],
                                  EnableDnsHostnames={"Value": False})


@drift("2-1", "vpc.dns_support", "true", "false")
def destination_support_off(w):
    vpc = w.out["2-1"]["vpc_id"]
    w.destination.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    w.destination.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})


@drift("1-1", "vpc.tag.runbook:run", None, "(none)")
def vpc_untagged(w):
    w.untag(w.source, w.out["1-1"]["vpc_id"])


@drift("2-1", "vpc.tag.Name", None, "mine")
def vpc_renamed(w):
    w.destination.create_tags(Resources=[w.out["2-1"]["vpc_id"]],
                              Tags=[{"Key": "Name", "Value": "mine"}])


@drift("1-1", "main_route_table.routes", "10.0.0.0/16 -> local (active)", "192.168.0.0/16", only="peering")
def a_route_in_the_main_table(w):
    w.source.create_route(RouteTableId=w.out["1-1"]["main_route_table_id"],
                          DestinationCidrBlock="192.168.0.0/16",
                          VpcPeeringConnectionId=w.out["3-1"]["vpc_peering_connection_id"])


# ---- 1-2, 2-2

@drift("1-2", "subnet.public_ip_on_launch", "false", "true")
def public_addresses_on_launch(w):
    w.source.modify_subnet_attribute(SubnetId=w.out["1-2"]["subnet_id"],
                                     MapPublicIpOnLaunch={"Value": True})


@drift("1-2", "subnet.tag.runbook:stack", "default", "other")
def subnet_of_another_stack(w):
    w.source.create_tags(Resources=[w.out["1-2"]["subnet_id"]],
                         Tags=[{"Key": "runbook:stack", "Value": "other"}])


@drift("1-2", "route_table.association", "rtbassoc-", "(none)")
def source_disassociated(w):
    w.source.disassociate_route_table(
        AssociationId=w.out["1-2"]["route_table_association_id"])


@drift("2-2", "route_table.association", "rtbassoc-", "(none)")
def destination_disassociated(w):
    w.destination.disassociate_route_table(
        AssociationId=w.out["2-2"]["route_table_association_id"])


@drift("2-2", "route_table.routes", "10.1.0.0/16 -> local (active)", "0.0.0.0/0 -> pcx-")
def a_way_for_everything_else(w):
    w.destination.create_route(
        RouteTableId=w.out["2-2"]["route_table_id"], DestinationCidrBlock="0.0.0.0/0",
        VpcPeeringConnectionId=w.out["3-1"]["vpc_peering_connection_id"])


@drift("2-2", "route_table.tag.runbook:run", None, "(none)")
def route_table_untagged(w):
    w.untag(w.destination, w.out["2-2"]["route_table_id"])


@drift("1-2", "route_table.routes", "10.0.0.0/16 -> local (active)", "0.0.0.0/0 -> eni-", only="direct")
def a_way_out_by_the_instance(w):
    eni = w.source.describe_network_interfaces(Filters=[
        {"Name": "attachment.instance-id", "Values": [w.out["1-4"]["instance_id"]]}])
    w.source.create_route(
        RouteTableId=w.out["1-2"]["route_table_id"], DestinationCidrBlock="0.0.0.0/0",
        NetworkInterfaceId=eni["NetworkInterfaces"][0]["NetworkInterfaceId"])


# ---- 1-3

@drift("1-3", "security_group.ingress all from itself", "allowed", "(none)")
def endpoint_group_without_its_own_rule(w):
    group = w.out["1-3"]["security_group_id"]
    w.source.revoke_security_group_ingress(
        GroupId=group, SecurityGroupRuleIds=[w.rule(w.source, group, False)])


@drift("1-3", "security_group.egress all to anywhere", "allowed", "(none)")
def endpoint_group_without_a_way_out(w):
    group = w.out["1-3"]["security_group_id"]
    w.source.revoke_security_group_egress(
        GroupId=group, SecurityGroupRuleIds=[w.rule(w.source, group, True)])


@drift("1-3", "endpoint.tag.runbook:run", None, "(none)")
def connect_endpoint_untagged(w):
    w.untag(w.source, w.out["1-3"]["instance_connect_endpoint_id"])


@drift("1-3", "instance connect endpoint")
def connect_endpoint_deleted(w):
    w.ec2_raw("DeleteInstanceConnectEndpoint",
              InstanceConnectEndpointId=w.out["1-3"]["instance_connect_endpoint_id"])


# ---- 1-4

@drift("1-4", "security_group.ingress 22 from the endpoint's group", "allowed", "(none)")
def instance_closed(w):
    group = w.out["1-4"]["security_group_id"]
    w.source.revoke_security_group_ingress(
        GroupId=group, SecurityGroupRuleIds=[w.rule(w.source, group, False)])


@drift("1-4", "security_group.other_rules", "none", "ingress tcp 22 from 0.0.0.0/0")
def instance_open_to_the_world(w):
    w.source.authorize_security_group_ingress(
        GroupId=w.out["1-4"]["security_group_id"], IpProtocol="tcp", FromPort=22, ToPort=22,
        CidrIp="0.0.0.0/0")


@drift("1-4", "instance.tag.runbook:step", "1-4", "(none)")
def instance_untagged(w):
    w.untag(w.source, w.out["1-4"]["instance_id"], "runbook:step")


@drift("1-4", "instance")
def instance_terminated(w):
    w.source.terminate_instances(InstanceIds=[w.out["1-4"]["instance_id"]])


@drift("1-4", "role.policies", "AmazonS3FullAccess", "(none)")
def role_without_its_policy(w):
    w.iam.detach_role_policy(RoleName=w.out["1-4"]["role_name"],
                             PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")


@drift("1-4", "role.inline_policies", "none", "more")
def role_with_an_inline_policy(w):
    w.iam.put_role_policy(RoleName=w.out["1-4"]["role_name"], PolicyName="more",
                          PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
                              {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}))


@drift("1-4", "role.trust_policy", "ec2.amazonaws.com", "lambda.amazonaws.com")
def role_trusts_another_service(w):
    w.iam.update_assume_role_policy(
        RoleName=w.out["1-4"]["role_name"],
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
             "Action": "sts:AssumeRole"}]}))


@drift("1-4", "instance_profile.roles", "runbook-", "(none)")
def profile_without_its_role(w):
    w.iam.remove_role_from_instance_profile(
        InstanceProfileName=w.out["1-4"]["instance_profile_name"],
        RoleName=w.out["1-4"]["role_name"])


# ---- 2-3

@drift("2-3", "security_group.ingress 443 from the source VPC", "allowed", "(none)", only="peering")
@drift("2-3", "security_group.ingress 443 from the instance's group", "allowed", "(none)", only="direct")
def endpoint_closed(w):
    group = w.out["2-3"]["security_group_id"]
    w.at_endpoint.revoke_security_group_ingress(
        GroupId=group, SecurityGroupRuleIds=[w.rule(w.at_endpoint, group, False)])


@drift("2-3", "security_group.other_rules", "none", "ingress tcp 443 from 10.0.0.0/20")
def endpoint_with_a_narrower_rule_beside(w):
    w.at_endpoint.authorize_security_group_ingress(
        GroupId=w.out["2-3"]["security_group_id"], IpProtocol="tcp", FromPort=443, ToPort=443,
        CidrIp="10.0.0.0/20")


@drift("2-3", "endpoint.policy", "full access", "s3:GetObject")
def endpoint_policy_tightened(w):
    w.at_endpoint.modify_vpc_endpoint(
        VpcEndpointId=w.out["2-3"]["vpc_endpoint_id"],
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}))


@drift("2-3", "endpoint.security_groups", "sg-", "sg-")
def endpoint_in_the_default_group(w):
    vpc = w.endpoint_vpc
    default = w.at_endpoint.describe_security_groups(Filters=[
        {"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}])
    w.at_endpoint.modify_vpc_endpoint(
        VpcEndpointId=w.out["2-3"]["vpc_endpoint_id"],
        AddSecurityGroupIds=[default["SecurityGroups"][0]["GroupId"]],
        RemoveSecurityGroupIds=[w.out["2-3"]["security_group_id"]])


@drift("2-3", "endpoint.tag.runbook:run", None, "(none)")
def s3_endpoint_untagged(w):
    w.untag(w.at_endpoint, w.out["2-3"]["vpc_endpoint_id"])


@drift("2-3", "VPC endpoint")
def s3_endpoint_deleted(w):
    w.at_endpoint.delete_vpc_endpoints(VpcEndpointIds=[w.out["2-3"]["vpc_endpoint_id"]])


# ---- 2-4

@drift("2-4", "bucket.policy", "aws:sourceVpce", "(none)")
def policy_deleted(w):
    w.s3.delete_bucket_policy(Bucket=w.bucket)


@drift("2-4", "bucket.policy", "aws:sourceVpce", "vpce-00000000000000000")
def policy_for_another_endpoint(w):
    policy = w.s3.get_bucket_policy(Bucket=w.bucket)["Policy"]
    w.s3.put_bucket_policy(Bucket=w.bucket, Policy=policy.replace(
        w.out["2-3"]["vpc_endpoint_id"], "vpce-00000000000000000"))


@drift("2-4", "bucket.policy", "Deny", "Allow")
def policy_that_only_allows(w):
    policy = json.loads(w.s3.get_bucket_policy(Bucket=w.bucket)["Policy"])
    policy["Statement"] = [s for s in policy["Statement"] if s["Effect"] == "Allow"]
    w.s3.put_bucket_policy(Bucket=w.bucket, Policy=json.dumps(policy))


def public_access(setting):
    def change(w):
        blocked = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True,
                   "RestrictPublicBuckets": True}
        blocked[setting] = False
        w.s3.put_public_access_block(Bucket=w.bucket, PublicAccessBlockConfiguration=blocked)
    change.__name__ = "without_" + setting
    return change


for _setting, _claim in (("BlockPublicAcls", "block_public_acls"),
                         ("IgnorePublicAcls", "ignore_public_acls"),
                         ("BlockPublicPolicy", "block_public_policy"),
                         ("RestrictPublicBuckets", "restrict_public_buckets")):
    drift("2-4", "bucket." + _claim, "true", "false")(public_access(_setting))


@drift("2-4", "bucket.block_public_policy", "true", "false")
def public_access_block_deleted(w):
    w.s3.delete_public_access_block(Bucket=w.bucket)


@drift("4-2", "bucket.versioning", "off", "Enabled or Suspended")
def versioning_on(w):
    w.s3.put_bucket_versioning(Bucket=w.bucket, VersioningConfiguration={"Status": "Enabled"})


@drift("2-4", "bucket.encryption", "AES256", "aws:kms")
def encryption_by_kms(w):
    w.s3.put_bucket_encryption(Bucket=w.bucket, ServerSideEncryptionConfiguration={"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]})


@drift("2-4", "bucket.tag.runbook:run", None, "(none)")
def bucket_tags_replaced(w):
    w.s3.put_bucket_tagging(Bucket=w.bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})


@drift("2-4", "bucket")
def bucket_deleted(w):
    w.s3.delete_bucket_policy(Bucket=w.bucket)
    for o in w.s3.list_objects_v2(Bucket=w.bucket).get("Contents", []):
        w.s3.delete_object(Bucket=w.bucket, Key=o["Key"])
    w.s3.delete_bucket(Bucket=w.bucket)


# ---- 3

@drift("3-1", "peering.tag.runbook:run", None, "(none)")
def peering_untagged_in_the_source(w):
    w.untag(w.source, w.out["3-1"]["vpc_peering_connection_id"])


@drift("3-3", "peering_in_destination.tag.runbook:run", None, "(none)")
def peering_untagged_in_the_destination(w):
    w.untag(w.destination, w.out["3-1"]["vpc_peering_connection_id"])


@drift("3-1", "peering")
def peering_deleted(w):
    w.destination.delete_vpc_peering_connection(
        VpcPeeringConnectionId=w.out["3-1"]["vpc_peering_connection_id"])


@drift("3-2", "has no route to 10.1.0.0/16")
def way_there_deleted(w):
    w.source.delete_route(RouteTableId=w.out["1-2"]["route_table_id"],
                          DestinationCidrBlock="10.1.0.0/16")


@drift("3-2", "route.target", "pcx-", "eni-")
def way_there_led_elsewhere(w):
    eni = w.source.describe_network_interfaces(Filters=[
        {"Name": "attachment.instance-id", "Values": [w.out["1-4"]["instance_id"]]}])
    w.source.replace_route(
        RouteTableId=w.out["1-2"]["route_table_id"], DestinationCidrBlock="10.1.0.0/16",
        NetworkInterfaceId=eni["NetworkInterfaces"][0]["NetworkInterfaceId"])


@drift("3-4", "has no route to 10.0.0.0/16")
def way_back_deleted(w):
    w.destination.delete_route(RouteTableId=w.out["2-2"]["route_table_id"],
                               DestinationCidrBlock="10.0.0.0/16")


# ---- driving it

class Sandbox:
    """A sandbox over a state file, for the time of a `with`."""

    def __init__(self, program, state):
        self.command = [program, "serve", "--state", state, "--speed", SPEED]

    def __enter__(self):
        self.child = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        line = self.child.stdout.readline().split()
        if line[:1] != ["listening"]:
            raise RuntimeError("the sandbox did not start")
        os.environ["AWS_ENDPOINT_URL"] = line[1]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(line[1] + "/_sandbox/info", timeout=10) as answer:
            info = json.load(answer)
        # Endpoints' own names are served over TLS on a port of their own.
        os.environ["RUNBOOK_CONNECT_TO"] = f"::127.0.0.1:{info['tls_port']}"
        os.environ["AWS_CA_BUNDLE"] = info["ca_file"]
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait(timeout=90)
        self.child.stdout.close()


def disagreement(verify, step, claim, expected, found):
    """None, or why the output of verify does not name the drift."""
    if verify.returncode != 3:
        return f"exit status {verify.returncode}"
    for line in json.loads(verify.stdout)["steps"]:
        if line["id"] != step:
            continue
        if expected is None and found is None:
            words = line.get("missing") or ""
            return None if claim in words else f"says {words!r}"
        for c in line["claims"]:
            if c["claim"] == claim and not c["agrees"]:
                if expected and expected not in c["expected"]:
                    return f"expected is {c['expected']!r}"
                if found and found not in c["found"]:
                    return f"found is {c['found']!r}"
                return None
    return "the claim is not among those that disagree"


def contradiction(verify):
    """None, or why the output of a verify of a whole run, which has a drift, is not as promised."""
    doc = json.loads(verify.stdout)
    verdicts = {line["id"]: line["verdict"] for line in doc["steps"]}
    summary = doc["summary"]
    if doc["holds"] or not doc["next"].startswith("runbook resume"):
        return f"holds: {doc['holds']}, next: {doc['next']}"
    if len(verdicts) != STEPS_IN_ALL or summary["looked_at"] != STEPS_IN_ALL:
        return f"{len(verdicts)} steps are told, {summary['looked_at']} were looked at"
    for verdict in ("holds", "differs", "missing", "blocked", "pending"):
        if summary[verdict] != list(verdicts.values()).count(verdict):
            return f"the summary counts {summary[verdict]} that are '{verdict}'"
    if summary["errors"] or "error" in verdicts.values():
        return "a drift is called an error"
    if verdicts[DIRECT["4-2"] if PROCEDURE == "direct" else "4-2"] == "holds":
        return "the upload holds without what it needs"
    for line in doc["steps"]:
        if line["verdict"] == "blocked" and not (line["blocked_by"] and all(
                verdicts[s] in ("differs", "missing", "pending") for s in line["blocked_by"])):
            return f"{line['id']} is blocked by {line['blocked_by']}"
    return None


def check(bin_dir, home, status, one, repairing):
    name, step, claim, expected, found, change = one
    verify = None
    with Sandbox(bin_dir + "/runbook-sandbox", home + "/drifted.db"):
        try:
            change(World(status))
        except botocore.exceptions.ClientError as err:
            print(f"not ok {name}: {err}")
            return False
        deadline = time.monotonic() + 10
        while True:  # reads lag behind writes
            verify = subprocess.run(
                [bin_dir + "/runbook", "verify", "--speed", SPEED, "--output", "json"] +
                ([step] if repairing else []),
                capture_output=True, text=True, timeout=60, check=False)
            why = disagreement(verify, step, claim, expected, found)
            if not why and not repairing:
                why = contradiction(verify)
            if not why or time.monotonic() > deadline:
                break
        if not why and repairing:
            why = repair(bin_dir, home, name, step)
    if why:
        print(f"not ok {name}: {why}\n{verify.stdout}{verify.stderr}")
    else:
        print(f"ok {name}")
    return not why


def other_world(home):
    """None, or what world_check.py says: a fork of this process, which has read boto3 already."""
    sys.stdout.flush()
    with open(home + "/look", "w+", encoding="utf-8") as said:
        pid = os.fork()
        if pid == 0:
            try:
                os.dup2(said.fileno(), 1)
                os.dup2(said.fileno(), 2)
                sys.argv = ["world_check.py", home + "/status.json"]
                world_check.checks.clear()
                rc = world_check.main()
                sys.stdout.flush()
                os._exit(rc)
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(1)
        if not os.waitpid(pid, 0)[1]:
            return None
        said.seek(0)
        return said.read() or "it ended without a word"


def repair(bin_dir, home, name, step):
    """None, or why `runbook run` did not put back what was changed (or did not leave it alone)."""
    run = subprocess.run([bin_dir + "/runbook", "run", "--to", STEPS[-1], "--speed", SPEED],
                         capture_output=True, text=True, timeout=120, check=False)
    if name in LEFT_ALONE:
        if not run.returncode or LEFT_ALONE[name] not in run.stderr:
            return f"run exits {run.returncode} and says {run.stderr}"
        # The step stands as failed now, and is looked at all the same.
        again = subprocess.run([bin_dir + "/runbook", "verify", "--speed", SPEED, step],
                               capture_output=True, text=True, timeout=60, check=False)
        return None if again.returncode == 3 and "0 of 1 hold, 1 differs" in again.stdout else \
            f"verify then exits {again.returncode} and says {again.stdout}{again.stderr}"
    if run.returncode:
        return f"run exits {run.returncode}\n{run.stderr}"
    with open(home + "/status.json", "w", encoding="utf-8") as f:
        subprocess.run([bin_dir + "/runbook", "status", "--output", "json"], check=True, stdout=f,
                       timeout=60)
    wrong = other_world(home)
    if wrong:
        return f"the world is not as it should be\n{wrong}\n{run.stderr}"
    undo = subprocess.run([bin_dir + "/runbook", "undo", "--yes", "--speed", SPEED],
                          capture_output=True, text=True, timeout=120, check=False)
    return f"undo exits {undo.returncode}\n{undo.stderr}" if undo.returncode else None


def quietly(command):
    """Runs it; what it said is shown only when it failed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} exits {done.returncode}\n"
                         f"{done.stdout}{done.stderr}")


def main():
    bin_dir = os.path.abspath(sys.argv[1])
    home = tempfile.mkdtemp(prefix="drift-")
    intents.watch(home)
    os.environ.update({
        "AWS_ACCESS_KEY_ID": "AKIASANDBOX000000000", "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "RUNBOOK_HOME": home,
    })
    os.environ.pop("AWS_SESSION_TOKEN", None)
    os.environ.pop("AWS_PROFILE", None)
    wanted = sys.argv[2:]
    repairing = wanted[:1] == ["--repair"]
    wanted = wanted[repairing:]
    # Repairs are of a run without its proofs, which alone can tell what drifts of 4-2 are.
    todo = [d for d in drifts if (not wanted or d[0] in wanted) and (not repairing or d[1] in STEPS)]
    try:
        runbook = bin_dir + "/runbook"
        with Sandbox(bin_dir + "/runbook-sandbox", home + "/clean.db"):
            quietly([runbook, "run", "--procedure", PROCEDURE, "--speed", SPEED] +
                    (["--to", STEPS[-1]] if repairing else []))
            quietly([runbook, "verify", "--speed", SPEED] + (STEPS if repairing else []))
        status = json.loads(subprocess.run([runbook, "status", "--output", "json"], check=True,
                                           capture_output=True, text=True, timeout=60).stdout)
        good = 0
        for one in todo:
            shutil.copy(home + "/clean.db", home + "/drifted.db")
            shutil.copytree(home + "/default", home + "/kept")
            good += check(bin_dir, home, status, one, repairing)
            shutil.rmtree(home + "/default")
            os.rename(home + "/kept", home + "/default")
        if intents.missing(home):
            print("changes without an intent:\n" + intents.missing(home))
            good = 0
    finally:
        shutil.rmtree(home)
    print(f"{good} of {len(todo)} drifts were found" + (" and put right" if repairing else ""))
    return 0 if good == len(todo) and (wanted or good >= DRIFTS_AT_LEAST) else 1


if __name__ == "__main__":
    sys.exit(main())
