#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --step-by-step: at each step every choice, a kill -9 at each question and the same question again, in the procedure's order; the
# waits overlap where the operator agrees; decisions with operator and witness in journal and report; 40 columns, Japanese; undo.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 600

# Without a terminal it is refused, and so it is with --yes.
expect 2 "$RB" run --step-by-step </dev/null
has 'no terminal to ask on before each step' "$ERR"
expect 2 "$RB" run --step-by-step --yes
has '--step-by-step cannot be given with --yes' "$ERR"
expect 2 "$RB" verify --step-by-step
[ ! -e "$HOME_DIR" ] || fail "a refused command left $(find "$HOME_DIR")"

/usr/bin/python3 tests/py/step_by_step_pty.py "$RB" || fail "under a terminal"

# Whoever carries on a run that is walked step by step without a terminal says so.
expect 2 "$RB" resume --stack ja </dev/null
has 'goes step by step' "$ERR"
has 'add --yes' "$ERR"
expect 0 "$RB" run --to 1-4 --yes --stack ja --speed 600 </dev/null
[[ $ERR != *'[d/'* ]] || fail "asked: $ERR"
expect 0 "$RB" resume --stack ja --speed 600 --yes --by-hand none </dev/null # and it is over then
expect 0 "$RB" run --stack ja --speed 600 </dev/null
expect 0 "$RB" undo --yes --stack ja --speed 600

# Who decided what, in the order of the decisions.
expect 0 "$RB" journal --step 2-3
has 'decided: do it by hand; operator alice; witness bob' "$OUT"
has 'decided: stop here; operator alice; witness bob' "$OUT"
has 'decided: undo it; operator carol' "$OUT"
expect 0 "$RB" journal --lang ja --step 2-3
has '作業者 alice; 確認者 bob' "$OUT"
expect 0 "$RB" report --output json
jq -e '.commands[0].decisions[0] | .what == "begin" and .operator == "alice" and .witness == "bob"' <<<"$OUT" >/dev/null ||
	fail "the first question is not in the report: $(jq -c '.commands[0]' <<<"$OUT")"
jq -e '[.steps[] | select(.id != "4-1") | .decisions | map(.what) | (index("look") != null) and (index("by-hand") != null) and (index("stop") != null)
	and (index("do") != null)] | all' <<<"$OUT" >/dev/null || fail "not every choice at every step: $OUT"
expect 0 "$RB" report -o -
has 'do it by hand; operator alice; witness bob' "$OUT"
