#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What README.md and docs/*.md show is run: each block of commands ends well, or is named with the test that runs it, and
# what the recorded terminal shows is what is said now, ids, times and durations aside.  Each message that
# docs/troubleshooting.md explains is one of the program's.
. "$(dirname "$0")/lib.sh"
unset RUNBOOK_HOME # as a reader has it
export PATH=$BIN:$PATH
runbook/po/extract.sh "$WORK/now.pot" || fail "no extraction"
expect 0 /usr/bin/python3 tests/py/docs_messages.py "$WORK/now.pot"
mkdir "$WORK/pages"
expect 0 env -u RUNBOOK_SANDBOX_LAG -u RUNBOOK_SANDBOX_JOURNAL /usr/bin/python3 tests/py/docs_commands.py "$WORK/pages"
# The tests that stand for a block are there.
for t in $(grep -o 'tests/[a-z0-9_/]*\.sh' tests/py/docs_commands.py | sort -u); do
	[ -x "$t" ] || fail "$t is not there"
done
# For whom, and when not, within the first ten lines.
first=$(head -n 12 README.md)
has '**Not when**' "$first"
has 'runbook procedures' "$first"
