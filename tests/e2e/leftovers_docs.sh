#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The commands with which docs/stacks.md looks for leftovers by the AWS CLI alone, run as they stand
# there: they name each kind of thing of a run while it stands, and nothing once it is undone.
. "$(dirname "$0")/lib.sh"
[ -x /usr/bin/aws ] || {
	echo "no AWS CLI"
	exit 77
}
start_sandbox --speed 20000
mkdir "$WORK/bin" # an older AWS CLI does not know AWS_ENDPOINT_URL
printf '#!/bin/sh\nexec %s --endpoint-url "$AWS_ENDPOINT_URL" "$@"\n' "$AWS_CLI" >"$WORK/bin/aws"
chmod +x "$WORK/bin/aws"
export PATH=$WORK/bin:$PATH
export AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=
sed -n '/^<!-- leftovers -->/,/^```$/p' docs/stacks.md | sed '1,2d;$d' >"$WORK/look.sh"
grep -q 'describe-tags' "$WORK/look.sh" || fail "no commands in docs/stacks.md"

expect 0 "$RB" run --to 3-4 --speed 20000
run=$("$RB" status --output json | jq -r .run)
expect 0 bash "$WORK/look.sh"
[ -z "$ERR" ] || fail "the AWS CLI says: $ERR"
for kind in vpc subnet route-table security-group instance vpc-endpoint instance-connect-endpoint \
	vpc-peering-connection; do
	grep -Eq "^$run	$kind	" <<<"$OUT" || fail "no $kind in: $OUT"
done
grep -q "^/runbook/$run/	runbook-$run-instance$" <<<"$OUT" || fail "no role in: $OUT"
[ "$(grep -c "^/runbook/$run/	" <<<"$OUT")" -eq 2 ] || fail "role and profile are not two: $OUT"
grep -q "^$run bucket $(output 2-4 bucket)$" <<<"$OUT" || fail "no bucket in: $OUT"

expect 0 "$RB" undo --yes --speed 20000
left() {
	[ -z "$(bash "$WORK/look.sh" | grep -v '	\(instance\|volume\|vpc-endpoint\|vpc-peering-connection\|instance-connect-endpoint\)	')" ]
}
wait_for 20 left # what fades is listed for a while
