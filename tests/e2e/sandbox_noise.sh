#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whatever is sent to the sandbox's TLS and proxy ports, it goes on serving (tests/py/path_noise.py).
. "$(dirname "$0")/lib.sh"
start_sandbox
py tests/py/path_noise.py "$SANDBOX" || fail "$(cat "$WORK/sandbox.err")"
kill -0 "$SANDBOX_PID" || fail "it is gone: $(cat "$WORK/sandbox.err")"
stop_sandbox
[ ! -s "$WORK/sandbox.err" ] || fail "$(cat "$WORK/sandbox.err")"
