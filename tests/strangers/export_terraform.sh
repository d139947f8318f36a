#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `runbook export terraform` writes, HashiCorp's Terraform with its AWS provider takes over without a change: of a
# finished run of each procedure, of one that somebody has changed since, of half of one; and from nothing it builds what a run would, so
# that boto3 finds the procedure's world, and its destroy leaves nothing of it.
#
#   TERRAFORM_MIRROR  as terraform.sh
. "$(dirname "$0")/lib.sh"
. tests/strangers/terraform_lib.sh

start_sandbox --speed 60
# tf_begin FOLDER: what was written there is formatted as Terraform does, and it has its provider.
tf_begin() {
	TF=$1
	# What no account needs: the sandbox's buckets have no host names of their own.
	for side in source destination; do
		printf 'provider "aws" {\n  alias             = "%s"\n  s3_use_path_style = true\n}\n' $side
	done >"$TF/path_override.tf"
	terraform fmt -check -diff "$TF" >"$WORK/fmt" || fail "not as terraform fmt has it: $(cat "$WORK/fmt")"
	tf init || fail "terraform init"
}
# imports_alone N: the plan has N imports and nothing else (exit status 2: a plan that is not empty).
imports_alone() {
	tf plan -detailed-exitcode -out=plan
	[ $? -eq 2 ] || fail "the plan imports nothing, or failed"
	grep -q "Plan: $1 to import, 0 to add, 0 to change, 0 to destroy" "$WORK/tf.log" ||
		fail "not $1 imports alone: $(cat "$WORK/tf.log")"
}

# ---- a finished run: export, import, and nothing to change
expect 0 "$RB" run --speed 60 --set tags.Owner='a: b' --set "source.instance_type=t3.small"
expect 0 "$RB" export terraform -o "$WORK/whole"
tf_begin "$WORK/whole"
imports_alone 31
tf apply plan || fail "terraform apply of the imports"
tf plan -detailed-exitcode || fail "after the import there is something to change"
echo "taken over ($SECONDS s)"
expect 2 "$RB" undo --yes
expect 0 "$RB" undo --yes --handed-over --speed 60

# ---- half of a run, and drifted: whatever stands is taken over as it is
expect 0 "$RB" run --speed 60 --to 3-1
py - "$(output 1-1 vpc_id)" "$(output 1-2 subnet_id)" "$(output 1-3 security_group_id)" "$(output 1-4 security_group_id)" \
	"$(output 1-4 instance_id)" "$(output 1-4 role_name)" "$(output 2-3 vpc_endpoint_id)" "$(output 2-3 security_group_id)" \
	"$(output 2-4 bucket)" <<'PY' || fail "it was not changed"
import json, os, sys
import boto3
vpc, subnet, connect, group, instance, role, endpoint, s3_group, bucket = sys.argv[1:]
def client(service, region):
    return boto3.client(service, region_name=region, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
ec2, far, iam = client("ec2", "ap-northeast-1"), client("ec2", "us-east-1"), client("iam", "ap-northeast-1")
s3 = client("s3", "us-east-1")
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
ec2.create_tags(Resources=[vpc, instance], Tags=[{"Key": "x${y}", "Value": "%{if a}\n${b} \"c\" \\"}])
ec2.delete_tags(Resources=[group], Tags=[{"Key": "runbook:step"}])
ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
ec2.authorize_security_group_ingress(GroupId=group, CidrIp="192.0.2.0/24", IpProtocol="udp", FromPort=53, ToPort=53)
ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[
    {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "192.0.2.0/24", "Description": "a ${b}"}]}])
rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
ec2.revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=[
    r["SecurityGroupRuleId"] for r in rules if r["IsEgress"] and r["IpProtocol"] == "-1"])
