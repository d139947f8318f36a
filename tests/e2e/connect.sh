#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `runbook connect` is ssh: a command's output, status, input and quoting come through, a shell
# under a terminal is resized, interrupted and ended (tests/py/connect_pty.py), the host key is
# remembered and a changed one refused, whatever the user's own ssh configuration says; and no
# key, token or signed URL is left in files, arguments or debug output, whatever ends it.
. "$(dirname "$0")/lib.sh"
command -v ssh >/dev/null || { echo "no ssh"; exit 77; }

start_sandbox --speed 2000
expect 0 "$RB" run --to 1-4 --speed 2000
HOSTS=$HOME_DIR/default/known_hosts

# The private directories of connections; the sandbox's own has another name.
private_dirs() { find "$TMPDIR" -mindepth 1 -maxdepth 1 -name 'runbook-connect.??????'; }
nothing_left() { [ -z "$(private_dirs)" ]; }
open_now() { ! nothing_left; }
reached() { [ -s "$WORK/began" ]; }

# ---- a command

expect 0 "$RB" connect -- uname -s
[ "$OUT" = "$(uname -s)" ] || fail "uname said '$OUT'"
[ -z "$ERR" ] || fail "ssh's own chatter: $ERR"
expect 7 "$RB" connect -- 'echo out; echo err >&2; exit 7'
[ "$OUT $ERR" = "out err" ] || fail "the streams are mixed: '$OUT' '$ERR'"
expect 255 "$RB" connect -- exit 255
[ -z "$ERR" ] || fail "a remote 255 is no failure of ours: $ERR"
expect 255 "$RB" connect -- 'kill -TERM $$'
expect 0 "$RB" connect -- echo 'a  b' "'c  d'" '$((1+1))'
[ "$OUT" = "a b c  d 2" ] || fail "words are not joined as ssh joins them: '$OUT'"
head -c 3000000 /dev/urandom >"$WORK/data"
"$RB" connect -- 'sha256sum; echo done >&2' <"$WORK/data" >"$WORK/sum" 2>/dev/null ||
	fail "input did not come through"
[ "$(cut -d' ' -f1 "$WORK/sum")" = "$(sha256sum <"$WORK/data" | cut -d' ' -f1)" ] ||
	fail "the input is not what was sent"
nothing_left || fail "left behind: $(private_dirs)"

# ---- a terminal

/usr/bin/python3 tests/py/connect_pty.py "$RB" || fail "under a terminal"
nothing_left || fail "left behind: $(private_dirs)"

# ---- the host key

[ "$(wc -l <"$HOSTS")" -eq 1 ] || fail "not one remembered key: $(cat "$HOSTS")"
cp "$HOSTS" "$WORK/hosts"
ssh-keygen -q -t ed25519 -N '' -f "$WORK/other"
echo "$(cut -d' ' -f1 "$WORK/hosts") $(cut -d' ' -f1,2 "$WORK/other.pub")" >"$HOSTS"
expect 1 "$RB" connect -- true
has "another host answers for instance" "$ERR"
has "is not the one that was remembered" "$ERR"
has "known_hosts" "$ERR"
cp "$WORK/hosts" "$HOSTS"
expect 0 "$RB" connect -- true

# ---- a user's own configuration: each line would break the connection, were it heeded

REAL_SSH=$(command -v ssh)
mkdir "$WORK/bin"
cat >"$WORK/bin/ssh" <<-EOF
	#!/bin/sh
	exec '$REAL_SSH' -F '$WORK/hostile' "\$@"
EOF
chmod +x "$WORK/bin/ssh"
cat >"$WORK/hostile" <<-EOF
	Host *
	    ProxyJump nobody@127.0.0.1:1
	    ProxyUseFdpass yes
	    ControlMaster auto
	    ControlPath $WORK/master-%C
	    ControlPersist yes
	    LocalForward 1 127.0.0.1:1
	    ExitOnForwardFailure yes
	    IdentityFile $WORK/other
	    IdentitiesOnly no
	    PubkeyAuthentication no
	    PubkeyAcceptedAlgorithms rsa-sha2-512
	    PreferredAuthentications password
	    RemoteCommand false
	    SessionType none
	    StdinNull yes
	    ForkAfterAuthentication yes
	    PermitLocalCommand yes
	    LocalCommand touch $WORK/local-command
	    StrictHostKeyChecking ask
	    UserKnownHostsFile $WORK/no-hosts
	    KnownHostsCommand /bin/echo %H $(cut -d' ' -f1,2 "$WORK/other.pub")
	    CheckHostIP yes
	    HostName 127.0.0.1
	    CanonicalizeHostname always
	    User root
	    Port 1
	    LogLevel QUIET
EOF
for words in 'exit 6' 'cat; exit 6'; do
	echo through >"$WORK/in"
	PATH=$WORK/bin:$PATH "$RB" connect -- "$words" <"$WORK/in" >"$WORK/out" 2>"$WORK/err"
	rc=$?
	[ $rc -eq 6 ] || fail "with a hostile configuration: $rc, $(cat "$WORK/err")"
done
[ "$(cat "$WORK/out")" = through ] || fail "no input with a hostile configuration"
ls "$WORK"/master-* "$WORK/local-command" "$WORK/no-hosts" 2>/dev/null && fail "it was heeded"

