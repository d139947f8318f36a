#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/sandbox.md names every action that the sandbox answers and no other, its manual page every
# option that --help has, and its table of parameters is what the models of today give.
. "$(dirname "$0")/lib.sh"

status=0
# documented SERVICE: the words between **SERVICE** and the next service.
documented() {
	sed -n '/^## What it answers/,/^Anything else/p' docs/sandbox.md | tr ' \n' '\n\n' |
		awk -v s="**$1**" '/^\*\*/ { on = $0 == s } on && /^[A-Z][A-Za-z0-9]+,?$/' | tr -d , | sort
}
compare() {
	diff <(documented "$1") <(sort -u) >"$WORK/diff" && return
	echo "docs/sandbox.md and the actions of $1 disagree:"
	cat "$WORK/diff"
	status=1
}
sed -n 's/^EC2_ACTION(\([A-Za-z]*\),.*/\1/p' src/sandbox/ec2/ec2.def | compare ec2
for service in iam sts s3 servicequotas kms; do
	cat src/sandbox/*/*.c | tr -d '\n\t' |
		grep -oE "\{ ?\"$service\", ?\"[A-Za-z0-9]+\"" | sed 's/.*"\([A-Za-z0-9]*\)"$/\1/' | compare $service
done
page=$(sed 's/\\-/-/g' docs/runbook-sandbox.1)
for option in $("$SBX" --help | grep -oE '^  --[a-z-]+'); do
	[[ $page == *"$option"* ]] || {
		echo "docs/runbook-sandbox.1 lacks $option"
		status=1
	}
done
src/sandbox/core/gen_models.py | cmp - src/sandbox/core/models.c || {
	echo "src/sandbox/core/models.c is not what gen_models.py writes"
	status=1
}
exit $status
