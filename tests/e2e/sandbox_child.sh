#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The sandbox of --sandbox ends with its runbook, however that ends; the next command does not trip
# over one that is still on its way out; whatever the environment says of AWS is not used; and why it
# did not start is told: another works on its state, it is not there, it ended or said something else.
. "$(dirname "$0")/lib.sh"
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=not-this AWS_SESSION_TOKEN=nor-this
export AWS_PROFILE=missing AWS_ENDPOINT_URL=http://127.0.0.1:9 AWS_ENDPOINT_URL_EC2=http://127.0.0.1:9
export AWS_CONFIG_FILE=$WORK/none HTTPS_PROXY=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9

sandboxes() {
	pgrep -f -- "--state $HOME_DIR/default/sandbox.db" | wc -l
}
none_left() {
	[ "$(sandboxes)" -eq 0 ]
}
expect 0 "$RB" run --sandbox --speed 1000 --to 1-1
none_left || fail "the sandbox outlived its runbook"

for i in 1 2 3; do
	mkfifo "$WORK/lines"
	"$RB" run --sandbox --speed 100 --to 1-4 --output json >"$WORK/lines" 2>/dev/null &
	PID=$!
	ends_with_us "$PID"
	exec 7<"$WORK/lines"
	read -r _ <&7
	[ "$(sandboxes)" -eq 1 ] || fail "no sandbox while it runs"
	kill -KILL $PID
	wait $PID 2>/dev/null # the lock goes with the process, and a process takes a moment to go
	expect 0 "$RB" run --sandbox --speed 1000 --to 1-1
	exec 7<&-
	rm "$WORK/lines"
	wait_for 10 none_left
done
expect 0 "$RB" undo --sandbox --speed 1000 --yes

# Another one works on the same state, and goes on doing so.
"$SBX" serve --state "$HOME_DIR/default/sandbox.db" >"$WORK/other" 2>/dev/null &
PID=$!
ends_with_us "$PID"
wait_for 20 grep -q '^listening ' "$WORK/other"
expect 4 "$RB" run --sandbox --to 1-1
has 'the sandbox of this stack is in use' "$ERR"
has 'wait until the other command is over' "$ERR"
kill $PID
wait $PID 2>/dev/null

# Programs beside which there is none, or not what it should be.
mkdir "$WORK/bin"
cp "$RB" "$WORK/bin/runbook"
expect 2 "$WORK/bin/runbook" run --sandbox --home "$WORK/none"
has "there is no program '$WORK/bin/runbook-sandbox'" "$ERR"
pretend() { # LINE-OF-SHELL TEXT: what runbook says of a sandbox that does this
	printf '#!/bin/sh\n%s\n' "$1" >"$WORK/bin/runbook-sandbox"
	chmod +x "$WORK/bin/runbook-sandbox"
	expect 1 "$WORK/bin/runbook" run --sandbox --home "$WORK/none"
	has 'the sandbox did not start' "$ERR"
	has "$2" "$ERR"
	has "try: runbook-sandbox serve --state '$WORK/none/default/sandbox.db'" "$ERR"
	[ ! -s "$WORK/none/default/journal.jsonl" ] || fail "a run was begun"
}
pretend 'exit 3' 'it ended with status 3 and said nothing'
pretend "echo 'no such luck'" 'it said: no such luck'
pretend "echo 'the state is no database' >&2; exit 1" 'it said: the state is no database'
pretend "echo 'listening ftp://127.0.0.1:1'" 'it said: listening ftp://'
pretend 'kill -9 $$' 'said nothing'
pretend 'head -c 600 /dev/zero | tr "\000" x' 'it said: xxx'
printf 'nothing that runs' >"$WORK/bin/runbook-sandbox"
expect 1 "$WORK/bin/runbook" run --sandbox --home "$WORK/none"

# Where nothing was made there is nothing to connect to, and no sandbox is needed to say so.
expect 2 "$RB" connect --sandbox --home "$WORK/nothing" -- true
has 'there is no instance to connect to' "$ERR"
[ ! -e "$WORK/nothing" ] || fail "connect made a stack"

# Advice that is pasted must meet this stack, not another one or AWS.
expect 1 "$RB" run --sandbox --stack other --home "$WORK/it's" --speed 1000 --to 1-2 \
	--set source.zone=ap-northeast-1z
has "runbook undo --stack other --home '$WORK/it'\\''s' --sandbox --speed 1000, then run again" "$ERR"
[[ $ERR != *resume* ]] || fail "resume cannot help: $ERR"
expect 0 "$RB" undo --yes --sandbox --stack other --home "$WORK/it's" --speed 1000
