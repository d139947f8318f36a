#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The command that comes next has the end that was given: after `run --to` it walks no further, after `undo --to` it
# takes down no more; and the stack, home and speed.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 1000
fault() {
	curl -sf --noproxy '*' -X POST --data "$1" "$SANDBOX/_sandbox/fault" >/dev/null || fail "fault '$1'"
}

fault 'CreateSubnet:1=UnauthorizedOperation'
expect 5 "$RB" run --to 1-2 --speed 1000 --stack a
has 'then: runbook run --to 1-2 --stack a --speed 1000' "$(grep hint: <<<"$ERR")"
[[ $ERR != *'runbook resume'* ]] || fail "resume would walk on: $ERR"
expect 0 "$RB" run --to 1-2 --speed 1000 --stack a
expect 2 "$RB" run --to 1-2 --speed 1000 --stack a --set source.zone=ap-northeast-1c
has 'first: runbook undo --stack a' "$ERR"
# What a new run would be refused, no undo leads to.
for bad in destination.region=ap-northeast-1 source.zone=us-east-1a source.vpc_cidr=10.5.0.0/16; do
	for c in run plan status; do
		expect 2 "$RB" $c --stack a --set $bad
		[[ $ERR != *undo* ]] || fail "$c --set $bad: $ERR"
	done
	expect 2 "$RB" plan --stack new --set $bad
	[ "$ERR" = "$("$RB" run --stack a --set $bad 2>&1)" ] || fail "--set $bad of a run is refused otherwise: $ERR"
done

fault 'DeleteSubnet:1=UnauthorizedOperation'
expect 5 "$RB" undo --yes --to 1-2 --speed 1000 --stack a
has 'then: runbook undo --to 1-2 --stack a --speed 1000' "$(grep hint: <<<"$ERR")"
expect 0 "$RB" undo --yes --to 1-2 --speed 1000 --stack a
[ "$("$RB" status --stack a --output json | jq -r '.steps[0].state')" = held ] || fail '1-1 was undone'

# What holds back the undo of a part is told with that part.
expect 0 "$RB" run --to 1-2 --speed 1000 --stack a
subnet=$("$RB" status --stack a --output json | jq -r '.steps[1].outputs.subnet_id')
instance=$(py -c "
import boto3, os
ec2 = boto3.client('ec2', region_name='ap-northeast-1', endpoint_url=os.environ['AWS_ENDPOINT_URL'])
image = boto3.client('ssm', region_name='ap-northeast-1', endpoint_url=os.environ['AWS_ENDPOINT_URL']).get_parameter(
    Name='/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64')['Parameter']['Value']
print(ec2.run_instances(ImageId=image, InstanceType='t3.micro', MinCount=1, MaxCount=1,
                        SubnetId='$subnet')['Instances'][0]['InstanceId'])")
expect 3 "$RB" undo --yes --to 1-2 --speed 1000 --stack a
has "by $instance" "$ERR"
has "not the run's: remove it, then: runbook undo --to 1-2 --stack a --speed 1000" "$ERR"

# ---- where going on as before would fail again, status and verify do not lead there either
expect 1 "$RB" run --speed 1000 --stack m5 --set source.instance_type=m5.24xlarge
first="a run's parameters are fixed, so first: runbook undo --stack m5"
has "hint: $first" "$ERR"
expect 0 "$RB" status --stack m5
has "next, for step 1-4: $first" "$(tail -n 1 <<<"$OUT")"
[ "$("$RB" status --stack m5 --output json | jq -r .next)" = 'runbook undo --stack m5' ] || fail 'status as JSON'
expect 3 "$RB" verify --stack m5
has "next, for step 1-4: $first" "$(tail -n 1 <<<"$ERR")"
# Once the undo goes, what the failed step asked for is done.
fault 'DeleteSubnet:1=UnauthorizedOperation'
expect 5 "$RB" undo --yes --speed 1000 --stack m5
expect 0 "$RB" status --stack m5
[ "$(tail -n 1 <<<"$OUT")" = 'to take down the rest: runbook undo --stack m5' ] || fail "the last line: $OUT"
expect 0 "$RB" undo --yes --speed 1000 --stack m5
