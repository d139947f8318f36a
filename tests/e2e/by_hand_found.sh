#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a person made for a step without the run's tags is found by what it is, and taken only when they say so: left
# alone where nobody can be asked, of two none is chosen, "n" and "y" on a terminal, --yes; then it is tagged, what
# differs is told and not changed, and undo takes it down.  A wait ends with Ctrl-C, goes on after kill -9, and is told
# in Japanese.
. "$(dirname "$0")/lib.sh"

start_sandbox --speed 600 --lag off

# ec2 EXPRESSION: of boto3's client in the source's region.
ec2() {
	py -c "import boto3
c = boto3.client('ec2', region_name='ap-northeast-1', endpoint_url='$SANDBOX')
print($1)"
}
tags_of() {
	ec2 "' '.join(sorted(t['Key'] + '=' + t['Value'] for t in c.describe_tags(Filters=[{'Name': 'resource-id', 'Values': ['$1']}])['Tags']))"
}
new_vpc() {
	ec2 "[c.modify_vpc_attribute(VpcId=v, EnableDnsHostnames={'Value': True}) and v for v in [c.create_vpc(CidrBlock='10.0.0.0/16')['Vpc']['VpcId']]][0]"
}

# waiting TEXT COMMAND...: in the background until it says so; stopped STATUS SIGNAL ends it.
waiting() {
	local text=$1
	shift
	: >"$WORK/said"
	"$RB" "$@" --speed 600 </dev/null >>"$WORK/said" 2>&1 &
	RUN=$!
	ends_with_us "$RUN"
	wait_for 20 grep -qF -- "$text" "$WORK/said"
}
stopped() {
	kill "-$2" $RUN
	wait $RUN
	local rc=$?
	[ $rc -eq "$1" ] || fail "ended with $rc: $(cat "$WORK/said")"
}

# Nothing is there: it says how, in Japanese, and makes nothing.
waiting '手作業: 残り、ec2 CreateVpc' run --by-hand 1-1 --to 1-1 --lang ja --operator alice
has '手作業で行ってください' "$(cat "$WORK/said")"
has 'VPC > お使いの VPC > VPC を作成' "$(cat "$WORK/said")"
has 'aws ec2 create-vpc' "$(cat "$WORK/said")"
stopped 130 INT
[ "$(ec2 "len(c.describe_vpcs()['Vpcs'])")" = 0 ] || fail "it made a VPC"
expect 0 "$RB" status
has 'is to be done by hand' "$OUT"

# One without tags, and nobody to be asked: named, with the tags that it should have.
vpc=$(new_vpc)
waiting "VPC '$vpc', found by its CIDR block, is left alone" run --to 1-1
has "the right one gets the tags runbook:run=$("$RB" status --output json | jq -r .run) and runbook:step=1-1" "$(cat "$WORK/said")"
stopped 130 INT
# Two: none is chosen, whatever --yes says.
other=$(new_vpc)
waiting "cannot tell which VPC is this step's, found by its CIDR block: " run --to 1-1 --yes
grep -q "$vpc.*$other\|$other.*$vpc" "$WORK/said" || fail "not both are named: $(cat "$WORK/said")"
stopped 130 INT
[ -z "$(tags_of "$vpc")$(tags_of "$other")" ] || fail "tagged: $(tags_of "$vpc") $(tags_of "$other")"
# Another run's is never this one's: one is left to be asked about.
ec2 "c.create_tags(Resources=['$other'], Tags=[{'Key': 'runbook:run', 'Value': '20250101-00000000'}])" >/dev/null

# Asked on a terminal: no, and yes.
answer_on_terminal n "$RB" run --to 1-1 --speed 600 --timeout 3
[ "$STATUS" = 1 ] || fail "'n' ended with $STATUS: $SHOWN"
has "Is VPC $vpc (found by its CIDR block) what you made?" "$SHOWN"
has "is left alone" "$SHOWN"
[ -z "$(tags_of "$vpc")" ] || fail "tagged after a no: $(tags_of "$vpc")"
answer_on_terminal y "$RB" run --to 1-1 --speed 600 --operator bob
[ "$STATUS" = 0 ] || fail "'y' ended with $STATUS: $SHOWN"
[ "$(output 1-1 vpc_id)" = "$vpc" ] || fail "recorded is $(output 1-1 vpc_id)"
has 'Name=runbook-default-1-1-vpc' "$(tags_of "$vpc")"
has 'runbook:step=1-1' "$(tags_of "$vpc")"
[ "$(jq -r 'select(.type == "intent") | .action' "$(journal)")" = CreateTags ] || fail "calls: $(cat "$(journal)")"
expect 0 "$RB" journal
has "adopted VPC $vpc, which was found by its CIDR block; operator bob" "$OUT"
expect 0 "$RB" status --lang ja
has 'bob が手作業で作成' "$OUT"

# What differs is told while it waits, and changed by nobody else; killed, the next command waits on.
waiting 'to be done by hand' run --by-hand 1-2 --to 1-2 --yes
subnet=$(ec2 "c.create_subnet(VpcId='$vpc', CidrBlock='10.0.0.0/20', AvailabilityZone='ap-northeast-1a')['Subnet']['SubnetId']")
table=$(ec2 "c.create_route_table(VpcId='$vpc')['RouteTable']['RouteTableId']")
ec2 "c.modify_subnet_attribute(SubnetId='$subnet', MapPublicIpOnLaunch={'Value': True}), c.associate_route_table(SubnetId='$subnet', RouteTableId='$table')" >/dev/null
wait_for 20 grep -q "differs: subnet.public_ip_on_launch: expected 'false', found 'true'" "$WORK/said"
stopped 137 KILL
waiting "differs: subnet.public_ip_on_launch: expected 'false', found 'true'" run --to 1-2 --yes
has 'to be done by hand' "$(cat "$WORK/said")"
ec2 "c.modify_subnet_attribute(SubnetId='$subnet', MapPublicIpOnLaunch={'Value': False})" >/dev/null
wait $RUN || fail "it does not hold: $(cat "$WORK/said")"
[ "$(output 1-2 subnet_id) $(output 1-2 route_table_id)" = "$subnet $table" ] || fail "recorded: $(output 1-2 subnet_id) $(output 1-2 route_table_id)"
[ "$(jq -r 'select(.type == "intent") | .action' "$(journal)" | sort -u)" = CreateTags ] || fail "it changed: $(cat "$(journal)")"

expect 0 "$RB" undo --yes --speed 600
[ "$(ec2 "[v['VpcId'] for v in c.describe_vpcs()['Vpcs']]")" = "['$other']" ] || fail "the VPC is still there, or another is gone"

# A rehearsal tells where its AWS is, for the AWS CLI at another terminal.
RUNBOOK_HOME=$WORK/rehearsal waiting 'ec2 CreateVpc' run --sandbox --by-hand 1-1 --to 1-1 --yes
SANDBOX=$(sed -n 's/^export AWS_ENDPOINT_URL=\([^ ]*\) AWS_ACCESS_KEY_ID=AKIASANDBOX000000000 AWS_SECRET_ACCESS_KEY=sandbox AWS_SESSION_TOKEN=$/\1/p' "$WORK/said")
[ -n "$SANDBOX" ] || fail "it does not tell where its AWS is: $(cat "$WORK/said")"
new_vpc >/dev/null
wait $RUN || fail "made in the rehearsal: $(cat "$WORK/said")"
