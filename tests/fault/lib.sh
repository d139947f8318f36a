# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts of this folder: sourced first, never run.
#
# faults PART...: the bounded form of these parts.  The sanitizers' programs are slow, so they
# take one case in twelve, and so does FAULT=short; those that count lines one crash in six.
# EVERY: a script that takes every N-th of these says so.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
BIN=${BIN:-build/bin}
export RUNBOOK_SANDBOX_LAG=harsh # what the program has to survive

faults() {
	local scale=1
	/usr/bin/python3 -c 'import boto3' 2>/dev/null || {
		echo "python3-boto3 is not installed"
		exit 77
	}
	grep -q __asan_init "$BIN/runbook" && scale=12
	[ "${FAULT:-}" = short ] && scale=12
	[[ $1 != crash-* ]] || ! grep -q __gcov_dump "$BIN/runbook" || scale=6
	exec /usr/bin/python3 tests/fault/faults.py "$BIN" "$@" --workers 2 --scale $((scale * ${EVERY:-1}))
}
