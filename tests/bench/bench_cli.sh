#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `runbook tunnel` beside AWS CLI 2's `open-tunnel`, each as the ProxyCommand of the same ssh through the same
# endpoint of the sandbox: throughput both ways, and the time until a command has run.
#
#   MIB: how much each way (32).  TIMES: how often each is begun (5); the fastest of each counts.
. "$(dirname "$0")/../strangers/lib.sh"
. tests/strangers/cli2.sh
MIB=${MIB:-32} TIMES=${TIMES:-5}

start_sandbox --speed 600 --lag off
expect 0 "$RB" run --to 1-4 --speed 600
cli2_begin "$(output 1-3 instance_connect_endpoint_dns)" {ec2,ec2-instance-connect}.ap-northeast-1.amazonaws.com
instance=$(output 1-4 instance_id)
ssh-keygen -q -t ed25519 -N '' -C '' -f "$WORK/key"

# by PROXYCOMMAND COMMAND: on the instance, with a key that is fresh; $TOOK in milliseconds.
by() {
	local began
	aws --region ap-northeast-1 ec2-instance-connect send-ssh-public-key --instance-id "$instance" \
		--instance-os-user ec2-user --ssh-public-key "file://$WORK/key.pub" --output text >"$WORK/out" || fail "no key"
	began=$(date +%s%N)
	"$WORK/bin/ssh" -i "$WORK/key" -o "ProxyCommand=$1" "ec2-user@$instance" "$2" || fail "'$1' carried nothing"
	TOOK=$((($(date +%s%N) - began) / 1000000))
}
# fastest COMMAND...: of $TIMES runs.
fastest() {
	local i
	FASTEST=
	for ((i = 0; i < TIMES; i++)); do
		"$@" >/dev/null
		[ -n "$FASTEST" ] && [ "$FASTEST" -le "$TOOK" ] || FASTEST=$TOOK
	done
}
begin() {
	by "$1" true </dev/null
}
there() {
	head -c $((MIB << 20)) /dev/zero >"$WORK/zeros"
	by "$1" 'cat >/dev/null' <"$WORK/zeros"
}
back() {
	by "$1" "head -c $((MIB << 20)) /dev/zero" </dev/null
}

ours="$RB tunnel --home $HOME_DIR"
theirs="$WORK/bin/cli --region ap-northeast-1 ec2-instance-connect open-tunnel --instance-id $instance"
fastest begin "$ours"
our_begin=$FASTEST
fastest begin "$theirs"
their_begin=$FASTEST
awk -v a=$our_begin -v b=$their_begin 'BEGIN {
	printf "tunnel, start to end of a command: %.2f s; AWS CLI 2: %.2f s; ratio %.2f (goal 0.33)\n", a / 1000, b / 1000, a / b }'
TIMES=2
for way in there back; do
	fastest $way "$ours"
	our=$FASTEST
	fastest $way "$theirs"
	awk -v a="$our" -v b="$FASTEST" -v a0=$our_begin -v b0=$their_begin -v mib="$MIB" -v way=$way 'BEGIN {
		x = mib * 1000 / (a - a0 > 1 ? a - a0 : 1); y = mib * 1000 / (b - b0 > 1 ? b - b0 : 1)
		printf "tunnel, %d MiB %s, start-up apart: %.0f MiB/s; AWS CLI 2: %.0f MiB/s; ratio %.2f (goal 2.00)\n", mib, way, x, y, x / y }'
done
