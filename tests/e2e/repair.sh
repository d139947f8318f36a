#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What somebody changed behind the program's back, the next `runbook run` puts right: each of
# the drifts of drift.sh, judged by boto3, and undone without leftovers.  What is not the
# program's to change (a stranger's route) stops it with a reason.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-build/bin}
exec /usr/bin/python3 tests/py/drift.py "$BIN" --repair
