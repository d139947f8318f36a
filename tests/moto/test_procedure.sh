#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The procedure up to 3-4 goes up, verifies and comes down against moto, an
# emulator that we did not write; afterwards moto holds nothing of ours.
. tests/moto/lib.sh
start_moto

runbook() {
	"$BIN/runbook" "$@" --home "$WORK/home" --stack moto
}

runbook run --to 3-4
runbook status --output json | "$PYTHON" -c '
import json, sys
d = json.load(sys.stdin)
held = [s["id"] for s in d["steps"] if s["state"] == "held"]
assert len(held) == 12, (held, d)
'
runbook verify 1-1 1-2 1-3 1-4 2-1 2-2 2-3 2-4 3-1 3-2 3-3 3-4
"$PYTHON" tests/moto/left.py "$AWS_ENDPOINT_URL" && {
	echo 'the check for leftovers finds nothing while all stands'
	exit 1
}
runbook undo --yes
"$PYTHON" tests/moto/left.py "$AWS_ENDPOINT_URL"
