#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run of a stack whose name is nearly that of one which stands says so, with what that costs, and asks on a terminal; plan
# names its stack. After the undo of that one there is nothing to say.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 20000

words="stack 'defualt' is new, and this begins another set, while stack 'default' stands: 9 of 14 steps stand; that costs nothing here, and on an account about 0.025 USD an hour"

expect 0 "$RB" plan
has 'plan for stack default: a new run' "$OUT"
expect 0 "$RB" run --to 3-1 --speed 20000
expect 0 "$RB" plan
has "plan for stack default: run $("$RB" status --output json | jq -r .run) goes on" "$OUT"
expect 0 "$RB" plan --stack defualt
has 'plan for stack defualt: a new run' "$OUT"
has "there is a stack 'default'" "$OUT"

answer_on_terminal n "$RB" run --stack defualt --to 1-1 --speed 20000
[ "$STATUS" -eq 0 ] || fail "no: exit $STATUS: $SHOWN"
has "$words" "$SHOWN"
has "Begin stack 'defualt'? [y/N]" "$SHOWN"
has 'nothing was changed' "$SHOWN"
[ ! -e "$HOME_DIR/defualt" ] || fail "a folder was made"
expect 0 "$RB" run --stack defualt --to 1-1 --speed 20000 </dev/null
has "$words" "$ERR"
has 'run: run' "$ERR"
expect 0 "$RB" run --stack defualt --to 1-1 --speed 20000 </dev/null # it is there now
[[ $ERR != *'is new'* ]] || fail "said again: $ERR"
answer_on_terminal n "$RB" run --stack defalt --yes --to 1-1 --speed 20000
has "stack 'defalt' is new" "$SHOWN"
[[ $SHOWN != *'[y/N]'* ]] || fail "asked in spite of --yes: $SHOWN"
expect 0 "$RB" run --stack other --to 1-1 --speed 20000
[[ $ERR != *'is new'* ]] || fail "another name is no slip: $ERR"
for s in default defualt defalt; do
	expect 0 "$RB" undo --yes --stack $s --speed 20000
done
expect 0 "$RB" run --stack defaut --to 1-1 --speed 20000
[[ $ERR != *'is new'* ]] || fail "what was undone does not stand: $ERR"
