#!/bin/bash
# A stack's files in trouble: a journal of another version (6), a journal that is lost while run.json
# is there (what it made is found again), a home that is read-only, and a disk that is really full:
# it stops before the call that it could not record, and goes on when there is room.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 20000

alive() { # what lives, how often
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" |
		jq -c '[to_entries[] | .key as $k | .value | to_entries[] |
			{k: "\($k) \(.key)", n: [.value[] | select(.live != false)] | length}
			| select(.n > 0)]'
}
nothing_left() {
	[ "$(alive)" = '[]' ] || fail "left: $(alive)"
}

expect 0 "$RB" run --to 2-2 --speed 20000
clean=$(alive)
J=$(journal)
cp "$J" "$WORK/good"

# Another version's.
sed -i '1s/"format":2/"format":3/' "$J"
cp "$J" "$WORK/other"
for c in run undo status; do
	expect 6 "$RB" $c --yes </dev/null
	has "format 3" "$ERR"
	cmp -s "$J" "$WORK/other" || fail "$c touched another version's journal"
done

# Lost, while run.json tells which run it was.
rm "$J"
expect 0 "$RB" run --to 2-2 --speed 20000
[ "$(alive)" = "$clean" ] || fail "after a lost journal: $(alive), not $clean"
rm "$J"
expect 0 "$RB" undo --yes --speed 20000
nothing_left

# The rest needs a file system of its own.
[ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null || exit 0

# Read-only: nothing is asked of AWS.
export RB HOME_DIR
rm -rf "$HOME_DIR"
mkdir -m 700 "$HOME_DIR"
expect 1 unshare -m bash -c 'mount -t tmpfs -o ro,mode=700 tmpfs "$HOME_DIR" && exec "$RB" run --to 1-1 --speed 20000'
has "Read-only file system" "$ERR"
nothing_left

# Really full, at whatever record that comes; then with room, in the same file system.
cat >"$WORK/full.sh" <<'EOF'
mount -t tmpfs -o size=28k,mode=700 tmpfs "$HOME_DIR" || exit 99
"$RB" run --to 2-2 --speed 20000
[ $? -eq 1 ] || exit 98
mount -o remount,size=1m "$HOME_DIR" || exit 97
"$RB" run --to 2-2 --speed 20000 || exit 96
curl -sf --noproxy '*' "$AWS_ENDPOINT_URL/_sandbox/world" >"$WORLD"
"$RB" undo --yes --speed 20000 || exit 95
EOF
expect 0 env WORLD="$WORK/world" unshare -m bash "$WORK/full.sh"
has "No space left on device" "$ERR"
has "journal" "$ERR"
found=$(jq -c '[to_entries[] | .key as $k | .value | to_entries[] |
	{k: "\($k) \(.key)", n: [.value[] | select(.live != false)] | length}
	| select(.n > 0)]' "$WORK/world")
[ "$found" = "$clean" ] || fail "after a full disk: $found, not $clean"
nothing_left
