#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# On a terminal the rows of verify become the verdicts: no row is left at "todo", none is printed a
# second time but for its details; with stdout elsewhere the whole list goes there.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 20000
expect 0 "$RB" run --to 2-1 --speed 20000

# on_terminal WORDS...: what a screen of 120 columns and 40 rows shows in the end, in $SCREEN.
on_terminal() {
	/usr/bin/python3 - "$RB" "$@" >"$WORK/screen" <<-'PY'
		import fcntl, os, pty, re, struct, sys, termios
		ready, go = os.pipe()
		pid, fd = pty.fork()
		if pid == 0:
		    os.read(ready, 1)
		    os.execve(sys.argv[1], sys.argv[1:], dict(os.environ, TERM="xterm"))
		fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
		os.write(go, b"x")
		seen = b""
		try:
		    while data := os.read(fd, 65536):
		        seen += data
		except OSError:
		    pass
		lines, row = [""], 0
		for part in re.findall(r"\x1b\[[?0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", seen.decode()):
		    if part == "\n":
		        row += 1
		        lines += [""] * (row + 1 - len(lines))
		        column = 0
		    elif part == "\r":
		        column = 0
		    elif part.startswith("\x1b["):
		        if part.endswith("A"):
		            row -= int(part[2:-1])
		        elif part.endswith("J"):
		            lines[row + 1:] = []
		        elif part.endswith("K"):
		            lines[row] = lines[row][:column]
		    else:
		        lines[row] = lines[row][:column] + part + lines[row][column + len(part):]
		        column += len(part)
		print("\n".join(l.rstrip() for l in lines))
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	PY
	STATUS=$?
	SCREEN=$(cat "$WORK/screen")
}
rows() { # STEP: how many rows it has
	grep -c "^$1  " <<<"$SCREEN"
}

on_terminal verify 1-1 1-2 --speed 20000
[ "$STATUS" -eq 0 ] || fail "exit $STATUS: $SCREEN"
for step in 1-1 1-2; do
	grep -Eq "^$step  .* holds  " <<<"$SCREEN" || fail "no verdict in the row of $step: $SCREEN"
	[ "$(rows $step)" -eq 1 ] || fail "$step has $(rows $step) rows: $SCREEN"
done
[[ $(tail -n 1 <<<"$SCREEN") == '2 of 2 hold'* ]] || fail "the last line: $SCREEN"

on_terminal verify --speed 20000
[ "$STATUS" -eq 3 ] || fail "exit $STATUS: $SCREEN"
[ "$(grep -c ' holds ' <<<"$SCREEN")" -eq 5 ] || fail "not five hold: $SCREEN"
[ "$(rows '[1-4]-[1-4]')" -eq 14 ] || fail "$(rows '[1-4]-[1-4]') rows: $SCREEN"
has '5 of 5 hold; 9 not made' "$SCREEN"

py - "$(output 1-1 vpc_id)" <<'PY' || fail "no drift"
import os, sys, boto3
ec2 = boto3.client("ec2", "ap-northeast-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
ec2.modify_vpc_attribute(VpcId=sys.argv[1], EnableDnsHostnames={"Value": False})
PY
on_terminal verify 1-1 1-2 --speed 20000
[ "$STATUS" -eq 3 ] || fail "exit $STATUS: $SCREEN"
grep -Eq "^1-1  .* differs  " <<<"$SCREEN" || fail "no verdict in the row: $SCREEN"
has "vpc.dns_hostnames: expected 'true', found 'false'" "$SCREEN"
[ "$(rows 1-2)" -eq 1 ] || fail "1-2 is told twice: $SCREEN"
has 'to put it right: runbook resume' "$SCREEN"

# What an old upload did not try stands under its only row.
expect 0 "$RB" run --speed 20000
on_terminal verify --speed 20000
[ "$STATUS" -eq 0 ] || fail "exit $STATUS: $SCREEN"
[ "$(rows '[1-4]-[1-4]')" -eq 14 ] || fail "$(rows '[1-4]-[1-4]') rows: $SCREEN"
[ "$(rows 4-2)" -eq 1 ] || fail "4-2 is told twice: $SCREEN"
[[ $(grep -A1 '^4-2  .* holds  ' <<<"$SCREEN" | tail -n 1) == '       uploaded at 20'*'the path is not tried' ]] ||
	fail "not under its row: $SCREEN"
[[ $(tail -n 1 <<<"$SCREEN") == '14 of 14 hold'* ]] || fail "the last line: $SCREEN"
