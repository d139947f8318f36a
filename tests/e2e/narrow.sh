#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# On a terminal of 40, 80 or 200 columns every line fits, in both languages and also in the C locale: titles are
# cut with an ellipsis and only when there is no room, ids and times never, and a command is never broken; elsewhere
# nothing is cut.
. "$(dirname "$0")/lib.sh"

# terminal COLUMNS VARIABLE=VALUE... -- ARGUMENTS...: what the terminal got, in $WORK/shown; each line fits.
terminal() {
	/usr/bin/python3 - "$RB" "$@" >"$WORK/shown" <<'PY' || fail "on a terminal of $*"
import fcntl, os, pty, re, struct, sys, termios, unicodedata
program, columns, *rest = sys.argv[1:]
cut = rest.index("--")
env = dict(os.environ, TERM="xterm", **dict(v.split("=", 1) for v in rest[:cut]))
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, int(columns), 0, 0))
    os.execve(program, [program] + rest[cut + 1:], env)
seen = b""
while True:
    try:
        got = os.read(fd, 65536)
    except OSError:
        break
    if not got:
        break
    seen += got
text = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "\n", seen.decode("utf-8"))
for line in text.replace("\r", "\n").split("\n"):
    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
    if width > int(columns):
        sys.exit("%d columns: %s" % (width, line))
sys.stdout.buffer.write(re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", seen.decode("utf-8")).replace("\r\n", "\n").replace("\r", "\n").encode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
	SHOWN=$(cat "$WORK/shown")
}

# The live display: times whole and usual times, too, where there is room for them beside a title.
terminal 40 LC_ALL=C -- run --sandbox --speed 600 --to 1-2
has $'\n1-2  ' "$SHOWN"
has ' 0.0 s' "$SHOWN"
[[ $SHOWN != *$'\u2026'* ]] || fail 'an ellipsis that the C locale does not have'
has '...' "$SHOWN"
terminal 80 LC_ALL=C.UTF-8 -- run --sandbox --speed 100
has 's of usually 1.8 s' "$SHOWN" # beside titles that are cut for it
has '1-2  Create the private subnet and its route table  ' "$SHOWN" # and is whole when nobody waits
has 'steps hold' "$SHOWN"
has '4-2  Upload a file from the instance through the endpoint  held ' "$SHOWN"
grep -qxE ' *runbook undo --sandbox --speed 100' <<<"$SHOWN" || fail "the command is broken: $SHOWN"

terminal 40 LC_ALL=C -- run --sandbox --speed 600
has $'until:\n     runbook undo --sandbox --speed 600\n     rehearsal' "$SHOWN"

status=$("$RB" status)
for v in 1-3,instance_connect_endpoint_id 1-4,instance_id 3-1,vpc_peering_connection_id; do
	id=$(output "${v%,*}" "${v#*,}")
	for columns in 40 80 200; do
		for lang in en ja; do
			terminal "$columns" LC_ALL=C -- status --lang $lang
			has "$id" "$SHOWN"
			[ "$(grep -c '20..-..-..T..:..:..Z' <<<"$SHOWN")" -eq 15 ] || fail "a time is cut: $SHOWN"
		done
	done
done
terminal 80 LC_ALL=C.UTF-8 -- status
has 'Create the private subnet and its route table     held 20' "$SHOWN"
has $'Upload a file from the instance through the end\u2026  held 20' "$SHOWN"
terminal 200 LC_ALL=C.UTF-8 -- status
[ "$SHOWN" = "$status" ] || fail "cut or wrapped in spite of 200 columns: $SHOWN"
has 'Create the private subnet and its route table         held' "$status"
"$RB" run --sandbox --stack half --speed 600 --to 1-1 2>/dev/null || fail 'a part of a run'
terminal 40 LC_ALL=C.UTF-8 -- status --stack half
has $'to carry on:\n  runbook resume --stack half --sandbox' "$SHOWN"

for columns in 40 80 200; do
	for lang in en ja; do
		terminal "$columns" LC_ALL=C.UTF-8 -- steps --lang $lang
		terminal "$columns" LC_ALL=C.UTF-8 -- undo --help --lang $lang
		terminal "$columns" LC_ALL=C.UTF-8 -- --help --lang $lang
		terminal "$columns" LC_ALL=C.UTF-8 -- plan --lang $lang
		terminal "$columns" LC_ALL=C.UTF-8 -- plan --lang $lang --sandbox --stack none
	done
done
terminal 40 LC_ALL=C.UTF-8 -- verify --sandbox --lang ja
terminal 80 LC_ALL=C.UTF-8 -- verify --sandbox
terminal 80 LC_ALL=C -- undo --sandbox --yes --lang ja
