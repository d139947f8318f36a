#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A reader that has what it wants (`| head -1`) is no failure: no word, and the status is the command's
# own; a run goes on to its end.  What cannot be written for any other reason stays an error.
. "$(dirname "$0")/lib.sh"

# A pipe whose reader is gone already: descriptor 8.
mkfifo "$WORK/fifo"
exec 7<>"$WORK/fifo" 8>"$WORK/fifo" 7>&-

# abandoned STATUS COMMAND...: its stdout is that pipe; it ends so, without a word.
abandoned() {
	local want=$1 rc
	shift
	"$@" >&8 2>"$WORK/err"
	rc=$?
	[ $rc -eq "$want" ] || fail "'$*' to nobody ended with $rc, expected $want: $(cat "$WORK/err")"
	[ ! -s "$WORK/err" ] || [ "$want" -ne 0 ] || fail "'$*' to nobody says: $(cat "$WORK/err")"
}

for words in '--help' '--version' 'help' 'help run' 'run --help' 'steps' 'steps 4-2' 'steps --output json' \
	'plan' 'plan --output json'; do
	# shellcheck disable=SC2086 # several words
	abandoned 0 "$RB" $words
done
abandoned 0 "$RB" run --sandbox --speed 600 --to 2-2 --output json
[ "$(step_state 2-2)" = held ] || fail "the run did not go on without its reader"
for words in 'status' 'status --output json' 'journal' 'journal --output json' 'report --output json' 'report -o -' \
	'report' 'verify 1-1 2-2 --sandbox --speed 600' 'verify 1-1 --output json --sandbox --speed 600'; do
	# shellcheck disable=SC2086 # several words
	abandoned 0 "$RB" $words
done
abandoned 2 "$RB" status --set upload.bytes=7 # what is wrong is still told
has 'upload.bytes' "$(cat "$WORK/err")"

# More than a pipe holds, and a reader that goes in the middle of it.
for n in 1 2 3 4; do
	"$RB" verify 1-1 1-2 2-1 2-2 --sandbox --speed 600 >/dev/null || fail "verify $n"
done
for words in 'journal' 'journal --output json' 'report -o /dev/stdout'; do
	# shellcheck disable=SC2086 # several words
	[ "$("$RB" $words | wc -c)" -gt 4096 ] || fail "too short for this test: $words"
	# shellcheck disable=SC2086 # several words
	"$RB" $words 2>"$WORK/err" | head -1 >"$WORK/line"
	rc=${PIPESTATUS[0]}
	[ "$rc" -eq 0 ] || fail "'$words | head -1': $rc"
	[ ! -s "$WORK/err" ] || fail "'$words | head -1' says: $(cat "$WORK/err")"
	[ -s "$WORK/line" ] || fail "'$words | head -1' shows nothing"
done

# Its messages may be read by nobody as well.
"$RB" undo --sandbox --speed 600 --yes >&8 2>&8 || fail "undo to nobody: $?"
[ "$("$RB" status --output json | jq -r .state)" = undone ] || fail "undo did not go on without its reader"
"$SBX" --help >&8 2>"$WORK/err"
[ ! -s "$WORK/err" ] || fail "the sandbox's help to nobody says: $(cat "$WORK/err")"

# A full disk is no reader that had enough.
for words in 'help' 'steps 4-2' 'verify 1-1 --sandbox --speed 600'; do
	# shellcheck disable=SC2086 # several words
	"$RB" $words >/dev/full 2>"$WORK/err"
	rc=$?
	[ $rc -ne 0 ] || fail "'$words' on a full disk ended well"
done
"$SBX" --help >/dev/full 2>"$WORK/err" && fail "the sandbox's help on a full disk ended well"
has 'cannot write to standard output' "$(cat "$WORK/err")"
