#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each text that the sources mark for people has its Japanese: none is untranslated, fuzzy or left over, and
# each takes the arguments of the English one.  Without the catalogue --lang ja says so once, in English.
. "$(dirname "$0")/lib.sh"

# ---- the sources and the translations are of one mind
po=runbook/po/ja.po
runbook/po/extract.sh "$WORK/now.pot" || fail "no extraction"
[ "$(grep -c '^msgid ' "$WORK/now.pot")" -gt 200 ] || fail "texts are not found"
msgmerge --quiet --no-fuzzy-matching -o "$WORK/merged.po" "$po" "$WORK/now.pot" || fail "no merge"
for kind in untranslated fuzzy obsolete; do
	option=$kind
	[ $kind = untranslated ] || option=only-$kind
	left=$(msgattrib --$option --no-wrap "$WORK/merged.po" | sed -n 's/^\(#~ \)\{0,1\}msgid "\(..*\)"$/\2/p')
	[ -z "$left" ] || fail "$kind ($(wc -l <<<"$left")); make po, then translate:
$left"
done
msgfmt -c -o "$WORK/ja.mo" "$po" || fail "msgfmt is not content"
# Words that end in ':' lead up to a command, in both languages.
odd=$(msgattrib --no-wrap --no-obsolete "$po" | awk 'BEGIN { RS = ""; FS = "\nmsgstr" }
	NR > 1 && ($1 ~ /:"$/) != ($2 ~ /:"$/)')
[ -z "$odd" ] || fail "only one of them ends in ':': $odd"
# No English is left standing in a translation.
odd=$(msgattrib --no-wrap --no-obsolete "$po" | sed -n 's/^msgstr\(\[0\]\)\{0,1\} //p' |
	grep -E " (or|and|the|to|it|from|by|on|see|since) [a-z]+" || true)
[ -z "$odd" ] || fail "English in Japanese: $odd"
# What the C compiler takes for a format is one for msgfmt, too.
odd=$(msgattrib --no-wrap --no-obsolete "$po" |
	awk 'BEGIN { RS = "" } /%[-+0-9.*]*[a-z]/ && !/c-format/')
[ -z "$odd" ] || fail "formats that nobody compares: $odd"

# ---- the catalogue is found from the program's own place, in a locale without any language
[ "$(LC_ALL=C "$RB" --help --lang ja | head -1)" = '使い方: runbook コマンド [オプション]...' ] || fail "no Japanese in C"
expect 2 "$RB" status --nonsense --lang ja
has "オプション '--nonsense' はありません" "$ERR"
has 'ヒント: ' "$ERR"
# A sentence that a layer below made, with its reason: 'what' and 'why' are translated where they are printed.
expect 2 "$RB" run --lang ja --set source.vpc_cidr=10.0.0.0/33
has "source.vpc_cidr に '10.0.0.0/33' は指定できません (--set)" "$ERR"
has '理由: 10.0.0.0/16 のような IPv4 ネットワークではありません' "$ERR"
mkdir -p "$WORK/there/bin" "$WORK/there/share/locale/ja/LC_MESSAGES"
cp "$RB" "$WORK/there/bin/runbook"
expect 0 "$WORK/there/bin/runbook" --help --lang ja
has 'Usage: runbook COMMAND' "$OUT"
[ "$(grep -c 'no Japanese: cannot read.*this goes on in English' <<<"$ERR")" = 1 ] || fail "said: $ERR"
expect 0 env LC_ALL=ja_JP.UTF-8 "$WORK/there/bin/runbook" --help
[ -z "$ERR" ] || fail "nobody asked for it by name: $ERR"
cp "$WORK/ja.mo" "$WORK/there/share/locale/ja/LC_MESSAGES/runbook.mo"
expect 0 "$WORK/there/bin/runbook" --help --lang ja
has 'コマンド:' "$OUT"
[ -z "$ERR" ] || fail "it is there: $ERR"
head -c 5000 "$WORK/ja.mo" >"$WORK/there/share/locale/ja/LC_MESSAGES/runbook.mo"
expect 0 "$WORK/there/bin/runbook" --help --lang ja
has 'Usage: runbook COMMAND' "$OUT"
has 'it is cut short; this goes on in English' "$ERR"
