#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
What is not the run's stays as it is: things of other people are put there first, with boto3; then
come run, resume after a kill, a repair and undo; after each, every foreign thing is looked at,
setting by setting.

    not_ours.py BIN

Each case is a function whose name says what it shows.  The procedure is that of the environment's
PROCEDURE.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

import boto3

import intents

SOURCE, DESTINATION = "ap-northeast-1", "us-east-1"
SPEED = "20000"
PROCEDURE = os.environ.get("PROCEDURE", "peering")
# The last step before the login, and those of S3 endpoint and bucket.
TO, ENDPOINT, BUCKET = {"peering": ("3-4", "2-3", "2-4"), "direct": ("2-2", "2-1", "2-2")}[PROCEDURE]
OTHERS = "20200101-deadbeef"  # the run of somebody else's stack
BIN = os.path.abspath(sys.argv[1])
# What AWS itself counts on, whoever causes it.
COUNTED = {"availableIpAddressCount"}


def check(that, *what):
    if not that:
        raise AssertionError(" ".join(str(w) for w in what))


class World:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="runbook-not-ours.")
        intents.watch(self.dir)
        self.sandbox = subprocess.Popen(
            [f"{BIN}/runbook-sandbox", "serve", "--until-eof", "--speed", SPEED],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.dir)
        self.url = self.sandbox.stdout.readline().split()[1]
        info = json.loads(self.get("/_sandbox/info"))
        self.env = {
            "PATH": os.environ["PATH"], "HOME": self.dir, "LC_ALL": "C.UTF-8",
            "AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": "AKIASANDBOX000000000",
            "AWS_SECRET_ACCESS_KEY": "sandbox", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_CA_BUNDLE": info["ca_file"], "NO_PROXY": "*",
            "RUNBOOK_CONNECT_TO": f"::127.0.0.1:{info['tls_port']}",
            **intents.ENV,
            **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")},
        }
        self.source, self.destination = self.aws("ec2", SOURCE), self.aws("ec2", DESTINATION)
        self.iam, self.s3 = self.aws("iam", DESTINATION), self.aws("s3", DESTINATION)
        self.before = {}

    def aws(self, service, region):
        return boto3.client(service, region_name=region, endpoint_url=self.url,
                            aws_access_key_id="AKIASANDBOX000000000",
                            aws_secret_access_key="sandbox")

    def close(self):
        self.sandbox.stdin.close()
        self.sandbox.wait(30)
        missing = intents.missing(self.dir)
        shutil.rmtree(self.dir, ignore_errors=True)
        check(not missing, "changes without an intent:\n", missing)

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return answer.read().decode()

    def runbook(self, status, *words, **env):
        if words[0] == "run":
            words = ("run", "--procedure", PROCEDURE, *words[1:])
        done = subprocess.run(
            [f"{BIN}/runbook", *words, "--home", self.dir + "/home", "--speed", SPEED],
            env={**self.env, **env}, cwd=self.dir, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        check(done.returncode == status, words, "ended with", done.returncode, "not", status,
              "\n" + done.stdout)
        return done.stdout

    def run_id(self):
        with open(self.dir + "/home/default/run.json", encoding="utf-8") as f:
            return json.load(f)["run"]

    def outputs(self):
        status = json.loads(subprocess.run(
            [f"{BIN}/runbook", "status", "--output", "json", "--home", self.dir + "/home"],
            env=self.env, stdout=subprocess.PIPE, check=True).stdout)
        return {s["id"]: s["outputs"] for s in status["steps"]}

    def things(self):
        """All that lives, by kind, region and id."""
        def still(value):
            if isinstance(value, dict):
                return {k: still(v) for k, v in value.items()
                        if not k.endswith("_ms") and k not in COUNTED}
            return [still(v) for v in value] if isinstance(value, list) else value
        return {(kind, region, doc.get("id", json.dumps(doc, sort_keys=True))): still(doc)
                for kind, regions in json.loads(self.get("/_sandbox/world")).items()
                for region, docs in regions.items() for doc in docs if doc.get("live", True)}

    def remember(self):
        self.before = self.things()
        check(len(self.before) > 0, "nothing foreign is there")

    def all_untouched(self, when):
        now = self.things()
        for key, doc in self.before.items():
            check(key in now, when, "took away", key)
            check(now[key] == doc, when, "changed", key, "\n", doc, "\n", now[key])

    def nothing_else(self):
        extra = set(self.things()) - set(self.before)
        check(not extra, "undo left", extra)

    def endpoint_side(self):
        return self.destination if PROCEDURE == "peering" else self.source

    def damage(self):
        """Takes a thing of the run's away that a run then makes again."""
        group = self.outputs()[ENDPOINT]["security_group_id"]
        ec2 = self.endpoint_side()
        rules = ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
        ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[
            r["SecurityGroupRuleId"] for r in rules if not r["IsEgress"]])
        if PROCEDURE == "peering":
            ec2.delete_route(RouteTableId=self.outputs()["2-2"]["route_table_id"],
                             DestinationCidrBlock="10.0.0.0/16")

    def through_its_life(self):
        """Run killed half-way, resume, repair, undo: untouched after each."""
        self.runbook(-signal.SIGKILL, "run", "--to", TO, RUNBOOK_FAULT_CRASH_AT="150")
        self.all_untouched("a killed run")
        self.runbook(0, "run", "--to", TO)
        self.all_untouched("resume")
        self.damage()
        self.runbook(0, "run", "--to", TO)
        self.all_untouched("repair")
        self.runbook(0, "undo", "--yes")
        self.all_untouched("undo")
        self.nothing_else()


