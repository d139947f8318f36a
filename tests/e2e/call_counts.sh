#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How many calls of which action a run, a verify, an undo, a preflight and trials make is what
# tests/data/calls.txt says, exactly.  Every answer takes the same time, so what overlaps does so in
# the same way each time.  With --write the table is written anew.
. "$(dirname "$0")/lib.sh"
unset RUNBOOK_SANDBOX_LAG
SPEED=(--speed 100000)

counted() {
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" >"$WORK/$1.json" || fail "no answer"
}

start_sandbox --latency 40 --lag off "${SPEED[@]}"
expect 0 "$RB" run "${SPEED[@]}"
counted run
expect 0 "$RB" verify "${SPEED[@]}"
counted verify
expect 0 "$RB" undo --yes "${SPEED[@]}"
counted undo
expect 0 "$RB" preflight --stack other "${SPEED[@]}"
counted preflight
expect 0 "$RB" run --stack other --try always --to 3-4 "${SPEED[@]}"
counted tried
COUNTED=()
for command in run verify undo preflight tried; do
	COUNTED+=("$command=$WORK/$command.json")
done
expect 0 /usr/bin/python3 tests/py/call_counts.py "$@" tests/data/calls.txt "${COUNTED[@]}"
