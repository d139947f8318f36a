#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 4-1, 4-2 and connect work where the user's shell runs nothing (ssh starts the tunnel with a shell
# that does), where the first folders for a private key cannot be used, and when the program's own
# file is replaced or deleted while it runs.
. "$(dirname "$0")/lib.sh"
command -v ssh >/dev/null || { echo "no ssh"; exit 77; }

start_sandbox --speed 2000
expect 0 "$RB" run --to 3-4 --speed 2000

# ---- shells

for shell in /usr/sbin/nologin /bin/false /nonexistent/shell "$WORK" ''; do
	expect 0 env SHELL="$shell" "$RB" connect -- echo through
	[ "$OUT" = through ] || fail "with SHELL='$shell' it said '$OUT'"
done
expect 0 env -u SHELL "$RB" connect -- true
expect 0 env SHELL=/usr/sbin/nologin "$RB" run --speed 2000

# ---- folders: what cannot be used is passed over

where() { # the folder that a connection's key is in
	rm -f "$WORK/began"
	"$RB" connect -- 'echo began; read -r _' <"$WORK/hold" >"$WORK/began" 2>"$WORK/err" &
	pid=$!
	ends_with_us "$pid"
	wait_for 20 grep -q began "$WORK/began"
	find "$@" -maxdepth 1 -name 'runbook-connect.??????' -user "$(id -u)" -newer "$WORK/mark" 2>/dev/null
	kill "$pid"
	wait "$pid" 2>/dev/null
}
mkfifo "$WORK/hold"
exec 9<>"$WORK/hold"
: >"$WORK/file"
mkdir "$WORK/good"
touch -d '1 second ago' "$WORK/mark"
for bad in /nonexistent "$WORK/file" relative; do
	export XDG_RUNTIME_DIR=$bad TMPDIR=$WORK/good
	[ "$(where "$WORK/good")" ] || fail "with XDG_RUNTIME_DIR=$bad it is not in TMPDIR: $(cat "$WORK/err")"
	TMPDIR=$bad
	[ "$(where /tmp)" ] || fail "with TMPDIR=$bad as well it is not in /tmp: $(cat "$WORK/err")"
done
# One that is full.
alone=(unshare -m)
[ "$(id -u)" -eq 0 ] || alone=(unshare -rm)
if "${alone[@]}" true 2>/dev/null; then
	mkdir "$WORK/full"
	# shellcheck disable=SC2016 # for the inner shell
	expect 0 "${alone[@]}" sh -c 'mount -t tmpfs -o size=4k none "$1" && head -c 4096 /dev/zero >"$1/x" &&
		XDG_RUNTIME_DIR=$1 exec "$2" connect -- echo through' sh "$WORK/full" "$RB"
	[ "$OUT" = through ] || fail "with a full XDG_RUNTIME_DIR it said '$OUT'"
else
	echo "no mount namespace: a full folder was not tried"
fi
unset XDG_RUNTIME_DIR
export TMPDIR=$WORK/tmp

# ---- our own file

mkdir "$WORK/bin"
for how in 'rm %s' 'mv %s.other %s'; do
	cp "$RB" "$WORK/bin/runbook"
	printf '#!/bin/sh\nexit 99\n' >"$WORK/bin/runbook.other"
	chmod +x "$WORK/bin/runbook.other"
	# It goes while the first call is under way.
	curl -sf --noproxy '*' -d 'GetCallerIdentity:1=slow=1500' "$SANDBOX/_sandbox/fault" >/dev/null
	"$WORK/bin/runbook" connect -- echo through >"$WORK/out" 2>"$WORK/err" &
	pid=$!
	ends_with_us "$pid"
	running() { [ "$(cat "/proc/$pid/comm")" = runbook ]; } # its exe only root may read
	wait_for 20 running
	# shellcheck disable=SC2059 # the pattern is above
	eval "$(printf "$how" "$WORK/bin/runbook" "$WORK/bin/runbook")"
	wait $pid || fail "after '$how': $(cat "$WORK/err")"
	[ "$(cat "$WORK/out")" = through ] || fail "after '$how' it said '$(cat "$WORK/out")'"
	[ -z "$(find "$TMPDIR" -name 'runbook-connect.*')" ] || fail "left behind: $(find "$TMPDIR")"
	curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null
done
