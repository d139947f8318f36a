#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A stack that cannot be written (a read-only home) is enough to connect as long as it knows the host
# key; a key that is not known there yet is not accepted, for nobody would know it the next time.
. "$(dirname "$0")/lib.sh"
command -v ssh >/dev/null || { echo "no ssh"; exit 77; }
alone=(unshare -m)
[ "$(id -u)" -eq 0 ] || alone=(unshare -rm)
"${alone[@]}" true 2>/dev/null || { echo "no mount namespace of one's own"; exit 77; }
read_only() {
	"${alone[@]}" sh -c 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"' \
		sh "$HOME_DIR" "$@"
}

start_sandbox --speed 2000
expect 0 "$RB" run --to 1-4 --speed 2000
instance=$(output 1-4 instance_id)
expect 2 read_only "$RB" connect -- true
has "cannot remember the host key of instance '$instance'" "$ERR"
has "cannot be written (Read-only file system), and it is not known yet" "$ERR"
[ ! -e "$HOME_DIR/default/known_hosts" ] || fail "it was written all the same"

expect 0 "$RB" connect -- true
expect 0 read_only "$RB" connect -- echo through
[ "$OUT" = through ] || fail "it said '$OUT'"
[ -z "$ERR" ] || fail "a complaint: $ERR"

# Another host's key is refused as ever.
ssh-keygen -q -t ed25519 -N '' -f "$WORK/other"
echo "$instance $(cut -d' ' -f1,2 "$WORK/other.pub")" >"$HOME_DIR/default/known_hosts"
expect 1 read_only "$RB" connect -- true
has "another host answers for instance" "$ERR"
