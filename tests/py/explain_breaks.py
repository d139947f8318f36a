#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Breaks a stack behind the program's back, and demands that `runbook explain` names exactly the hops
that are broken, each with a command that mends it: the commands are run as they are printed, and
the way must be whole then.  Its verdict is held against what the instance can do: an upload, asked
of the instance itself, works when the way is whole and only then.

    explain_breaks.py BIN [--share N] [NAME...]

One stack is made, broken and mended again and again; the AWS CLI's commands run in this process.
"""
import json
import os
import queue
import shlex
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

KEYS = {"AWS_ACCESS_KEY_ID": "AKIASANDBOX000000000", "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_MAX_ATTEMPTS": "2", "AWS_PAGER": ""}
os.environ.update(KEYS)
os.environ.pop("RUNBOOK_SANDBOX_JOURNAL", None)  # uploads that the test itself makes on the instance have no intent



def be_the_cli():
    """`aws` for one command after another: its words as JSON, a line each; its status and what it
    said come back.  In a process of its own, since its botocore is another than boto3's."""
    import contextlib
    import io
    import awscli.clidriver

    driver, out = awscli.clidriver.create_clidriver(), sys.stdout
    for line in sys.stdin:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                rc = driver.main(json.loads(line))
            except SystemExit as end:
                rc = end.code
        print(json.dumps([rc, said.getvalue()]), file=out, flush=True)
    return 0


if sys.argv[1:] == ["--cli"]:
    sys.exit(be_the_cli())

import boto3  # noqa: E402: it reads the environment
import botocore.config  # noqa: E402

import schema  # noqa: E402

SPEED = "2000"
BREAKS_AT_LEAST = 30
SOURCE, DESTINATION = "ap-northeast-1", "us-east-1"
ALL = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
         "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
S3_FULL = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
LOGIN, UPLOAD = "4-1", "4-2"
with open("docs/explain.schema.json", encoding="utf-8") as f:
    SCHEMA = json.load(f)
rows = []


def row(*hops, login=(), mends=None, lasts=False, bites=None, often=True):
    """The hops of the upload, and of the login, that the decorated function breaks: none of them,
    and the ways must be whole.  `mends`: a part of a command.  `lasts`: what the instance has
    already got goes on working for hours, so that an upload proves nothing.  `bites`: the hop that
    is met first, where several are broken.  `often`: not only once in a while (--share)."""
    def register(fn):
        rows.append((fn.__name__, frozenset((UPLOAD, h) for h in hops) | frozenset((LOGIN, h) for h in login),
                     mends, lasts, bites, often, fn))
        return fn
    return register


class Instance:
    """One shell on the instance, kept open: a login for each upload would cost too much."""

    def __init__(self, stack):
        self.stack, self.shell = stack, None

    def close(self):
        if self.shell:
            self.shell.stdin.close()
            try:
                self.shell.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.shell.kill()
                self.shell.wait()
            self.shell.stdout.close()
            self.shell = None

    def open(self):
        self.shell = subprocess.Popen([self.stack.bin, "connect", "--", "sh"], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                      env=self.stack.env)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, args=(self.shell.stdout, self.lines), daemon=True).start()

    @staticmethod
    def read(stream, lines):
        try:
            for line in stream:
                lines.put(line)
        except ValueError:
            pass
        lines.put(None)

    def ask(self, command):
        """The command's last line; None: there is no instance that answers."""
        for _ in range(2):
            if not self.shell:
                self.open()
            try:
                self.shell.stdin.write(command + "\n")
                self.shell.stdin.flush()
                line = self.lines.get(timeout=60)
            except (BrokenPipeError, queue.Empty):
                line = None
            if line:
                return line.strip()
            self.close()
        return None

    def uploads(self):
        out = self.stack.out
        url = f"https://bucket.{out['2-3']['vpc_endpoint_dns']}"
        command = (f"cd; : > dummy.txt; AWS_MAX_ATTEMPTS=1 timeout 20 aws s3 cp ./dummy.txt s3://{out['2-4']['bucket']}/ "
                   f"--region {DESTINATION} --endpoint-url {url} --cli-connect-timeout 0.3 --cli-read-timeout 5 "
                   f">/dev/null 2>&1; echo done $?")
        return self.ask(command) == "done 0"


