#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What programs read is the same in every language: documents, the lines of run, verify and undo, and
# the journal; and no Japanese is in it, however the language was asked for.
. "$(dirname "$0")/lib.sh"

# same COMMAND...: both ways to ask for Japanese print what English does.
same() {
	local english
	english=$("$RB" "$@" --output json --lang en 2>/dev/null | sed -E 's/"(reported_)?at": ?"[^"]*"//g')
	[ -n "$english" ] || fail "'$*' printed nothing"
	[ "$(LC_ALL=ja_JP.UTF-8 "$RB" "$@" --output json 2>/dev/null |
		sed -E 's/"(reported_)?at": ?"[^"]*"//g')" = "$english" ] || fail "'$*' under LC_ALL=ja_JP.UTF-8"
	[ "$("$RB" "$@" --output json --lang ja 2>/dev/null |
		sed -E 's/"(reported_)?at": ?"[^"]*"//g')" = "$english" ] || fail "'$*' with --lang ja"
}

same steps
same plan
LC_ALL=ja_JP.UTF-8 "$RB" run --sandbox --speed 2000 --to 1-2 --output json >"$WORK/run" 2>"$WORK/err" ||
	fail "run: $(cat "$WORK/err")"
same plan
same status
same report
same journal
LC_ALL=ja_JP.UTF-8 "$RB" verify --sandbox --speed 2000 1-1 1-2 --output json >"$WORK/verify" 2>/dev/null
LC_ALL=ja_JP.UTF-8 "$RB" undo --yes --sandbox --speed 2000 --output json >"$WORK/undo" 2>/dev/null ||
	fail "undo: $(cat "$WORK/undo")"
for f in run verify undo; do
	[ -s "$WORK/$f" ] || fail "$f printed nothing"
	! LC_ALL=C grep -nP '[\x80-\xff]' "$WORK/$f" || fail "$f has words that are not English"
done
# People are still spoken to in theirs.
page=$(LC_ALL=ja_JP.UTF-8 "$RB" report -o -)
[[ $(LC_ALL=ja_JP.UTF-8 "$RB" steps) == *'接続元 VPC'* ]] || fail "steps is not Japanese"
[[ $page == *'<html lang="ja">'* ]] || fail "the page is not Japanese"
[[ $page == *'<h3>1-1 接続元 VPC'* ]] || fail "its titles are not Japanese"
