#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An upload from the sandbox's instance through the interface endpoint works with everything in
# place, and fails the right way for each single thing taken away (tests/py/path_table.py).
. "$(dirname "$0")/lib.sh"
unset RUNBOOK_SANDBOX_JOURNAL # who uploads from an instance by hand has no journal
py -c 'import boto3' 2>/dev/null || { echo "no boto3"; exit 77; }
export TMPDIR=$WORK/instances
mkdir "$TMPDIR"
for aws in "${RUNBOOK_SANDBOX_AWS:-}" small; do
	mkdir -p "$WORK/$aws"
	RUNBOOK_SANDBOX_AWS=$aws start_sandbox --speed 2000
	py tests/py/path_table.py "$WORK/$aws" || fail "with '${aws:-the AWS CLI}'"
	stop_sandbox
	! grep -q Sanitizer "$WORK/sandbox.err" || fail "$(cat "$WORK/sandbox.err")"
done
[ -z "$(ls -A "$TMPDIR")" ] || fail "left behind: $(ls -A "$TMPDIR")"
