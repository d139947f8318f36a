#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What AWS takes on and then fails to make ends the run with AWS's own reason; the next run
# removes the corpse that is in the way, makes another, and is done.  Undo removes a corpse too.
. "$(dirname "$0")/lib.sh"

fails() { # FAULT STEP OUTPUT WORD
	local fault=$1 step=$2 name=$3 word=$4 dead
	rm -rf "$HOME_DIR" "$WORK/world.db"*
	start_sandbox --state "$WORK/world.db" --speed 1000 --fault "$fault"
	"$RB" run --to 3-4 --speed 1000 >"$WORK/out" 2>"$WORK/err" && fail "$fault: run ended well"
	has "$word" "$(cat "$WORK/err")"
	has 'hint: AWS could not make it; the next try replaces it: runbook run --to 3-4' \
		"$(cat "$WORK/err")"
	dead=$(output "$step" "$name")
	[ -n "$dead" ] || fail "$fault: $step recorded no $name"
	curl -sf -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null || fail "the fault stays"
	[ "${5:-}" = undo ] || {
		expect 0 "$RB" run --to 3-4 --speed 1000
		[ "$(output "$step" "$name")" != "$dead" ] || fail "$fault: $dead is still the run's"
		expect 0 "$RB" status --output json
		printf '%s' "$OUT" >"$WORK/status.json"
		expect 0 py tests/py/world_check.py "$WORK/status.json"
	}
	expect 0 "$RB" undo --yes --speed 1000
	stop_sandbox
}

for after in run undo; do
	fails 'CreateInstanceConnectEndpoint=state=create-failed' 1-3 instance_connect_endpoint_id \
		create-failed "$after"
	fails 'CreateVpcEndpoint=state=failed' 2-3 vpc_endpoint_id failed "$after"
	fails 'RunInstances=state=terminated' 1-4 instance_id terminated "$after"
	fails 'CreateVpcPeeringConnection=state=failed' 3-1 vpc_peering_connection_id failed "$after"
done
