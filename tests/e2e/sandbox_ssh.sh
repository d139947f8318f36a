#!/bin/bash
# The system's ssh, through a WebSocket tunnel of its own, logs in to the sandbox's instance and
# runs commands; what AWS refuses is refused the same way (tests/py/ssh_cases.py).  The host key
# outlives a restart, and a killed sandbox leaves neither processes nor directories.
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import boto3' 2>/dev/null || { echo "no boto3"; exit 77; }

start_sandbox --speed 2000 --state "$WORK/state.db"
/usr/bin/python3 tests/py/ssh_cases.py "$WORK" || fail "the cases"
stop_sandbox
start_sandbox --speed 2000 --state "$WORK/state.db"
dir=$(curl -s "$SANDBOX/_sandbox/info" | jq -r .private_dir)
[ -d "$dir" ] || fail "no private directory"
/usr/bin/python3 tests/py/ssh_cases.py "$WORK" again || fail "after a restart"
kill -9 "$SANDBOX_PID"
gone() { [ ! -e "$dir" ]; }
wait_for 20 gone
