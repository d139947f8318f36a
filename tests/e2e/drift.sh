#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each of more than 25 single changes behind the program's back is found by `runbook verify`,
# which exits 3 and names the step, the claim, what was expected and what was found, whatever the
# change does to the login and the upload.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-build/bin}
exec /usr/bin/python3 tests/py/drift.py "$BIN"
