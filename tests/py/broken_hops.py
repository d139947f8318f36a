#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Step 4-2 with one thing broken between the check of what it needs and its upload.

    broken_hops.py BIN_DIR [NAME...]

A run is taken to 4-1 once.  For each row a copy of it is carried on; the moment that 4-2
is about to log in (its tunnel is held until then), the row breaks its one thing.  The
step must then fail and name the hop that the row says, not just what the AWS CLI says.
"""
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

KEYS = {"AWS_ACCESS_KEY_ID": "AKIASANDBOX000000000", "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_MAX_ATTEMPTS": "1"}
os.environ.update(KEYS)

import boto3  # noqa: E402: it reads the environment
import botocore.config  # noqa: E402
import botocore.exceptions  # noqa: E402

import intents  # noqa: E402

SPEED = "2000"
AT_ONCE = 6
ROWS_AT_LEAST = 12
ALL = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
         "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
rows = []


def row(*said, status=1, after=None):
    """What the program must say when the decorated function has broken its thing."""
    def register(fn):
        rows.append((fn.__name__, said, status, after, fn))
        return fn
    return register


class World:
    def __init__(self, url, outputs):
        session = boto3.session.Session()  # the default one is not for several threads

        def client(service, region):
            return session.client(service, region_name=region, endpoint_url=url,
                                config=botocore.config.Config(s3={"addressing_style": "path"}))
        self.source = client("ec2", "ap-northeast-1")
        self.destination = client("ec2", "us-east-1")
        self.iam, self.s3 = client("iam", "us-east-1"), client("s3", "us-east-1")
        self.out = outputs
        self.bucket = outputs["2-4"]["bucket"]
        self.url = url

    def fault(self, spec):
        request = urllib.request.Request(self.url + "/_sandbox/fault", data=spec.encode())
        urllib.request.urlopen(request, timeout=30).close()

    def release(self, action):
        urllib.request.urlopen(urllib.request.Request(
            f"{self.url}/_sandbox/fault?action={action}", method="DELETE"), timeout=30).close()

    def until_instance_is(self, *states):
        while self.source.describe_instances(InstanceIds=[self.out["1-4"]["instance_id"]])[
                "Reservations"][0]["Instances"][0]["State"]["Name"] not in states:
            time.sleep(0.02)

    def policy(self, change):
        text = self.s3.get_bucket_policy(Bucket=self.bucket)["Policy"]
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=change(text))


@row("the route there: table", "sends 10.1.", "to nowhere")
def route_there_deleted(w):
    w.source.delete_route(RouteTableId=w.out["1-2"]["route_table_id"],
                          DestinationCidrBlock="10.1.0.0/16")


@row("the route there: table", "not to the peering")
def route_there_led_elsewhere(w):
    eni = w.source.describe_network_interfaces(Filters=[
        {"Name": "attachment.instance-id", "Values": [w.out["1-4"]["instance_id"]]}])
    w.source.replace_route(
        RouteTableId=w.out["1-2"]["route_table_id"], DestinationCidrBlock="10.1.0.0/16",
        NetworkInterfaceId=eni["NetworkInterfaces"][0]["NetworkInterfaceId"])


@row("the route back: table", "sends 10.0.", "to nowhere")
def route_back_deleted(w):
    w.destination.delete_route(RouteTableId=w.out["2-2"]["route_table_id"],
                               DestinationCidrBlock="10.0.0.0/16")


@row("the association: subnet", "not by the one of step 1-2")
def association_in_the_source_removed(w):
    w.source.disassociate_route_table(AssociationId=w.out["1-2"]["route_table_association_id"])


@row("the association: subnet", "not by the one of step 2-2")
def association_in_the_destination_removed(w):
    w.destination.disassociate_route_table(
        AssociationId=w.out["2-2"]["route_table_association_id"])


@row("the peering: 'pcx-", " is ")
def peering_deleted(w):
    w.source.delete_vpc_peering_connection(
        VpcPeeringConnectionId=w.out["3-1"]["vpc_peering_connection_id"])


@row("the instance's group: 'sg-", "lets nothing out to 10.1.", "port 443")
def instance_without_a_way_out(w):
    w.source.revoke_security_group_egress(GroupId=w.out["1-4"]["security_group_id"],
                                          IpPermissions=[ALL])


@row("the endpoint's group: 'sg-", "does not admit port 443 from 10.0.")
def endpoint_closed(w):
    w.destination.revoke_security_group_ingress(GroupId=w.out["2-3"]["security_group_id"],
                                                IpPermissions=[HTTPS])


def deny(client, vpc, egress, first, last):
    """One more entry of the VPC's default network ACL, before the one that allows all."""
    acls = client.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    client.create_network_acl_entry(
        NetworkAclId=acls["NetworkAcls"][0]["NetworkAclId"], RuleNumber=50, Protocol="tcp",
        RuleAction="deny", Egress=egress, CidrBlock="0.0.0.0/0",
        PortRange={"From": first, "To": last})


