#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `runbook export terraform`: each thing of a run is a resource with an import block of its own id, and its settings
# are variables and references; what somebody has changed since stands as it is, and is no more than a string, whatever
# it says; what is gone is left out and named; from nothing there is no import.  The run is handed over by it: undo stops
# there unless it is told otherwise.  (What Terraform makes of it: tests/strangers/export_terraform.sh.)
. "$(dirname "$0")/lib.sh"

start_sandbox --speed 600
export SPEED=600
expect 0 "$RB" run --speed 600 --to 3-1
expect 2 "$RB" export terraform --undo
[ ! -e terraform-default ] || fail "a folder was made"
vpc=$(output 1-1 vpc_id) group=$(output 1-4 security_group_id) role=$(output 1-4 role_name) bucket=$(output 2-4 bucket)
py - "$vpc" "$group" "$role" "$bucket" "$(output 1-2 subnet_id)" <<'PY' || fail "it was not changed"
import os, sys
import boto3
vpc, group, role, bucket, subnet = sys.argv[1:]
at = dict(region_name="ap-northeast-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
ec2, iam = boto3.client("ec2", **at), boto3.client("iam", **at)
s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
ec2.create_tags(Resources=[vpc], Tags=[{"Key": "x${y}\"", "Value": "%{if a}\n${file(\"/etc/passwd\")}\\"}])
ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[r["SecurityGroupRuleId"] for r in rules if not r["IsEgress"]])
iam.detach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
s3.delete_bucket_policy(Bucket=bucket)
PY
cd "$WORK" || exit 1
expect 0 "$RB" export terraform -o tf --output json
json=$OUT
[ "$(jq -r '[.left_out[].address] | sort | join(" ")' <<<"$json")" = "aws_iam_role_policy_attachment.instance \
aws_route.destination aws_route.source aws_s3_bucket_policy.bucket aws_vpc_peering_connection_accepter.peering \
aws_vpc_security_group_ingress_rule.instance" ] || fail "left out: $(jq -c .left_out <<<"$json")"
[ "$(jq '.resources | length' <<<"$json")" = "$(grep -c '^import {' tf/imports.tf)" ] || fail "not one import each"
[ "$(grep -c '^resource ' tf/main.tf)" = "$(grep -c '^import {' tf/imports.tf)" ] || fail "not one block each"
[ "$(jq '.resources | length' <<<"$json")" -eq 25 ] || fail "$(jq -c .resources <<<"$json")"
# No id of AWS's stands outside of the import blocks, but the image's.
! grep -E '"(vpc|subnet|rtb|sg|sgr|eice|vpce|pcx|i|ami)-[0-9a-f]{17}' tf/main.tf | grep -v ' ami ' || fail "an id in main.tf"
grep -q "id       = \"$vpc\"" tf/imports.tf || fail "the VPC is not imported"
block() { # TYPE NAME: its block
	sed -n "/^resource \"$1\" \"$2\"/,/^}/p" tf/main.tf
}
has 'cidr_block           = var.source_vpc_cidr' "$(block aws_vpc source)"
has 'security_group_ids = [aws_security_group.connect.id]' "$(block aws_ec2_instance_connect_endpoint connect)"
has 'provider            = aws.destination' "$(block aws_vpc_endpoint s3)"
has 'service_name        = "com.amazonaws.${var.destination_region}.s3"' "$(block aws_vpc_endpoint s3)"
[[ $(block aws_instance instance) != *depends_on* ]] || fail "it depends on what is left out"
# What has drifted: as it is, with what it was; as a string, and nothing that Terraform would read as its own.
has '# drifted; the step made it false' "$(block aws_subnet source)"
grep -q '  map_public_ip_on_launch *= true' tf/main.tf || fail "not as it is: $(block aws_subnet source)"
has '"x$${y}\""' "$(block aws_vpc source)"
has '"%%{if a}\n$${file(\"/etc/passwd\")}\\"' "$(block aws_vpc source)"
grep -q '^- `aws_route.source` (3-2): it is not there' tf/README.md || fail "$(cat tf/README.md)"
expect 0 "$RB" status
has 'handed over to terraform' "$OUT"
expect 0 "$RB" journal
has "handed over to terraform: tf" "$OUT"
# Its ids are the sandbox's, which who has the files alone has to know.
for f in README.md providers.tf; do
	grep -q 'The run is a rehearsal, in the sandbox: its ids do not exist on AWS' tf/$f || fail "$f: $(cat tf/$f)"
done
[ "$(jq .rehearsal <<<"$json")" = true ] || fail "$json"
# Another export takes the place of ours, and of nothing else; the run's id is none of a new one's.
expect 0 "$RB" export terraform -o tf
echo 'mine' >tf/main.tf
expect 2 "$RB" export terraform -o tf
has 'not from an earlier export' "$ERR"
[ "$(cat tf/main.tf)" = mine ] || fail "it was overwritten"

expect 2 "$RB" undo --yes
has 'was handed over to terraform' "$ERR"
has 'undo --handed-over' "$ERR"
[ "$(step_state 1-1)" = held ] || fail "something was undone: $("$RB" status)"
expect 0 "$RB" undo --yes --handed-over --speed 600

# From nothing: no import, no id, what AWS alone knows asked for by Terraform.
rm tf/main.tf # imports.tf of before is there still
expect 0 "$RB" export terraform -o tf --set destination.region=eu-west-1 --set source.architecture=arm64 --set tags.Team=x
[ ! -e tf/imports.tf ] || fail "imports from nothing"
! grep -r rehearsal tf || fail "what is to be is told as a rehearsal"
has 'data.aws_ssm_parameter.image.insecure_value' "$(block aws_instance instance)"
has 'ignore_changes = [ami]' "$(block aws_instance instance)"
grep -q '^ *auto_accept *= true' tf/main.tf || fail "the peering is not accepted"
grep -q '^ *Team *= "x"' tf/variables.tf || fail "$(cat tf/variables.tf)"
run=$(sed -n '/variable "run"/,/}/s/ *default *= "\(.*\)"/\1/p' tf/variables.tf)
grep -q "default     = \"runbook-default-$run\"" tf/variables.tf || fail "the bucket's name: $(cat tf/variables.tf)"
expect 0 "$RB" export terraform -o tf --set destination.zone=us-east-1b --set source.image=ami-0123456789abcdef0
! grep -q '^data ' tf/main.tf || fail "what is given is asked for"
touch tf/terraform.tfstate
expect 2 "$RB" export terraform -o tf
expect 2 "$RB" export terraform -o other --set destination.bucket_namespace=account-regional

# The other procedure, in China, where a service of another region has a name of its own.
expect 0 "$RB" export terraform -o direct --procedure direct --stack china --set source.region=cn-north-1 \
	--set destination.region=cn-northwest-1
grep -q '^ *service_name *= "cn.com.amazonaws.${var.destination_region}.s3"' direct/main.tf || fail "$(cat direct/main.tf)"
grep -q '^ *service_region *= var.destination_region' direct/main.tf || fail "the endpoint leads nowhere"
grep -q 'Resource *= "arn:aws-cn:s3:::${aws_s3_bucket.bucket.id}/\*"' direct/main.tf || fail "another partition's ARN"