class Stack:
    def __init__(self, bin_dir, work):
        self.bin = os.path.join(bin_dir, "runbook")
        self.sandbox = subprocess.Popen(
            [bin_dir + "/runbook-sandbox", "serve", "--state", work + "/world.db", "--speed", SPEED, "--lag", "off"],
            stdout=subprocess.PIPE, text=True, env=dict(os.environ, RUNBOOK_SANDBOX_AWS="small"))
        self.url = self.sandbox.stdout.readline().split()[1]
        try:
            self.begin(work)
        except BaseException:
            self.sandbox.kill()
            raise

    def begin(self, work):
        self.out, self.instance, self.cli = {}, Instance(self), None
        with urllib.request.urlopen(self.url + "/_sandbox/info", timeout=30) as answer:
            info = json.load(answer)
        self.env = dict(os.environ, AWS_ENDPOINT_URL=self.url, RUNBOOK_HOME=work + "/home", AWS_CA_BUNDLE=info["ca_file"],
                        RUNBOOK_CONNECT_TO=f"::127.0.0.1:{info['tls_port']}", LC_ALL="C.UTF-8")
        config = botocore.config.Config(s3={"addressing_style": "path"})

        def client(service, region):
            return boto3.client(service, region_name=region, endpoint_url=self.url, config=config)
        self.source, self.destination = client("ec2", SOURCE), client("ec2", DESTINATION)
        self.iam, self.s3, self.s3_away = client("iam", SOURCE), client("s3", DESTINATION), client("s3", "eu-west-1")

    def close(self):
        self.instance.close()
        if self.cli:
            self.cli.stdin.close()
            self.cli.wait(timeout=60)
            self.cli.stdout.close()
        self.sandbox.terminate()
        self.sandbox.wait(timeout=90)
        self.sandbox.stdout.close()

    def runbook(self, *words, status=0):
        done = subprocess.run([self.bin, *words], env=self.env, capture_output=True, text=True, timeout=300, check=False,
                              stdin=subprocess.DEVNULL)
        if status is not None and done.returncode != status:
            raise AssertionError(f"runbook {' '.join(words)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def learn(self):
        status = json.loads(self.runbook("status", "--output", "json").stdout)
        before = self.out.get("1-4")
        self.out = {s["id"]: s["outputs"] for s in status["steps"]}
        self.bucket = self.out["2-4"]["bucket"]
        if before and before["instance_id"] != self.out["1-4"]["instance_id"]:
            self.instance.close()  # a session of the one before may outlive it

    def explain(self, *words):
        done = self.runbook("explain", *words, "--output", "json", status=None)
        doc = json.loads(done.stdout)
        schema.check(doc, SCHEMA)
        want = 3 if doc["whole"] is False else 0
        assert done.returncode == want, f"explain ended with {done.returncode}: {done.stderr}"
        return doc

    def run_printed(self, command):
        """As it is printed."""
        words = shlex.split(command)
        if words[0] == "runbook":
            done = self.runbook(*words[1:], status=None)
            assert done.returncode == 0, f"'{command}' ended with {done.returncode}\n{done.stdout}{done.stderr}"
            self.learn()
            return
        assert words[0] == "aws", command
        if not self.cli:
            self.cli = subprocess.Popen([sys.executable, os.path.abspath(__file__), "--cli"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=dict(os.environ, AWS_DEFAULT_REGION=SOURCE))
        # Debian 12's does not read AWS_ENDPOINT_URL
        self.cli.stdin.write(json.dumps(["--endpoint-url", self.url, *words[1:]]) + "\n")
        self.cli.stdin.flush()
        rc, said = json.loads(self.cli.stdout.readline())
        assert rc == 0, f"'{command}' ended with {rc}: {said}"

    def until(self, question, what):
        for _ in range(2000):
            if question():
                return
            time.sleep(0.005)
        raise AssertionError(f"never: {what}")

    # ---- what breaks use

    def acl(self, ec2, vpc):
        acls = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
        return acls["NetworkAcls"][0]["NetworkAclId"]

    def deny(self, ec2, vpc, egress, first, last, number=50):
        ec2.create_network_acl_entry(
            NetworkAclId=self.acl(ec2, vpc), RuleNumber=number, Protocol="6", RuleAction="deny", Egress=egress,
            CidrBlock="0.0.0.0/0", PortRange={"From": first, "To": last})

    def source_vpc(self):
        return self.out["1-1"]["vpc_id"]

    def destination_vpc(self):
        return self.out["2-1"]["vpc_id"]

    def interface_of_instance(self):
        found = self.source.describe_network_interfaces(Filters=[
            {"Name": "attachment.instance-id", "Values": [self.out["1-4"]["instance_id"]]}])
        return found["NetworkInterfaces"][0]["NetworkInterfaceId"]

    def interface_of_endpoint(self):
        found = self.destination.describe_vpc_endpoints(VpcEndpointIds=[self.out["2-3"]["vpc_endpoint_id"]])
        return found["VpcEndpoints"][0]["NetworkInterfaceIds"][0]

    def bucket_policy(self, change):
        policy = json.loads(self.s3.get_bucket_policy(Bucket=self.bucket)["Policy"])
        change(policy["Statement"])
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(policy))

    def new_group(self, ec2, vpc):
        self.groups = getattr(self, "groups", 0) + 1
        return ec2.create_security_group(GroupName=f"other-{self.groups}", Description="another", VpcId=vpc)["GroupId"]

    def instance_state(self):
        return self.source.describe_instances(InstanceIds=[self.out["1-4"]["instance_id"]])[
            "Reservations"][0]["Instances"][0]["State"]["Name"]


# ---- what changes nothing of the ways

@row()
def nothing_at_all(w):
    pass


@row()
def role_without_policies(w):  # the bucket policy admits it
    w.iam.detach_role_policy(RoleName=w.out["1-4"]["role_name"], PolicyArn=S3_FULL)


@row()
def bucket_without_policy(w):  # the role's own policy admits it
    w.s3.delete_bucket_policy(Bucket=w.bucket)


@row(often=False)
def public_access_not_blocked(w):
    w.s3.delete_public_access_block(Bucket=w.bucket)


@row(often=False)
def endpoint_policy_that_allows_it_otherwise(w):
    w.destination.modify_vpc_endpoint(
        VpcEndpointId=w.out["2-3"]["vpc_endpoint_id"], PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:Put*",
                                                    "Resource": f"arn:aws:s3:::{w.bucket}/*"}]}))