@row("the network ACL: that of subnet 'subnet-", "stops port 443")
def acl_of_the_source_closed(w):
    deny(w.source, w.out["1-1"]["vpc_id"], True, 443, 443)


@row("the network ACL: that of subnet 'subnet-", "stops the answers (to ports 32768-60999)")
def acl_of_the_source_keeps_answers_out(w):
    deny(w.source, w.out["1-1"]["vpc_id"], False, 1024, 65535)


@row("the network ACL: that of subnet 'subnet-", "stops port 443")
def acl_of_the_destination_closed(w):
    deny(w.destination, w.out["2-1"]["vpc_id"], False, 1, 1000)


@row("the network ACL: that of subnet 'subnet-", "stops the answers (to ports 32768-60999)")
def acl_of_the_destination_keeps_answers(w):
    deny(w.destination, w.out["2-1"]["vpc_id"], True, 1024, 65535)


@row("cannot upload 'dummy.txt'", "the AWS CLI ended with", "could not be looked at",
     "UnauthorizedOperation")
def endpoint_closed_and_no_right_to_read_rules(w):
    endpoint_closed(w)
    w.fault("DescribeSecurityGroupRules=UnauthorizedOperation")


@row("the endpoint's group: 'sg-", "does not admit port 443 from 10.0.")
def endpoint_closed_and_no_right_to_read_the_instance(w):
    endpoint_closed(w)
    w.fault("DescribeInstances=UnauthorizedOperation")


@row("the endpoint's group: 'sg-", "does not admit port 443 from 10.0.")
def endpoint_open_to_another_network(w):
    group = w.out["2-3"]["security_group_id"]
    w.destination.revoke_security_group_ingress(GroupId=group, IpPermissions=[HTTPS])
    w.destination.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[dict(HTTPS, IpRanges=[{"CidrIp": "10.1.0.0/16"}])])


@row("the endpoint: 'vpce-")
def endpoint_deleted(w):
    w.destination.delete_vpc_endpoints(VpcEndpointIds=[w.out["2-3"]["vpc_endpoint_id"]])


@row("the endpoint's policy: that of 'vpce-")
def endpoint_policy_tightened(w):
    w.destination.modify_vpc_endpoint(
        VpcEndpointId=w.out["2-3"]["vpc_endpoint_id"],
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}))


@row("the bucket policy: that of", "does not name endpoint 'vpce-")
def bucket_policy_for_another_endpoint(w):
    w.policy(lambda text: text.replace(w.out["2-3"]["vpc_endpoint_id"], "vpce-0123456789abcdef0"))


@row("the bucket: '", "is not there")
def bucket_deleted(w):
    w.s3.delete_bucket_policy(Bucket=w.bucket)
    w.s3.delete_bucket(Bucket=w.bucket)


@row("the name: DNS support of VPC")
def dns_support_off(w):
    vpc = w.out["1-1"]["vpc_id"]
    w.source.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    w.source.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})


@row("the role: instance profile '", "holds none")
def profile_without_its_role(w):
    w.iam.remove_role_from_instance_profile(
        InstanceProfileName=w.out["1-4"]["instance_profile_name"],
        RoleName=w.out["1-4"]["role_name"])


@row("the role: 'runbook-", "lacks AmazonS3FullAccess")
def role_and_policy_without_their_allow(w):
    w.iam.detach_role_policy(RoleName=w.out["1-4"]["role_name"],
                             PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")

    def deny_alone(text):
        policy = json.loads(text)
        policy["Statement"] = [s for s in policy["Statement"] if s["Effect"] == "Deny"]
        return json.dumps(policy)
    w.policy(deny_alone)


@row("the bucket policy: that of", "is not the one that step 2-4 writes")
def bucket_policy_with_another_deny(w):
    def deny_all_uploads(text):
        policy = json.loads(text)
        policy["Statement"].append({
            "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{w.bucket}/*"})
        return json.dumps(policy)
    w.policy(deny_all_uploads)


@row("the instance: 'i-", "not running")
def instance_stopped(w):
    w.source.stop_instances(InstanceIds=[w.out["1-4"]["instance_id"]])
    w.until_instance_is("stopped")


@row("the instance: 'i-", "not running")
def instance_terminated(w):
    w.source.terminate_instances(InstanceIds=[w.out["1-4"]["instance_id"]])
    w.until_instance_is("terminated")


def outside_object_is_gone(w):
    left = [o["Key"] for o in w.s3.list_objects_v2(Bucket=w.bucket).get("Contents", [])]
    return None if left == ["dummy.txt"] else f"the bucket holds {left}"


@row("the bucket policy does not protect", "by the public endpoint succeeded",
     "the object was removed again", after=outside_object_is_gone)
def bucket_policy_deleted(w):
    w.s3.delete_bucket_policy(Bucket=w.bucket)


@row("the bucket policy does not protect", after=outside_object_is_gone)
def bucket_policy_without_its_deny(w):
    def allow_alone(text):
        policy = json.loads(text)
        policy["Statement"] = [s for s in policy["Statement"] if s["Effect"] == "Allow"]
        return json.dumps(policy)
    w.policy(allow_alone)


# ---- driving it

class Sandbox:
    def __init__(self, bin_dir, state):
        self.command = [bin_dir + "/runbook-sandbox", "serve", "--state", state, "--speed", SPEED]

    def __enter__(self):
        self.child = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True,
                                      env=dict(os.environ, RUNBOOK_SANDBOX_AWS="small"))
        line = self.child.stdout.readline().split()
        if line[:1] != ["listening"]:
            raise RuntimeError("the sandbox did not start")
        self.url = line[1]
        with urllib.request.urlopen(self.url + "/_sandbox/info", timeout=30) as answer:
            self.info = json.load(answer)
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait(timeout=90)
        self.child.stdout.close()

    def env(self, home):
        return dict(os.environ, AWS_ENDPOINT_URL=self.url, RUNBOOK_HOME=home,
                    AWS_CA_BUNDLE=self.info["ca_file"],
                    RUNBOOK_CONNECT_TO=f"::127.0.0.1:{self.info['tls_port']}")


