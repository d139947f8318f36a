#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The manual page and the README in Japanese list what the English ones do, with the same defaults, examples
# and prices, in the procedure's own words.
set -eu
cd "$(dirname "$0")/../.."

fail=0
complain() {
	echo "$*"
	fail=1
}

commands=$(sed -n 's/^COMMAND(\([a-z]*\),.*/\1/p' runbook/cli/commands.def)
statuses=$(sed -n 's/^	KIND([A-Z]*, \([0-9]*\),.*/\1/p' src/base/error.h | sort -nu)
[ -n "$commands" ] && [ -n "$statuses" ]

# The page in Japanese names the same commands, options, parameters, exit statuses and variables in the same
# order, with the same defaults; only its words are others.
names() { # of a page: the heads of its lists, without fonts and blanks, in English
	sed 's/\\-/-/g; s/\\f.//g; s/\\(aq/'"'"'/g' "$1" |
		awk '/^\.T[PQ]/ { getline; gsub(/"|,|\.[BIR]+ /, ""); gsub(/ +/, " "); print }'
}
diff <(names docs/runbook.1) <(names docs/runbook.ja.1) >&2 ||
	complain "docs/runbook.ja.1 and docs/runbook.1 list different things"
defaults() { sed "s/\\\\(aq//g" "$1" | sed -n '/^\.B source\.region/,/^\.SH/p' | grep -o '([a-z0-9_./\\-]*)$'; }
[ "$(defaults docs/runbook.1)" = "$(defaults docs/runbook.ja.1)" ] ||
	complain "docs/runbook.ja.1 has other defaults: $(diff <(defaults docs/runbook.1) <(defaults docs/runbook.ja.1))"
examples() { sed -n '/^\.EX/,/^\.EE/p' "$1" | sort -u; }
missing=$(comm -13 <(examples docs/runbook.1) <(examples docs/runbook.ja.1))
[ -z "$missing" ] || complain "docs/runbook.ja.1 has commands that docs/runbook.1 has not: $missing"
for page in docs/runbook.ja.1 docs/ja/README.md; do
	for price in 0.025 18 0.010 0.0136 0.0011 0.09 0.01 2026-11-28; do
		sed 's/\\-/-/g' "$page" | grep -qF "$price" || complain "$page lacks the price $price"
	done
	! grep -nE "送信元|インターフェイス|証跡|パラメータ([^ー]|$)" "$page" || complain "$page does not use the procedure's words"
done
# One word for one thing; what is in parentheses stands in half-width ones, apart from two headings of the procedure.
for page in docs/runbook.ja.1 docs/ja/README.md runbook/po/ja.po; do
	! LC_ALL=C.UTF-8 grep -nE "フォルダ([^ー]|$)|デフォルト|ステップ" "$page" || complain "$page: フォルダー, 既定, 手順"
done
! LC_ALL=C.UTF-8 grep -nE "[（）]" runbook/po/ja.po | grep -v 'msgstr "ルートの追加（接続[元先]）"' ||
	complain "runbook/po/ja.po has full-width parentheses"
! LC_ALL=C.UTF-8 grep -nE "[(（][0-9.]+ s[)）]" docs/ja/README.md || complain "docs/ja/README.md: durations are said in 秒"
for c in explain recover; do # whose status 3 is their own
	grep -q "^| 3 |.*\`$c\`" docs/ja/README.md || complain "docs/ja/README.md: exit status 3 lacks $c"
done
! LC_ALL=C.UTF-8 grep -nE "送信元|インターフェイス|証跡|パラメータ([^ー]|$)" runbook/po/ja.po ||
	complain "runbook/po/ja.po does not use the procedure's words"
for s in $statuses; do
	grep -q "^| $s |" docs/ja/README.md || complain "docs/ja/README.md lacks exit status $s"
done
for c in $commands; do
	grep -q "runbook $c" docs/ja/README.md || complain "docs/ja/README.md lacks 'runbook $c'"
done
# What the English one shows and points to, the Japanese one does, too.
for link in $(grep -oE ']\((docs/[^)#]*|CHANGELOG.md|CONTRIBUTING.md)' README.md | cut -c3- | grep -v '^docs/ja/' | sort -u); do
	grep -qF "](../${link#docs/}" docs/ja/README.md || grep -qF "](../../$link" docs/ja/README.md ||
		complain "docs/ja/README.md lacks $link"
done
grep -q '^```console' docs/ja/README.md || complain "docs/ja/README.md shows no terminal"
sed -n '1,12p' docs/ja/README.md | grep -q -- '--procedure direct' || complain "docs/ja/README.md does not say when not"
for link in $(grep -o ']([^)#]*' docs/ja/README.md | cut -c3- | grep -v '^http'); do
	[ -e "docs/ja/$link" ] || complain "docs/ja/README.md points to '$link', which is not there"
done
exit $fail
