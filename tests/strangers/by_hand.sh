#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `runbook steps S` prints is what a step does: the AWS CLI runs the commands of 1-1 to 3-4 in one shell, of
# a run that this program never made, and boto3 finds the procedure's world, setting by setting; the commands that
# undo it leave nothing.  (4-1 and 4-2 need version 2 of the CLI and ssh: tests/strangers/awscli.sh.)
. "$(dirname "$0")/lib.sh"

on_path aws jq
[[ $(aws --version 2>&1) == aws-cli/2.* ]] || skip "no AWS CLI 2 on PATH"
aws ec2 create-instance-connect-endpoint help >/dev/null 2>&1 ||
	skip "the AWS CLI on PATH does not know EC2 Instance Connect Endpoints"
start_sandbox --speed 600 --lag off
export RUNBOOK_RUN=20261129-byhand01 DESTINATION_BUCKET=runbook-by-hand-20261129 AWS_PAGER=
steps='1-1 1-2 1-3 1-4 2-1 2-2 2-3 2-4 3-1 3-2 3-3 3-4'

# printed WAY STEP...: the commands of these steps, as a script.  Its loops pause for a moment only.
printed() {
	local way=$1 s
	shift
	echo 'set -eu; sleep() { command sleep 0.1; }'
	for s; do
		expect 0 "$RB" steps "$s" --output json
		jq -r ".steps[0].$way | (.variables, .commands)[].shell" <<<"$OUT"
	done
}
# What is caught on the way outlives the script: the undo is another shell's.
{
	printed by_hand $steps
	echo 'set | grep -E "_[1-4]_[1-4]=" >"$WORK/caught"'
} >"$WORK/make.sh"
export WORK
expect 0 sh "$WORK/make.sh"

# The run as this program would tell it, with the ids that were caught.
caught() { # STEP OUTPUT
	sed -n "s/^$(tr a-z- A-Z_ <<<"$2_$1")=//p" "$WORK/caught" | tr -d "'"
}
expect 0 "$RB" plan --output json
jq --arg run $RUNBOOK_RUN --arg bucket $DESTINATION_BUCKET \
	'{run: $run, stack: "default", account: "123456789012",
	  parameters: (.parameters + {"destination.bucket": $bucket}),
	  steps: [.steps[] | {id, outputs: (if .id == "2-4" then {bucket: $bucket} else {} end)}]}' <<<"$OUT" >"$WORK/status.json"
for pair in $(sed 's/=.*//' "$WORK/caught"); do
	s=${pair: -3}
	output=${pair%_?_?}
	jq --arg s "${s/_/-}" --arg o "${output,,}" --arg v "$(caught "${s/_/-}" "${output,,}")" \
		'(.steps[] | select(.id == $s) | .outputs)[$o] = $v' "$WORK/status.json" >"$WORK/next.json"
	mv "$WORK/next.json" "$WORK/status.json"
done
expect 0 /usr/bin/python3 tests/py/world_check.py --by-hand "$WORK/status.json"
echo "$OUT"

# shellcheck disable=SC2046 # words
{
	cat "$WORK/caught"
	printed undo_by_hand $(tac -s ' ' <<<"$steps ")
} >"$WORK/unmake.sh"
expect 0 sh "$WORK/unmake.sh"
expect 0 /usr/bin/python3 tests/py/world_check.py --gone "$WORK/status.json"
echo "$OUT"
