#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The manual page, the completion and the README name what the program's own tables hold: every
# command, option, parameter and exit status, and no command or option that is not there.
set -eu
cd "$(dirname "$0")/../.."

fail=0
complain() {
	echo "$*"
	fail=1
}

page=$(sed 's/\\-/-/g' docs/runbook.1)
commands=$(sed -n 's/^COMMAND(\([a-z]*\),.*/\1/p' runbook/cli/commands.def)
options=$(sed -n 's/^OPTION("\([a-z-]*\)",.*/\1/p' runbook/cli/options.def)
parameters=$(sed -n 's/^	\.name = "\(.*\)",/\1/p' steps/common/param_rows.c steps/*/params.c)
statuses=$(sed -n 's/^	KIND([A-Z]*, \([0-9]*\),.*/\1/p' src/base/error.h | sort -nu)
[ -n "$commands" ] && [ -n "$options" ] && [ -n "$parameters" ] && [ -n "$statuses" ]

for c in $commands; do
	grep -Eq "^\.BR? $c( |\$)" <<<"$page" || complain "docs/runbook.1 lacks command '$c'"
	grep -Eq "commands=.*\b$c\b" docs/runbook.bash || complain "docs/runbook.bash lacks command '$c'"
done
for c in $(sed -n 's/.*local commands="\(.*\)"/\1/p' docs/runbook.bash); do
	grep -qx "$c" <<<"$commands" || complain "docs/runbook.bash has command '$c', the program has not"
done
for o in $options; do
	grep -q -e "--$o" <<<"$page" || complain "docs/runbook.1 lacks option '--$o'"
	grep -q -e "--$o" docs/runbook.bash || complain "docs/runbook.bash lacks option '--$o'"
done
for o in $(grep -o -e '--[a-z][a-z-]*' docs/runbook.bash | sort -u); do
	grep -qx -e "${o#--}" <<<"$options" || complain "docs/runbook.bash has option '$o', the program has not"
done
# Those for zsh and fish are written from the same tables; that they hold everything is looked at here.
/usr/bin/python3 docs/completions.py --check || complain "a completion is stale: docs/completions.py"
for f in docs/_runbook docs/runbook.fish; do
	for c in $commands; do
		grep -Eq "('|commands .*\b)$c\b" "$f" || complain "$f lacks command '$c'"
	done
	for o in $options; do
		grep -Eq -e "(--| -l )$o\b" "$f" || complain "$f lacks option '--$o'"
	done
	for p in $parameters; do
		grep -qF "$p" "$f" || complain "$f lacks parameter '$p'"
	done
done
! command -v zsh >/dev/null || zsh -n docs/_runbook || complain "zsh cannot read its completion"
! command -v fish >/dev/null || fish -n docs/runbook.fish || complain "fish cannot read its completion"
for p in $parameters; do
	[[ $p == *. ]] || p=$p=
	grep -q "$p" docs/runbook.bash || complain "docs/runbook.bash lacks parameter '$p'"
done
# A parameter's meaning and default are the same words in the table, so in --help, and on the page.
BIN=${BIN:-build/bin}
help=$(LC_ALL=C "$BIN/runbook" --help | sed -n '/^Parameters/,/^$/s/^  \([a-z._]*[A-Z]*\) */\1	/p')
told=$(sed 's/\\(aq/'"'"'/g' <<<"$page" | sed -n '/^\.SH PARAMETERS/,/^\.SH EXIT/{/^\.B /{s/^\.B //;N;s/\n/	/p;}}')
[ "$help" = "$told" ] || complain "docs/runbook.1 and --help differ on parameters:" \
	"$(diff <(echo "$help") <(echo "$told"))"
[ "$(wc -l <<<"$help")" -eq "$(wc -w <<<"$parameters")" ] || complain "--help lacks a parameter"
forward=$(sed -n 's/.*FORWARD_TIMEOUT_MS = \([0-9]*\) .*/\1/p' runbook/engine/forward.c)
back=$(sed -n 's/.*BACK_TIMEOUT_MS = \([0-9]*\) .*/\1/p' runbook/engine/back.c)
for text in "$page" "$(LC_ALL=C "$BIN/runbook" run --help)"; do
	grep -q "longest wait for one step (default: ${forward:-?}, for undo ${back:-?}" <<<"$text" ||
		complain "the default of --timeout is not told"
done
for s in $statuses; do
	grep -qx "\.B $s" <<<"$page" || complain "docs/runbook.1 lacks exit status $s"
	grep -q "^| $s |" README.md || complain "README.md lacks exit status $s"
done
# What a run costs is one number wherever it is told, its parts add up to it, and it is dated.
for page in README.md docs/runbook.1; do
	sed 's/\\-/-/g' "$page" | tr '\n' ' ' | /usr/bin/python3 -c '
import re, sys
t = re.sub(r"\s*>\s*|\s+", " ", sys.stdin.read())
hour, month = re.search(r"about ([0-9.]+) USD an hour[^.]*?about ([0-9]+) USD a month", t).groups()
parts = re.search(r"\(([0-9.]+)[^)]*us-east-1\).*?t3\.micro, ([0-9.]+) .*?([0-9.]+)\), at list prices of (\d{4}-\d\d-\d\d)", t).groups()
assert hour == "0.025" and month == "18" and "0.09 USD/GB" in t and "0.01 USD/GB" in t
assert abs(sum(map(float, parts[:3])) - float(hour)) < 0.0005, parts
assert round(float(hour) * 730) == int(month)
' || complain "$page tells another price, or one that does not add up"
done
for link in $(grep -o '](docs/[^)]*)' README.md | tr -d '()]'); do
	[ -f "$link" ] || complain "README.md points to '$link', which is not there"
done
mandoc -T lint -W error docs/runbook.1 docs/runbook.ja.1 docs/runbook-sandbox.1 || complain 'a manual page has errors'
exit $fail
