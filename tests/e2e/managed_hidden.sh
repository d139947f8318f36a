#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In an account that hides what services manage, undo still sees the interface that holds its subnet
# and its group, and names it.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 100
expect 0 "$RB" run --yes --speed 100 --to 1-3
curl -sf "$SANDBOX/_sandbox/fault" -d 'DescribeNetworkInterfaces=state=hidden' >/dev/null || fail "no fault"
[ "$(py - <<-'PY'
	import os, boto3
	ec2 = boto3.client("ec2", "ap-northeast-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
	print(len(ec2.describe_network_interfaces()["NetworkInterfaces"]))
PY
)" = 0 ] || fail "the interface is not hidden"
expect 0 "$RB" undo --yes --speed 100 --lang ja
has "使用中、ネットワークインターフェース eni-" "$ERR"
