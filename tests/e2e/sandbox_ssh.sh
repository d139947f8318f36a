#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The system's ssh, through a WebSocket tunnel of its own, logs in to the sandbox's instance and
# runs commands; what AWS refuses is refused the same way (tests/py/ssh_cases.py).  The host key
# outlives a restart, and a killed sandbox leaves neither processes nor directories.
. "$(dirname "$0")/lib.sh"
py -c 'import boto3' 2>/dev/null || { echo "no boto3"; exit 77; }

cases() { /usr/bin/python3 tests/py/ssh_cases.py "$WORK" "$@" || fail "ssh_cases.py $*"; }
in_order() { ! grep -q Sanitizer "$WORK/sandbox.err" || fail "$(cat "$WORK/sandbox.err")"; }

start_sandbox --speed 2000 --state "$WORK/state.db"
cases
stop_sandbox
in_order

# However it ends, what ran on its instances ends with it, and its directory goes.
for signal in TERM KILL; do
	start_sandbox --speed 2000 --state "$WORK/state.db"
	dir=$(curl -s "$SANDBOX/_sandbox/info" | jq -r .private_dir)
	[ -d "$dir" ] || fail "no private directory"
	cases again
	marker=86400.$$
	cases hold $marker >"$WORK/held" &
	held=$!
	both_sleep() { [ "$(pgrep -fc "^sleep $marker")" -eq 2 ]; }
	wait_for 30 both_sleep
	kill -$signal "$SANDBOX_PID"
	wait "$SANDBOX_PID" 2>/dev/null
	gone() { [ ! -e "$dir" ] && ! pgrep -f "^sleep $marker"; }
	wait_for 20 gone
	wait "$held"
	grep -q '^held: (255' "$WORK/held" || fail "$(cat "$WORK/held")"
	in_order
done

start_sandbox --speed 2000 --state "$WORK/state.db"
cases end
stop_sandbox
in_order
