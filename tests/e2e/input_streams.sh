#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a user names as a file may be a pipe: <(command), /dev/stdin, /dev/fd/N, a FIFO, a socket.  It is
# waited for, however slowly it is written, its size is bounded as a file's, and Ctrl-C ends the wait.
. "$(dirname "$0")/lib.sh"

slowly() { # TEXT...: a part at a time
	local part
	for part in "$@"; do
		read -r -t 0.1 <> <(:) || true
		printf '%s' "$part"
	done
}
bytes() { jq -r '.parameters["upload.bytes"]' <<<"$OUT"; }

# ---- parameters: --config
slowly '{"upload":' '{"bytes":' '5}}' >"$WORK/file.json"
mkfifo "$WORK/fifo"
expect 0 "$RB" plan --output json --config <(slowly '{"upload":' '{"bytes":' '5}}')
[ "$(bytes)" = 5 ] || fail "<(command): $OUT"
expect 0 "$RB" plan --output json --config=<(slowly '{"upload":' '{"bytes":6}}')
[ "$(bytes)" = 6 ] || fail "--config=<(command): $OUT"
for path in /dev/stdin /dev/fd/0 /proc/self/fd/0; do
	expect 0 "$RB" plan --output json --config $path < <(slowly '{"upload":' '{"bytes":7}}')
	[ "$(bytes)" = 7 ] || fail "a pipe as $path: $OUT"
	expect 0 "$RB" plan --output json --config $path <"$WORK/file.json"
	[ "$(bytes)" = 5 ] || fail "a file as $path: $OUT"
done
slowly '{"upload":{"by' 'tes":8}}' >"$WORK/fifo" &
expect 0 "$RB" plan --output json --config "$WORK/fifo"
[ "$(bytes)" = 8 ] || fail "a FIFO: $OUT"
/usr/bin/python3 - "$RB" >"$WORK/socket.json" <<'PY' || fail "a socket as /dev/stdin"
import socket, subprocess, sys, time
ours, theirs = socket.socketpair()
child = subprocess.Popen([sys.argv[1], "plan", "--output", "json", "--config", "/dev/stdin"], stdin=theirs)
theirs.close()
time.sleep(0.2)
ours.sendall(b'{"upload":{"bytes":9}}')
ours.close()
sys.exit(child.wait())
PY
[ "$(jq -r '.parameters["upload.bytes"]' "$WORK/socket.json")" = 9 ] || fail "a socket: $(cat "$WORK/socket.json")"

# ---- what is no configuration is refused as from a file
expect 2 "$RB" plan --config <(slowly '{"upload":' 'nonsense')
has 'cannot use the configuration' "$ERR"
expect 2 "$RB" plan --config <(:)
has 'cannot use the configuration' "$ERR"
expect 2 "$RB" plan --config <(head -c 1100000 /dev/zero)
has 'larger than 1048576 bytes' "$ERR"
for path in / /dev/null /dev/zero; do
	expect 2 "$RB" plan --config $path
	has 'it is not a regular file or a pipe' "$ERR"
done

# ---- a FIFO that nobody writes to: Ctrl-C, before anything was begun and when signals are held back
interrupt() { # COMMAND...: started, interrupted as soon as it waits; $STATUS
	"$@" >"$WORK/out" 2>"$WORK/err" </dev/null &
	local pid=$!
	ends_with_us "$pid"
	wait_for 20 waits_in_poll "$pid"
	kill -INT "$pid"
	wait "$pid"
	STATUS=$?
	ERR=$(cat "$WORK/err")
}
waits_in_poll() { [ "$(cut -d' ' -f1 "/proc/$1/syscall")" = 7 ] && ls -l "/proc/$1/fd" | grep -q "$WORK/fifo"; }
# Only root may look into a process that leaves no core; for a user it must do that it sleeps.
[ "$(id -u)" = 0 ] || waits_in_poll() { [[ $(<"/proc/$1/stat") == *') S '* && $(<"/proc/$1/comm") == runbook ]]; }
[ "$(id -u)" != 0 ] || [ "$(uname -m)" = x86_64 ] || waits_in_poll() { ls -l "/proc/$1/fd" | grep -q "$WORK/fifo"; }
interrupt env -u AWS_X /usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL) # a script starts it ignored, with &
os.execv(sys.argv[1], sys.argv[1:])' "$RB" plan --config "$WORK/fifo"
[ $STATUS -eq 130 ] || fail "plan waiting for its configuration, interrupted: $STATUS: $ERR"

start_sandbox --speed 600
unset AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE
export HOME=$WORK
export AWS_CONFIG_FILE=$WORK/fifo
interrupt "$RB" run --speed 600 --to 1-1
[ $STATUS -eq 130 ] || fail "run waiting for its AWS settings, interrupted: $STATUS: $ERR"
[ "$(id -u)" != 0 ] || has "cannot read '$WORK/fifo'" "$ERR"
unset AWS_CONFIG_FILE
AWS_CA_BUNDLE=$WORK/fifo interrupt "$RB" run --speed 600 --to 1-1
[ $STATUS -eq 130 ] || fail "run waiting for its CA bundle, interrupted: $STATUS: $ERR"
[ ! -e "$(journal)" ] || [ ! -s "$(journal)" ] || fail "something was begun: $(cat "$(journal)")"

# ---- AWS's own files, and the bundle: all fourteen steps, where ssh's tunnel can read none of them
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
ca=$AWS_CA_BUNDLE
config() { slowly $'[profile p]\nregion = ap-northeast-1\n' "ca_bundle = $ca"; }
credentials() { slowly $'[p]\naws_access_key_id = AKIASANDBOX000000000\n' 'aws_secret_access_key = sandbox'; }
AWS_CONFIG_FILE=<(config) AWS_SHARED_CREDENTIALS_FILE=<(credentials) AWS_CA_BUNDLE='' \
	expect 0 "$RB" run --speed 600 --profile p
has '14 of 14 steps hold' "$ERR"
AWS_CONFIG_FILE=<(config) AWS_SHARED_CREDENTIALS_FILE=/dev/stdin AWS_PROFILE=p AWS_CA_BUNDLE=<(slowly "$(<"$ca")") \
	expect 0 "$RB" connect --speed 600 -- 'echo in' < <(credentials)
[ "$OUT" = in ] || fail "connect: $OUT"
AWS_SHARED_CREDENTIALS_FILE=<(credentials) AWS_CA_BUNDLE=<(slowly "$(<"$ca")") \
	expect 0 "$RB" verify 1-1 4-1 --speed 600 --profile p
AWS_CA_BUNDLE=<(slowly 'no certificate') AWS_SHARED_CREDENTIALS_FILE=<(credentials) \
	expect 2 "$RB" verify 1-1 --speed 600 --profile p
has 'it gives no certificates' "$ERR"
AWS_SHARED_CREDENTIALS_FILE=<(:) expect 2 "$RB" verify 1-1 --speed 600 --profile p
has "p" "$ERR"
[ -z "$(ls "$TMPDIR" | grep runbook-connect)" ] || fail "left behind: $(ls "$TMPDIR")"
