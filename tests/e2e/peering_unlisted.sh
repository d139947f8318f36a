#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A request that EC2 refuses because the peering exists, while it is not listed yet, is looked for
# and not given up: this run's is adopted, and a stranger's is named and left alone.
. "$(dirname "$0")/lib.sh"
start_sandbox --state "$WORK/world.db" --speed 1000 \
	--fault 'CreateVpcPeeringConnection:1=VpcPeeringConnectionAlreadyExists:it is there'

expect 0 "$RB" run --to 3-1 --speed 1000
has "not listed, VpcPeeringConnectionAlreadyExists: it is there" "$ERR"
curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" >"$WORK/world"
[ "$(jq '[.. | objects | .vpcPeeringConnectionId? // empty] | unique | length' "$WORK/world")" -eq 1 ] ||
	fail "not one peering: $(cat "$WORK/world")"
expect 0 "$RB" undo --yes --speed 1000

# A stranger's between the two VPCs.
expect 0 "$RB" run --to 2-1 --speed 1000
expect 0 py - "$(output 1-1 vpc_id)" "$(output 2-1 vpc_id)" "$SANDBOX" <<'PY'
import sys, boto3
boto3.client("ec2", "ap-northeast-1", endpoint_url=sys.argv[3]).create_vpc_peering_connection(
    VpcId=sys.argv[1], PeerVpcId=sys.argv[2], PeerRegion="us-east-1")
PY
expect 3 "$RB" run --to 3-1 --speed 1000
has "does not carry this run's tags" "$ERR"
