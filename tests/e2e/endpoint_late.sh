#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An Instance Connect Endpoint whose names stand in publicDnsNames alone carries connections, one
# that is being updated is waited for by undo, and a state that this program has not heard of is
# waited for, not taken for drift.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 600
fault() {
	curl -sf "$SANDBOX/_sandbox/fault" -d "$1" >/dev/null || fail "no fault"
}
fault 'DescribeInstanceConnectEndpoints=state=public-names'
expect 0 "$RB" run --yes --speed 600
has "14 of 14 steps hold" "$ERR"
expect 0 "$RB" verify 1-3 --speed 600
expect 0 "$RB" undo --yes --speed 600

fault 'CreateInstanceConnectEndpoint=state=upgrade-wanted'
expect 1 "$RB" run --yes --speed 600 --to 1-3 --timeout 1
has "upgrade-wanted" "$ERR"
expect 3 "$RB" verify 1-3 --speed 600 --timeout 1
expect 0 "$RB" undo --yes --speed 600
