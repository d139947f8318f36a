#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The sandbox refuses what it should not serve (usage 2, state in use 4), ends on SIGTERM and at the
# end of its standard input with status 0, keeps what it answered over kill -9, and breaks the
# connections that it is told to break, as a client sees it on the wire.
. "$(dirname "$0")/lib.sh"

# ---- what is refused
usage() {
	local says=$1
	shift
	expect 2 "$SBX" "$@"
	has "$says" "$ERR"
	has 'hint: ' "$ERR"
}
usage 'no command given'
usage "unknown command 'run'" run
usage "unexpected argument 'now'" serve now
usage 'not a loopback address' serve --listen 0.0.0.0:0
usage 'not a loopback address' serve --listen 192.168.0.1:0
usage 'not a loopback address' serve --listen '[::]:0'
usage 'not a loopback address' serve --listen example.com:0
usage 'is not ADDRESS:PORT' serve --listen 127.0.0.1
usage 'is not ADDRESS:PORT' serve --listen 127.0.0.1:65536
usage '--speed' serve --speed 0
usage '--speed' serve --speed fast
usage '--latency' serve --latency -1
usage '--lag' serve --lag maybe
usage "fault 'CreateVpc' has no '='" serve --fault CreateVpc
expect 2 "$SBX" serve --nonsense
expect 0 "$SBX" --help
has 'AWS_ENDPOINT_URL' "$OUT"
expect 0 "$SBX" --version
has 'runbook-sandbox 1.' "$OUT"
expect 1 "$SBX" serve --state "$WORK/no/such/folder.db"

# ---- one at a time, an orderly end, and a disorderly one
start_sandbox --state "$WORK/world.db" --lag off --speed 1000
expect 4 "$SBX" serve --state "$WORK/world.db"
has 'another sandbox has the state' "$ERR"
expect 1 "$SBX" serve --listen "${SANDBOX#http://}" # two never share a port
export AWS_DEFAULT_REGION=us-east-1 AWS_PAGER='' AWS_MAX_ATTEMPTS=1
vpcs() {
	curl -s "$SANDBOX/_sandbox/world" | jq -r '.vpc."us-east-1" // [] | map(.id) | sort | .[]'
}
if [ -x /usr/bin/aws ]; then
	expect 0 /usr/bin/aws --endpoint-url "$SANDBOX" ec2 create-vpc --cidr-block 10.0.0.0/16
	[ "$(vpcs | wc -l)" -eq 1 ] || fail 'no VPC after create-vpc'
fi
before=$(vpcs)
{
	kill -9 "$SANDBOX_PID"
	wait "$SANDBOX_PID"
} 2>/dev/null
start_sandbox --state "$WORK/world.db" --lag off --speed 1000
[ "$(vpcs)" = "$before" ] || fail 'the world is another one after kill -9'
kill -TERM "$SANDBOX_PID"
wait "$SANDBOX_PID"
[ $? -eq 0 ] || fail 'SIGTERM did not end it with 0'

# ---- with its parent
mkfifo "$WORK/in"
"$SBX" serve --until-eof <"$WORK/in" >"$WORK/eof.out" &
child=$!
ends_with_us "$child"
exec 9>"$WORK/in"
wait_for 20 grep -q '^listening ' "$WORK/eof.out"
kill -0 "$child" || fail 'it ended while its standard input was open'
exec 9>&-
wait "$child"
[ $? -eq 0 ] || fail 'the end of standard input did not end it with 0'

# ---- broken connections, as curl sees them
start_sandbox --latency 30
sign() { # sign ACTION: a signed DescribeVpcs-like call, for curl's own signer
	curl -s -o "$WORK/body" -w '%{http_code}' --max-time 10 --aws-sigv4 aws:amz:us-east-1:ec2 \
		-u "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
		--data "Action=$1&Version=2016-11-15" "$SANDBOX/"
}
broken() { # broken WHAT CURL_STATUS
	expect 0 curl -s -X DELETE "$SANDBOX/_sandbox/fault"
	expect 0 curl -s --data "DescribeVpcs:1=$1" "$SANDBOX/_sandbox/fault"
	sign DescribeVpcs >"$WORK/code"
	rc=$?
	[ $rc -eq "$2" ] || fail "curl ended with $rc at '$1', expected $2"
	[ "$(sign DescribeVpcs)" = 200 ] || fail "the call after '$1' fails"
}
[ "$(sign DescribeVpcs)" = 200 ] || fail "curl's signature is refused: $(cat "$WORK/body")"
broken lost-before 52 # empty reply
broken lost-after 52
broken reset 56 # connection reset
broken torn 18  # the transfer ends early
broken slow=200 0
expect 0 curl -s --data 'DescribeVpcs=http=503' "$SANDBOX/_sandbox/fault"
[ "$(sign DescribeVpcs)" = 503 ] || fail 'no 503'
has '<html>' "$(cat "$WORK/body")"
requests=$(curl -s "$SANDBOX/_sandbox/requests")
[ "$(jq '[.[] | select(.status == 0)] | length' <<<"$requests")" -eq 4 ] ||
	fail "four calls had no answer: $requests"
[ "$(jq '[.[].connection] | unique | length' <<<"$requests")" -ge 5 ] || fail 'one connection for all'
