#!/bin/bash
# The sandbox of --sandbox ends with its runbook, however that ends; the next command does not trip
# over one that is still on its way out; and whatever the environment says of AWS is not used.
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
	PIDS="$PIDS $PID"
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
