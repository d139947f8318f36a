#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The first Ctrl-C finishes the call in flight and records its answer; the second ends at once,
# and what the call made is found again by its tag.  Both exit with 130.
. "$(dirname "$0")/lib.sh"

# begin: a run whose CreateVpc takes two seconds; returns when the call has left.
begin() {
	start_sandbox --speed 1000 --fault CreateVpc:1=slow=2000
	mkfifo "$WORK/lines"
	"$RB" run --to 1-1 --serial --speed 1000 --output json >"$WORK/lines" 2>"$WORK/err" &
	PID=$!
	ends_with_us "$PID"
	exec 7<"$WORK/lines"
	while read -r line <&7; do
		[[ $line == *'"call"'*CreateVpc* ]] && break
	done
}

vpcs() {
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" |
		jq '[.. | objects | select((.vpcId? // "" | startswith("vpc-")) and .cidrBlock? == "10.0.0.0/16")] | unique_by(.vpcId) | length'
}

begin
kill -INT $PID
cat <&7 >"$WORK/rest"
wait $PID
[ $? -eq 130 ] || fail "the first Ctrl-C: not 130"
grep -q 'runbook run --to 1-1' "$WORK/err" || fail "it does not say how to carry on: $(cat "$WORK/err")"
grep -q '"output".*vpc_id' "$WORK/rest" || fail "the answer in flight was not recorded"
[ -n "$(output 1-1 vpc_id)" ] || fail "no vpc_id in the journal"
[ "$("$RB" journal --output json | jq -s '[.[] | select(.type == "intent")] | length')" -eq 1 ] ||
	fail "an intent without a call"
expect 0 "$RB" run --to 1-1 --speed 1000
[ "$(vpcs)" -eq 1 ] || fail "$(vpcs) VPCs after the first Ctrl-C"
expect 0 "$RB" undo --yes --speed 1000
stop_sandbox
rm -rf "$HOME_DIR" "$WORK/lines"

begin
began=$EPOCHREALTIME
kill -INT $PID
grep -q 'once more stops at once' <&7 || fail "the first one is not acknowledged"
kill -INT $PID
wait $PID
[ $? -eq 130 ] || fail "the second Ctrl-C: not 130"
exec 7<&-
took=$(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
[ $took -lt 1500 ] || fail "the second Ctrl-C took $took ms"
[ -z "$(output 1-1 vpc_id)" ] || fail "the answer came before the second Ctrl-C"
expect 0 "$RB" run --to 1-1 --speed 1000
[ "$(vpcs)" -eq 1 ] || fail "$(vpcs) VPCs after the second Ctrl-C"
expect 0 "$RB" undo --yes --speed 1000
stop_sandbox

# An AWS that never answers: two of them end even the very first call.
/usr/bin/python3 -c '
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
print("listening", s.getsockname()[1], flush=True)
while True:
    c, _ = s.accept()
    print("asked", c.recv(100) is not None, flush=True)
    keep = globals().setdefault("keep", []) + [c]
' >"$WORK/mute.out" &
ends_with_us $!
wait_for 10 grep -q listening "$WORK/mute.out"
rm -rf "$HOME_DIR"
unset AWS_CA_BUNDLE RUNBOOK_CONNECT_TO
AWS_ENDPOINT_URL=http://127.0.0.1:$(sed -n 's/^listening //p' "$WORK/mute.out") \
	"$RB" run --to 1-1 >/dev/null 2>"$WORK/err" &
PID=$!
ends_with_us "$PID"
wait_for 10 grep -q asked "$WORK/mute.out"
kill -INT $PID
wait_for 10 grep -q 'once more' "$WORK/err"
kill -INT $PID
wait $PID
[ $? -eq 130 ] || fail "an AWS that does not answer keeps it"

# ---- nohup: whoever wants a hang-up ignored has it ignored
start_sandbox --speed 1000 --latency 100
rm -rf "$HOME_DIR"
env --ignore-signal=HUP "$RB" run --to 1-2 --speed 1000 >"$WORK/out" 2>"$WORK/err" &
PID=$!
ends_with_us "$PID"
wait_for 20 test -s "$HOME_DIR/default/journal.jsonl"
kill -HUP $PID
wait $PID
[ $? -eq 0 ] || fail "a hang-up that is to be ignored: $(cat "$WORK/err")"
