#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `runbook tunnel` beside AWS CLI 2's `open-tunnel`, by turns through the same end (bench_tunnel.c): as the ProxyCommand
# of the same ssh, where ssh and its server take their share of the time, and alone, between pipes.  Below ssh with the
# cipher that TLS takes as well, which the processor helps with, and with ssh's own choice, whose cost hides the tunnel.
#
#   MIB: how much each way (512).  TIMES: how often (5); the fastest of each counts.
. "$(dirname "$0")/../strangers/lib.sh"
. tests/strangers/cli2.sh
MIB=${MIB:-512} TIMES=${TIMES:-5}
ENDS=$BIN/../rel/tests/bench/bench_tunnel
[ -x "$ENDS" ] || fail "no $ENDS (make bench)"

eice=eice-0123456789abcdef0
name=$eice.00000000.ec2-instance-connect-endpoint.ap-northeast-1.amazonaws.com
near=127.$((RANDOM % 200 + 20)).$((RANDOM % 250)).$((RANDOM % 250 + 1))
export AWS_ACCESS_KEY_ID=AKIASANDBOX000000000 AWS_SECRET_ACCESS_KEY=sandbox
export RUNBOOK_CONNECT_TO=::$near:443 AWS_CA_BUNDLE=$WORK/ca.pem
: >"$WORK/err"
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

# By ours, by theirs, or `plain`: straight to the same server, which is the most that ssh itself can do here.
by_ssh() {
	local way=(-o "ProxyCommand=$WORK/$1 22 10.0.0.4" somebody@instance)
	[ "$1" != plain ] || way=(-p "$(sed -n 's/^plain \([0-9]*\) .*/\1/p' "$WORK/ends")" somebody@127.0.0.1)
	"$WORK/bin/ssh" ${CIPHER:+-c "$CIPHER"} -i "$WORK/key" "${way[@]}" "$2" || fail "'$1' carried nothing"
}
# What is timed begins with the first part's arrival, so that the start counts for nothing: each of these reads that
# on the carrier's output, then the rest, and sets $SPAN, in milliseconds.
now() {
	echo $(($(date +%s%N) / 1000000))
}
begin() {
	local began
	began=$(now)
	by_ssh "$1" true </dev/null
	SPAN=$(($(now) - began))
}
ssh_there() {
	local first last
	by_ssh "$1" 'head -c 16777216 | wc -c; wc -c' <"$WORK/zeros" >"$WORK/out" &
	{
		read -r first
		SPAN=$(now)
		read -r last
		SPAN=$(($(now) - SPAN))
	} <"$WORK/out"
	wait $!
	[ "$((first + last))" -eq $((MIB << 20)) ] || fail "'$1' brought $first and $last bytes there"
}
ssh_back() {
	by_ssh "$1" "head -c $((MIB << 20)) /dev/zero" </dev/null >"$WORK/out" &
	read_parts 16777216 $(((MIB - 16) << 20))
	wait $!
}
# alone WHO ADDRESS FIRST REST: by a carrier that does not have to end with its input, as the AWS CLI's does not.
alone() {
	"$WORK/$1" 3389 "$2" <"$WORK/in" >"$WORK/out" 2>"$WORK/err" &
	read_parts "$3" "$4"
	kill $!
	wait $! 2>"$WORK/said"
}
# read_parts FIRST REST: so many bytes, by a reader that does nothing else with them.
read_parts() {
	{
		read_bytes "$1"
		SPAN=$(now)
		read_bytes "$2"
		SPAN=$(($(now) - SPAN))
	} <"$WORK/out"
}
read_bytes() {
	local block=65536
	[ "$1" -ge $block ] || block=1
	LC_ALL=C dd of=/dev/null bs=$block count=$(($1 / block)) iflag=fullblock 2>"$WORK/read"
	grep -q "^$1 bytes\{0,1\} " "$WORK/read" || fail "not $1 bytes came: $(cat "$WORK/read" "$WORK/err")"
}
there() {
	local feeder
	cat "$WORK/zeros" "$WORK/silence" >"$WORK/in" &
	feeder=$!
	alone "$1" 10.0.0.4 1 $((MIB / 16 - 1)) # a byte for each 16 MiB
	kill $feeder
}
back() {
	local feeder
	cat "$WORK/silence" >"$WORK/in" &
	feeder=$!
	alone "$1" 10.0.0.5 16777216 $(((MIB - 16) << 20))
	kill $feeder
}

# race WHAT: $OURS and $THEIRS, the fastest of each.
race() {
	local i who
	OURS='' THEIRS=''
	for ((i = 0; i < TIMES; i++)); do
		"$1" ours
		[ -n "$OURS" ] && [ "$OURS" -le $SPAN ] || OURS=$SPAN
		"$1" theirs
		[ -n "$THEIRS" ] && [ "$THEIRS" -le $SPAN ] || THEIRS=$SPAN
	done
}
# carried WHAT WORDS
carried() {
	race "$1"
	awk -v a="$OURS" -v b="$THEIRS" -v mib=$((MIB - 16)) -v words="$2" 'BEGIN {
		a = a > 1 ? a : 1; b = b > 1 ? b : 1
		printf "%s, %d MiB: %.0f MiB/s; AWS CLI 2: %.0f MiB/s; ratio %.2f (goal 2.00)\n", words, mib,
			mib * 1000 / a, mib * 1000 / b, b / a }'
}

# plain WHAT WORDS
plain() {
	local i best=
	for ((i = 0; i < TIMES; i++)); do
		"$1" plain
		[ -n "$best" ] && [ "$best" -le $SPAN ] || best=$SPAN
	done
	echo "$2, with the same cipher: $(((MIB - 16) * 1000 / best)) MiB/s"
}

race begin
awk -v a="$OURS" -v b="$THEIRS" 'BEGIN {
	printf "tunnel, start to end of a command: %.2f s; AWS CLI 2: %.2f s; ratio %.2f (goal 0.33)\n",
		a / 1000, b / 1000, a / b }'
carried there "tunnel alone, there"
carried back "tunnel alone, back"
CIPHER=aes128-gcm@openssh.com
carried ssh_there "tunnel below ssh, there"
carried ssh_back "tunnel below ssh, back"
plain ssh_there "plain ssh, there"
plain ssh_back "plain ssh, back"
CIPHER=
carried ssh_there "tunnel below ssh with its own cipher, there"
carried ssh_back "tunnel below ssh with its own cipher, back"
