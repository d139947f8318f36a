#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every text for people in the sources, as a template for translations.
#
#   runbook/po/extract.sh FILE.pot
#
# A text is an argument of tr() or tr_n(), stands in N_(), or is the format of one of the functions
# below, whose result is translated where it is printed.
set -eu
cd "$(dirname "$0")/../.."

find runbook steps src/base src/net src/aws -name '*.[ch]' -o -name '*.def' | LC_ALL=C sort |
	xgettext --language=C --from-code=UTF-8 --no-location --package-name=runbook \
		--add-comments=TRANSLATORS: --files-from=- --output="$1" \
		--keyword --keyword=N_ \
		--keyword=tr --flag=tr:1:pass-c-format \
		--keyword=tr_n:2,3 --flag=tr_n:2:pass-c-format --flag=tr_n:3:pass-c-format \
		--keyword=COMMAND:5 --keyword=OPTION:7
# Two translators' files differ where they differ, and not in the time of day.
sed -i '/^"POT-Creation-Date:/d; /^"Report-Msgid-Bugs-To:/d' "$1"
