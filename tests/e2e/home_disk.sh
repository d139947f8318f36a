#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A home that is read-only, and a disk that is really full: it stops before the call that it could
# not record, and goes on when there is room.
. "$(dirname "$0")/lib.sh"

alive() { # what lives, how often
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" |
		jq -c '[to_entries[] | .key as $k | .value | to_entries[] |
			{k: "\($k) \(.key)", n: [.value[] | select(.live != false)] | length}
			| select(.n > 0)]'
}
nothing_left() {
	[ "$(alive)" = '[]' ] || fail "left: $(alive)"
}

mkdir -m 700 "$HOME_DIR"
# A file system of its own: root may mount one, others where the kernel lets them be root apart.
apart=(unshare -m)
[ "$(id -u)" -eq 0 ] || apart=(unshare -rm)
"${apart[@]}" mount -t tmpfs tmpfs "$HOME_DIR" 2>/dev/null || {
	echo "no file system can be mounted here (${apart[*]})"
	exit 77
}
# The sandbox does not see into that file system, so it cannot ask for intents there.
unset RUNBOOK_SANDBOX_JOURNAL RUNBOOK_FAULT_SYNCED
start_sandbox --speed 20000
expect 0 "$RB" run --to 2-2 --speed 20000
clean=$(alive)
expect 0 "$RB" undo --yes --speed 20000
nothing_left

# Read-only: nothing is asked of AWS.
export RB HOME_DIR
rm -rf "$HOME_DIR"
mkdir -m 700 "$HOME_DIR"
expect 1 "${apart[@]}" bash -c 'mount -t tmpfs -o ro,mode=700 tmpfs "$HOME_DIR" && exec "$RB" run --to 1-1 --speed 20000'
has "Read-only file system" "$ERR"
nothing_left

# Really full, at whatever record that comes; then with room, in the same file system.
cat >"$WORK/full.sh" <<'EOF'
mount -t tmpfs -o size=1m,mode=700 tmpfs "$HOME_DIR" || exit 99
head -c 996k /dev/zero >"$HOME_DIR/ballast" || exit 99
"$RB" run --to 2-2 --speed 20000
[ $? -eq 1 ] || exit 98
rm "$HOME_DIR/ballast" || exit 97
"$RB" run --to 2-2 --speed 20000 || exit 96
curl -sf --noproxy '*' "$AWS_ENDPOINT_URL/_sandbox/world" >"$WORLD"
"$RB" undo --yes --speed 20000 || exit 95
EOF
expect 0 env WORLD="$WORK/world" "${apart[@]}" bash "$WORK/full.sh"
has "No space left on device" "$ERR"
has "journal" "$ERR"
found=$(jq -c '[to_entries[] | .key as $k | .value | to_entries[] |
	{k: "\($k) \(.key)", n: [.value[] | select(.live != false)] | length}
	| select(.n > 0)]' "$WORK/world")
[ "$found" = "$clean" ] || fail "after a full disk: $found, not $clean"
nothing_left
