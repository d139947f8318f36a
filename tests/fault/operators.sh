#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Several operators and a stack in a bucket: killed, paused, racing, with answers of S3's that are lost or refused, in a
# bounded form; there is one history and one world.
. "$(dirname "$0")/lib.sh"

/usr/bin/python3 -c 'import boto3' 2>/dev/null || {
	echo "python3-boto3 is not installed"
	exit 77
}
every=120
grep -q __asan_init "$BIN/runbook" && every=300
[ "${FAULT:-}" = short ] && every=300
exec /usr/bin/python3 tests/fault/operators.py "$BIN" --every $every --workers 2
