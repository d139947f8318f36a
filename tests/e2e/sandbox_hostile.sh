#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Malformed HTTP, forms, JSON and XML, giant headers, wrong methods, changed bytes, silent and
# concurrent clients: the sandbox answers or hangs up, and goes on; it ends in good order, without
# a word on stderr (where the sanitizers would speak).
. "$(dirname "$0")/lib.sh"
py -c 'import botocore' 2>/dev/null || {
	echo "no botocore"
	exit 77
}
start_sandbox --speed 1000
expect 0 /usr/bin/python3 tests/py/sandbox_hostile.py "$SANDBOX" "$SANDBOX_PID"
kill -TERM "$SANDBOX_PID"
wait "$SANDBOX_PID"
rc=$?
[ $rc -eq 0 ] || {
	cat "$WORK/sandbox.err" >&2
	fail "the sandbox ended with $rc"
}
[ ! -s "$WORK/sandbox.err" ] || fail "it said: $(head -c 2000 "$WORK/sandbox.err")"
