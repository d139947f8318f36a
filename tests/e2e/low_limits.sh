#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Few files (ulimit -n), small files (-f), little memory (-v): it works, or says at once what is too little;
# no signal ends it, and what was written is whole: the same command without the limit carries on.
. "$(dirname "$0")/lib.sh"

# within LIMIT COMMAND...: $STATUS, with what it says in $OUT and $ERR (files of no size still take it).
within() {
	local limit=$1
	shift
	OUT=$(
		# shellcheck disable=SC2086 # "-n 64"
		{ (ulimit $limit && exec "$@") 2>&1 >&3 3>&- | cat >"$WORK/err"; } 3>&1
		exit "${PIPESTATUS[0]}"
	)
	STATUS=$?
	ERR=$(cat "$WORK/err")
}

# ---- files: 64 are enough for everything; with less nothing is begun; what opens nothing works still
within '-n 64' "$RB" run --sandbox --speed 600
[ $STATUS -eq 0 ] || fail "run with 64 files: $STATUS: $ERR"
within '-n 64' "$RB" connect --sandbox --speed 600 -- 'echo in'
[ "$STATUS $OUT" = '0 in' ] || fail "connect with 64 files: $STATUS: $OUT$ERR"
within '-n 64' "$RB" undo --sandbox --speed 600 --yes
[ $STATUS -eq 0 ] || fail "undo with 64 files: $STATUS: $ERR"
before=$(cksum "$(journal)")
for n in 63 16; do
	within "-n $n" "$RB" run --sandbox
	[ $STATUS -eq 2 ] || fail "run with $n files: $STATUS: $ERR"
	has "$n at once (ulimit -n), and 64 are needed" "$ERR"
	[ "$(cksum "$(journal)")" = "$before" ] || fail "with $n files something was begun"
	within "-n $n" "$SBX" serve --state "$WORK/s.db"
	[ $STATUS -eq 2 ] || fail "sandbox with $n files: $STATUS: $ERR"
	has "$n at once (ulimit -n), and 64 are needed" "$ERR"
	[ ! -e "$WORK/s.db" ] || fail "sandbox with $n files: begun"
	for words in status journal plan 'report --output json'; do
		# shellcheck disable=SC2086 # several words
		within "-n $n" "$RB" $words
		[ $STATUS -eq 0 ] || fail "$words with $n files: $STATUS: $ERR"
	done
done
within '-S -n 16' "$RB" run --sandbox --speed 600 --to 1-2 # may be raised, and is
[ $STATUS -eq 0 ] || fail "run with 16 of many files: $STATUS: $ERR"

# ---- memory: the sanitizers' programs have a use of their own for addresses
if ! grep -q __asan_init "$RB"; then
	within '-v 400000' "$RB" run --sandbox --speed 600 --to 1-4
	[ $STATUS -eq 0 ] || fail "run with 400 MB: $STATUS: $ERR"
fi
expect 0 "$RB" undo --sandbox --speed 600 --yes

# ---- the size of files: an error that names the file, at once or in the middle; then on without a limit
rm -rf "$HOME_DIR"
start_sandbox --speed 600
within '-f 0' "$RB" run --speed 600
[ $STATUS -eq 1 ] || fail "run with no file: $STATUS: $ERR"
has 'File too large' "$ERR"
has "$HOME_DIR/default/" "$ERR"
for blocks in 9 20; do
	within "-f $blocks" "$RB" run --speed 600
	[ $STATUS -eq 1 ] || fail "run with files of $blocks KB: $STATUS: $ERR"
	has 'File too large' "$ERR"
	expect 0 "$RB" status --output json
	jq -e . <<<"$OUT" >/dev/null || fail "status after $blocks KB: $OUT"
done
expect 0 "$RB" run --speed 600
has '14 of 14 steps hold' "$ERR"
[ "$(curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" | grep -o '"vpc-[0-9a-f]*"' | sort -u | wc -l)" -eq 2 ] ||
	fail "not two VPCs"
within '-f 0' "$RB" report -o "$WORK/page.html"
[ $STATUS -eq 1 ] || fail "report with no file: $STATUS"
has "cannot write '$WORK/page.html'" "$ERR"
has 'File too large' "$ERR"
[ ! -e "$WORK/page.html" ] || fail "a page all the same"
expect 0 "$RB" undo --speed 600 --yes
