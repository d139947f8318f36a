#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# boto3 builds the whole topology in the sandbox, reads every setting back, is refused each
# deletion that comes too early, and deletes it all; each answer has the model's elements and
# nothing else.  The world runs at AWS's own speed and lag; instead of waiting, the script lets
# it skip.
. "$(dirname "$0")/lib.sh"
py -c 'import boto3' 2>/dev/null || {
	echo "no boto3"
	exit 77
}
start_sandbox
expect 0 py tests/py/sandbox_ec2.py "$SANDBOX"
has " 0 differ" "$OUT"
echo "$OUT"
