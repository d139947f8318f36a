#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Undo deletes what its first look showed by its tags as the run's, and nothing else: neither what
# has another run's tags by then, nor, before it has settled, what did not come to hold.
. "$(dirname "$0")/lib.sh"

# asked ACTION: the statuses of the answers.
asked() {
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" |
		jq -r --arg action "$1" '[.[] | select(.action == $action) | .status] | join(" ")'
}

start_sandbox --speed 1000
expect 0 "$RB" run --to 3-4 --speed 1000
cat >"$WORK/tag.py" <<'PY'
import os, sys, boto3
run, here, there = sys.argv[1], sys.argv[2:5], sys.argv[5:]
for region, ids in (("ap-northeast-1", here), ("us-east-1", there)):
    ec2 = boto3.client("ec2", region_name=region, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    ec2.create_tags(Resources=ids, Tags=[{"Key": "runbook:run", "Value": run}])
PY
ids=("$(output 1-3 instance_connect_endpoint_id)" "$(output 1-4 instance_id)"
	"$(output 3-1 vpc_peering_connection_id)" "$(output 2-3 vpc_endpoint_id)")
run=$("$RB" status --output json | jq -r .run)
expect 0 py "$WORK/tag.py" 01890000-0000-7000-8000-000000000000 "${ids[@]}"
expect 3 "$RB" undo --yes --speed 1000
for id in "${ids[@]}"; do
	has "$id" "$ERR"
done
has 'left alone' "$ERR"
for action in DeleteInstanceConnectEndpoint TerminateInstances DeleteVpcPeeringConnection DeleteVpcEndpoints; do
	[ -z "$(asked $action)" ] || fail "$action: $(asked $action)"
done
expect 0 py "$WORK/tag.py" "$run" "${ids[@]}"

# The look waits for no account check, and the first change does.
curl -sf "$SANDBOX/_sandbox/fault" -d 'GetCallerIdentity:1=slow=2000' >/dev/null || fail "no fault"
before=$(curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" | jq length)
expect 0 "$RB" undo --yes --speed 1000
curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" | jq -e --argjson before "$before" '.[$before:]
	| (.[] | select(.action == "GetCallerIdentity")).utc_ms as $check
	| ([.[] | select(.action == "DescribeTags")][0].utc_ms - $check) as $look
	| ([.[] | select(.action | test("^(Delete|Terminate|Disassociate)"))][0].utc_ms - $check) as $change
	| $look < 1900 and $change >= 1900' >/dev/null || fail "the look, or a change, at another time"
stop_sandbox
rm -rf "$HOME_DIR"

# An endpoint that is still being made cannot be deleted.
start_sandbox --speed 100 --lag off
curl -sf "$SANDBOX/_sandbox/fault" -d 'DescribeInstanceConnectEndpoints=AccessDenied' >/dev/null || fail "no fault"
expect 5 "$RB" run --to 1-3 --speed 100
[ -n "$(output 1-3 instance_connect_endpoint_id)" ] || fail "the endpoint was not asked for"
curl -sf -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null || fail "the fault stays"
expect 0 "$RB" undo --yes --speed 100
[ "$(asked DeleteInstanceConnectEndpoint)" = 200 ] || fail "deleted: $(asked DeleteInstanceConnectEndpoint)"
