# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts of this folder: sourced first, never run.
#
# Gives a fresh home in $HOME_DIR (removed at the end, with every process that was
# started here), `rb` for the program under test, and ways to wait and to compare.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
BIN=$(cd "${BIN:-build/bin}" && pwd)
. tests/warm.sh # py
AWS_CLI=${AWS_CLI:-/usr/bin/aws}
RB=$BIN/runbook
SBX=$BIN/runbook-sandbox
WORK=$(mktemp -d)
HOME_DIR=$WORK/home
export TMPDIR=$WORK/tmp # what a killed program leaves behind goes with it
unset XDG_RUNTIME_DIR
mkdir "$TMPDIR"
export RUNBOOK_SANDBOX_LAG=harsh # what the program has to survive
export RUNBOOK_HOME=$HOME_DIR AWS_EC2_METADATA_DISABLED=true LC_ALL=C.UTF-8
# Every sandbox that is started here, the program's own too, lets a change in only after its
# synced intent; programs of others (the AWS CLI, boto3) need none.
export RUNBOOK_SANDBOX_JOURNAL=$WORK RUNBOOK_FAULT_SYNCED=journal.sync
OURS= # processes: each PID:BORN

# When it began, in ticks since the machine did; nothing when it is gone.
born() { # PID
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return
	read -r -a stat <<<"${stat##*) }"
	echo "${stat[19]}"
}

# Ended with this script, unless it was before: its number may be another's by then.
ends_with_us() { # PID
	OURS="$OURS $1:$(born "$1")"
}

finish() {
	local rc=$? one pid
	for one in $OURS; do
		pid=${one%:*}
		[ "$(born "$pid")" != "${one#*:}" ] || kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	if [ -s "$WORK/intents-missing" ]; then
		echo "FAILED: calls that changed AWS without a synced intent of their own:"
		cat "$WORK/intents-missing"
		rc=1
	fi >&2
	rm -rf "$WORK"
	exit $rc
}
trap finish EXIT

fail() {
	echo "FAILED: $*" >&2
	[ ! -s "$WORK/sandbox.err" ] || {
		echo "what the sandbox said last:"
		tail -n 25 "$WORK/sandbox.err"
	} >&2
	exit 1
}

# expect STATUS COMMAND...: run it; $OUT and $ERR hold what it said.
expect() {
	local want=$1 rc
	shift
	"$@" >"$WORK/out" 2>"$WORK/err"
	rc=$?
	OUT=$(cat "$WORK/out")
	ERR=$(cat "$WORK/err")
	[ $rc -eq "$want" ] || {
		echo "--- $* said:"
		cat "$WORK/out" "$WORK/err"
		fail "'$*' ended with $rc, expected $want"
	} >&2
}

# has TEXT WHAT: WHAT contains it.
has() {
	[[ $2 == *"$1"* ]] || fail "expected '$1' in: $2"
}

# wait_for SECONDS COMMAND...: until it succeeds.  The time is when to give up on a machine that
# is free; one that is busy with other things gets four times as much.
wait_for() {
	local until=$((SECONDS + 4 * $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$until" ] || fail "gave up waiting for: $*"
		read -r -t 0.02 <> <(:) || true
	done
}

# start_sandbox [OPTION...]: one on its own; $SANDBOX is its URL, and AWS settings point at it.
start_sandbox() {
	local out=$WORK/sandbox.out
	rm -f "$out"
	"$SBX" serve "$@" >"$out" 2>"$WORK/sandbox.err" &
	SANDBOX_PID=$!
	ends_with_us "$SANDBOX_PID"
	wait_for 20 grep -q '^listening ' "$out"
	SANDBOX=$(sed -n 's/^listening //p' "$out")
	export AWS_ENDPOINT_URL=$SANDBOX AWS_ACCESS_KEY_ID=AKIASANDBOX000000000
	export AWS_SECRET_ACCESS_KEY=sandbox AWS_CONFIG_FILE=/dev/null
	export AWS_SHARED_CREDENTIALS_FILE=/dev/null
	# Endpoints' own names are served over TLS on a port of their own.
	local info
	info=$(curl -sf --noproxy '*' "$SANDBOX/_sandbox/info") || fail "no answer from the sandbox"
	RUNBOOK_CONNECT_TO=::127.0.0.1:$(jq -r .tls_port <<<"$info")
	AWS_CA_BUNDLE=$(jq -r .ca_file <<<"$info")
	export RUNBOOK_CONNECT_TO AWS_CA_BUNDLE
}

stop_sandbox() {
	kill "$SANDBOX_PID"
	wait "$SANDBOX_PID" 2>/dev/null
}

# step_state STEP: from the journal.
step_state() {
	"$RB" status --output json | jq -r --arg s "$1" '.steps[] | select(.id == $s) | .state'
}

# output STEP NAME: a recorded output.
output() {
	"$RB" status --output json | jq -r --arg s "$1" --arg n "$2" \
		'.steps[] | select(.id == $s) | .outputs[$n] // empty'
}

journal() {
	echo "$HOME_DIR/${1:-default}/journal.jsonl"
}

# ANSWER COMMAND...: on a terminal, where ANSWER is typed; sets STATUS and SHOWN.
answer_on_terminal() {
	/usr/bin/python3 - "$@" >"$WORK/shown" <<-'PY'
		import os, pty, sys
		pid, fd = pty.fork()
		if pid == 0:
		    os.execv(sys.argv[2], sys.argv[2:])
		os.write(fd, sys.argv[1].encode() + b"\n")
		try:
		    while data := os.read(fd, 65536):
		        sys.stdout.buffer.write(data)
		except OSError:
		    pass
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	PY
	STATUS=$?
	SHOWN=$(cat "$WORK/shown")
}