ec2.modify_instance_attribute(InstanceId=instance, Groups=[group, connect])
ec2.modify_instance_metadata_options(InstanceId=instance, HttpTokens="optional", HttpPutResponseHopLimit=3)
ec2.modify_instance_attribute(InstanceId=instance, SourceDestCheck={"Value": False})
far_vpc = far.describe_security_groups(GroupIds=[s3_group])["SecurityGroups"][0]["VpcId"]
far.modify_vpc_attribute(VpcId=far_vpc, EnableDnsHostnames={"Value": False})
far.modify_vpc_attribute(VpcId=far_vpc, EnableDnsSupport={"Value": False})
iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Sid": "a", "Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"]},
     "Action": "sts:AssumeRole"}]}))
s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={
    "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]})
iam.detach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
far.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveSecurityGroupIds=[], AddSecurityGroupIds=[
    far.create_security_group(GroupName="other", Description="other", VpcId=far_vpc)["GroupId"]])
policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
policy["Statement"][0]["Sid"] = "x${y}"
s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
s3.delete_public_access_block(Bucket=bucket)
PY
expect 0 "$RB" export terraform -o "$WORK/half"
tf_begin "$WORK/half"
imports_alone 25
echo "half of one, drifted ($SECONDS s)"

# ---- the other procedure, whole
expect 0 "$RB" run --speed 60 --procedure direct --stack direct
expect 0 "$RB" export terraform -o "$WORK/direct" --stack direct
tf_begin "$WORK/direct"
imports_alone 23
echo "the other procedure ($SECONDS s)"

# ---- from nothing, in another region pair: what a run would make, and after the destroy nothing
stop_sandbox
start_sandbox --speed 60
set -- --stack other --set source.region=eu-west-1 --set source.zone=eu-west-1b --set destination.region=eu-central-1 \
	--set source.architecture=arm64 --set source.instance_type=t4g.nano --set tags.Team='a = b'
expect 0 "$RB" export terraform -o "$WORK/new" "$@" --output json
[ "$(jq -c '.handed_over, .left_out' <<<"$OUT" | tr '\n' ' ')" = 'false [] ' ] || fail "it says $OUT"
run=$(jq -r .run <<<"$OUT")
tf_begin "$WORK/new"
tf apply -auto-approve || fail "terraform apply from nothing"
tf plan -detailed-exitcode || fail "a second plan is not empty"
expect 0 "$RB" plan "$@" --output json
jq --arg run "$run" --slurpfile tf "$WORK/new/terraform.tfstate" \
	'(($tf[0].resources[] | select(.type == "aws_vpc_endpoint")).instances[0].attributes.dns_entry
	  | map(.dns_name) | min_by(length) | sub("^\\*\\."; "")) as $dns
	| "runbook-other-\($run)" as $bucket
	| {run: $run, stack: "other", account: "123456789012",
	   parameters: (.parameters + {"destination.bucket": $bucket}),
	   steps: [.steps[] | {id, outputs: (if .id == "2-4" then {bucket: $bucket}
		elif .id == "2-3" then {vpc_endpoint_dns: $dns} else {} end)}]}' <<<"$OUT" >"$WORK/status.json" ||
	fail "no names in Terraform's state"
expect 0 /usr/bin/python3 tests/py/world_check.py --by-hand "$WORK/status.json"
echo "$OUT"
# Its tags are a run's: this program finds it, and all of it holds.
expect 0 "$RB" recover "$@" --speed 60
expect 0 "$RB" verify "$@" 1-1 1-2 1-3 1-4 2-1 2-2 2-3 2-4 3-1 3-2 3-3 3-4
echo "$OUT" | tail -n 1
tf destroy -auto-approve || fail "terraform destroy"
expect 0 /usr/bin/python3 tests/py/world_check.py --gone "$WORK/status.json"
is_empty() {
	[ "$(alive)" = '[]' ]
}
wait_for 120 is_empty
expect 0 "$RB" undo "$@" --yes --speed 60 # and its sweep finds nothing
has "nothing of run $run is left" "$ERR"
echo "from nothing, and back ($SECONDS s)"
