#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# With one thing of the path broken, step 4-2 names the broken hop instead of a time-out; with a
# policy that does not protect it says so and leaves no object (tests/py/broken_hops.py).
. "$(dirname "$0")/lib.sh"
py -c 'import boto3' 2>/dev/null || { echo "no boto3"; exit 77; }
py tests/py/broken_hops.py "$BIN" || fail "the table"
