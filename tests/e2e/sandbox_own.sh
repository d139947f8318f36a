#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The lines of docs/sandbox.md for runbook and a sandbox of one's own work as they stand there: up, a
# command on the instance, and down again without a trace.
. "$(dirname "$0")/lib.sh"
command -v ssh >/dev/null || { echo "no ssh"; exit 77; }

sed -n '/run by tests\/e2e\/sandbox_own.sh/,/^```$/p' docs/sandbox.md | sed '/^```/d; /^<!--/d' >"$WORK/lines"
[ "$(grep -c '^runbook' "$WORK/lines")" -eq 4 ] || fail "not the lines that are expected: $(cat "$WORK/lines")"
sed -i 's/--speed 60/--speed 2000/' "$WORK/lines" # the only change: hours are not waited for here
mkdir "$WORK/project"
cd "$WORK/project" || exit 2
unset RUNBOOK_HOME
export RUNBOOK_SANDBOX_JOURNAL=$WORK/project/.runbook/default/journal.jsonl
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
sed -i "1i trap 'kill %1 2>/dev/null' EXIT" "$WORK/lines" # whatever fails
echo 'env | grep -E "^(AWS_|RUNBOOK_CONNECT_TO)" >settings' >>"$WORK/lines"
# -m: jobs, so that %1 is the sandbox; -e: the first line that fails is the last.
expect 0 env PATH="$BIN:$PATH" bash -m -e "$WORK/lines"
has "14 of 14 steps hold" "$ERR"
has "instance-id: i-" "$OUT"
has "nothing of run" "$OUT$ERR"
url=$(sed -n 's/^listening //p' sandbox.out)
gone() { ! curl -s --noproxy '*' -o /dev/null "$url"; }
wait_for 20 gone

# Its settings are still exported: the error says whose they are, and the way out.
mapfile -t settings <settings
expect 2 env "${settings[@]}" "$RB" run --speed 2000
ca=$(sed -n 's/^AWS_CA_BUNDLE=//p' settings)
has "cannot use AWS_CA_BUNDLE '$ca'" "$ERR"
has "the environment sets AWS_CA_BUNDLE, and RUNBOOK_CONNECT_TO beside it, as for a sandbox of one's own" "$ERR"
has 'start it again' "$ERR"
has 'or unset AWS_ENDPOINT_URL RUNBOOK_CONNECT_TO' "$ERR"