# ---- secrets: arguments of what runs, files, debug output

"$RB" --debug connect -- 'echo began; sleep 60' >"$WORK/began" 2>"$WORK/debug" &
pid=$!
ends_with_us "$pid"
wait_for 20 reached
[ "$(stat -c %a "$(private_dirs)")" = 700 ] || fail "the private directory is open to others"
[ "$(stat -c %a "$(private_dirs)/key")" = 600 ] || fail "the key is open to others"
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' >"$WORK/arguments"
grep -q -- '--endpoint-dns' "$WORK/arguments" || fail "the tunnel is not among the processes"
kill -TERM $pid
wait $pid
: | "$RB" --debug tunnel >"$WORK/tunnel" 2>>"$WORK/debug" || fail "a tunnel without input"
grep -q 'tunnel: upgraded' "$WORK/debug" || fail "no debug output"
for secret in 'X-Amz-Signature' 'X-Amz-Credential' 'openTunnel?' 'PRIVATE KEY' \
	"AWS_SECRET_ACCESS_KEY=sandbox"; do
	grep -rlF -- "$secret" "$WORK/arguments" "$WORK/debug" "$HOME_DIR" &&
		fail "'$secret' is in there"
done

# ---- whatever ends it

for signal in TERM HUP INT QUIT; do
	: >"$WORK/began"
	# A background job ignores SIGINT and SIGQUIT, and so would what it starts.
	env --default-signal=INT,QUIT "$RB" connect -- 'echo began; sleep 60' >"$WORK/began" \
		2>"$WORK/err" </dev/null &
	pid=$!
	ends_with_us "$pid"
	wait_for 20 reached
	open_now || fail "no key while it is open"
	kill -$signal $pid
	wait $pid
	rc=$?
	[ $rc -eq $((128 + $(kill -l $signal))) ] || fail "after SIG$signal: $rc"
	nothing_left || fail "SIG$signal left $(private_dirs)"
done

# Before there is an ssh: the key is on its way to AWS.
curl -sf --noproxy '*' -d 'SendSSHPublicKey=slow=20000' "$SANDBOX/_sandbox/fault" >/dev/null
for signal in TERM HUP INT; do
	env --default-signal=INT "$RB" connect -- true 2>"$WORK/err" </dev/null &
	pid=$!
	ends_with_us "$pid"
	wait_for 20 open_now
	kill -$signal $pid
	wait $pid
	rc=$?
	[ $rc -eq $((128 + $(kill -l $signal))) ] || fail "before ssh, after SIG$signal: $rc"
	nothing_left || fail "before ssh, SIG$signal left $(private_dirs)"
done
curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null

# ---- what nothing can catch: the next one removes what is left, and nothing else

left=0
leave_one() { # it is open, then killed: $left
	: >"$WORK/began"
	"$RB" connect -- 'echo began; sleep 60' >"$WORK/began" 2>"$WORK/err" </dev/null &
	pid=$!
	ends_with_us "$pid"
	wait_for 20 reached
	left=$(private_dirs | grep -vxF "${1:-none}")
	kill -KILL $pid
	wait $pid 2>/dev/null
	[ -s "$left/key" ] || fail "no key was left, and nothing is shown"
}

: >"$WORK/began"
"$RB" connect -- 'echo began; sleep 60' >"$WORK/began" 2>"$WORK/err" </dev/null &
alive=$!
ends_with_us "$alive"
wait_for 20 reached
open=$(private_dirs)
leave_one "$open"
# Not ours to remove: a link, a file, a directory that others may look into, another name.
mkdir -m 700 "$WORK/elsewhere" "$TMPDIR/runbook-connect.abcdefg" "$TMPDIR/runbook-backup"
mkdir -m 755 "$TMPDIR/runbook-connect.shared"
ln -s "$WORK/elsewhere" "$TMPDIR/runbook-connect.linked"
for dir in "$WORK/elsewhere" "$TMPDIR"/runbook-connect.abcdefg "$TMPDIR"/runbook-backup \
	"$TMPDIR"/runbook-connect.shared; do
	echo mine >"$dir/key"
done
echo mine >"$TMPDIR/runbook-connect.afile1"
expect 0 "$RB" connect -- true
[ ! -e "$left" ] || fail "the key of a killed one is still there: $(ls "$left")"
[ -s "$open/key" ] || fail "that of a living one is gone"
for file in "$WORK/elsewhere/key" "$TMPDIR"/runbook-connect.abcdefg/key "$TMPDIR"/runbook-backup/key \
	"$TMPDIR"/runbook-connect.shared/key "$TMPDIR"/runbook-connect.afile1; do
	[ "$(cat "$file")" = mine ] || fail "it removed '$file'"
done
rm -r "$TMPDIR"/runbook-connect.abcdefg "$TMPDIR"/runbook-backup "$TMPDIR"/runbook-connect.shared \
	"$TMPDIR"/runbook-connect.linked "$TMPDIR"/runbook-connect.afile1
kill -TERM $alive
wait $alive
nothing_left || fail "left behind: $(private_dirs)"

# Going down again without a trace.
expect 0 "$RB" run --to 4-1 --speed 2000
leave_one
expect 0 "$RB" undo --yes --speed 2000
nothing_left || fail "undo left $(private_dirs)"
