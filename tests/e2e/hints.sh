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

fault 'DeleteSubnet:1=UnauthorizedOperation'
expect 5 "$RB" undo --yes --to 1-2 --speed 1000 --stack a
has 'then: runbook undo --to 1-2 --stack a --speed 1000' "$(grep hint: <<<"$ERR")"
expect 0 "$RB" undo --yes --to 1-2 --speed 1000 --stack a
[ "$("$RB" status --stack a --output json | jq -r '.steps[0].state')" = held ] || fail '1-1 was undone'

# What holds back the undo of a part is told with that part.
expect 0 "$RB" run --to 1-2 --speed 1000 --stack a
subnet=$("$RB" status --stack a --output json | jq -r '.steps[1].outputs.subnet_id')
instance=$(/usr/bin/python3 -c "
import boto3, os
ec2 = boto3.client('ec2', region_name='ap-northeast-1', endpoint_url=os.environ['AWS_ENDPOINT_URL'])
image = boto3.client('ssm', region_name='ap-northeast-1', endpoint_url=os.environ['AWS_ENDPOINT_URL']).get_parameter(
    Name='/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64')['Parameter']['Value']
print(ec2.run_instances(ImageId=image, InstanceType='t3.micro', MinCount=1, MaxCount=1,
                        SubnetId='$subnet')['Instances'][0]['InstanceId'])")
expect 3 "$RB" undo --yes --to 1-2 --speed 1000 --stack a
has "by $instance" "$ERR"
has "not the run's: remove it, then: runbook undo --to 1-2 --stack a --speed 1000" "$ERR"
