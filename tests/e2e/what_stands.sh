#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A run or an undo that does not come to its end says what stands, what that costs and which command is next, and status
# then says the same; counts count what was looked at; an undo with two obstacles names both; what programs read as a hint is
# the whole command.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 20000

fault() {
	curl -sf --noproxy '*' -X POST --data "$1" "$SANDBOX/_sandbox/fault" >/dev/null || fail "fault '$1'"
}
no_faults() {
	curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null || fail "the faults stay"
}
# interrupted ACTION COMMAND...: Ctrl-C while this call is held up.
interrupted() {
	local action=$1 pid rc
	shift
	fault "$action=held"
	"$RB" "$@" >/dev/null 2>"$WORK/interrupted" &
	pid=$!
	ends_with_us "$pid"
	wait_for 20 grep -q "\"action\":\"$action\"" "$(journal)"
	# Meanwhile nobody is told to begin another one.  (Some file systems have other names in there.)
	if grep -q " $(stat -c '%Hd %Ld %i' "$HOME_DIR/default/lock" | xargs printf '%02x:%02x:%d') " /proc/locks; then
		expect 0 "$RB" status
		[ "$(tail -n 1 <<<"$OUT")" = "process $pid is at work on this stack now" ] || fail "the last line: $OUT"
		"$RB" status --output json | jq -e ".process == \"$pid\" and (has(\"next\") | not)" >/dev/null || fail 'as JSON'
	fi
	kill -INT $pid
	wait_for 20 grep -q 'finishing the calls in flight' "$WORK/interrupted"
	no_faults
	wait $pid
	rc=$?
	[ $rc -eq 130 ] || fail "'$*' ended with $rc: $(cat "$WORK/interrupted")"
	ERR=$(cat "$WORK/interrupted")
}

# ---- counts
expect 0 "$RB" run --to 1-1 --speed 20000
has '1 step, up to 1-1, holds' "$ERR"
expect 0 "$RB" run --to 3-1 --speed 20000
has '9 steps, up to 3-1, hold' "$ERR"
expect 0 "$RB" run --to 1-2 --speed 20000
has '2 steps, up to 1-2, hold' "$ERR"
expect 0 "$RB" verify 1-1 --speed 20000
has '1 of 1 holds' "$OUT"

# ---- a look that fails before anything was begun leaves nothing
expect 3 "$RB" run --from 4-1 --speed 20000 --stack fresh
[[ $ERR != *' made; '* ]] || fail "nothing was made: $ERR"

# ---- Ctrl-C in run
interrupted CreateRoute run --speed 20000
has 'steps stand' "$ERR"
has 'on an account about 0.025 USD an hour' "$ERR"
has 'to carry on: runbook resume --speed 20000' "$ERR"
expect 0 "$RB" status
has 'on an account about 0.025 USD an hour' "$OUT"
[[ $(tail -n 1 <<<"$OUT") == 'to carry on: runbook resume'* ]] || fail "the last line: $OUT"

# ---- and in undo
expect 0 "$RB" run --to 3-1 --speed 20000
interrupted TerminateInstances undo --yes --speed 20000
has 'runbook undo --speed 20000' "$ERR"
expect 0 "$RB" status
has ' half undone; ' "$OUT"
[[ $(tail -n 1 <<<"$OUT") == 'to take down the rest: runbook undo'* ]] || fail "the last line: $OUT"

# ---- done, it says what that costs and what ends it; after a partial undo, too
expect 0 "$RB" run --speed 20000
has '14 of 14 steps hold (' "$ERR"
has 'on an account about 0.025 USD an hour, until: runbook undo --speed 20000' "$ERR"
expect 0 "$RB" undo --yes --to 3-1 --speed 20000
has 'is undone down to step 3-1 (' "$ERR"
has 'on an account about 0.025 USD an hour, until: runbook undo --speed 20000' "$ERR"
expect 0 "$RB" undo --yes --speed 20000
[[ $ERR != *'an hour'* ]] || fail "nothing is billed: $ERR"
expect 0 "$RB" run --to 1-1 --speed 20000
[[ $ERR != *'an hour'* ]] || fail "nothing is billed: $ERR"

# ---- two obstacles, and the hint as JSON
expect 0 "$RB" run --to 3-1 --speed 20000
fault 'DeleteBucket=AccessDenied'
fault 'TerminateInstances=UnauthorizedOperation'
expect 5 "$RB" undo --yes --speed 20000
why=$(grep 'why:' <<<"$ERR")
has 'AccessDenied' "$why$ERR"
has '; also step ' "$why"
has 'cannot terminate instance' "$ERR"
has 'bucket' "$why$ERR"
expect 5 "$RB" undo --yes --speed 20000 --lang ja # all of the sentence, not its joint alone
why=$(grep '理由' <<<"$ERR")
has 'ほかに 手順 ' "$why"
[[ $why != *'cannot '* && $why != *' step '* ]] || fail "half of it is English: $why"
expect 5 "$RB" undo --yes --speed 20000 --stack default --output json
hint=$(jq -rs '.[-1].error.hint' <<<"$OUT")
has 'runbook undo --stack default --speed 20000' "$hint"
[ "$(jq -rs '[.[] | select(.event == "left")][0].resource' <<<"$OUT")" != null ] || fail "nothing is listed: $OUT"
no_faults

# ---- a step whose undo failed is half undone, not half made
fault 'DeleteSecurityGroup=UnauthorizedOperation'
expect 5 "$RB" undo --yes --speed 20000
no_faults
expect 3 "$RB" verify --speed 20000
grep -q '^1-4 .* half undone$' <<<"$OUT" || fail "1-4 is not half undone: $OUT"
has ' half undone, ' "$(tail -n 1 <<<"$OUT")"
has 'to take down the rest: runbook undo' "$ERR"
expect 0 "$RB" undo --yes --speed 20000
expect 0 "$RB" status
[[ $OUT != *stand* ]] || fail "something stands: $OUT"
