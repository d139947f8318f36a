#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `runbook tunnel` carries arrives intact both ways, in little memory and no idle work, twenty
# at once, and each kind of end is a clean one (tests/py/tunnel_cases.py).
. "$(dirname "$0")/lib.sh"
command -v ssh >/dev/null || { echo "no ssh"; exit 77; }
start_sandbox --speed 2000
expect 0 "$RB" run --to 1-4 --speed 2000
/usr/bin/python3 tests/py/tunnel_cases.py "$RB" || fail "the cases"
