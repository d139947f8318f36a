#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# On a terminal there is one live line a step, redrawn in place and cut to its width; with NO_COLOR,
# TERM=dumb or no terminal there are steady lines without an escape; stdout holds results only.
. "$(dirname "$0")/lib.sh"
ESC=$'\033'

# on_terminal COLUMNS ROWS VARIABLES... -- ARGUMENTS...: what the terminal got, in $SHOWN.
on_terminal() {
	/usr/bin/python3 - "$RB" "$@" >"$WORK/shown" <<'PY' || fail "$* failed"
import fcntl, os, pty, struct, sys, termios
program, columns, rows, *rest = sys.argv[1:]
cut = rest.index("--")
env = dict(os.environ, **dict(v.split("=", 1) for v in rest[:cut]))
pid, fd = pty.fork()
if pid == 0:
    os.execve(program, [program] + rest[cut + 1:], env)
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
while True:
    try:
        got = os.read(fd, 65536)
    except OSError:
        break
    if not got:
        break
    sys.stdout.buffer.write(got)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
	SHOWN=$(cat "$WORK/shown")
}

on_terminal 120 40 TERM=xterm -- run --sandbox --speed 200 --to 3-4 --color always
has "${ESC}[?25l" "$SHOWN"
has "${ESC}[?25h" "$SHOWN" # the cursor is given back
has "${ESC}[14A" "$SHOWN"
has "held" "$SHOWN"
has "of usually" "$SHOWN"
[[ $SHOWN != *"${ESC}[2J"* ]] || fail "the screen is cleared"
[[ $SHOWN == *"12 steps, up to 3-4, hold"* ]] || fail "no last word"

# Narrow: no line is longer than the terminal, wide characters counted twice.
on_terminal 60 40 TERM=xterm -- run --sandbox --speed 200 --to 3-4 --lang ja
py - "$WORK/shown" <<'PY' || fail "a line is wider than the terminal"
import re, sys, unicodedata
text = open(sys.argv[1], encoding="utf-8").read()
text = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", text)
lines = [l for part in text.split("\r") for l in part.split("\n") if re.match(r"[1-4]-[1-4]  ", l)]
assert len(lines) >= 14, len(lines)
for l in lines:
    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in l)
    assert width < 60, (width, l)
PY

for plain in NO_COLOR=1 TERM=dumb; do
	on_terminal 120 40 TERM=xterm "$plain" -- run --sandbox --speed 200 --to 3-4
	[[ $SHOWN != *"$ESC"* ]] || fail "$plain: an escape"
	[[ $SHOWN =~ 20[0-9-]+T[0-9:]+Z\ 1-1\ \ held ]] || fail "$plain: no steady lines: $SHOWN"
done

# "no" to the question of undo leaves all as it is.
on_terminal 120 40 TERM=xterm -- status
before=$(cksum <"$(journal)")
/usr/bin/python3 - "$RB" >"$WORK/shown" <<'PY' || fail "undo that was answered with no"
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], "undo", "--sandbox"])
seen = b""
while b"[y/N]" not in seen:
    seen += os.read(fd, 4096)
os.write(fd, b"n\n")
try:
    while os.read(fd, 4096):
        pass
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
[ "$(cksum <"$(journal)")" = "$before" ] || fail "the journal grew in spite of no"

expect 3 "$RB" verify --sandbox --speed 200 # 4-1 and 4-2 are not made
[[ $OUT == *"1-1  "*"holds"* ]] || fail "verify on stdout: $OUT"
expect 0 "$RB" undo --sandbox --speed 200 --yes
[ -z "$OUT" ] || fail "progress on stdout: $OUT"
[[ $ERR != *"$ESC"* ]] || fail "an escape without a terminal"
