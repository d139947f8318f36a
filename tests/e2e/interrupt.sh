#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Ended in each of the fourteen steps, by Ctrl-C and by kill -9, a run comes to the same world
# when it is carried on, without a duplicate; so does the undo, and nothing is left.
. "$(dirname "$0")/lib.sh"
start_sandbox --state "$WORK/world.db" --speed 1000
STEPS="1-1 1-2 1-3 1-4 2-1 2-2 2-3 2-4 3-1 3-2 3-3 3-4 4-1 4-2"

# cut SIGNAL STATE STEP COMMAND...: run it, and send the signal when STEP comes to STATE.
# Answers its exit status in $RC; one that was done before is done.
cut() {
	local signal=$1 state=$2 step=$3 line pid
	shift 3
	mkfifo "$WORK/lines"
	"$RB" "$@" --serial --speed 1000 --output json >"$WORK/lines" 2>"$WORK/err" </dev/null &
	pid=$!
	ends_with_us "$pid"
	while read -r line; do
		if [[ $line == *'"event":"state"'*"\"step\":\"$step\",\"state\":\"$state\""* ]]; then
			kill -"$signal" "$pid" 2>/dev/null
		fi
	done <"$WORK/lines"
	wait "$pid" 2>/dev/null
	RC=$?
	rm "$WORK/lines"
}

# whole SIGNAL RC: a stack that is interrupted at every step, forth and back.
whole() {
	local signal=$1 rc=$2 step cuts=0
	export RUNBOOK_HOME=$WORK/$signal
	for step in $STEPS; do
		cut "$signal" doing "$step" run
		[ $RC -eq 0 ] || [ $RC -eq "$rc" ] || fail "$signal at $step: exit $RC, $(cat "$WORK/err")"
		if [ "$RC" -eq "$rc" ]; then
			cuts=$((cuts + 1))
			[ "$signal" = KILL ] || grep -q 'runbook resume' "$WORK/err" ||
				fail "it does not say how to carry on: $(cat "$WORK/err")"
		fi
	done
	[ $cuts -ge 12 ] || fail "only $cuts of the cuts by $signal came in time"
	expect 0 "$RB" resume --speed 1000
	"$RB" status --output json >"$WORK/status.json"
	[ "$(jq -r .state "$WORK/status.json")" = done ] || fail "not done after $signal"
	py tests/py/world_check.py "$WORK/status.json" >"$WORK/check" 2>&1 ||
		fail "another world after $signal: $(cat "$WORK/check")"
	for step in $STEPS; do
		cut "$signal" undoing "$step" undo --yes
		[ $RC -eq 0 ] || [ $RC -eq "$rc" ] || fail "undo, $signal at $step: exit $RC, $(cat "$WORK/err")"
	done
	expect 0 "$RB" undo --yes --speed 1000
	py tests/py/world_check.py --gone "$WORK/status.json" >"$WORK/check" 2>&1 ||
		fail "something is left after $signal: $(cat "$WORK/check")"
}

whole KILL 137
whole INT 130
