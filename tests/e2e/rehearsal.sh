#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A rehearsal says that it is one, and how fast, wherever a run says its account; and it keeps the speed that it
# began with until a command is told another.
. "$(dirname "$0")/lib.sh"
MARK='rehearsal in the sandbox, speed'

expect 0 "$RB" plan --sandbox --speed 500
has "$MARK 500" "$OUT"
[ "$("$RB" plan --output json | jq -c .rehearsal)" = null ] || fail 'a plan for an account is marked'
expect 0 "$RB" plan
[[ $OUT != *rehearsal* ]] || fail "$OUT"
real=$(grep 'all together usually' <<<"$OUT")
"$RB" plan --sandbox --output json | jq -e ".rehearsal.speed == 60" >/dev/null || fail 'the speed of --sandbox'
# The default is what the usual times are divided by.
has 'usually holds after 3 min 00 s' "$("$RB" plan)"
has 'usually holds after 3.0 s' "$("$RB" plan --sandbox)"
[ "$("$RB" plan --sandbox | grep 'all together usually')" != "$real" ] || fail "$real, also in a rehearsal"

expect 0 "$RB" run --sandbox --speed 500 --to 2-2
has "$MARK 500" "$(head -1 <<<"$ERR")"
has "$MARK 500" "$(tail -1 <<<"$ERR")"
expect 0 "$RB" status
has "$MARK 500" "$OUT"
"$RB" status --output json | jq -e ".rehearsal.speed == 500" >/dev/null || fail 'status --output json'

# Kept: nobody says 500 here.
expect 0 "$RB" run --sandbox --output json --to 2-2
jq -es '(first, last) | .rehearsal.speed == 500' <<<"$OUT" >/dev/null || fail "$OUT"
expect 0 "$RB" plan
has "$MARK 500" "$OUT"
expect 3 "$RB" verify --sandbox # not all is made
has "$MARK 500" "$(tail -1 <<<"$OUT")"
"$RB" verify --sandbox --output json | jq -e ".rehearsal.speed == 500" >/dev/null || fail 'verify --output json'
expect 0 "$RB" run --sandbox --speed 400 --to 2-2
has "$MARK 400" "$(tail -1 <<<"$ERR")"

expect 0 "$RB" report
has "<p class=\"rehearsal\">$MARK 500</p>" "$(cat "$OUT")"
has "<title>Evidence of a run" "$(cat "$OUT")"
"$RB" report --output json | jq -e ".rehearsal.speed == 500" >/dev/null || fail 'report --output json'

# Hints repeat what was given, so that they are whole when they are pasted.
expect 2 "$RB" resume --sandbox --speed 400 --stack none
has "runbook run --stack none --sandbox --speed 400" "$ERR"

# Without its journal, or with one that cannot be read, its world beside it tells what it is.
mkdir -m 700 "$WORK/lost"
cp -a "$HOME_DIR/default" "$WORK/lost/default"
place="--home $WORK/lost --sandbox"
sed -i '3s/.$/x/' "$WORK/lost/default/journal.jsonl"
expect 6 "$RB" status --home "$WORK/lost"
has "runbook undo $place" "$ERR"
rm "$WORK/lost/default/journal.jsonl"
expect 0 "$RB" status --home "$WORK/lost"
has "runbook undo $place" "$(tail -n 1 <<<"$OUT")"
expect 0 "$RB" plan --home "$WORK/lost"
has "runbook verify $place" "$OUT"
has "$MARK 60" "$OUT"

expect 0 "$RB" undo --sandbox --yes
has "$MARK 500" "$(tail -1 <<<"$ERR")"
# A new run begins at a speed of its own.
has "$MARK 60" "$("$RB" plan --sandbox)"
expect 0 "$RB" status
has "$MARK 500" "$OUT"
