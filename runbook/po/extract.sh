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
		--keyword=COMMAND:5 --keyword=OPTION:7 \
		$(for said in said_new:1 rb_error_new:2 rb_error_because:2 rb_error_sys:2 rb_error_what:2 rb_error_where:2 \
			rb_error_why:2 rb_error_hint:2 rb_error_replace:3 cred_fail:1 cred_note:2 REFUSE:1 DAMAGED:1 step_note:2 step_note_kept:2 \
			step_missing:2 step_missing_output:3 step_untried:2; do
			echo "--keyword=$said --flag=$said:c-format"
		done) --keyword=rb_error_advise:2
# Two translators' files differ where they differ, and not in the time of day.
sed -i '/^"POT-Creation-Date:/d; /^"Report-Msgid-Bugs-To:/d' "$1"
