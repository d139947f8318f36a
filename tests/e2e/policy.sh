#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A user with exactly what `runbook policy` prints can run, verify, connect and undo, with what it prints for one of
# them just that one; and each action, resource and condition of it is needed (tests/py/policy_needed.py tries a share).
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 600

# operator POLICIES: the sandbox's user has these documents (an array of them) and nothing else.
operator() {
	jq -c '{principals: [{name: "operator", access_key_id: "AKIAOPERATOR00000000", secret: "s3cr3t", policies: .}]}' \
		<<<"$1" >"$WORK/account.json"
	curl -sf --noproxy '*' -d @"$WORK/account.json" "$SANDBOX/_sandbox/account" >/dev/null || fail "no such account"
}

# documents WHAT: what is printed for it, as an array; nothing is asked of AWS.
documents() {
	"$RB" policy --procedure "$PROCEDURE" --account 123456789012 --for "$1" | jq -s .
}

as_root() {
	AWS_ACCESS_KEY_ID=AKIASANDBOX000000000 AWS_SECRET_ACCESS_KEY=sandbox "$@"
}

# An undo goes by the ids that are recorded.
"$RB" policy --account 123456789012 --for undo --output json | jq -e '[.policies[].reasons[] |
	select(.action | test("Describe(Vpcs|Subnets|SecurityGroups)$"))] | length > 0 and all(.only_when)' >/dev/null ||
	fail "an undo needs looks at what it deletes"
export AWS_ACCESS_KEY_ID=AKIAOPERATOR00000000 AWS_SECRET_ACCESS_KEY=s3cr3t
# Both procedures, each under what is printed for it.
for PROCEDURE in direct peering; do
	upload=$("$RB" steps --procedure $PROCEDURE --output json | jq -r '.steps[-1].id')
	operator "$(documents run)"
	expect 0 "$RB" run --procedure $PROCEDURE --speed 600
	expect 5 "$RB" undo --yes --to "$upload" --speed 600 # a run's policy removes nothing
	has "where: step $upload undo, us-east-1, s3 ListObjectVersions" "$ERR"
	operator "$(documents connect)"
	expect 0 "$RB" connect --speed 600 -- true
	operator "$(documents verify)"
	expect 0 "$RB" verify --speed 600
	operator "$(documents undo)"
	expect 0 "$RB" undo --yes --speed 600
done
stop_sandbox

# What the words refuse, and where the account comes from: the run's, else the credentials'.
expect 2 "$RB" policy --for everything
has 'run, verify, connect, undo, preflight, all' "$ERR"
expect 2 "$RB" policy --account 12345
expect 5 env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_ENDPOINT_URL -u AWS_CA_BUNDLE "$RB" policy --stack none
has '--account' "$ERR"
expect 0 "$RB" policy --account 210987654321 --stack other --for connect
has 'arn:aws:ec2:ap-northeast-1:210987654321:instance/*' "$OUT"
has '"aws:ResourceTag/runbook:stack": "other"' "$OUT"

n=$(git rev-list --count HEAD 2>/dev/null || echo 0)
/usr/bin/python3 tests/py/policy_needed.py "$BIN" $((n % 60)) 60 || fail 'something of the policy is not needed'
PROCEDURE=direct /usr/bin/python3 tests/py/policy_needed.py "$BIN" $((n % 120)) 120 run ||
	fail "something of direct's policy is not needed"
