#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The live view when things do not go smoothly: a step that fails, a setting that drifted, a terminal
# of few rows, one that changes its width meanwhile; `--output json` tells the same as events.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 100
ESC=$'\033'

# on_terminal COLUMNS ROWS NEW_COLUMNS ARGUMENT...: its status in $STATUS, what came in $SHOWN; after
# the first frame the terminal has NEW_COLUMNS, and what came since is in $WORK/since.
on_terminal() {
	/usr/bin/python3 - "$WORK/since" "$RB" "$@" >"$WORK/shown" <<'PY'
import fcntl, os, pty, struct, sys, termios
since, program, columns, rows, new, *words = sys.argv[1:]
def size(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
ready, go = os.pipe()
pid, fd = pty.fork()
if pid == 0:
    os.read(ready, 1)
    os.execve(program, [program] + words, dict(os.environ, TERM="xterm"))
size(fd, columns)
os.write(go, b"x")
seen, cut = b"", 0
while True:
    try:
        got = os.read(fd, 65536)
    except OSError:
        break
    if not got:
        break
    seen += got
    if not cut and seen.count(b"\x1b[J") > 1:
        size(fd, new)
        cut = len(seen)
sys.stdout.buffer.write(seen)
with open(since, "wb") as f:
    f.write(seen[cut:])
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
	STATUS=$?
	SHOWN=$(tr -d '\r' <"$WORK/shown")
}
fault() { curl -sf "$SANDBOX/_sandbox/fault" -d "$1" >/dev/null || fail "no fault"; }

# ---- a step that fails: its line says so, and the whole error stands below the last frame
fault 'PutBucketPolicy=AccessDenied'
expect 0 "$RB" run --to 1-1 --speed 100 # so that it holds whatever comes first
on_terminal 120 40 120 run --to 2-4 --speed 100
[ "$STATUS" -eq 5 ] || fail "exit $STATUS"
grep -q "2-4  Create.*${ESC}\[31mfailed" <<<"$SHOWN" || fail "2-4 is not shown as failed: $SHOWN"
grep -q "1-1  Create.*${ESC}\[32mheld" <<<"$SHOWN" || fail "1-1 is not shown as held"
last=${SHOWN##*"${ESC}[?25h"}
has 'AccessDenied' "$last"
has 'hint:' "$last"
curl -sf -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null || fail "the fault stays"

# ---- narrower after the first frame: no line written since is longer
on_terminal 120 40 60 run --to 3-4 --speed 100
[ "$STATUS" -eq 0 ] || fail "exit $STATUS: $SHOWN"
py - "$WORK/since" <<'PY' || fail "a line is wider than the terminal has become"
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
frames = text.split("\x1b[J")[2:-1]  # one may have been under way
lines = [re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", l).strip("\r") for f in frames for l in f.split("\n")]
lines = [l for l in lines if re.match(r"[1-4]-[1-4]  ", l)]
assert len(lines) >= 14, len(lines)
assert all(len(l) < 60 for l in lines), max(lines, key=len)
PY

# ---- drift, as lines above the frame; then as events
drift() {
	py - "$(output 1-1 vpc_id)" <<-'PY' || fail "no drift"
		import os, sys, boto3
		ec2 = boto3.client("ec2", "ap-northeast-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
		ec2.modify_vpc_attribute(VpcId=sys.argv[1], EnableDnsHostnames={"Value": False})
	PY
}
drift
on_terminal 120 40 120 verify
[ "$STATUS" -eq 3 ] || fail "exit $STATUS: $SHOWN"
has "vpc.dns_hostnames: expected 'true', found 'false'" "$SHOWN"
on_terminal 120 40 120 run --to 3-4 --speed 100
[ "$STATUS" -eq 0 ] || fail "exit $STATUS: $SHOWN"
grep -q "1-1  differs: vpc.dns_hostnames: expected 'true', found 'false'" <<<"$SHOWN" ||
	fail "no word of the drift: $SHOWN"
has 'does not hold: doing it again' "$SHOWN"
drift
expect 0 "$RB" run --to 3-4 --speed 100 --output json
jq -se 'any(.[]; .event == "drift" and .step == "1-1" and .claim == "vpc.dns_hostnames"
	and .expected == "true" and .found == "false")
	and any(.[]; .event == "repair" and .step == "1-1")' <<<"$OUT" >/dev/null ||
	fail "no drift in: $OUT"

# ---- few rows: what goes on is shown, never more than there is room for
on_terminal 100 6 100 undo --yes --speed 100
[ "$STATUS" -eq 0 ] || fail "exit $STATUS: $SHOWN"
py - "$WORK/shown" <<'PY' || fail "more than five lines in six rows"
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
for n in re.findall(r"\x1b\[(\d+)A", text):
    assert int(n) <= 5, n
frames = text.split("\x1b[J")[:-1]
shown = [re.findall(r"^(?:\x1b\[[?0-9;]*[A-Za-z]|\r)*([1-4]-[1-4])  .*\x1b\[0m", f, re.M)
         for f in frames]
assert max(map(len, shown)) <= 5 and any(len(s) >= 4 for s in shown), shown
assert len({s for f in shown for s in f}) >= 6, shown
PY
has 'nothing of run' "$SHOWN"

# ---- a wait whose time ran out: what AWS still says, then and in a look of its own
stop_sandbox
rm -rf "$HOME_DIR"
start_sandbox --speed 4 # the endpoint takes three quarters of a minute
expect 0 "$RB" run --to 1-2 --speed 4
expect 1 "$RB" run --to 1-3 --speed 4 --timeout 8
has "AWS still says 'create-in-progress'" "$ERR"
expect 3 "$RB" verify 1-3
has 'pending' "$OUT"
has ': create-in-progress' "$OUT"
expect 3 "$RB" verify 1-3 --output json
jq -e '.steps[0].verdict == "pending" and .steps[0].waits_for.state == "create-in-progress"
	and .steps[0].waits_for.usual_s > 0' <<<"$OUT" >/dev/null || fail "verify: $OUT"
expect 0 "$RB" status
has 'create-in-progress' "$OUT"
