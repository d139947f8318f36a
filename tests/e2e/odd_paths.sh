#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A path may hold whatever the file system takes: blanks, quotes, $, %, ~, newlines, bytes that are no
# UTF-8.  All fourteen steps, connect, undo and every output work with it as the home, as the place of the
# programs and of temporary files; ~ and ~USER are the home directory wherever a path is given.
. "$(dirname "$0")/lib.sh"
unset RUNBOOK_HOME

# ---- everything at once, in every path: what ssh, its ProxyCommand, JSON and SQLite read
odd=$'a b\'c"d$HOME${HOME}%h%%d\\e;f&g(h)*i#j~k\nl\xff\xfe\xe3\x81'
mkdir -p "$WORK/$odd/bin" "$WORK/$odd/home" "$WORK/tmp \"%h\$x'"
cp "$RB" "$SBX" "$WORK/$odd/bin" || fail "no copy of the programs"
export TMPDIR="$WORK/tmp \"%h\$x'"
odd_rb=$WORK/$odd/bin/runbook
export RUNBOOK_HOME=$WORK/$odd/home
expect 0 "$odd_rb" run --sandbox --speed 600
has '14 of 14 steps hold' "$ERR"
expect 0 "$odd_rb" connect --sandbox --speed 600 -- 'echo in'
[ "$OUT" = in ] || fail "connect: $OUT"
[ "$(wc -l <"$WORK/$odd/home/default/known_hosts")" -eq 1 ] || fail "no known_hosts where it belongs"
expect 0 "$odd_rb" verify --sandbox --speed 600
for words in 'status' 'report' 'plan' 'verify --sandbox --speed 600'; do
	# shellcheck disable=SC2086 # several words
	expect 0 "$odd_rb" $words --output json
	jq -e . <<<"$OUT" >/dev/null || fail "$words: no JSON: $OUT"
done
expect 0 "$odd_rb" journal --output json
jq -se 'length > 50' <<<"$OUT" >/dev/null || fail "journal: no JSON"
expect 0 "$odd_rb" report
[ -s "$WORK/$odd/home/default/report.html" ] || fail "no report"
expect 0 "$odd_rb" report -o "$WORK/$odd/page.html"
iconv -f UTF-8 -t UTF-8 "$WORK/$odd/page.html" >/dev/null || fail "the page is no UTF-8"
# What is said of such a path is text, and no terminal's command.
expect 2 "$odd_rb" plan --config "$WORK/$odd/none.json"
iconv -f UTF-8 -t UTF-8 <<<"$ERR" >/dev/null || fail "an error that is no UTF-8: $ERR"
expect 2 "$odd_rb" plan --config "$WORK/$odd/none.json" --lang ja
iconv -f UTF-8 -t UTF-8 <<<"$ERR" >/dev/null || fail "an error that is no UTF-8: $ERR"
# A failure that names it goes into journal, status and events.
chmod 500 "$TMPDIR"
TMPDIR="$WORK/none $odd" "$odd_rb" run --from 4-1 --sandbox --speed 600 --output json >"$WORK/events" 2>"$WORK/err"
jq -se . "$WORK/events" >/dev/null || fail "events: no JSON: $(cat "$WORK/events")"
chmod 700 "$TMPDIR"
expect 0 "$odd_rb" status --output json
jq -e . <<<"$OUT" >/dev/null || fail "status after a failure: $OUT"
expect 0 "$odd_rb" undo --sandbox --speed 600 --yes
has 'is left' "$ERR"
[ -z "$(find "$TMPDIR" -mindepth 1 -print -quit)" ] || fail "left behind: $(ls "$TMPDIR")"

# ---- a sandbox by itself says where its authority is, byte by byte
"$SBX" serve --state "$WORK/$odd/s.db" >"$WORK/announced" 2>/dev/null </dev/null &
ends_with_us $!
wait_for 20 grep -q '^listening ' "$WORK/announced"
curl -sf --noproxy '*' "$(sed -n 's/^listening //p' "$WORK/announced")/_sandbox/info" >"$WORK/info" ||
	fail "no info"
[ "$(jq -r .ca_file "$WORK/info")" = null ] || fail "a name that is no UTF-8 in JSON: $(cat "$WORK/info")"
[ -n "$(jq -r .private_dir "$WORK/info")" ] || fail "no private_dir: $(cat "$WORK/info")"
py - "$(jq -r .ca_url "$WORK/info")" <<'PY' || fail "ca_url: $(cat "$WORK/info")"
import sys, urllib.parse
url = sys.argv[1]
assert url.startswith("file:///"), url
open(urllib.parse.unquote_to_bytes(url[7:])).read().index("BEGIN CERTIFICATE")
PY

# ---- ~ as the home directory: every option and variable that holds a path, in every spelling
export HOME=$WORK/me
mkdir "$HOME" "$WORK/here"
cd "$WORK/here" || exit 2
unset RUNBOOK_HOME
user=$(id -un)
passwd=$(getent passwd "$user" | cut -d: -f6)
echo '{"upload":{"bytes":3}}' >"$HOME/c.json"
expect 0 "$RB" run --sandbox --speed 600 --to 1-1 '--home=~/one' '--config=~/c.json'
[ -s "$HOME/one/default/journal.jsonl" ] || fail "--home=~/one: $(ls -R "$HOME")"
expect 0 "$RB" status --home '~/one' --output json
[ "$(jq -r '.parameters["upload.bytes"]' <<<"$OUT")" = 3 ] || fail "--config=~/c.json: $OUT"
expect 0 "$RB" report '--home=~/one' '--output-file=~/page.html'
[ -s "$HOME/page.html" ] || fail "--output-file=~/page.html: $(ls -R "$HOME")"
RUNBOOK_HOME='~/two' expect 0 "$RB" run --sandbox --speed 600 --to 1-1
[ -s "$HOME/two/default/journal.jsonl" ] || fail "RUNBOOK_HOME=~/two: $(ls -R "$HOME")"
HOME='' expect 2 "$RB" plan "--config=~$user/no-such-file-$$"
has "'$passwd/no-such-file-$$'" "$ERR"
HOME='' expect 2 "$RB" plan "--config=~/no-such-file-$$"
has "'$passwd/no-such-file-$$'" "$ERR"
for option in '--home=~nobody-of-that-name/x' '--config=~nobody-of-that-name' '--home=~nobody-of-that-name'; do
	expect 2 "$RB" run --sandbox "$option"
	has "names no user's home directory" "$ERR"
	has './~nobody-of-that-name' "$ERR"
done
RUNBOOK_HOME='~nobody-of-that-name/x' expect 2 "$RB" status
expect 2 "$SBX" serve '--state=~nobody-of-that-name/s.db'
has "names no user's home directory" "$ERR"
"$SBX" serve '--state=~/s.db' --until-eof </dev/null >/dev/null || fail "--state=~/s.db"
[ -s "$HOME/s.db" ] || fail "--state=~/s.db: $(ls "$HOME")"
expect 0 "$RB" run --sandbox --speed 600 --to 1-1 '--home=./~x' # this is how such a folder is written
[ -s './~x/default/journal.jsonl' ] || fail "./~x: $(ls -R .)"
rm -rf './~x'
[ -z "$(ls -A)" ] || fail "made here: $(ls -A)"
