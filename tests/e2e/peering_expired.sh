#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A run that is left for more than a week between the request and its acceptance finds the peering
# expired: the next run requests another, leads the route that was into it, and accepts it.  So it
# is with one that was rejected.  Dead peerings stay listed and are never taken for living ones.
. "$(dirname "$0")/lib.sh"
start_sandbox --state "$WORK/world.db" --speed 1000

peering() {
	output 3-1 vpc_peering_connection_id
}
carry_on() { # WHY: what became of the peering $old
	expect 0 "$RB" run --to 3-4 --speed 1000
	[ "$(peering)" != "$old" ] || fail "the $1 peering $old is still the run's"
	expect 0 "$RB" verify 3-1 3-2 3-3 3-4 --speed 1000 --output json
	jq -e --arg new "$(peering)" '[.steps[].claims[] | select(.claim | test("route\\.target$"))]
		| length == 2 and all(.found == $new)' <<<"$OUT" >/dev/null || fail "routes: $OUT"
	expect 0 "$RB" undo --yes --speed 1000
}

expect 0 "$RB" run --to 3-2 --speed 1000
old=$(peering)
curl -sf -X POST -d $((8 * 24 * 3600 * 1000)) "$SANDBOX/_sandbox/skip" >/dev/null || fail "skip"
expect 3 "$RB" verify 3-1 --speed 1000
has expired "$OUT"
carry_on expired

expect 0 "$RB" run --to 3-2 --speed 1000
old=$(peering)
expect 0 py - "$old" "$SANDBOX" <<'PY'
import sys, boto3
boto3.client("ec2", region_name="us-east-1", endpoint_url=sys.argv[2]) \
    .reject_vpc_peering_connection(VpcPeeringConnectionId=sys.argv[1])
PY
expect 3 "$RB" verify 3-1 --speed 1000
has rejected "$OUT"
carry_on rejected
