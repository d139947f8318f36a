#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fourteen steps up against the sandbox, verified, and down again; JSON lines on the way.
. "$(dirname "$0")/lib.sh"

expect 0 "$RB" run --sandbox --speed 1000 --output json
jq -es 'all(.event and .at) and (.[-1] | .event == "end" and .ok)' <<<"$OUT" >/dev/null ||
	fail "the lines of run: $OUT"
expect 0 "$RB" status --output json
jq -e '.state == "done" and ([.steps[] | select(.state == "held" and .held_at and .started_at)]
	| length == 14)' <<<"$OUT" >/dev/null || fail "status: $OUT"
expect 0 "$RB" verify --sandbox --speed 1000 --output json
jq -e '.holds and (.steps | length == 14 and all(.verdict == "holds" and (.claims | length > 0)))' \
	<<<"$OUT" >/dev/null || fail "verify: $OUT"
expect 0 "$RB" plan --output json
jq -e '.steps | all(.action == "verify")' <<<"$OUT" >/dev/null || fail "plan: $OUT"

# Run again: all is looked at, nothing is changed.
intents() {
	"$RB" journal --output json | jq -s '[.[] | select(.type == "intent" and .phase != "verify")] | length'
}
calls=$(intents)
expect 0 "$RB" run --sandbox --speed 1000
[ "$(intents)" -eq "$calls" ] || fail "a second run changed something"

expect 2 "$RB" undo --sandbox </dev/null
has "add --yes" "$ERR"
expect 0 "$RB" undo --sandbox --speed 1000 --yes --output json
jq -es '.[-1] | .event == "end" and .ok' <<<"$OUT" >/dev/null || fail "the lines of undo: $OUT"
expect 0 "$RB" status --output json
jq -e '.state == "undone" and (.steps | all(.state == "undone" and .outputs == {}))' <<<"$OUT" \
	>/dev/null || fail "status after undo: $OUT"
first=$("$RB" status --output json | jq -r .run)

# The next run is another one; the old journal is kept.
expect 0 "$RB" run --sandbox --speed 1000 --to 1-1
[ "$("$RB" status --output json | jq -r .run)" != "$first" ] || fail "the same run again"
[ -s "$HOME_DIR/default/journal-$first.jsonl" ] || fail "the old journal is gone"
expect 0 "$RB" undo --sandbox --speed 1000 --yes

# The tunnel alone trusts the sandbox's names, as connect's does.
expect 0 "$RB" run --sandbox --speed 1000 --to 1-4
: | "$RB" tunnel --sandbox --speed 1000 >"$WORK/tunnel" 2>"$WORK/err" ||
	fail "the tunnel alone: $(cat "$WORK/err")"
expect 0 "$RB" undo --sandbox --speed 1000 --yes
