#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Nothing secret on disk, on screen or in an argument list, with temporary credentials and --debug;
# files are 0600 and folders 0700 whatever the umask; cores are off; and a stack's folder that
# others prepared is refused before anything is touched.
. "$(dirname "$0")/lib.sh"
py -c 'import boto3' 2>/dev/null || { echo 'python3-boto3 is not installed'; exit 77; }

/usr/bin/python3 tests/py/no_secrets.py "$BIN" || fail "no_secrets.py"

# What a run would begin with, in a place that somebody prepared.
start_sandbox --speed 20000
world_is_empty() {
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" |
		jq -e '[.[][][] | select(.live != false)] | length == 0' >/dev/null ||
		fail "something was made in spite of the refusal"
}
refused() { # refused WHAT: of `run`, and what is said
	expect 2 "$RB" run --to 1-1
	has "$1" "$ERR"
	world_is_empty
}
list() {
	(cd "$1" && find . | sort)
}

# The stack's folder is a link to somewhere else.
mkdir -m 700 -p "$HOME_DIR" "$WORK/elsewhere"
ln -s "$WORK/elsewhere" "$HOME_DIR/default"
refused "$HOME_DIR/default"
[ "$(list "$WORK/elsewhere")" = . ] || fail "something was written through the link"
rm "$HOME_DIR/default"

# Everybody may write there.
mkdir "$HOME_DIR/default"
chmod 777 "$HOME_DIR/default"
refused "$HOME_DIR/default"
[ "$(list "$HOME_DIR/default")" = . ] || fail "something was written where everybody may"
rmdir "$HOME_DIR/default"

# A link in the journal's place, and in the lock's.
for name in journal.jsonl lock; do
	mkdir -m 700 "$HOME_DIR/default"
	echo precious >"$WORK/precious"
	ln -s "$WORK/precious" "$HOME_DIR/default/$name"
	refused "$name"
	[ "$(cat "$WORK/precious")" = precious ] || fail "written through the link '$name'"
	rm -r "$HOME_DIR/default"
done

# Somebody else's folder; only root can make one.
if [ "$(id -u)" -eq 0 ]; then
	mkdir -m 700 "$HOME_DIR/default"
	chown 12345 "$HOME_DIR/default"
	refused "$HOME_DIR/default"
	rm -r "$HOME_DIR/default"
fi

# And it was none of the tests' own making: in a folder of ours it runs.
expect 0 "$RB" run --to 1-1 --speed 20000

# What only reads does not believe a folder either that others may write to.
chmod 777 "$HOME_DIR/default"
for c in status journal report plan verify undo 'connect -- true' tunnel; do
	# shellcheck disable=SC2086 # several words
	expect 2 "$RB" $c --yes </dev/null
	has 'others may write to it' "$ERR"
done
chmod 700 "$HOME_DIR/default"
expect 0 "$RB" undo --yes --speed 20000
