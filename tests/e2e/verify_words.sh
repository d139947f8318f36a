#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# verify lists and counts what was not made and what is half undone, and then does not end with 0;
# an old upload does not hold while its path is broken; AWS's refusal is 1 or 5, not drift; the last
# line says which command comes next.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 20000

fault() {
	curl -sf --noproxy '*' -X POST --data "$1" "$SANDBOX/_sandbox/fault" >/dev/null ||
		fail "the sandbox does not take fault '$1'"
}
no_faults() {
	curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null || fail "the faults stay"
}
verify() { # STATUS LAST-LINE OPTION...
	local status=$1 last=$2
	shift 2
	expect "$status" "$RB" verify --speed 20000 "$@"
	[[ $(tail -n 1 <<<"$OUT") == "$last; rehearsal"* ]] || fail "the last line is not '$last': $OUT"
}
json() { # FILTER: of the JSON that verify prints
	"$RB" verify --speed 20000 --output json 2>/dev/null | jq -e "$1" >/dev/null ||
		fail "not $1: $("$RB" verify --speed 20000 --output json)"
}

# ---- half way: what holds holds, and yet it is not all there
expect 0 "$RB" run --to 2-1 --speed 20000
verify 3 '5 of 5 hold; 9 not made'
has 'runbook resume' "$ERR"
grep -q '^4-2 .* not made$' <<<"$OUT" || fail "4-2 is not listed: $OUT"
verify 0 '2 of 2 hold' 1-1 2-1
verify 3 '1 of 1 holds; 1 not made' 1-1 4-2
json '.holds == false and (.next | startswith("runbook resume")) and .summary.not_made == 9
	and (.steps | length == 14) and .steps[13].verdict == "not made"'

# One that failed half way is told so.
fault 'CreateVpcEndpoint=UnsupportedOperation'
"$RB" run --serial --speed 20000 2>/dev/null && fail "run ended well"
no_faults
verify 3 '6 of 6 hold; 8 not made'
grep -q '^2-3 .* half made$' <<<"$OUT" || fail "2-3 is not half made: $OUT"

# ---- all there
expect 0 "$RB" run --speed 20000
verify 0 '14 of 14 hold'
[ -z "$ERR" ] || fail "more than the result: $ERR"
has 'uploaded at 20' "$OUT"
has 'the path is not tried' "$OUT"

# ---- a refusal and a missing right are no drift, and they are told at their step
fault 'DescribeSubnets=InvalidParameterValue:on purpose'
expect 1 "$RB" verify --speed 20000
has '2 could not be looked at' "$OUT"
has 'on purpose' "$OUT"
has 'InvalidParameterValue' "$ERR"
no_faults
fault 'DescribeSubnets=UnauthorizedOperation:on purpose'
expect 5 "$RB" verify --speed 20000
no_faults

# ---- drift: the upload of then does not hold while its route is gone, also when it alone is asked
# for, and the login that fails is not to blame
py - "$(output 1-2 route_table_id)" "$(output 1-4 security_group_id)" <<'PY' || fail "no drift"
import os, sys, boto3
ec2 = boto3.client("ec2", "ap-northeast-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
ec2.delete_route(RouteTableId=sys.argv[1], DestinationCidrBlock="10.1.0.0/16")
rules = ec2.describe_security_group_rules(
    Filters=[{"Name": "group-id", "Values": [sys.argv[2]]}])["SecurityGroupRules"]
ec2.revoke_security_group_ingress(GroupId=sys.argv[2], SecurityGroupRuleIds=[
    r["SecurityGroupRuleId"] for r in rules if not r["IsEgress"]])
PY
expect 3 "$RB" verify --speed 20000
has 'the path is not tried, see 1-4, 3-2' "$OUT"
grep -q '^4-1 .* blocked$' <<<"$OUT" || fail "4-1 is not blocked: $OUT"
has 'does not admit port 22' "$OUT"
has 'to put it right: runbook resume' "$ERR"
[[ $(tail -n 1 <<<"$OUT") == *' of 14 hold, 1 differs, '*' missing, 2 blocked'* ]] || fail "summary: $OUT"
expect 3 "$RB" verify 4-2 --speed 20000
grep -q '^3-2 .* missing$' <<<"$OUT" || fail "the cause is not told: $OUT"
json '(.steps[] | select(.id == "4-2") | .verdict == "blocked" and (.untried | contains("not tried"))
	and (.blocked_by | contains(["1-4","3-2"]))) and (.next | startswith("runbook resume"))'
expect 0 "$RB" resume --speed 20000
verify 0 '14 of 14 hold'

# ---- half undone
fault 'DeleteVpcPeeringConnection=UnsupportedOperation'
"$RB" undo --yes --to 3-1 --speed 20000 2>/dev/null && fail "undo ended well"
no_faults
expect 3 "$RB" verify --speed 20000
grep -q '^4-2 .* undone$' <<<"$OUT" || fail "4-2 is not undone: $OUT"
expect 0 "$RB" undo --yes --to 3-1 --speed 20000
verify 3 '8 of 8 hold; 6 undone'
has 'to take down the rest: runbook undo' "$ERR"
json '(.next | startswith("runbook undo")) and .summary.undone == 6 and .holds == false'