@row()
def another_table_that_leads_there_too(w):
    table = w.source.create_route_table(VpcId=w.source_vpc())["RouteTable"]["RouteTableId"]
    w.source.create_route(RouteTableId=table, DestinationCidrBlock="10.1.0.0/16",
                          VpcPeeringConnectionId=w.out["3-1"]["vpc_peering_connection_id"])
    w.source.replace_route_table_association(
        AssociationId=w.out["1-2"]["route_table_association_id"], RouteTableId=table)


# ---- routes and tables

@row("source-route", mends="runbook resume --from 3-2")
def route_there_deleted(w):
    w.source.delete_route(RouteTableId=w.out["1-2"]["route_table_id"], DestinationCidrBlock="10.1.0.0/16")


@row("source-route", mends="aws ec2 replace-route")
def route_there_led_elsewhere(w):
    w.source.replace_route(RouteTableId=w.out["1-2"]["route_table_id"], DestinationCidrBlock="10.1.0.0/16",
                           NetworkInterfaceId=w.interface_of_instance())


@row("source-route", mends="aws ec2 delete-route", often=False)
def a_smaller_block_taken_away(w):
    w.source.create_route(RouteTableId=w.out["1-2"]["route_table_id"], DestinationCidrBlock="10.1.0.0/20",
                          NetworkInterfaceId=w.interface_of_instance())


@row("source-route", mends="runbook resume --from 3-2")
def a_smaller_block_and_no_route_of_ours(w):
    a_smaller_block_taken_away(w)
    route_there_deleted(w)


@row("endpoint-route", mends="runbook resume --from 3-4")
def route_back_deleted(w):
    w.destination.delete_route(RouteTableId=w.out["2-2"]["route_table_id"], DestinationCidrBlock="10.0.0.0/16")


@row("endpoint-route", mends="aws ec2 delete-route", often=False)
def the_way_back_taken_away(w):
    w.destination.create_route(RouteTableId=w.out["2-2"]["route_table_id"], DestinationCidrBlock="10.0.0.0/20",
                               NetworkInterfaceId=w.interface_of_endpoint())


@row("source-association", mends="runbook resume --from 1-2")
def source_association_removed(w):
    w.source.disassociate_route_table(AssociationId=w.out["1-2"]["route_table_association_id"])


