#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tunnel that ssh starts uses the credentials of the runbook that started ssh: whoever gives
# them is asked once for a connection (a person would type a second MFA code), they are in no
# environment, argument or file meanwhile, and a tunnel that is started alone looks for its own.
. "$(dirname "$0")/lib.sh"
command -v ssh >/dev/null || { echo "no ssh"; exit 77; }

start_sandbox --speed 2000
expect 0 "$RB" run --to 1-4 --speed 2000

# Short-lived ones, with a token to look for, from a program that counts how often it is asked.
/usr/bin/aws --endpoint-url "$SANDBOX" --region us-east-1 sts get-session-token >"$WORK/token" ||
	fail "no session token"
jq -c '.Credentials + {Version: 1}' "$WORK/token" >"$WORK/answer"
TOKEN=$(jq -r .SessionToken "$WORK/answer")
[ ${#TOKEN} -gt 20 ] || fail "'$TOKEN' is no token"
cat >"$WORK/give" <<-EOF
	#!/bin/sh
	echo asked >>'$WORK/asked'
	cat '$WORK/answer'
EOF
chmod +x "$WORK/give"
printf '[profile given]\nregion = us-east-1\ncredential_process = %s\n' "$WORK/give" >"$WORK/config"
export AWS_CONFIG_FILE=$WORK/config
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
asked() { wc -l <"$WORK/asked"; }
reached() { [ -s "$WORK/began" ]; }

: >"$WORK/asked"
expect 0 "$RB" --profile given connect -- echo through
[ "$OUT" = through ] || fail "it said '$OUT'"
[ "$(asked)" -eq 1 ] || fail "asked $(asked) times for one connection"
[ -z "$(find "$TMPDIR" -mindepth 1 -name "runbook-connect.??????")" ] || fail "left behind: $(ls "$TMPDIR")"

# While it is open: who may see them?
"$RB" --profile given --debug connect -- 'echo began; sleep 60' >"$WORK/began" 2>"$WORK/debug" &
pid=$!
ends_with_us "$pid"
wait_for 20 reached
dir=$(find "$TMPDIR" -mindepth 1 -maxdepth 1 -name 'runbook-connect.??????')
[ -p "$dir/keys" ] && [ "$(stat -c %a "$dir/keys")" = 600 ] || fail "no pipe for us alone: $(ls -l "$dir")"
ssh=$(pgrep -P $pid -x ssh)
tunnel=$(pgrep -P "$ssh")
[ -n "$tunnel" ] || fail "no tunnel below ssh"
for p in $pid $ssh $tunnel; do
	cat "/proc/$p/environ" "/proc/$p/cmdline" | tr '\0' '\n' | grep -F "$TOKEN" &&
		fail "process $p shows the token"
done
find "$dir" "$HOME_DIR" -type f -print0 | xargs -0 grep -lF "$TOKEN" && fail "a file holds the token"
grep -F "$TOKEN" "$WORK/debug" && fail "the debug output holds the token"
timeout 5 cat <>"$dir/keys" 2>/dev/null | grep -q . && fail "they are still there to take"
kill -TERM $pid
wait $pid
[ ! -e "$dir" ] || fail "left behind: $(ls "$dir")"

# Alone, and with a name that leads nowhere, a tunnel looks for its own.
: >"$WORK/asked"
: | RUNBOOK_TUNNEL_KEYS=$WORK/nowhere "$RB" --profile given tunnel >"$WORK/out" 2>"$WORK/err" ||
	fail "a tunnel of its own: $(cat "$WORK/err")"
: | RUNBOOK_TUNNEL_KEYS=$WORK/answer "$RB" --profile given tunnel >"$WORK/out" 2>"$WORK/err" ||
	fail "a file is no pipe: $(cat "$WORK/err")"
[ "$(asked)" -eq 2 ] || fail "asked $(asked) times for two tunnels"
