#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `runbook tunnel` beside AWS CLI 2's `open-tunnel`, by turns through the same end (bench_tunnel.c): as the ProxyCommand
# of the same ssh, where ssh and its server take their share of the time, and alone, between pipes.
#
#   MIB: how much each way (256).  TIMES: how often (3); the fastest of each counts.
. "$(dirname "$0")/../strangers/lib.sh"
. tests/strangers/cli2.sh
MIB=${MIB:-256} TIMES=${TIMES:-3}
ENDS=$BIN/../rel/tests/bench/bench_tunnel
[ -x "$ENDS" ] || fail "no $ENDS (make bench)"

eice=eice-0123456789abcdef0
name=$eice.00000000.ec2-instance-connect-endpoint.ap-northeast-1.amazonaws.com
near=127.$((RANDOM % 200 + 20)).$((RANDOM % 250)).$((RANDOM % 250 + 1))
export AWS_ACCESS_KEY_ID=AKIASANDBOX000000000 AWS_SECRET_ACCESS_KEY=sandbox
export RUNBOOK_CONNECT_TO=::$near:443 AWS_CA_BUNDLE=$WORK/ca.pem
mkfifo "$WORK/until" "$WORK/silence" "$WORK/in" "$WORK/out"
$CLI_ROOT "$ENDS" "$near" 443 "$WORK/ca.pem" <"$WORK/until" >"$WORK/ends" 2>&1 &
exec 9>"$WORK/until" 8<>"$WORK/silence"
wait_for 20 grep -q plain "$WORK/ends"
cli2_names "$near" "$WORK/ca.pem" "$name"
ssh-keygen -q -t ed25519 -N '' -C '' -f "$WORK/key"
head -c $((MIB << 20)) /dev/zero >"$WORK/zeros"

# Who carries: PORT ADDRESS.
cat >"$WORK/ours" <<END
#!/bin/sh
exec "$RB" tunnel --home "$HOME_DIR" --region ap-northeast-1 --endpoint-id $eice --endpoint-dns $name --port "\$1" \\
	--private-ip "\$2"
END
cat >"$WORK/theirs" <<END
#!/bin/sh
exec "$WORK/bin/cli" --region ap-northeast-1 ec2-instance-connect open-tunnel --instance-connect-endpoint-id $eice \\
	--instance-connect-endpoint-dns-name $name --remote-port "\$1" --private-ip-address "\$2"
END
chmod +x "$WORK/ours" "$WORK/theirs"

by_ssh() {
	"$WORK/bin/ssh" -i "$WORK/key" -o "ProxyCommand=$WORK/$1 22 10.0.0.4" somebody@instance "$2" ||
		fail "'$1' carried nothing"
}
begin() {
	by_ssh "$1" true </dev/null
}
ssh_there() {
	by_ssh "$1" 'cat >/dev/null' <"$WORK/zeros"
}
ssh_back() {
	by_ssh "$1" "head -c $((MIB << 20)) /dev/zero" </dev/null
}
# alone WHO ADDRESS BYTES: until so many have come back.  The AWS CLI does not end with its input, so neither is waited for.
alone() {
	local got
	"$WORK/$1" 3389 "$2" <"$WORK/in" >"$WORK/out" 2>"$WORK/err" &
	got=$(head -c "$3" <"$WORK/out" | wc -c)
	took_until=$(date +%s%N)
	kill $!
	wait $! 2>/dev/null
	[ "$got" -eq "$3" ] || fail "'$1' brought $got of $3 bytes: $(cat "$WORK/err")"
}
open() {
	cat "$WORK/silence" >"$WORK/in" &
	alone "$1" 10.0.0.5 1
	kill %%
}
there() {
	cat "$WORK/zeros" "$WORK/silence" >"$WORK/in" &
	alone "$1" 10.0.0.4 $((MIB / 16)) # one for each 16 MiB
	kill %%
}
back() {
	cat "$WORK/silence" >"$WORK/in" &
	alone "$1" 10.0.0.5 $((MIB << 20))
	kill %%
}

# race WHAT: $OURS and $THEIRS, the fastest of each in milliseconds.
race() {
	local i who began took
	OURS='' THEIRS=''
	for ((i = 0; i < TIMES; i++)); do
		for who in ours theirs; do
			began=$(date +%s%N)
			took_until=
			"$1" $who >"$WORK/said" 2>&1
			took=$(((${took_until:-$(date +%s%N)} - began) / 1000000))
			if [ $who = ours ]; then
				[ -n "$OURS" ] && [ "$OURS" -le $took ] || OURS=$took
			else
				[ -n "$THEIRS" ] && [ "$THEIRS" -le $took ] || THEIRS=$took
			fi
		done
	done
}
# carried WHAT WORDS: what is left when the start is taken off.
carried() {
	race "$1"
	awk -v a="$OURS" -v b="$THEIRS" -v a0="$our_start" -v b0="$their_start" -v mib="$MIB" -v words="$2" 'BEGIN {
		x = mib * 1000 / (a - a0 > 1 ? a - a0 : 1); y = mib * 1000 / (b - b0 > 1 ? b - b0 : 1)
		printf "%s, %d MiB: %.0f MiB/s; AWS CLI 2: %.0f MiB/s; ratio %.2f (goal 2.00)\n", words, mib, x, y, x / y }'
}

race begin
our_start=$OURS their_start=$THEIRS
awk -v a="$OURS" -v b="$THEIRS" 'BEGIN {
	printf "tunnel, start to end of a command: %.2f s; AWS CLI 2: %.2f s; ratio %.2f (goal 0.33)\n", a / 1000, b / 1000, a / b }'
carried ssh_there "below ssh, there"
carried ssh_back "below ssh, back"
race open
our_start=$OURS their_start=$THEIRS
carried there "alone, there"
carried back "alone, back"
