#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run and resume after an undo that did not end say that they build again, and ask on a terminal;
# after an undo down to a step, which did end, they do not.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 20000

fault() {
	curl -sf --noproxy '*' -X POST --data "$1" "$SANDBOX/_sandbox/fault" >/dev/null ||
		fail "the sandbox does not take fault '$1'"
}
half_undone() {
	fault 'DeleteVpc=UnsupportedOperation'
	"$RB" undo --yes --speed 20000 >/dev/null 2>&1 && fail "undo ended well"
	curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null || fail "the fault stays"
	[ "$(step_state 1-2)" = undone ] || fail "1-2 is $(step_state 1-2)"
}
words='did not end: '

expect 0 "$RB" run --to 2-1 --speed 20000
half_undone
for c in run resume; do
	answer_on_terminal n "$RB" $c --speed 20000
	[ "$STATUS" -eq 0 ] || fail "$c, no: exit $STATUS: $SHOWN"
	has "$words" "$SHOWN"
	has 'Build them again? [y/N]' "$SHOWN"
	has 'nothing was changed' "$SHOWN"
	[ "$(step_state 1-2)" = undone ] || fail "no was taken for yes: 1-2 is $(step_state 1-2)"
done
answer_on_terminal y "$RB" run --to 2-1 --speed 20000
[ "$STATUS" -eq 0 ] || fail "yes: exit $STATUS: $SHOWN"
[ "$(step_state 1-2)" = held ] || fail "1-2 is $(step_state 1-2)"

# Without a terminal, or with --yes, it goes on and says so; then there is nothing more to say.
half_undone
expect 0 "$RB" run --to 2-1 --speed 20000 </dev/null
has "$words" "$ERR"
expect 0 "$RB" run --to 2-1 --speed 20000 </dev/null
[[ $ERR != *"$words"* ]] || fail "said again: $ERR"
half_undone
answer_on_terminal n "$RB" run --to 2-1 --yes --speed 20000
[ "$STATUS" -eq 0 ] || fail "--yes: exit $STATUS: $SHOWN"
[[ $SHOWN != *'[y/N]'* ]] || fail "asked in spite of --yes: $SHOWN"

# An undo that was asked for a part, and ended, is no doubt.
expect 0 "$RB" undo --yes --to 1-2 --speed 20000
expect 3 "$RB" explain 4-2 # what was taken down is not to come, and what was never made is
has 'made by step 1-2, found undone' "$OUT"
has 'made by step 2-3, found not made yet' "$OUT"
expect 0 "$RB" run --to 2-1 --speed 20000 </dev/null
[[ $ERR != *"$words"* ]] || fail "said after a part: $ERR"

expect 0 "$RB" undo --yes --speed 20000
expect 3 "$RB" explain 4-1
has '4-1 is broken: all of the run was taken down; this builds it again: runbook run' "$OUT"
[[ $OUT != *'what bites'* ]] || fail "one of them bites: $OUT"