@row("endpoint-association", mends="runbook resume --from 2-2", often=False)
def destination_association_removed(w):
    w.destination.disassociate_route_table(AssociationId=w.out["2-2"]["route_table_association_id"])


@row("source-association", often=False)
def source_association_replaced(w):
    table = w.source.create_route_table(VpcId=w.source_vpc())["RouteTable"]["RouteTableId"]
    w.source.replace_route_table_association(
        AssociationId=w.out["1-2"]["route_table_association_id"], RouteTableId=table)


@row("peering", mends="runbook resume --from 3-1", often=False)
def peering_deleted(w):
    w.source.delete_vpc_peering_connection(VpcPeeringConnectionId=w.out["3-1"]["vpc_peering_connection_id"])


# ---- groups

@row("instance-egress", mends="runbook resume --from 1-4")
def instance_without_a_way_out(w):
    w.source.revoke_security_group_egress(GroupId=w.out["1-4"]["security_group_id"], IpPermissions=[ALL])


@row(login=["instance-ingress"])
def instance_closed_to_ssh(w):
    w.source.revoke_security_group_ingress(GroupId=w.out["1-4"]["security_group_id"], IpPermissions=[{
        "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
        "UserIdGroupPairs": [{"GroupId": w.out["1-3"]["security_group_id"]}]}])


@row(login=["connect-egress"], mends="runbook resume --from 1-3")
def connect_endpoint_without_a_way_out(w):
    w.source.revoke_security_group_egress(GroupId=w.out["1-3"]["security_group_id"], IpPermissions=[ALL])


@row("endpoint-ingress", mends="runbook resume --from 2-3")
def endpoint_closed(w):
    w.destination.revoke_security_group_ingress(GroupId=w.out["2-3"]["security_group_id"], IpPermissions=[HTTPS])


@row("endpoint-ingress", often=False)
def endpoint_open_to_others(w):
    endpoint_closed(w)
    w.destination.authorize_security_group_ingress(
        GroupId=w.out["2-3"]["security_group_id"],
        IpPermissions=[dict(HTTPS, IpRanges=[{"CidrIp": "10.1.0.0/16"}]), dict(HTTPS, FromPort=80, ToPort=80)])


@row("endpoint-ingress")
def endpoint_in_another_group(w):
    group = w.new_group(w.destination, w.destination_vpc())
    w.destination.modify_vpc_endpoint(VpcEndpointId=w.out["2-3"]["vpc_endpoint_id"], AddSecurityGroupIds=[group],
                                      RemoveSecurityGroupIds=[w.out["2-3"]["security_group_id"]])


@row(login=["instance-ingress"], often=False)
def instance_in_another_group(w):
    group = w.new_group(w.source, w.source_vpc())
    w.source.modify_instance_attribute(InstanceId=w.out["1-4"]["instance_id"], Groups=[group])


# ---- network ACLs

@row("source-acl-out", mends="aws ec2 delete-network-acl-entry")
def acl_keeps_https_in(w):
    w.deny(w.source, w.source_vpc(), True, 443, 443)


@row("source-acl-in", mends="aws ec2 delete-network-acl-entry")
def acl_keeps_answers_out(w):
    w.deny(w.source, w.source_vpc(), False, 50000, 51000)


@row("endpoint-acl-in", often=False)
def acl_of_the_endpoint_closed(w):
    w.deny(w.destination, w.destination_vpc(), False, 1, 1000)


@row("endpoint-acl-out", often=False)
def acl_of_the_endpoint_keeps_answers(w):
    w.deny(w.destination, w.destination_vpc(), True, 1024, 65535)


@row("source-acl-out", mends="aws ec2 create-network-acl-entry")
def acl_without_its_allow(w):
    w.source.delete_network_acl_entry(NetworkAclId=w.acl(w.source, w.source_vpc()), RuleNumber=100, Egress=True)


@row("endpoint-acl-in", mends="aws ec2 create-network-acl-entry")
def acl_that_allows_another_port(w):
    w.destination.replace_network_acl_entry(
        NetworkAclId=w.acl(w.destination, w.destination_vpc()), RuleNumber=100, Protocol="6", RuleAction="allow",
        Egress=False, CidrBlock="0.0.0.0/0", PortRange={"From": 80, "To": 80})


@row("source-acl-out", mends="aws ec2 replace-network-acl-entry")
def two_denies_with_nothing_before_them(w):
    w.deny(w.source, w.source_vpc(), True, 443, 443, number=1)
    w.deny(w.source, w.source_vpc(), True, 400, 500, number=2)


