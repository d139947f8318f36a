#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `runbook explain` names exactly the hops that were broken behind its back, the commands that it prints mend them,
# and its verdict is what the instance can do (tests/py/explain_breaks.py).
. "$(dirname "$0")/lib.sh"
py -c 'import boto3' 2>/dev/null || { echo "no boto3"; exit 77; }
/usr/bin/python3 -c 'import awscli.clidriver' 2>/dev/null || { echo "no AWS CLI for Python"; exit 77; }
/usr/bin/python3 tests/py/explain_breaks.py "$BIN" --share "$(git rev-list --count HEAD 2>/dev/null || echo 0)" || fail "the table"
