# SPDX-License-Identifier: Apache-2.0
"""
The whole network of the procedure, built in a sandbox by boto3, and a way onto its
instance: for tests that then take single things away.  Needs AWS_ENDPOINT_URL and keys
in the environment; shares nothing with the program.
"""
import json
import os
import shlex
import subprocess
import time
import urllib.parse
import urllib.request

from world_check import Region, client

SOURCE, DESTINATION = "ap-northeast-1", "us-east-1"
HERE = os.path.dirname(os.path.abspath(__file__))
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def until(what, probe, seconds=60):
    """What `probe` answers as soon as it is true; the sandbox's reads lag behind writes."""
    end = time.monotonic() + seconds
    while True:
        try:
            answer = probe()
            last = answer
        except Exception as e:  # not visible yet is an error here and there
            answer, last = None, e
        if answer:
            return answer
        if time.monotonic() > end:
            raise SystemExit(f"gave up waiting for {what}: {last}")
        time.sleep(0.02)


class Topology:
    def __init__(self, work):
        self.work = work
        self.url = os.environ["AWS_ENDPOINT_URL"]
        self.src, self.dst = client("ec2", SOURCE), client("ec2", DESTINATION)
        self.iam, self.s3 = client("iam", "us-east-1"), client("s3", DESTINATION)
        self.eic = client("ec2-instance-connect", SOURCE)
        self.info = self.ask("info")

    def ask(self, path, **query):
        url = f"{self.url}/_sandbox/{path}"
        if query:
            url += "?" + urllib.parse.urlencode(query)
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)

    def fault(self, spec):
        request = urllib.request.Request(f"{self.url}/_sandbox/fault", data=spec.encode())
        urllib.request.urlopen(request, timeout=30).close()

    def clear_faults(self):
        request = urllib.request.Request(f"{self.url}/_sandbox/fault", method="DELETE")
        urllib.request.urlopen(request, timeout=30).close()

    # ---- building

    def network(self, ec2, region, cidr, subnet_cidr):
        vpc = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        until("a VPC", lambda: ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["State"] == "available")
        for name in ("EnableDnsSupport", "EnableDnsHostnames"):
            ec2.modify_vpc_attribute(VpcId=vpc, **{name: {"Value": True}})
        subnet = until("a subnet", lambda: ec2.create_subnet(
            VpcId=vpc, CidrBlock=subnet_cidr, AvailabilityZone=region + "a"))["Subnet"]["SubnetId"]
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        return vpc, subnet, table, self.associate(ec2, table, subnet)

    @staticmethod
    def associate(ec2, table, subnet):
        return until("an association", lambda: ec2.associate_route_table(
            RouteTableId=table, SubnetId=subnet))["AssociationId"]

    @staticmethod
    def group(ec2, vpc, name, *permissions):
        group = until("a group", lambda: ec2.create_security_group(
            GroupName=name, Description=name, VpcId=vpc))["GroupId"]
        for permission in permissions:
            until("a rule", lambda p=permission: ec2.authorize_security_group_ingress(
                GroupId=group, IpPermissions=[p]))
        return group

    def build(self):
        self.src_vpc, self.src_subnet, self.src_table, self.src_assoc = self.network(
            self.src, SOURCE, "10.0.0.0/16", "10.0.0.0/20")
        self.dst_vpc, self.dst_subnet, self.dst_table, self.dst_assoc = self.network(
            self.dst, DESTINATION, "10.1.0.0/16", "10.1.0.0/20")
        self.eice_group = self.group(self.src, self.src_vpc, "eice")
        self.ssh_rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
                         "UserIdGroupPairs": [{"GroupId": self.eice_group}]}
        self.instance_group = self.group(self.src, self.src_vpc, "instance", self.ssh_rule)
        self.https_rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
                           "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
        self.endpoint_group = self.group(self.dst, self.dst_vpc, "endpoint", self.https_rule)
        self.begin_eice()
        self.make_endpoint()
        self.make_role()
        self.run_instance()
        self.join()
        self.settle()
        self.make_bucket()

    def begin_eice(self):
        root = Region(SOURCE, "").raw(
            "CreateInstanceConnectEndpoint", SubnetId=self.src_subnet,
            **{"SecurityGroupId.1": self.eice_group}, PreserveClientIp="false")
        self.eice = root.findtext("instanceConnectEndpoint/instanceConnectEndpointId")

    def make_endpoint(self):
        self.endpoint = until("an endpoint", lambda: self.dst.create_vpc_endpoint(
            VpcId=self.dst_vpc, VpcEndpointType="Interface", SubnetIds=[self.dst_subnet],
            ServiceName=f"com.amazonaws.{DESTINATION}.s3", PrivateDnsEnabled=False,
            SecurityGroupIds=[self.endpoint_group]))["VpcEndpoint"]["VpcEndpointId"]

    def make_role(self):
        self.iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
        self.iam.attach_role_policy(RoleName="r",
                                    PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
        self.iam.create_instance_profile(InstanceProfileName="p")
        self.iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")

    def run_instance(self):
        image = client("ssm", SOURCE).get_parameter(
            Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        )["Parameter"]["Value"]
        self.instance = until("an instance", lambda: self.src.run_instances(
            ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1,
            SubnetId=self.src_subnet, SecurityGroupIds=[self.instance_group],
            IamInstanceProfile={"Name": "p"},
            MetadataOptions={"HttpTokens": "required"}))["Instances"][0]["InstanceId"]

    def join(self):
        self.peering = self.src.create_vpc_peering_connection(
            VpcId=self.src_vpc, PeerVpcId=self.dst_vpc, PeerRegion=DESTINATION
        )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        self.route(self.src, self.src_table, "10.1.0.0/16")
        until("an accepted peering", lambda: self.dst.accept_vpc_peering_connection(
            VpcPeeringConnectionId=self.peering))
        self.route(self.dst, self.dst_table, "10.0.0.0/16")

    def route(self, ec2, table, cidr):
        until("a route", lambda: ec2.create_route(
            RouteTableId=table, DestinationCidrBlock=cidr, VpcPeeringConnectionId=self.peering))

    def endpoint_name(self):
        found = self.dst.describe_vpc_endpoints(VpcEndpointIds=[self.endpoint])["VpcEndpoints"][0]
        if found["State"].lower() != "available" or not found["DnsEntries"]:
            return None
        return found["DnsEntries"][0]["DnsName"].replace("*.", "bucket.", 1)

    def describe_eice(self):
        for item in Region(SOURCE, "").raw("DescribeInstanceConnectEndpoints").findall(
                "instanceConnectEndpointSet/item"):
            if item.findtext("instanceConnectEndpointId") == self.eice:
                return item
        return None

    def settle(self):
        item = until("the connect endpoint", lambda: next(
            i for i in [self.describe_eice()] if i.findtext("state") == "create-complete"))
        self.eice_name = item.findtext("dnsName")
        self.endpoint_host = until("the interface endpoint", self.endpoint_name)
        self.address = until("the instance", lambda: self.describe_running())

    def describe_instance(self):
        found = self.src.describe_instances(InstanceIds=[self.instance])
        return found["Reservations"][0]["Instances"][0]

    def describe_state(self):
        return self.describe_instance()["State"]["Name"]

    def describe_running(self):
        found = self.describe_instance()
        return found["PrivateIpAddress"] if found["State"]["Name"] == "running" else None

    def policy(self, endpoint):
        def statement(effect, test):
            return {"Effect": effect, "Principal": {"AWS": "*"}, "Action": "s3:PutObject",
                    "Resource": f"arn:aws:s3:::{self.bucket}/*",
                    "Condition": {test: {"aws:sourceVpce": endpoint}}}
        return json.dumps({"Version": "2012-10-17", "Statement": [
            statement("Deny", "StringNotEquals"), statement("Allow", "StringEquals")]})

    def make_bucket(self):
        self.bucket = "path-" + os.urandom(6).hex()
        self.s3.create_bucket(Bucket=self.bucket)
        self.set_policy(self.endpoint)

    def set_policy(self, endpoint):
        until("the policy", lambda: self.s3.put_bucket_policy(
            Bucket=self.bucket, Policy=self.policy(endpoint)))

    # ---- onto the instance

    def push_key(self, user="ec2-user", key="key"):
        path = os.path.join(self.work, key)
        if not os.path.exists(path):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path],
                           check=True)
        with open(path + ".pub") as f:
            line = f.read().strip()
        zone = SOURCE + "a"
        self.eic.send_ssh_public_key(InstanceId=self.instance, InstanceOSUser=user,
                                     SSHPublicKey=line, AvailabilityZone=zone)

    def proxy_command(self, *changes):
        words = [f"{HERE}/ws_proxy.py", str(self.info["tls_port"]), self.info["ca_file"], self.eice,
                 self.eice_name, self.address, *changes]
        return " ".join(shlex.quote(w) for w in words).replace("%", "%%")

    def ssh_words(self, user="ec2-user", key="key", changes=()):
        known = os.path.join(self.work, "known_hosts")
        return ["ssh", "-F", "/dev/null", "-i", os.path.join(self.work, key),
                "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
                "-o", f"HostKeyAlias={self.instance}", "-o", f"UserKnownHostsFile={known}",
                "-o", "StrictHostKeyChecking=accept-new", "-o", "ConnectTimeout=30",
                "-o", f"ProxyCommand={self.proxy_command(*changes)}", f"{user}@{self.address}"]

    def ssh(self, command, user="ec2-user", key="key", changes=(), data=b"", push=True):
        """(exit status, stdout, stderr) of a command on the instance."""
        if push:
            self.push_key(user, key)
        done = subprocess.run(self.ssh_words(user, key, changes) + [command], input=data,
                              capture_output=True, timeout=120)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def upload(self, more="", wait=3):
        """The AWS CLI on the instance, as step 4-2 has it."""
        return self.ssh(
            f"echo data >f && AWS_MAX_ATTEMPTS=1 aws s3 cp f s3://{self.bucket}/f "
            f"--region {DESTINATION} --endpoint-url https://{self.endpoint_host} "
            f"--cli-connect-timeout {wait} --cli-read-timeout {wait} {more}")

    def walk(self):
        return self.ask("walk", **{"from": self.instance, "to": self.endpoint_host})
