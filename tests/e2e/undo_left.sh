#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What carries the run's tags and is none of what the run recorded is not deleted by guesswork: the
# look that ends undo finds each such thing, of every kind, in both regions and in IAM, names it and
# ends with 3, every time, until somebody has taken it away.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 2000
expect 0 "$RB" run --to 3-4 --speed 2000
run=$("$RB" status --output json | jq -r .run)

# In the stranger's own network, so that nothing of the run's is held up.
py - "$run" >"$WORK/ids" <<'PY' || fail "cannot make the doubles"
import json, os, sys, boto3
run = sys.argv[1]
def client(service, region):
    return boto3.client(service, region_name=region, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
ids = []
def tags(kind):
    return [{"ResourceType": kind, "Tags": [{"Key": "runbook:run", "Value": run},
                                            {"Key": "runbook:step", "Value": "9-9"}]}]
for region in ("ap-northeast-1", "us-east-1"):
    ec2 = client("ec2", region)
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=tags("vpc"))["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24",
                               TagSpecifications=tags("subnet"))["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tags("route-table"))
    group = ec2.create_security_group(VpcId=vpc, GroupName="double", Description="d",
                                      TagSpecifications=tags("security-group"))["GroupId"]
    rule = ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80,
                                       "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
        TagSpecifications=tags("security-group-rule"))["SecurityGroupRules"][0]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, VpcEndpointType="Interface", ServiceName=f"com.amazonaws.{region}.s3",
        SubnetIds=[subnet], PrivateDnsEnabled=False, TagSpecifications=tags("vpc-endpoint"))
    ids += [vpc, subnet, table["RouteTable"]["RouteTableId"], group, rule["SecurityGroupRuleId"],
            endpoint["VpcEndpoint"]["VpcEndpointId"]]
iam = client("iam", "us-east-1")
trust = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
iam.create_role(RoleName="double-role", Path=f"/runbook/{run}/",
                AssumeRolePolicyDocument=json.dumps(trust))
iam.create_instance_profile(InstanceProfileName="double-profile", Path=f"/runbook/{run}/")
print(*ids, "double-role", "double-profile")
PY
read -r -a ids <"$WORK/ids"
[ ${#ids[@]} -eq 14 ] || fail "made only ${ids[*]}"

expect 3 "$RB" undo --yes --speed 2000
has "of run $run, 14 things are left" "$ERR"
for id in "${ids[@]}"; do
	has "$id" "$ERR"
done
for step in 1-1 1-4 2-4 3-1; do
	[ "$(step_state $step)" = undone ] || fail "$step is $(step_state $step)"
done
[ "$("$RB" status --output json | jq -r .state)" != undone ] || fail "undone, with things left"

expect 3 "$RB" undo --yes --speed 2000 --output json
for id in "${ids[@]}"; do
	jq -se --arg id "$id" 'any(.[]; .event == "left" and (.resource | endswith(" " + $id)))' \
		<<<"$OUT" >/dev/null || fail "$id is not in: $OUT"
done
has "runbook undo" "$ERR"
