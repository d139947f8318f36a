#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A run and an undo of the steps up to 3-4 are recorded against moto and played to the sandbox: what
# differs is exactly what tests/moto/known-differences.json lists, each with its reason.
. tests/moto/lib.sh
start_moto

for command in "run --to 3-4" "undo --yes"; do
	# shellcheck disable=SC2086
	"$BIN/runbook" $command --speed 60 --home "$WORK/home" --stack moto --record "$WORK/${command%% *}.jsonl"
done
"$BIN/runbook-sandbox" compare --known tests/moto/known-differences.json "$WORK/run.jsonl" "$WORK/undo.jsonl"

# The list is what makes them equal: without it they are not.
status=0
"$BIN/runbook-sandbox" compare "$WORK/run.jsonl" "$WORK/undo.jsonl" >"$WORK/all" || status=$?
[ "$status" -eq 1 ]
grep -q 'states: recorded .available., here .pending, available.' "$WORK/all"