def tags(kind, run, step, what, stack="default"):
    return [{"ResourceType": kind, "Tags": [
        {"Key": "Name", "Value": f"runbook-{stack}-{step}-{what}"},
        {"Key": "runbook:stack", "Value": stack}, {"Key": "runbook:run", "Value": run},
        {"Key": "runbook:step", "Value": step}]}]


def a_network(ec2, cidr, run, step, stack):
    """A VPC with what the procedure makes in one, by another run."""
    vpc = ec2.create_vpc(CidrBlock=cidr, TagSpecifications=tags("vpc", run, step, "vpc", stack))
    vpc = vpc["Vpc"]["VpcId"]
    second = step[0] + "-2"
    subnet = ec2.create_subnet(
        VpcId=vpc, CidrBlock=cidr.replace("/16", "/20"),
        TagSpecifications=tags("subnet", run, second, "subnet", stack))["Subnet"]["SubnetId"]
    table = ec2.create_route_table(
        VpcId=vpc, TagSpecifications=tags("route-table", run, second, "route-table", stack))
    table = table["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    group = ec2.create_security_group(
        GroupName="runbook-connect", Description="others", VpcId=vpc,
        TagSpecifications=tags("security-group", run, step[0] + "-3", "connect", stack))
    ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"], IpPermissions=[{
            "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
            "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}])
    return vpc, subnet, table, group["GroupId"]


