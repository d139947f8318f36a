# SPDX-License-Identifier: Apache-2.0
"""Each guardrail alone: what preflight says, how the run fails that does not heed it, and what satisfies it.

usage: guardrails.py BIN [SHARE OF | WORD...]     (every OFth case, or those whose name contains one of the words)

One sandbox plays all accounts, one after another.  In a case that fails, preflight names the step and why, and ends with
1; the run fails in that step.  With the cure (another parameter, or another account) preflight says yes or unknown, and
the run goes through.  The worlds after them have nothing to fail by: preflight must not say no to what goes through.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request

KEY = "AKIAOPERATOR00000000"
SPEED = "3000"
MOST_CALLS = 60
ACCOUNT_KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/0a1b2c3d-1111-2222-3333-444455556666"
BOUNDARY = "arn:aws:iam::123456789012:policy/limits"
US = ["source.region=us-east-1", "destination.region=us-west-2"]


def allow(action="*", **more):
    return {"Version": "2012-10-17", "Statement": [dict(Effect="Allow", Action=action, Resource="*", **more)]}


def scp(action, condition, but_not=False):
    """A service control policy that denies these actions, or all but these, under a condition."""
    return {"guardrails": [{"name": "g", "policy": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "NotAction" if but_not else "Action": action, "Resource": "*", "Condition": condition}]}}]}


def quota(code, value):
    return {"quotas": {code: value}}


def setting(name, **members):
    return {"settings": {name: members}}


# name, the account, parameters, the step that fails, what preflight says, what the run says, cure: account or parameters
CASES = [
    ("quota of VPCs", quota("L-F678F1CE", 0), [], "1-1",
     "VPCs in ap-northeast-1: 0 of 0 used, 1 more needed", "VpcLimitExceeded", quota("L-F678F1CE", 1)),
    ("quota of security groups", quota("L-E79EC296", 1), [], "1-3",
     "security groups in ap-northeast-1: 0 of 1 used, 2 more needed", "SecurityGroupLimitExceeded", {}),
    ("quota of vCPUs", quota("L-1216C47A", 1), [], "1-4",
     "vCPUs of on-demand Standard instances in ap-northeast-1: 0 of 1 used, 2 more needed", "VcpuLimitExceeded", {}),
    ("quota of roles", quota("L-FE177D64", 0), [], "1-4", "IAM roles in the account: 0 of 0 used", "LimitExceeded", {}),
    ("quota of buckets", quota("L-DC2B2D3D", 0), [], "2-4", "buckets in the account: 0 of 0 used", "TooManyBuckets", {}),
    ("quota of peering requests", quota("L-DC9F7029", 0), [], "3-1",
     "outstanding peering requests in ap-northeast-1: 0 of 0 used", "OutstandingVpcPeeringConnectionLimitExceeded", {}),
    ("no such zone", {}, ["source.zone=ap-northeast-1b"], "1-2", "there is no zone ap-northeast-1b",
     "ap-northeast-1b", ["source.zone=ap-northeast-1c"]),
    ("type in zone", {}, US + ["source.zone=us-east-1e"], "1-4", "zone us-east-1e offers no instance type t3.micro",
     "'us-east-1e' offers no instance type 't3.micro'", US + ["source.zone=us-east-1a"]),
    ("endpoint service in zone", {}, ["destination.zone=us-east-1e"], "2-2",
     "com.amazonaws.us-east-1.s3 is not in zone us-east-1e", "us-east-1e", ["destination.zone=us-east-1b"]),
    ("allowed images", setting("allowed_images", state="enabled", managed_by="declarative-policy",
                               criteria=[{"names": ["al2023-ami-2023.9.20260928*"]}]), [], "1-4",
     "the account's Allowed AMIs rule (declarative-policy) does not admit image ami-", "hidden from this account",
     ["source.image={20260928}"]),
    ("key of volumes", setting("ebs_encryption", key=ACCOUNT_KEY, key_state="Disabled"), [], "1-4",
     f"new volumes are encrypted with {ACCOUNT_KEY}, which is 'Disabled'", "Client.InvalidKMSKey.InvalidState",
     setting("ebs_encryption", key=ACCOUNT_KEY)),
    ("region not opted in", setting("regions_off", names=["us-east-1"]), [], "2-1",
     "this account has not opted in to region us-east-1", "AuthFailure", ["destination.region=us-west-2"]),
    ("first region not opted in", setting("regions_off", names=["ap-northeast-1"]), [], "1-1",
     "this account has not opted in to region ap-northeast-1", "STS is not activated in this region",
     ["source.region=eu-west-1"]),
    ("region deny", scp("ec2:*", {"StringNotEquals": {"aws:RequestedRegion": ["ap-northeast-1", "us-west-2"]}}), [], "2-1",
     "ec2:CreateVpc on arn:aws:ec2:us-east-1:123456789012:vpc/*", "explicit deny in a service control policy",
     ["destination.region=us-west-2"]),
    ("tags", scp(["ec2:CreateVpc", "iam:CreateRole", "s3:CreateBucket"], {"Null": {"aws:RequestTag/cost": "true"}}), [],
     "1-1", "ec2:CreateVpc on arn:aws:ec2:ap-northeast-1:123456789012:vpc/*", "explicit deny in a service control policy",
     ["tags.cost=42"]),
    ("permissions boundary", scp("iam:CreateRole", {"StringNotEquals": {"iam:PermissionsBoundary": BOUNDARY}}), [], "1-4",
     "iam:CreateRole on ", "iam:CreateRole", [f"iam.permissions_boundary={BOUNDARY}"]),
    ("bucket namespace", scp("s3:CreateBucket", {"StringNotEquals": {"s3:x-amz-bucket-namespace": "account-regional"}}),
     [], "2-4", "s3:CreateBucket on ", "AccessDenied", ["destination.bucket_namespace=account-regional"]),
    ("bucket taken", {}, ["destination.bucket=taken-by-another"], "2-4", "bucket taken-by-another is there already",
     "taken-by-another", ["destination.bucket=nobodys-name-yet"]),
    ("hop limit", scp("ec2:RunInstances", {"NumericGreaterThan": {"ec2:MetadataHttpPutResponseHopLimit": "1"}}), [], "1-4",
     "ec2:RunInstances on arn:aws:ec2:ap-northeast-1:123456789012:instance/*",
     "explicit deny in a service control policy", {}),
]
# name, account, parameters, how far the run goes
WORLDS = [
    ("plain", {}, [], "2-4"),
    ("metadata enforced", setting("instance_metadata", http_tokens_enforced="enabled", http_tokens="required"), [], "1-4"),
    ("metadata defaults", setting("instance_metadata", http_tokens="optional", http_endpoint="disabled", hop_limit=1), [],
     "1-4"),
    ("VPCs blocked", setting("block_public_access", mode="block-bidirectional", managed_by="declarative-policy"), [], "2-3"),
    ("buckets blocked", setting("s3_public_access", BlockPublicAcls=True, IgnorePublicAcls=True, BlockPublicPolicy=True,
                                RestrictPublicBuckets=True), [], "2-4"),
    ("encryption in VPCs", setting("vpc_encryption", mode="attempt-enforce"), [], "3-4"),
    ("images audited", setting("allowed_images", state="audit-mode", criteria=[]), [], "1-4"),
    ("images by owner", setting("allowed_images", state="enabled", criteria=[{"providers": ["amazon"]}]), [], "1-4"),
    ("exactly enough VPCs and vCPUs", {"quotas": {"L-F678F1CE": 1, "L-1216C47A": 2, "L-FE177D64": 1, "L-DC9F7029": 1,
                                                  "L-DC2B2D3D": 1, "L-6E65F664": 1, "L-E79EC296": 3}}, [], "3-1"),
    ("no reads of the account's", scp(["servicequotas:*", "kms:*", "iam:GetAccountSummary", "ec2:Get*", "ec2:DescribeRegions",
                                       "ec2:DescribeVpcBlockPublicAccessOptions", "ec2:DescribeAccountVpcEncryptionControl",
                                       "ec2:DescribeInstanceTypes", "s3:ListAllMyBuckets",
                                       "s3:GetAccountPublicAccessBlock"], {}), [], "2-4"),
    ("another region off", setting("regions_off", names=["eu-west-1"]), [], "2-1"),
    ("another region denied", scp("ec2:*", {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}), [], "2-1"),
    ("only these regions", scp(["iam:*", "sts:*"],
                               {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-north-1"]}}, but_not=True), ["source.region=eu-west-1", "destination.region=eu-north-1"],
     "2-4"),
]


class World:
    def __init__(self, bin_dir, work):
        self.bin, self.home = bin_dir, os.path.join(work, "home")
        self.sandbox = subprocess.Popen(
            [f"{bin_dir}/runbook-sandbox", "serve", "--speed", SPEED], stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, RUNBOOK_SANDBOX_JOURNAL=self.home))
        self.url = self.sandbox.stdout.readline().split()[1]
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        info = json.loads(self.ask("info"))
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "RUNBOOK_"))}
        self.env.update(
            AWS_ENDPOINT_URL=self.url, AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY="s3cr3t",
            AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_EC2_METADATA_DISABLED="true",
            AWS_CA_BUNDLE=info["ca_file"], RUNBOOK_CONNECT_TO=f"::127.0.0.1:{info['tls_port']}", LC_ALL="C.UTF-8",
            RUNBOOK_HOME=self.home, RUNBOOK_FAULT_SYNCED="journal.sync")
        self.wrong = []

    def close(self):
        self.sandbox.terminate()
        self.sandbox.wait()

    def ask(self, path, body=None, method=None):
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        return self.opener.open(request, timeout=30).read()

    def account(self, what):
        operator = {"name": "operator", "access_key_id": KEY, "secret": "s3cr3t", "policies": [allow()]}
        limits = {"name": "limits", "policy": allow(["s3:Put*", "s3:Get*"])}
        self.ask("account", dict({"principals": [operator], "policies": [limits], "guardrails": [], "quotas": {},
                                  "settings": {}}, **what))

    def runbook(self, *words, sets=()):
        args = [word for s in sets for word in ("--set", s)]
        done = subprocess.run([f"{self.bin}/runbook", *words, *args], env=self.env, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
        return done.returncode, done.stdout, done.stderr

    def image(self, release):
        """The full image of a release, by name."""
        import boto3  # Debian's
        ec2 = boto3.client("ec2", "ap-northeast-1", endpoint_url=self.url, aws_access_key_id="AKIASANDBOX000000000",
                           aws_secret_access_key="sandbox")
        return next(i["ImageId"] for i in ec2.describe_images(Owners=["amazon"])["Images"]
                    if i["Architecture"] == "x86_64" and release in i["Name"] and "minimal" not in i["Name"]
                    and "kernel-6.1-" in i["Name"])

    def undo(self):
        status, _, err = self.runbook("undo", "--yes", "--speed", SPEED)
        if status and "has nothing to undo" not in err:  # of a run that did not even begin
            sys.exit(f"FAILED: nothing can be undone ({status}): {err}")
        shutil.rmtree(self.home, ignore_errors=True)

    def preflight(self, name, sets):
        """Exit status, first line and findings; no more calls than is promised."""
        self.ask("requests", method="DELETE")
        status, out, err = self.runbook("preflight", sets=sets)
        calls = len(json.loads(self.ask("requests")))
        if calls > MOST_CALLS:
            self.wrong.append(f"{name}: preflight made {calls} calls")
        return status, (out.splitlines() or [err])[0], out + err

    def fails(self, case):
        name, account, sets, step, line, why, _ = case
        self.account(account)
        status, first, _ = self.preflight(name, sets)
        if status != 1 or not first.startswith(f"{step} would fail: ") or line not in first:
            self.wrong.append(f"{name}: preflight ended with {status} and said: {first}")
        status, _, err = self.runbook("run", "--speed", SPEED, "--to", step, sets=sets)
        if status == 0 or why not in err or step not in err and "RegionDisabled" not in err:
            self.wrong.append(f"{name}: the run ended with {status} and said: {err[-700:]}")
        self.account({})
        self.undo()

    def goes_through(self, name, account, sets, step):
        self.account(account)
        status, first, all_of_it = self.preflight(name, sets)
        if status != 0:
            self.wrong.append(f"{name}: false alarm: {first}\n{all_of_it}")
        status, _, err = self.runbook("run", "--speed", SPEED, "--to", step, sets=sets)
        if status:
            self.wrong.append(f"{name}: the run ended with {status}: {err[-700:]}")
        self.undo()


def main():
    words, share, of = sys.argv[2:], 0, 1
    if len(words) == 2 and words[0].isdigit():
        words, share, of = [], int(words[0]), int(words[1])

    def is_tried(i, name):
        return i % of == share and (not words or any(w in name for w in words))

    work = tempfile.mkdtemp()
    world = World(os.path.abspath(sys.argv[1]), work)
    tried = 0
    try:
        world.account({})
        for i, case in enumerate(CASES):
            name, account, sets, step, _, _, cure = case
            if not is_tried(i, name):
                continue
            world.fails(case)
            if isinstance(cure, dict):
                account, cure = cure, sets
            world.account({})
            cure = [s.replace("{20260928}", world.image("20260928")) if "{" in s else s for s in cure]
            world.goes_through(f"{name}, satisfied", account, cure, step)
            tried += 1
        for i, (name, account, sets, step) in enumerate(WORLDS):
            if is_tried(i, name):
                world.goes_through(name, account, sets, step)
                tried += 1
    finally:
        world.close()
        shutil.rmtree(work)
    for line in world.wrong:
        print("FAILED:", line, file=sys.stderr)
    print(f"{tried} accounts, {len(world.wrong)} not as preflight said")
    sys.exit(1 if world.wrong or not tried else 0)


main()
