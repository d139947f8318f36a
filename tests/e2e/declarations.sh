#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What each step declares (parameters, outputs, needs, calls) is what it reads, records, asks others
# for and calls: over whole runs with the defaults, and with each parameter that can be left out.
. "$(dirname "$0")/lib.sh"

STEP_LOG=$WORK/steps.log
# whole [OPTION...]: up, looked at, gone on with, and down again; what the steps do is written down.
whole() {
	RUNBOOK_STEP_LOG=$STEP_LOG
	export RUNBOOK_STEP_LOG
	expect 0 "$RB" run --speed 1000 "$@"
	expect 0 "$RB" verify --speed 1000
	# alone it sends a key of its own, which beside 4-1 it finds sent
	[ -z "$ALONE" ] || expect 0 "$RB" verify --speed 1000 "$ALONE"
	expect 0 "$RB" resume --speed 1000
	[ -z "$STRANGERS" ] || strangers_object "$STRANGERS"
	expect 0 "$RB" undo --speed 1000 --yes $DELETE
	unset RUNBOOK_STEP_LOG
}
# One in the bucket, which undo looks at and does not take.
strangers_object() {
	expect 0 py -c '
import os, sys, boto3
s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
s3.delete_bucket_policy(Bucket=sys.argv[1])
s3.put_object(Bucket=sys.argv[1], Key="family/photo.jpg", Body=b"do not lose me")' "$1"
	expect 3 "$RB" undo --speed 1000 --yes
	DELETE=--delete-foreign-objects
}
STRANGERS='' DELETE='' ALONE=4-2
declared() {
	"$RB" steps "$@" --output json >"$WORK/steps.json"
	py tests/py/declarations.py "$WORK/steps.json" "$STEP_LOG"
}

start_sandbox --speed 1000
whole
STRANGERS=a-bucket-of-ours
whole --set source.zone=ap-northeast-1c --set source.architecture=arm64 --set source.os_user=ec2-user \
	--set destination.zone=us-east-1b --set destination.bucket=a-bucket-of-ours \
	--set destination.bucket_namespace=global --set upload.key=other.bin --set upload.bytes=70000
declared || fail "declarations and deeds differ"

STRANGERS='' DELETE='' ALONE=''
kind=$(basename "$(dirname "$BIN")")
[ "$kind" = build ] && kind=rel
RB=$PWD/build/$kind/tests/procedures/runbook
make -s KIND="$kind" "build/$kind/tests/procedures/runbook" || fail "no program with the toy"
STEP_LOG=$WORK/toy.log
whole --procedure toy
declared --procedure toy || fail "the toy's declarations and deeds differ"
