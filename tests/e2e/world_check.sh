#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# After a run, boto3 finds every setting of the procedure's table, by the run's tag and
# without a line of ours between; after undo it finds nothing of the run.  So it is with
# the defaults, with other regions, blocks, zone, architecture and names, and in China.
. "$(dirname "$0")/lib.sh"

# look STACK OPTION...: boto3's word about the stack's world, as a sandbox over its file has it.
look() {
	local stack=$1
	shift
	start_sandbox --state "$HOME_DIR/$stack/sandbox.db" --speed 2000
	expect 0 py tests/py/world_check.py "$@" "$WORK/$stack.json"
	stop_sandbox
	unset AWS_ENDPOINT_URL
}

walk() { # stack, then options of run
	local stack=$1
	shift
	expect 0 "$RB" run --sandbox --speed 2000 --stack "$stack" "$@"
	expect 0 "$RB" status --stack "$stack" --output json
	printf '%s' "$OUT" >"$WORK/$stack.json"
	look "$stack"
	has 'settings are as they should be' "$OUT"
	expect 0 "$RB" undo --sandbox --speed 2000 --stack "$stack" --yes
	look "$stack" --gone
}

walk default
walk other --set source.region=eu-west-1 --set destination.region=ap-southeast-2 \
	--set source.vpc_cidr=172.16.0.0/20 --set source.subnet_cidr=172.16.4.0/24 \
	--set source.zone=eu-west-1b --set source.architecture=arm64 \
	--set destination.vpc_cidr=192.168.0.0/16 --set destination.subnet_cidr=192.168.128.0/17 \
	--set destination.bucket=a-bucket-of-another-name --set upload.key=other.bin \
	--set upload.bytes=70000
walk china --set source.region=cn-north-1 --set destination.region=cn-northwest-1
