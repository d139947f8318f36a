#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What does not hold is told by the step that made it: a route that somebody deleted or led elsewhere is 3-2's and not
# 3-3's, which waits for it.
. "$(dirname "$0")/lib.sh"
start_sandbox --state "$WORK/world.db" --speed 1000

expect 0 "$RB" run --to 3-4 --speed 1000
table=$(output 1-2 route_table_id)
by_hand() { # PYTHON
	expect 0 py -c "
import boto3, os
ec2 = boto3.client('ec2', region_name='ap-northeast-1', endpoint_url=os.environ['AWS_ENDPOINT_URL'])
$1"
}

verdicts() {
	"$RB" verify --speed 1000 --output json 3-1 3-2 3-3 3-4 |
		jq -r '[.steps[] | .id + " " + .verdict] | join(", ")'
}
is() {
	[ "$(verdicts)" = "$1" ]
}
by_hand "ec2.delete_route(RouteTableId='$table', DestinationCidrBlock='10.1.0.0/16')"
wait_for 20 is '3-1 holds, 3-2 missing, 3-3 pending, 3-4 holds'
expect 3 "$RB" verify 3-3 --speed 1000
has 'the route there: is not there, see step 3-2' "$OUT"

by_hand "
eni = ec2.describe_network_interfaces(Filters=[{'Name': 'attachment.instance-id', 'Values': ['$(output 1-4 instance_id)']}])
ec2.create_route(RouteTableId='$table', DestinationCidrBlock='10.1.0.0/16',
                 NetworkInterfaceId=eni['NetworkInterfaces'][0]['NetworkInterfaceId'])"
wait_for 20 is '3-1 holds, 3-2 differs, 3-3 pending, 3-4 holds'

by_hand "ec2.delete_route(RouteTableId='$table', DestinationCidrBlock='10.1.0.0/16')"
wait_for 20 is '3-1 holds, 3-2 missing, 3-3 pending, 3-4 holds'
expect 0 "$RB" run --to 3-4 --speed 1000
is '3-1 holds, 3-2 holds, 3-3 holds, 3-4 holds' || fail "after the repair: $(verdicts)"
expect 0 "$RB" undo --yes --speed 1000