# ---- the name, the endpoint, the instance

@row("name-dns", mends="runbook resume --from 1-1")
def dns_support_off(w):
    w.source.modify_vpc_attribute(VpcId=w.source_vpc(), EnableDnsHostnames={"Value": False})
    w.source.modify_vpc_attribute(VpcId=w.source_vpc(), EnableDnsSupport={"Value": False})


@row("endpoint", mends="runbook resume --from 2-3")
def endpoint_deleted(w):
    w.destination.delete_vpc_endpoints(VpcEndpointIds=[w.out["2-3"]["vpc_endpoint_id"]])


@row("instance", login=["instance"], mends="runbook resume --from 1-4", often=False)
def instance_stopped(w):
    w.source.stop_instances(InstanceIds=[w.out["1-4"]["instance_id"]])
    w.until(lambda: w.instance_state() == "stopped", "stopped")


@row("instance", login=["instance"], mends="runbook resume --from 1-4")
def instance_terminated(w):
    w.source.terminate_instances(InstanceIds=[w.out["1-4"]["instance_id"]])
    w.until(lambda: w.instance_state() == "terminated", "terminated")


# ---- policies

@row("endpoint-policy", mends="runbook resume --from 2-3")
def endpoint_policy_without_uploads(w):
    w.destination.modify_vpc_endpoint(
        VpcEndpointId=w.out["2-3"]["vpc_endpoint_id"], PolicyDocument=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}))


@row("bucket-policy", mends="runbook resume --from 2-4")
def bucket_policy_of_another_endpoint(w):
    text = w.s3.get_bucket_policy(Bucket=w.bucket)["Policy"]
    w.s3.put_bucket_policy(Bucket=w.bucket,
                           Policy=text.replace(w.out["2-3"]["vpc_endpoint_id"], "vpce-0123456789abcdef0"))


@row("bucket-policy", often=False)
def bucket_policy_that_denies_all(w):
    w.bucket_policy(lambda s: s.append({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                                        "Resource": f"arn:aws:s3:::{w.bucket}/*"}))


@row("bucket-policy", often=False)
def bucket_policy_for_another_vpc(w):
    w.bucket_policy(lambda s: s.append({
        "Effect": "Deny", "Principal": "*", "Action": "s3:Put*", "Resource": f"arn:aws:s3:::{w.bucket}/*",
        "Condition": {"StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0123456789abcdef0"}}}))


@row("bucket", mends="runbook resume --from 2-4")
def bucket_deleted(w):
    w.s3.delete_object(Bucket=w.bucket, Key="dummy.txt")
    w.s3.delete_bucket(Bucket=w.bucket)


@row("encryption", mends="runbook resume --from 2-4")
def bucket_with_a_key_of_others(w):
    w.s3.put_bucket_encryption(Bucket=w.bucket, ServerSideEncryptionConfiguration={"Rules": [{
        "ApplyServerSideEncryptionByDefault": {
            "SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"}}]})


@row("role", mends="runbook resume --from 1-4")
def role_that_is_denied(w):
    w.iam.put_role_policy(RoleName=w.out["1-4"]["role_name"], PolicyName="no-uploads", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}]}))


@row("credentials", mends="runbook resume --from 1-4")
def profile_without_its_role(w):
    w.iam.remove_role_from_instance_profile(InstanceProfileName=w.out["1-4"]["instance_profile_name"],
                                            RoleName=w.out["1-4"]["role_name"])


@row("credentials", mends="runbook resume --from 1-4")
def instance_without_profile(w):
    found = w.source.describe_iam_instance_profile_associations(
        Filters=[{"Name": "instance-id", "Values": [w.out["1-4"]["instance_id"]]}])
    w.source.disassociate_iam_instance_profile(
        AssociationId=found["IamInstanceProfileAssociations"][0]["AssociationId"])


@row("credentials", mends="runbook resume --from 1-4", lasts=True)
def role_that_ec2_may_not_take(w):
    w.iam.update_assume_role_policy(RoleName=w.out["1-4"]["role_name"], PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                                                "Action": "sts:AssumeRole"}]}))


# ---- in pairs

def deny_alone(statements):
    statements[:] = [s for s in statements if s["Effect"] == "Deny"]


@row("role", "bucket-policy", bites="role")
def neither_role_nor_bucket_allow(w):
    role_without_policies(w)
    w.bucket_policy(deny_alone)


