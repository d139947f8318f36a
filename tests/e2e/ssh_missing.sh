#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What 4-1 needs of this machine is looked at before the first call: without ssh, or without an entry
# for the user in the password database, a run that will come to 4-1 says so and makes nothing, one
# that will not goes as far as it was told, and what comes next is resume, never undo.
. "$(dirname "$0")/lib.sh"
command -v ssh >/dev/null || { echo "no ssh"; exit 77; }

# All programs but ssh.
mkdir "$WORK/no-ssh"
IFS=: read -ra dirs <<<"$PATH"
for ((i = ${#dirs[@]} - 1; i >= 0; i--)); do
	ln -sf "${dirs[i]}"/* "$WORK/no-ssh/" 2>/dev/null
done
rm -f "$WORK/no-ssh/ssh"

start_sandbox --speed 2000
calls() { curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" | jq length; }

# refused COMMAND...: it ends with 2, before it asked AWS for anything, and does not talk of undo.
refused() {
	expect 2 "$@"
	[ "$(calls)" -eq 0 ] || fail "it asked AWS first: $(calls) calls"
	[ ! -s "$(journal)" ] || fail "it began a run: $(cat "$(journal)")"
	[[ $OUT$ERR != *undo* ]] || fail "it advises undo: $ERR"
}

for to in '' '--to 4-1' '--to 4-2'; do
	# shellcheck disable=SC2086 # two words
	refused env PATH="$WORK/no-ssh" "$RB" run $to --speed 2000
	has "cannot run 'ssh'" "$ERR"
	has "it is not in PATH" "$ERR"
	has "install OpenSSH's client" "$ERR"
done

# A folder of that name, and a file that may not be run, are no ssh either.
mkdir -p "$WORK/odd/ssh" "$WORK/odd2"
: >"$WORK/odd2/ssh"
refused env PATH="$WORK/odd:$WORK/odd2:$WORK/no-ssh" "$RB" run --speed 2000
has "cannot run 'ssh'" "$ERR"

# ---- a user whom the password database does not know: ssh would say so in 4-1

nobody=54321
! getent passwd $nobody >/dev/null || fail "user id $nobody is somebody here"
mkdir "$WORK/bin"
cp "$RB" "$SBX" "$WORK/bin/"
chmod 755 "$WORK" "$WORK/bin"
mkdir -m 700 "$WORK/its"
if [ "$(id -u)" -eq 0 ]; then
	chown $nobody "$WORK/its"
	as=(setpriv --reuid=$nobody --regid=$nobody --clear-groups)
else
	as=(unshare --user --map-user=$nobody)
fi
"${as[@]}" true || fail "cannot become user $nobody"
refused env RUNBOOK_HOME="$WORK/its/home" TMPDIR="$WORK/its" "${as[@]}" "$WORK/bin/runbook" run --speed 2000
has "ssh will not work for user id $nobody" "$ERR"
has "the password database has no entry for it" "$ERR"
has "/etc/passwd" "$ERR"

# ---- as far as it needs none, and on from there

expect 0 env PATH="$WORK/no-ssh" "$RB" run --to 2-4 --speed 2000
expect 2 env PATH="$WORK/no-ssh" "$RB" resume --speed 2000
has "cannot run 'ssh'" "$ERR"
[[ $ERR != *undo* ]] || fail "it advises undo: $ERR"
expect 2 env PATH="$WORK/no-ssh" "$RB" connect -- true
has "cannot run 'ssh'" "$ERR"

# Gone in the middle: 4-1 says what is missing, and that resume goes on.
cp -P "$WORK/no-ssh/sh" "$WORK/odd/"
mkdir "$WORK/some"
cat >"$WORK/some/ssh" <<-EOF
	#!/nowhere/sh
EOF
chmod +x "$WORK/some/ssh"
expect 2 env PATH="$WORK/some:$WORK/no-ssh" "$RB" resume --speed 2000
has "cannot run 'ssh'" "$ERR"
has "runbook resume" "$ERR"
[[ $ERR != *undo* ]] || fail "it advises undo: $ERR"
expect 0 "$RB" resume --speed 2000
