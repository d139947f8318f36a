#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `run --by-hand all` waits while the real AWS CLI runs the commands that it prints, step by step, until all fourteen
# hold; the program itself changes nothing but tags, journal, status and report say who made what, and `undo` leaves
# nothing.  And the other way round: what the program made, the CLI takes down by what `undo --by-hand all` prints.
# (Debian 12's CLI has no tunnel for 4-1: `runbook tunnel` stands in; with the CLI's own: tests/strangers/awscli.sh.)
. "$(dirname "$0")/lib.sh"
. tests/person.sh

start_sandbox --speed 600 --lag off
person_begins

# changed: the calls of the program's own that changed something, without those that set tags alone.
changed() {
	jq -r 'select(.type == "intent" and (.action | test("Tag") | not) and .phase == "'"$1"'") | .step + " " + .action' \
		"$(journal)"
}

person_does alice run --by-hand all --witness bob
[ "$PERSON_RC" = 0 ] || fail "run ended with $PERSON_RC: $(cat "$WORK/run.err")"
expect 0 "$RB" status --output json
[ "$(jq -r '[.steps[] | select(.state == "held")] | length' <<<"$OUT")" = 14 ] || fail "not all hold: $OUT"
[ "$(jq -c '[.steps[].made_by_hand.by] | unique' <<<"$OUT")" = '["alice"]' ] || fail "who made it: $OUT"
[ -z "$(changed do)" ] || fail "the program made it itself: $(changed do)"
expect 0 "$RB" status
has 'made by hand by alice' "$OUT"
expect 0 "$RB" journal --step 2-4
has 'is to be done by hand; operator alice' "$OUT"
has 'made by hand; operator alice; witness bob' "$OUT"
expect 0 "$RB" report -o - --output json
[ "$(jq -c '[.steps[].made_by_hand.by] | unique' <<<"$OUT")" = '["alice"]' ] || fail "the report: $OUT"
expect 0 "$RB" report -o "$WORK/report.html"
has 'made by hand by alice' "$(cat "$WORK/report.html")"
expect 0 "$RB" verify
expect 0 "$RB" undo --yes --speed 600
has 'is left' "$ERR"
[ -n "$(changed undo)" ] || fail "the program deleted nothing"

expect 0 "$RB" run --yes --speed 600
person_does carol undo --by-hand all
[ "$PERSON_RC" = 0 ] || fail "undo ended with $PERSON_RC: $(cat "$WORK/run.err")"
has 'nothing of run' "$(cat "$WORK/run.events")"
[ -z "$(changed undo)" ] || fail "the program deleted it itself: $(changed undo)"
expect 0 "$RB" status --output json
[ "$(jq -c '[.steps[] | select(.id == "1-1" or .id == "2-3") | .unmade_by_hand.by]' <<<"$OUT")" = '["carol","carol"]' ] ||
	fail "who deleted it: $OUT"