@row("role", "bucket-policy")
def a_boundary_and_a_bucket_that_does_not_allow(w):
    w.iam.put_role_permissions_boundary(RoleName=w.out["1-4"]["role_name"],
                                        PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    w.bucket_policy(deny_alone)


@row("source-route", "endpoint-ingress", bites="source-route")
def route_there_and_endpoint(w):
    route_there_deleted(w)
    endpoint_closed(w)


@row("peering", "bucket-policy", bites="peering")
def peering_and_bucket_policy(w):
    peering_deleted(w)
    bucket_policy_that_denies_all(w)


@row("source-route", "name-dns", bites="name-dns")
def foreign_route_and_no_names(w):
    a_smaller_block_taken_away(w)
    dns_support_off(w)


@row("bucket-policy", "endpoint-route", bites="endpoint-route")
def the_way_back_bites_before_the_bucket(w):
    bucket_policy_of_another_endpoint(w)
    route_back_deleted(w)


@row("instance-egress", "source-acl-in", login=["instance-ingress"], bites="instance-egress")
def both_groups_and_an_acl(w):
    instance_without_a_way_out(w)
    instance_closed_to_ssh(w)
    acl_keeps_answers_out(w)


@row("source-association", "endpoint-association", often=False)
def both_associations(w):
    source_association_removed(w)
    destination_association_removed(w)


@row("endpoint-acl-in", "endpoint-policy", "credentials", bites="credentials")
def three_kinds_at_once(w):
    acl_of_the_endpoint_closed(w)
    endpoint_policy_without_uploads(w)
    instance_without_profile(w)


# ---- driving it

def states(doc, state):
    return {(way["step"], hop["hop"]) for way in doc["ways"] for hop in way["hops"] if hop["state"] == state}


def broken(doc):
    return states(doc, "broken")


def bite_of(doc):
    return [hop["hop"] for way in doc["ways"] for hop in way["hops"] if hop["bites"] and way["step"] == UPLOAD]


def check_hops(doc):
    """What each row promises."""
    for way in doc["ways"]:
        bad = [h for h in way["hops"] if h["state"] == "broken"]
        assert sum(h["bites"] for h in way["hops"]) == (1 if bad else 0), "one hop bites, when one is broken"
        for h in bad:
            assert h["command"] and h["problem"] and h["expected"] and h["found"] and h["setting"], f"incomplete: {h}"
        assert not [h for h in way["hops"] if h["state"] == "unknown" and not h["why"]], "unknown, and no why"


def check(stack, one):
    _, want, mends, lasts, bites, _, change = one
    change(stack)
    doc = stack.explain()
    check_hops(doc)
    got = broken(doc)
    assert got == want, f"broken: {sorted(got)}, not {sorted(want)}"
    assert (doc["whole"] is True) == (not want), f"whole: {doc['whole']}"
    assert not bites or bite_of(doc) == [bites], f"what bites is {bite_of(doc)}"
    assert not mends or any(mends in c for c in doc["commands"]), f"{mends} is none of {doc['commands']}"
    breaks_upload = any(step == UPLOAD for step, _ in want)
    if not lasts:
        assert stack.instance.uploads() != breaks_upload, f"the instance {'uploads' if breaks_upload else 'does not'}"
    for command in doc["commands"]:
        stack.run_printed(command)
    doc = stack.explain()
    assert doc["whole"] is True, f"mended, and still: {sorted(broken(doc))}\n{json.dumps(doc, indent=1)}"
    if want:
        assert stack.instance.uploads(), "explain says whole, and the instance does not upload"
    elif change is not nothing_at_all:  # drift all the same, which the next row shall not meet
        stack.runbook("resume")


# ---- beside the breaks

def probes(doc):
    return {p["asked"]: p["state"] for way in doc["ways"] for p in way["probes"]}


def the_instance_is_asked(w):
    doc = w.explain("4-2", "--probe")
    assert doc["whole"] is True and [way["step"] for way in doc["ways"]] == [UPLOAD], doc
    assert probes(doc) == {"name": "ok", "tcp": "ok", "tls": "ok", "request": "ok"}, probes(doc)
    route_there_deleted(w)
    doc = w.explain("4-2", "--probe")
    assert probes(doc) == {"name": "ok", "tcp": "broken", "tls": "unknown", "request": "broken"}, probes(doc)
    for command in doc["commands"]:
        w.run_printed(command)


def what_is_not_made_is_broken(w):
    """A run that is half made, and then half undone."""
    full, w.runbook = w.runbook, other_stack(w, "half")
    try:
        w.runbook("run", "--to", "2-2", "--speed", SPEED, "--set", "source.vpc_cidr=10.2.0.0/16", "--set",
                  "source.subnet_cidr=10.2.0.0/20", "--set", "destination.vpc_cidr=10.3.0.0/16", "--set",
                  "destination.subnet_cidr=10.3.0.0/20")
        doc = w.explain("4-2")
        check_hops(doc)
        assert {(UPLOAD, h) for h in ("endpoint", "endpoint-ingress", "peering", "source-route", "endpoint-route", "bucket")} == broken(doc), broken(doc)
        assert bite_of(doc) == ["source-route"] and "runbook resume --stack half" in doc["commands"][0], doc["commands"]
        for command in doc["commands"]:
            w.run_printed(command)
        assert w.explain()["whole"] is True
        w.runbook("undo", "--to", "3-1", "--yes")
        doc = w.explain()
        assert broken(doc) == {(UPLOAD, h) for h in ("peering", "source-route", "endpoint-route")}, broken(doc)
        for command in doc["commands"]:
            w.run_printed(command)
        assert w.explain()["whole"] is True
        w.runbook("undo", "--yes")
        doc = w.explain("4-1")
        assert len(doc["commands"]) == 1 and doc["commands"][0].startswith("runbook run --stack half"), doc["commands"]
    finally:
        w.runbook = full
        w.learn()


def other_stack(w, name):
    """What runs the program on that stack."""
    full = w.runbook
    return lambda *words, status=0: full(*words, *(() if "--stack" in words else ("--stack", name)), status=status)


def another_procedure_has_a_way_of_its_own(w):
    """`direct`: no peering, no routes, one subnet, where groups may name each other."""
    full, w.runbook = w.runbook, other_stack(w, "direct")
    try:
        w.runbook("run", "--procedure", "direct", "--speed", SPEED, "--set", "source.vpc_cidr=10.4.0.0/16", "--set",
                  "source.subnet_cidr=10.4.0.0/20")
        doc = w.explain()
        assert doc["whole"] is True and [way["step"] for way in doc["ways"]] == ["3-1", "3-2"], doc
        names = [hop["hop"] for hop in doc["ways"][1]["hops"]]
        assert "peering" not in names and "source-route" not in names and "endpoint-ingress" in names, names
        out = {s["id"]: s["outputs"] for s in json.loads(w.runbook("status", "--output", "json").stdout)["steps"]}
        group = out["2-1"]["security_group_id"]
        rules = w.source.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
        w.source.revoke_security_group_ingress(
            GroupId=group, SecurityGroupRuleIds=[r["SecurityGroupRuleId"] for r in rules["SecurityGroupRules"]
                                                 if not r["IsEgress"]])
        w.s3.put_bucket_policy(Bucket=out["2-2"]["bucket"], Policy=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                                                    "Resource": f"arn:aws:s3:::{out['2-2']['bucket']}/*"}]}))
        doc = w.explain()
        assert broken(doc) == {("3-2", "endpoint-ingress"), ("3-2", "bucket-policy")}, broken(doc)
        assert [c[:40] for c in doc["commands"]] == ["runbook resume --from 2-1 --stack direct"], doc["commands"]
        w.runbook("resume", "--from", "2-1")
        assert w.explain()["whole"] is True
    finally:
        w.runbook = full