def about_to_upload(line):
    event = json.loads(line)
    return event["event"] == "call" and event["step"] == "4-2" and "PutObject" in event["text"]


def carry_on(bin_dir, home, one):
    """None, or what was wrong; and what the program said."""
    _, said, status, after, change = one
    with Sandbox(bin_dir, home + "/world.db") as sandbox:
        w = World(sandbox.url, json.load(open(home + "/outputs.json", encoding="utf-8")))
        w.fault("OpenTunnel:2=held")  # the first one is 4-1's; one pushed key serves both
        with open(home + "/said", "w+", encoding="utf-8") as words:
            run = subprocess.Popen(
                [bin_dir + "/runbook", "run", "--speed", SPEED, "--output", "json", "--timeout",
                 "60"], env=sandbox.env(home), stdout=subprocess.PIPE, stderr=words, text=True)
            seen, broken = "", False
            for line in run.stdout:
                seen += line
                if not broken and about_to_upload(line):
                    try:
                        change(w)
                    finally:
                        w.release("OpenTunnel")
                    broken = True
            got = run.wait(timeout=120)
            run.stdout.close()
            words.seek(0)
            text = words.read()
        if not broken:
            return "4-2 did not begin", seen + text
        if got != status:
            return f"exit status {got}", text
        for part in said:
            if part not in text:
                return f"it does not say {part!r}", text
        return (after(w) if after else None), text


def check(bin_dir, clean, one):
    home = tempfile.mkdtemp(prefix="hop-", dir=clean)
    try:
        shutil.copytree(clean + "/default", home + "/default")
        for name in ("world.db", "outputs.json"):
            shutil.copy(f"{clean}/{name}", home)
        try:
            why, text = carry_on(bin_dir, home, one)
        except (botocore.exceptions.ClientError, OSError, subprocess.TimeoutExpired) as err:
            why, text = repr(err), ""
        print(f"not ok {one[0]}: {why}\n{text}" if why else f"ok {one[0]}", flush=True)
        return not why
    finally:
        shutil.rmtree(home)


def prepare(bin_dir, clean):
    with Sandbox(bin_dir, clean + "/world.db") as sandbox:
        env = sandbox.env(clean)
        done = subprocess.run([bin_dir + "/runbook", "run", "--to", "4-1", "--speed", SPEED],
                              env=env, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise SystemExit(f"no run to begin with\n{done.stdout}{done.stderr}")
        status = json.loads(subprocess.run(
            [bin_dir + "/runbook", "status", "--output", "json"], env=env, check=True,
            capture_output=True, text=True, timeout=60).stdout)
    with open(clean + "/outputs.json", "w", encoding="utf-8") as f:
        json.dump({s["id"]: s["outputs"] for s in status["steps"]}, f)


def main():
    bin_dir = os.path.abspath(sys.argv[1])
    todo = [r for r in rows if not sys.argv[2:] or r[0] in sys.argv[2:]]
    clean = tempfile.mkdtemp(prefix="hops-")
    intents.watch(clean)
    try:
        prepare(bin_dir, clean)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            good = sum(pool.map(lambda one: check(bin_dir, clean, one), todo))
        if intents.missing(clean):
            print("changes without an intent:\n" + intents.missing(clean))
            good = 0
    finally:
        shutil.rmtree(clean)
    print(f"{good} of {len(todo)} breaks were named")
    return 0 if good == len(todo) and (sys.argv[2:] or good >= ROWS_AT_LEAST) else 1


if __name__ == "__main__":
    sys.exit(main())
