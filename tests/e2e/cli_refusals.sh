#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What must not go on does not: a damaged journal (6), a stack in use (4), the wrong account and
# missing credentials (5), a disk that is full; each says what and how to go on, and AWS is not
# asked to change anything.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 1000

changes() {
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" |
		jq '[.. | objects | select(.action? and (.action | test("^(Create|Delete|Run|Modify|Authorize|Put|Attach|Add|Accept|Terminate)")))] | length'
}
expect 0 "$RB" run --to 1-1 --speed 1000
J=$(journal)
cp "$J" "$WORK/good"
before=$(changes)
[ "$before" -ge 2 ] || fail "the sandbox tells no changing requests"

# Damage in the middle: named by file and line, and the file stays as it is.
sed -i '3s/step/stxp/' "$J"
cp "$J" "$WORK/damaged"
for c in run resume undo verify status plan journal; do
	expect 6 "$RB" $c --yes </dev/null
	has "'$J' is damaged at line 3" "$ERR"
	cmp -s "$J" "$WORK/damaged" || fail "$c touched a damaged journal"
done

# A torn end is cut off, and the run goes on.
head -c -5 "$WORK/good" >"$J"
expect 0 "$RB" status
cmp -s "$J" <(head -c -5 "$WORK/good") || fail "status touched a torn journal"
expect 0 "$RB" run --to 1-1 --speed 1000
has "torn" "$ERR"
[ "$(changes)" -eq "$before" ] || fail "a torn end made it change something"

# In use: who, where, since when; reading goes on.
mkfifo "$WORK/hold"
flock "$HOME_DIR/default/lock" -c "echo '4711 elsewhere 2026-01-02T03:04:05Z' >'$HOME_DIR/default/lock'
	cat '$WORK/hold'" &
ends_with_us $!
exec 8>"$WORK/hold"
wait_for 10 grep -q 4711 "$HOME_DIR/default/lock"
for c in run resume undo; do
	expect 4 "$RB" $c --yes </dev/null
	has "process 4711 on host elsewhere holds it since 2026-01-02T03:04:05Z" "$ERR"
done
expect 0 "$RB" status
expect 0 "$RB" verify 1-1 --speed 1000
exec 8>&-
wait_for 10 flock -n "$HOME_DIR/default/lock" true

# A full disk: refused before the call.
expect 1 env RUNBOOK_FAULT_FAIL=journal.write:3:28 "$RB" run --to 1-2 --speed 1000
has "cannot write the journal" "$ERR"
has "No space left" "$ERR"
[ "$(changes)" -eq "$before" ] || fail "changed something without a journal"

# Other credentials: another account.
cat >"$WORK/sts.py" <<'PY'
import http.server
class H(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn:aws:iam::210987654321:user/x</Arn><UserId>AIDA</UserId>
<Account>210987654321</Account></GetCallerIdentityResult>
<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *a):
        pass
s = http.server.HTTPServer(("127.0.0.1", 0), H)
print("listening", s.server_port, flush=True)
s.serve_forever()
PY
/usr/bin/python3 "$WORK/sts.py" >"$WORK/sts.out" &
ends_with_us $!
wait_for 10 grep -q listening "$WORK/sts.out"
port=$(awk '{print $2}' "$WORK/sts.out")
for c in run resume undo verify; do
	expect 5 env AWS_ENDPOINT_URL="http://127.0.0.1:$port" "$RB" $c --yes
	has "123456789012" "$ERR"
	has "210987654321" "$ERR"
done

# None at all.
expect 5 env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY HOME="$WORK" "$RB" run
has "credentials" "$ERR"
[ "$(changes)" -eq "$before" ] || fail "changed something without credentials"

expect 0 "$RB" undo --yes --speed 1000
