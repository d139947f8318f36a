#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A stack's files in trouble: a journal of another version (6), and a journal that is lost while
# run.json is there (what it made is found again).
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