def operator(w, *denied, policies=None):
    """From now on whoever asks is a user who may all but these actions, or has these policies."""
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": list(denied), "Resource": "*"}]}
    body = {"principals": [{"name": "operator", "access_key_id": "AKIAOPERATOR00000000", "secret": "s3cr3t",
                            "policies": policies or [policy]}]}
    urllib.request.urlopen(w.url + "/_sandbox/account", data=json.dumps(body).encode(), timeout=30).close()


def who_asks_counts(w):
    """What may not be looked at is unknown, and so is what may not be done by whoever logs in."""
    root = dict(w.env)
    enough = [p["document"] for p in json.loads(w.runbook("policy", "--for", "verify", "--output", "json").stdout)["policies"]]
    w.env.update(AWS_ACCESS_KEY_ID="AKIAOPERATOR00000000", AWS_SECRET_ACCESS_KEY="s3cr3t")
    try:
        operator(w, policies=enough)
        doc = w.explain()
        assert doc["whole"] is True, (broken(doc), states(doc, "unknown"))
        operator(w, "ec2-instance-connect:OpenTunnel")
        doc = w.explain()
        assert broken(doc) == {(LOGIN, "operator")}, broken(doc)
        command = shlex.split(doc["commands"][0])
        assert command[:5] == ["aws", "iam", "put-user-policy", "--user-name", "operator"], command
        mended = json.loads(command[command.index("--policy-document") + 1])
        assert {s["Action"] for s in mended["Statement"]} == {
            "ec2-instance-connect:OpenTunnel", "ec2-instance-connect:SendSSHPublicKey"}, mended
        operator(w, "ec2:DescribeNetworkAcls", "ec2:DescribeVpcPeeringConnections", "iam:SimulatePrincipalPolicy",
                 "s3:GetBucketPolicy")
        doc = w.explain()
        assert doc["whole"] is None and not broken(doc), broken(doc)
        want = {(UPLOAD, h) for h in ("source-acl-out", "source-acl-in", "endpoint-acl-in", "endpoint-acl-out", "peering",
                                      "bucket-policy")} | {(LOGIN, "operator")}
        assert states(doc, "unknown") == want, states(doc, "unknown")
        for way in doc["ways"]:
            for hop in way["hops"]:
                assert hop["state"] != "unknown" or "not authorized to perform" in hop["why"] or "Access" in hop["why"], hop
        endpoint_closed(w)  # what can be seen is seen all the same
        assert broken(w.explain()) == {(UPLOAD, "endpoint-ingress")}
    finally:
        w.env = root
        w.instance.close()
    for command in w.explain()["commands"]:
        w.run_printed(command)


