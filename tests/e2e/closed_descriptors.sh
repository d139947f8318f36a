#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Started with any of the descriptors 0, 1 and 2 closed, no program writes into a file of its own what
# was meant for the terminal: journal, run.json, lock and sandbox.db stay what they are, and results
# that nobody could get are an error.
. "$(dirname "$0")/lib.sh"

# without DESCRIPTORS COMMAND...: $STATUS, with those of "0", "1", "2" in DESCRIPTORS closed.  What
# the others say is in $WORK/out and $WORK/err.
without() {
	local closed=$1
	shift
	: >"$WORK/out"
	: >"$WORK/err"
	(
		exec </dev/null >"$WORK/out" 2>"$WORK/err"
		[[ $closed != *0* ]] || exec 0<&-
		[[ $closed != *1* ]] || exec 1>&-
		[[ $closed != *2* ]] || exec 2>&-
		exec "$@"
	)
	STATUS=$?
}
all='0 1 2 01 02 12 012'

# files_are_whole WHEN: every file of the stack holds what belongs there, and nothing else.
files_are_whole() {
	local dir=$HOME_DIR/default
	[ "$(grep -vc '^{.*}$' "$dir/journal.jsonl")" -eq 0 ] || fail "$1: no records: $(cat "$dir/journal.jsonl")"
	jq -e .run "$dir/run.json" >/dev/null || fail "$1: run.json: $(cat "$dir/run.json")"
	[ "$(wc -l <"$dir/lock")" -eq 1 ] || fail "$1: lock: $(cat "$dir/lock")"
	[ "$(head -c 15 "$dir/sandbox.db")" = 'SQLite format 3' ] || fail "$1: sandbox.db"
	expect 0 "$RB" status
}

# ---- run and undo, each in every combination; then with results on stdout, which are lost
expect 0 "$RB" run --sandbox --speed 600 --to 1-1
for closed in $all; do
	without "$closed" "$RB" undo --sandbox --speed 600 --yes
	[ "$STATUS" -eq 0 ] || fail "undo without $closed: $STATUS: $(cat "$WORK/err")"
	files_are_whole "undo without $closed"
	without "$closed" "$RB" run --sandbox --speed 600 --to 1-2
	[ "$STATUS" -eq 0 ] || fail "run without $closed: $STATUS: $(cat "$WORK/err")"
	files_are_whole "run without $closed"
	[[ $closed == *0* ]] || continue # half of them tell enough about what prints at its end
	without "$closed" "$RB" verify --sandbox --speed 600 1-1
	if [[ $closed == *1* ]]; then want=1; else want=0; fi
	[ "$STATUS" -eq $want ] || fail "verify without $closed: $STATUS: $(cat "$WORK/err")"
	files_are_whole "verify without $closed"
done
without 1 "$RB" run --sandbox --speed 600 --to 1-1 --output json
[ "$STATUS" -eq 1 ] || fail "run whose events are lost: $STATUS"
has 'cannot write to stdout' "$(cat "$WORK/err")"
files_are_whole "run whose events are lost"

# ---- what only prints: the same status in every combination with stdout, 1 in those without
for words in 'status --output json' journal 'report -o -' --version; do
	for closed in $all; do
		# shellcheck disable=SC2086 # several words
		without "$closed" "$RB" $words
		if [[ $closed == *1* ]]; then
			[ "$STATUS" -eq 1 ] || fail "$words without $closed: $STATUS"
			[[ $closed == *2* ]] || has 'cannot write to stdout' "$(cat "$WORK/err")"
		else
			[ "$STATUS" -eq 0 ] || fail "$words without $closed: $STATUS: $(cat "$WORK/err")"
			[ -s "$WORK/out" ] || fail "$words without $closed prints nothing"
		fi
	done
done
files_are_whole "what only prints"

# ---- connect, with its ssh and the tunnel that ssh starts; and the tunnel by itself
expect 0 "$RB" run --sandbox --speed 600
for closed in $all; do
	without "$closed" "$RB" connect --sandbox --speed 600 -- 'cat; echo said; echo words >&2; exit 7'
	[ "$STATUS" -eq 7 ] || fail "connect without $closed: $STATUS: $(cat "$WORK/err")"
	[[ $closed == *1* ]] || [ "$(cat "$WORK/out")" = said ] || fail "connect without $closed: $(cat "$WORK/out")"
	[[ $closed == *2* ]] || [ "$(cat "$WORK/err")" = words ] || fail "connect without $closed: $(cat "$WORK/err")"
	files_are_whole "connect without $closed"
	[ "$(wc -l <"$HOME_DIR/default/known_hosts")" -eq 1 ] || fail "known_hosts after connect without $closed"
done
for closed in 0 2 02; do # what comes through is written: nothing is asked, so only a banner may come
	without "$closed" "$RB" tunnel --sandbox --speed 600
	[ "$STATUS" -eq 0 ] || fail "tunnel without $closed: $STATUS: $(cat "$WORK/err")"
done
mkfifo "$WORK/in"
for closed in 1 12; do # the instance speaks first, and there is nobody to hear it
	exec 7<>"$WORK/in" # open, so that the tunnel is not over before
	(
		exec 0<"$WORK/in" 1>&- 2>"$WORK/err" 7>&-
		[[ $closed != *2* ]] || exec 2>&-
		exec timeout 60 "$RB" tunnel --sandbox --speed 600
	)
	STATUS=$?
	exec 7>&-
	[ "$STATUS" -eq 1 ] || fail "tunnel without $closed: $STATUS: $(cat "$WORK/err")"
	[[ $closed == *2* ]] || has 'cannot write what came through the tunnel' "$(cat "$WORK/err")"
done
files_are_whole "tunnel"

# ---- the sandbox by itself: it cannot announce itself without stdout, and serves in all other cases
for closed in $all; do
	rm -f "$WORK/s.db"
	if [[ $closed == *1* ]]; then
		without "$closed" timeout 60 "$SBX" serve --state "$WORK/s.db"
		[ "$STATUS" -eq 1 ] || fail "sandbox without $closed: $STATUS"
		[[ $closed == *2* ]] || has 'cannot write to standard output' "$(cat "$WORK/err")"
	elif [[ $closed == *0* ]]; then # its input has ended before it began
		without "$closed" timeout 60 "$SBX" serve --state "$WORK/s.db" --until-eof
		[ "$STATUS" -eq 0 ] || fail "sandbox without $closed: $STATUS: $(cat "$WORK/err")"
		has 'listening http' "$(cat "$WORK/out")"
	fi
	[ ! -e "$WORK/s.db" ] || [ "$(head -c 15 "$WORK/s.db")" = 'SQLite format 3' ] ||
		fail "sandbox without $closed: $(head -c 100 "$WORK/s.db")"
done
(exec "$SBX" serve --state "$WORK/s.db" </dev/null >"$WORK/announced" 2>&-) &
ends_with_us $!
wait_for 20 grep -q '^listening ' "$WORK/announced"
curl -sf --noproxy '*' "$(sed -n 's/^listening //p' "$WORK/announced")/_sandbox/info" >/dev/null ||
	fail "the sandbox without stderr does not serve"
for words in --help --version; do
	without 1 "$SBX" $words
	[ "$STATUS" -eq 1 ] || fail "sandbox $words without stdout: $STATUS"
done