def the_same_names_and_blocks_of_another_run_and_stack(w):
    a = a_network(w.source, "10.0.0.0/16", OTHERS, "1-1", "default")
    b = a_network(w.destination, "10.1.0.0/16", OTHERS, "2-1", "default")
    a_network(w.source, "10.0.0.0/16", OTHERS, "1-1", "other")
    w.source.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=[{  # a Name alone
        "ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "runbook-default-1-1-vpc"}]}])
    w.source.create_vpc_peering_connection(
        VpcId=a[0], PeerVpcId=b[0], PeerRegion=DESTINATION,
        TagSpecifications=tags("vpc-peering-connection", OTHERS, "3-1", "peering"))
    w.destination.create_vpc_endpoint(
        VpcId=b[0], VpcEndpointType="Interface", ServiceName="com.amazonaws.us-east-1.s3",
        SubnetIds=[b[1]], SecurityGroupIds=[b[3]], PrivateDnsEnabled=False,
        TagSpecifications=tags("vpc-endpoint", OTHERS, "2-3", "endpoint"))
    w.iam.create_role(RoleName=f"runbook-{OTHERS}-instance", Path=f"/runbook/{OTHERS}/",
                      AssumeRolePolicyDocument=json.dumps({
                          "Version": "2012-10-17", "Statement": [{
                              "Effect": "Allow", "Action": "sts:AssumeRole",
                              "Principal": {"Service": "ec2.amazonaws.com"}}]}))
    w.iam.create_instance_profile(InstanceProfileName=f"runbook-{OTHERS}-instance",
                                  Path=f"/runbook/{OTHERS}/")
    w.s3.create_bucket(Bucket=f"runbook-default-{OTHERS}")
    w.s3.put_object(Bucket=f"runbook-default-{OTHERS}", Key="dummy.txt", Body=b"keep me")
    for ec2 in (w.source, w.destination):  # what is slow has come to rest
        while any(e["State"] == "pending" for e in ec2.describe_vpc_endpoints()["VpcEndpoints"]):
            pass
    while w.source.describe_vpc_peering_connections()["VpcPeeringConnections"][0]["Status"][
            "Code"] != "pending-acceptance":
        pass
    w.remember()
    w.through_its_life()


def a_bucket_that_was_there_before_is_not_taken_for_ours(w):
    """us-east-1 answers 200 when its owner creates it again."""
    bucket = "a-bucket-of-mine-20200101"
    w.s3.create_bucket(Bucket=bucket)
    w.s3.put_object(Bucket=bucket, Key="family.jpg", Body=b"keep me")
    w.s3.create_bucket(Bucket=bucket)  # the trap is there: no error
    w.remember()
    said = w.runbook(3, "run", "--to", TO, "--set", "destination.bucket=" + bucket)
    check(bucket in said and "left alone" in said and "try again" not in said, said)
    w.all_untouched("run")
    w.runbook(3, "run", "--to", TO)
    w.all_untouched("the same again")
    w.runbook(0, "undo", "--yes")
    w.all_untouched("undo")
    w.nothing_else()


def an_untagged_bucket_that_was_there_and_empty(w):
    bucket = "an-empty-bucket-20200101"
    w.s3.create_bucket(Bucket=bucket)
    w.remember()
    w.runbook(3, "run", "--to", TO, "--set", "destination.bucket=" + bucket)
    w.all_untouched("run")
    w.runbook(0, "undo", "--yes")
    w.all_untouched("undo")
    w.nothing_else()


def foreign_objects_stop_undo_until_it_is_told(w):
    w.runbook(0, "run", "--to", TO)
    bucket = w.outputs()[BUCKET]["bucket"]
    w.s3.delete_bucket_policy(Bucket=bucket)  # it lets nobody in but the endpoint
    for key in ("letters/one.txt", "letters/two.txt"):
        w.s3.put_object(Bucket=bucket, Key=key, Body=b"keep me")
    said = w.runbook(3, "undo", "--yes")
    check("letters/one.txt" in said and "--delete-foreign-objects" in said, said)
    keys = {o["Key"] for o in w.s3.list_objects_v2(Bucket=bucket)["Contents"]}
    check(keys == {"letters/one.txt", "letters/two.txt"}, "undo left of them", keys)
    w.runbook(3, "undo", "--yes")  # and again
    w.runbook(0, "undo", "--yes", "--delete-foreign-objects")
    w.nothing_else()


def a_rule_of_another_group_that_names_ours_is_told_and_left(w):
    w.runbook(0, "run", "--to", TO)
    out = w.outputs()
    others = w.source.create_security_group(GroupName="theirs", Description="theirs",
                                            VpcId=out["1-1"]["vpc_id"])["GroupId"]
    w.source.authorize_security_group_ingress(GroupId=others, IpPermissions=[{
        "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432,
        "UserIdGroupPairs": [{"GroupId": out["1-4"]["security_group_id"]}]}])
    w.before = {k: v for k, v in w.things().items() if others in json.dumps(v)}
    check(len(w.before) >= 3, "the foreign group and its rules", w.before.keys())
    w.runbook(0, "run", "--to", TO)
    w.all_untouched("run")
    said = w.runbook(3, "undo", "--yes")
    check(others in said, "undo does not name the group that holds ours:", said)
    w.all_untouched("undo")
    check(out["1-4"]["security_group_id"] in json.dumps(list(w.things().values())),
          "the group in use is gone")
    w.source.delete_security_group(GroupId=others)
    w.before = {}
    w.runbook(0, "undo", "--yes")
    w.nothing_else()


def a_thing_whose_tags_are_anothers_now_is_left(w):
    """Adopted by mistake, or taken over: the tags no longer say that it is this run's."""
    w.runbook(0, "run", "--to", TO)
    out = w.outputs()
    group = out[ENDPOINT]["security_group_id"]
    w.endpoint_side().create_tags(Resources=[group], Tags=[{"Key": "runbook:run", "Value": OTHERS}])
    w.before = {k: v for k, v in w.things().items() if k[2] == group}
    check(len(w.before) == 1, "the group", w.before)
    w.runbook(3, "run", "--to", TO)
    w.all_untouched("run")
    said = w.runbook(3, "undo", "--yes")
    check(group in said and "left alone" in said and "as before; then: runbook" in said, said)
    w.all_untouched("undo")
    check(not any(kind == "instance" for kind, _, _ in w.things()),
          "the instance runs on, and is billed")
    w.endpoint_side().create_tags(Resources=[group],
                              Tags=[{"Key": "runbook:run", "Value": w.run_id()}])
    w.before = {}
    w.runbook(0, "undo", "--yes")
    w.nothing_else()


CASES = [the_same_names_and_blocks_of_another_run_and_stack,
         a_bucket_that_was_there_before_is_not_taken_for_ours,
         an_untagged_bucket_that_was_there_and_empty,
         foreign_objects_stop_undo_until_it_is_told,
         a_rule_of_another_group_that_names_ours_is_told_and_left,
         a_thing_whose_tags_are_anothers_now_is_left]


def main():
    wrong = 0
    for case in CASES:
        if len(sys.argv) > 2 and case.__name__ not in sys.argv[2:]:
            continue
        world = World()
        try:
            case(world)
            print("ok    ", case.__name__, flush=True)
        except Exception as problem:  # the others are of interest, too
            wrong += 1
            print("FAILED", case.__name__, type(problem).__name__, str(problem)[:6000], flush=True)
        finally:
            world.close()
    return 1 if wrong else 0


sys.exit(main())