def it_is_told_in_words(w):
    route_there_deleted(w)
    said = w.runbook("explain", "4-2", status=3).stdout
    for part in ("<- this is what bites", "4-2 is broken: the route there: table 'rtb-", "this mends it: runbook resume --from 3-2"):
        assert part in said, said
    said = w.runbook("explain", "4-2", "--lang", "ja", status=3).stdout
    assert "最初に影響するのはここ" in said and "接続先へのルート" in said and "expected" not in said, said
    for command in w.explain()["commands"]:
        w.run_printed(command)
    assert "4-2 is whole, there and back" in w.runbook("explain").stdout
    assert "steps that prove one: 4-1, 4-2" in w.runbook("explain", "1-1", status=2).stderr


SCENES = [the_instance_is_asked, who_asks_counts, it_is_told_in_words, what_is_not_made_is_broken,
          another_procedure_has_a_way_of_its_own]


def begin(bin_dir, work):
    stack = Stack(bin_dir, work)
    stack.runbook("run", "--speed", SPEED)
    stack.learn()
    return stack


def main():
    bin_dir = os.path.abspath(sys.argv[1])
    words, share = sys.argv[2:], None
    if words[:1] == ["--share"]:  # N: of the rows that are not often, a third, the Nth
        share, words = int(words[1]) % 3, words[2:]
    todo = [r for r in rows if not words or r[0] in words]
    rare = [r for r in todo if not r[5]]
    todo = [r for r in todo if share is None or r[5] or rare.index(r) % 3 == share]
    scenes = [s for s in SCENES if not words or s.__name__ in words]
    bad = 0
    with tempfile.TemporaryDirectory(prefix="explain-") as work:
        stack = begin(bin_dir, work)
        try:
            for one in todo + scenes:
                begun = time.monotonic()
                name = one[0] if isinstance(one, tuple) else one.__name__
                try:
                    if isinstance(one, tuple):
                        check(stack, one)
                    else:
                        one(stack)
                    print(f"ok {name} ({time.monotonic() - begun:.1f} s)", flush=True)
                except Exception as err:  # each row is told of
                    print(f"not ok {name}: {err!r}", flush=True)
                    bad += 1
                    stack.close()
                    stack = begin(bin_dir, tempfile.mkdtemp(dir=work))
        finally:
            stack.close()
    breaks = sum(bool(r[1]) for r in todo)
    print(f"{breaks} breaks, {len(todo) - breaks} that are none; {bad} failed")
    return 1 if bad or (not words and breaks < BREAKS_AT_LEAST) else 0


if __name__ == "__main__":
    sys.exit(main())
