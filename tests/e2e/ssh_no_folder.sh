#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# When no folder can hold a private key, not even /tmp, a run says so before the first change, names
# each and what is wrong with it; one that does not come to 4-1 needs none.
. "$(dirname "$0")/lib.sh"
command -v ssh >/dev/null || { echo "no ssh"; exit 77; }
alone=(unshare -m)
[ "$(id -u)" -eq 0 ] || alone=(unshare -rm)
"${alone[@]}" true 2>/dev/null || { echo "no mount namespace of one's own"; exit 77; }

# In a world where /tmp is read-only, and the home is elsewhere.
mkdir "$WORK/elsewhere"
without_tmp() {
	"${alone[@]}" sh -c 'mount --bind "$1" /mnt && mount -t tmpfs -o ro none /tmp &&
		shift && TMPDIR=/nonexistent RUNBOOK_HOME=/mnt/home exec "$@"' sh "$WORK/elsewhere" "$@"
}
expect 2 without_tmp "$RB" run --sandbox --speed 2000
has "there is no folder for a private key" "$ERR"
has "'/nonexistent': No such file or directory; '/tmp': Read-only file system" "$ERR"
has "TMPDIR=" "$ERR"
[[ $OUT$ERR != *undo* ]] || fail "it advises undo: $ERR"
[ ! -s "$WORK/elsewhere/home/default/journal.jsonl" ] || fail "it began a run"
