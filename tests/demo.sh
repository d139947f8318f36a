#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The whole procedure as a rehearsal: up, looked at, down again, and the proof that
# nothing is left.  Needs no account; everything happens on this machine's loopback.
set -eu
cd "$(dirname "$0")/.."

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export RUNBOOK_HOME=$home AWS_EC2_METADATA_DISABLED=true

say() {
	printf '\n\033[1m$ %s\033[0m\n' "$*"
}
runbook() {
	say runbook "$@"
	build/bin/runbook "$@"
}

echo 'A rehearsal of all fourteen steps against the sandbox (waits are divided by 60).'
runbook run --sandbox
runbook verify --sandbox
runbook connect --sandbox -- uname -a
runbook report
echo "the report of this run is a page of its own: $home/default/report.html (removed with the demo)"
runbook undo --sandbox --yes
runbook status
