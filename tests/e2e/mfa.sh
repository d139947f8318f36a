#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A role that wants a second factor: the code is asked for on the terminal, once a command, is not
# shown and not written anywhere, and a wrong or used one is refused with a way out
# (tests/py/mfa_pty.py).
. "$(dirname "$0")/lib.sh"
py -c 'import boto3' 2>/dev/null || { echo "no boto3"; exit 77; }

start_sandbox --speed 2000
mkdir "$WORK/aws"
cat >"$WORK/aws/config" <<-EOF
	[profile operator]
	role_arn = arn:aws:iam::123456789012:role/operator
	source_profile = base
	mfa_serial = arn:aws:iam::123456789012:mfa/sandbox
	[profile careless]
	role_arn = arn:aws:iam::123456789012:role/operator
	source_profile = base
	[profile base]
	aws_access_key_id = AKIASANDBOX000000000
	aws_secret_access_key = sandbox
EOF
export AWS_CONFIG_FILE=$WORK/aws/config
/usr/bin/python3 tests/py/mfa_pty.py "$RB" || fail "under a terminal"

# The keys of the profile alone are not enough, and without a terminal nobody is asked.
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
expect 5 "$RB" run --to 1-1 --profile careless --speed 2000 --stack other
has "AccessDenied" "$ERR"
expect 5 setsid -w "$RB" run --to 1-1 --profile operator --speed 2000 --stack other
has "there is no terminal to ask on" "$ERR"
has "aws sts assume-role" "$ERR"
