#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `runbook preflight` says beforehand which step would be denied, and the run is then denied there; where a run does
# well it never says no; what it cannot ask it calls unknown.  It changes nothing and asks less than 60 times.
. "$(dirname "$0")/lib.sh"

# A rehearsal says that it is one, and each direction is named, with its verdict where they differ.
expect 0 "$RB" run --sandbox --stack rehearsed --speed 2000 --to 1-1
expect 0 "$RB" preflight --sandbox --stack rehearsed --speed 2000
has 'this asks the sandbox' "$OUT"
has 'unknown do, verify, undo' "$OUT"
expect 0 "$RB" undo --sandbox --yes --stack rehearsed --speed 2000
start_sandbox --speed 600
KEY='{name: "operator", access_key_id: "AKIAOPERATOR00000000", secret: "s3cr3t"}'
ADMIN='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
EXACT=$({ "$RB" policy --account 123456789012 && "$RB" policy --account 123456789012 --for preflight; } 2>/dev/null | jq -cs .)

# account POLICIES [BOUNDARY [STATEMENT...]]: the operator's policies and boundary, and a guardrail of statements.
account() {
	local policies=$1 boundary=${2:-null}
	shift $(($# < 2 ? $# : 2))
	jq -cn --argjson p "$policies" --argjson b "$boundary" --argjson s "$(printf '%s\n' "$@" | jq -cs .)" \
		"{principals: [$KEY + {policies: \$p, boundary: \$b}], guardrails: [\$s | select(length > 0) |
		{name: \"g\", policy: {Version: \"2012-10-17\", Statement: .}}]}" >"$WORK/account.json"
	curl -sf --noproxy '*' -d @"$WORK/account.json" "$SANDBOX/_sandbox/account" >/dev/null || fail "no such account"
}

# would_fail STEP TEXT: preflight's first line names the step and says why, and the run is denied in that step.
would_fail() {
	local step=$1
	expect 1 "$RB" preflight
	[[ ${OUT%%$'\n'*} == "$step would fail: "*"$2"* ]] || fail "not '$step ... $2': $OUT"
	has 'ask the administrator for:' "$OUT"
	expect 5 "$RB" run --speed 600
	has "where: step $step do" "$ERR"
	account "[$ADMIN]"
	expect 0 "$RB" undo --yes --speed 600
}

# The account's own key: IAM tells nothing of it, which is no "no".
expect 0 "$RB" preflight
has 'what IAM would decide is not known' "$OUT"

export AWS_ACCESS_KEY_ID=AKIAOPERATOR00000000 AWS_SECRET_ACCESS_KEY=s3cr3t
deny() { # ACTIONS CONDITION [RESOURCE]
	echo "{\"Effect\":\"Deny\",\"Action\":$1,\"Resource\":\"${3:-*}\",\"Condition\":$2}"
}
region_deny() {
	deny '"ec2:*"' "{\"StringEquals\":{\"aws:RequestedRegion\":\"$1\"}}"
}
kind=$(deny '"ec2:RunInstances"' '{"StringNotEquals":{"ec2:MetadataHttpTokens":"required"}}' 'arn:aws:ec2:*:*:instance/*')
tags=$(deny '["ec2:CreateVpc","ec2:CreateSubnet"]' '{"Null":{"aws:RequestTag/runbook:stack":"true"},"ArnLike":{"aws:PrincipalArn":"*:role/*"}}')
elsewhere=$(region_deny eu-west-1)

# Worlds in which a run does well: yes or unknown, never no.
worlds() {
	echo "$EXACT"
	echo "[$ADMIN]"
	echo "[$ADMIN] $ADMIN"
	echo "$EXACT null $elsewhere"
	echo "$EXACT null $kind"
	echo "[$ADMIN] $ADMIN $kind $elsewhere $tags"
}
while read -r world; do
	# shellcheck disable=SC2086 # each word is an argument
	account $world
	expect 0 "$RB" preflight --output json
	jq -e '.verdict == "yes" and .calls < 60' <<<"$OUT" >/dev/null || fail "$world: $(jq -c '[.permissions[] |
		select(.verdict != "yes")][:3]' <<<"$OUT")"
done < <(worlds)
account "$EXACT" null "$elsewhere" "$kind" "$tags"
expect 0 "$RB" run --speed 600
expect 0 "$RB" preflight # of the stack's run, too
expect 0 "$RB" undo --yes --speed 600

# A policy that asks for what a simulation is not told, and a request has: unknown, and it does well.
secure=$(jq -c '.Statement[0].Condition = {Bool: {"aws:SecureTransport": "true"}}' <<<"$ADMIN")
account "[$secure]"
expect 0 "$RB" preflight --output json
jq -e '.verdict == "unknown" and any(.permissions[]; .why == "it depends on aws:SecureTransport")' <<<"$OUT" >/dev/null ||
	fail "what is not known: $OUT"
AWS_RETRY_MODE=legacy expect 0 "$RB" preflight --lang ja
has 'aws:SecureTransport によります' "$OUT"
has "再試行モード 'legacy' は 'standard' として扱います" "$ERR"
expect 0 "$RB" run --to 1-1 --speed 600
expect 0 "$RB" undo --yes --speed 600

# It changed nothing: all that was asked is a question or a dry run.
curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/requests" >/dev/null
expect 0 "$RB" preflight
asked=$(curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests")
[ "$(jq -r '[.[] | select(.action == "CreateVpc") | .code] | unique | join(" ")' <<<"$asked")" = DryRunOperation ] ||
	fail "CreateVpc was not tried dry: $asked"
others=$(jq -r '.[].action' <<<"$asked" | grep -Ev '^(Describe|Get|List)[A-Z]|^(SimulatePrincipalPolicy|CreateVpc)$')
[ -z "$others" ] || fail "more was asked than questions: $others"

# Who may not ask IAM: what can be tried dry is known, the rest is not.
account "$(jq -c '.[:-1] | map(.Statement |= map(select([.Action] | flatten | index("iam:SimulatePrincipalPolicy") | not)))' <<<"$EXACT")"
expect 0 "$RB" preflight
has 'what IAM would decide is not known' "$OUT"
expect 0 "$RB" preflight --output json
jq -e '[.permissions[] | select(.how == "dry run") | .step] == ["1-1", "2-1"] and .verdict == "unknown"' <<<"$OUT" >/dev/null ||
	fail "no dry run: $OUT"
account "[$ADMIN]" null "$(deny '"iam:SimulatePrincipalPolicy"' '{}')" "$(region_deny us-east-1)"
would_fail 2-1 'explicit deny in a service control policy'

# Guardrails, each alone: the line, and the run's failure.
account "[$ADMIN]" null "$(region_deny us-east-1)"
would_fail 2-1 'ec2:CreateVpc on arn:aws:ec2:us-east-1:123456789012:vpc/*'
account "[$ADMIN]" null "$(deny '"ec2:RunInstances"' '{"StringEquals":{"ec2:MetadataHttpTokens":"required"}}')"
would_fail 1-4 'ec2:RunInstances'
account "[$ADMIN]" '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"ec2:AcceptVpcPeeringConnection","Resource":"*"}]}'
would_fail 3-3 'the permissions boundary leaves it out'
account "[$ADMIN]" null "$(deny '"s3:PutBucketPolicy"' '{}')"
would_fail 2-4 's3:PutBucketPolicy'

# What undo may not do is said before the run, and not as the run's.
account "[$ADMIN]" null "$(deny '"ec2:DeleteVpc"' '{}')"
expect 1 "$RB" preflight
[[ ${OUT%%$'\n'*} == 'the undo of 1-1 would fail: ec2:DeleteVpc on '* ]] || fail "not the undo: $OUT"

account "[$ADMIN]"
mkdir "$WORK/bin"
expect 1 env PATH="$WORK/bin" "$RB" preflight
has '4-1 would fail: ' "$OUT"
expect 5 env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_ENDPOINT_URL -u AWS_CA_BUNDLE "$RB" preflight
