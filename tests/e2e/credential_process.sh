#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# credential_process may ask: on the terminal (tests/py/process_pty.py) or by standard input, unless that
# carries data; Ctrl-C ends it and us; what it says on stderr is passed on at once.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 600
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
export AWS_CONFIG_FILE=$WORK/config
mkdir "$WORK/p"
/usr/bin/python3 tests/py/process_pty.py "$RB" "$WORK/p" || fail "under a terminal"

KEYS='{"Version":1,"AccessKeyId":"AKIASANDBOX000000000","SecretAccessKey":"sandbox"}'
process() {
	printf '#!/bin/sh\n%s\n' "$1" >"$WORK/p/keys"
	chmod +x "$WORK/p/keys"
	printf '[default]\ncredential_process = %s/p/keys\n' "$WORK" >"$AWS_CONFIG_FILE"
}
process "read code; echo got \$code >&2; printf '%s' '$KEYS'"
echo 123456 >"$WORK/code"
expect 0 "$RB" run --to 1-1 --yes --speed 600 --stack one <"$WORK/code"
has "got 123456" "$ERR"

# What it says comes while it works, not when it has ended.
mkfifo "$WORK/go"
process "echo open http://login.example >&2; read x <$WORK/go; printf '%s' '$KEYS'"
"$RB" run --to 1-1 --yes --speed 600 --stack one >"$WORK/out" 2>"$WORK/live" </dev/null &
RUN=$!
ends_with_us "$RUN"
wait_for 20 grep -q '^open http://login.example' "$WORK/live"
echo >"$WORK/go"
wait "$RUN" || fail "a program that was waited for: $(cat "$WORK/live")"

# A tunnel's standard input is ssh's, and that of connect, unless it is a terminal, the command's.
process "readlink /proc/self/fd/0 >$WORK/stdin; printf '%s' '$KEYS'"
"$RB" tunnel --instance-id i-0123456789abcdef0 --speed 600 <"$WORK/code" >/dev/null 2>&1
[ "$(cat "$WORK/stdin")" = /dev/null ] || fail "the tunnel's program reads $(cat "$WORK/stdin")"
expect 0 "$RB" run --to 1-1 --yes --speed 600 --stack one <"$WORK/code"
[ "$(cat "$WORK/stdin")" = "$WORK/code" ] || fail "the run's program reads $(cat "$WORK/stdin")"
