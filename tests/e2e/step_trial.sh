#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `run --try always` asks right before each step whether it and its undo would be allowed, and stops there in order, in
# preflight's words, with nothing of the step made: so nothing stands that undo may not remove.  Where IAM may not be
# asked, dry runs tell what can be told, and what nobody can tell stops nothing.  The calls that it takes are counted.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 600
export AWS_ACCESS_KEY_ID=AKIAOPERATOR00000000 AWS_SECRET_ACCESS_KEY=s3cr3t
SIMULATE='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:SimulatePrincipalPolicy","Resource":"*"}]}'
WHOLE=$("$RB" policy --account 123456789012 2>/dev/null | jq -cs .)

account() { # POLICIES
	jq -cn --argjson p "$1" '{principals: [{name: "operator", policies: $p, access_key_id: "AKIAOPERATOR00000000",
		secret: "s3cr3t"}]}' >"$WORK/account.json"
	curl -sf --noproxy '*' -d @"$WORK/account.json" "$SANDBOX/_sandbox/account" >/dev/null || fail "no such account"
}
without() { # ACTION
	jq -c --arg a "$1" 'map(.Statement |= map(.Action |= (if type == "array" then map(select(. != $a)) else . end) |
		select(.Action != $a and .Action != [])))' <<<"$WHOLE"
}
asked() { # ACTION [CODE]: how often since forget
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" | jq --arg a "$1" --arg c "${2-}" \
		'[.[] | select(.action == $a and ($c == "" or .code == $c))] | length'
}
forget() {
	curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/requests" >/dev/null
}
world() { # the steps of which something is there
	AWS_ACCESS_KEY_ID=AKIASANDBOX000000000 AWS_SECRET_ACCESS_KEY=sandbox curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" |
		jq -c '[.. | objects | select(has("tagSet")) | .tagSet[]? | select(.key == "runbook:step") | .value] | unique'
}

# What undo may not do stops the step that it belongs to, before anything of it is made.
account "$(without ec2:DeleteVpc | jq -c ". + [$SIMULATE]")"
expect 5 "$RB" run --try always --serial --speed 600
has 'the undo of 1-1 would fail: ec2:DeleteVpc on arn:aws:ec2:ap-northeast-1:123456789012:vpc/*: no policy allows it (simulated)' "$ERR"
has 'the step was not begun, for what it makes could not be removed' "$ERR"
has '"aws:ResourceTag/runbook:stack": "default"' "$ERR"
[ "$(world)" = '[]' ] || fail "something was made: $(world)"
account "$(without ec2:DeleteSecurityGroup | jq -c ". + [$SIMULATE]")"
expect 5 "$RB" run --try always --serial --speed 600
has 'the undo of 1-3 would fail' "$ERR"
[ "$(world)" = '["1-1","1-2"]' ] || fail "not 1-1 and 1-2 alone: $(world)"
# A do that would be denied later is told right before it, without half a step.
account "$(without ec2:CreateRouteTable | jq -c ". + [$SIMULATE]")"
expect 0 "$RB" undo --yes --speed 600
expect 5 "$RB" run --try always --serial --speed 600 --output json
[ "$(jq -r 'select(.event == "end") | .error.denial | .action + " " + .step + " " + .phase' <<<"$OUT")" = \
	'ec2:CreateRouteTable 1-2 do' ] || fail "$OUT"
[ "$(world)" = '["1-1"]' ] || fail "not 1-1 alone: $(world)"

# With what is needed it does well, and takes few calls: each question once, however many steps need it.
account "$(jq -c ". + [$SIMULATE]" <<<"$WHOLE")"
forget
expect 0 "$RB" run --try always --speed 600
simulations=$(asked SimulatePrincipalPolicy)
[ "$simulations" -gt 5 ] && [ "$simulations" -le 40 ] || fail "$simulations questions"
[ "$(asked CreateVpc DryRunOperation)" -eq 0 ] || fail "what IAM had told was tried dry"
expect 0 "$RB" undo --yes --speed 600

# Who may not ask IAM: what names things that are there is tried dry, and what was made as to its delete: 34 calls in all, and
# the run does well.
WHOLE=$(without iam:SimulatePrincipalPolicy)
account "$WHOLE"
forget
expect 0 "$RB" run --try always --speed 600
dry=$(curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" | jq -c '[.[] | select(.code == "DryRunOperation") | .action]')
[ "$(jq -c 'group_by(.) | map([.[0], length])' <<<"$dry")" = '[["AcceptVpcPeeringConnection",1],["CreateRoute",2],["CreateRouteTable",2],["CreateSecurityGroup",3],["CreateSubnet",2],["CreateVpc",2],["CreateVpcPeeringConnection",1],["DeleteInstanceConnectEndpoint",1],["DeleteRoute",2],["DeleteRouteTable",2],["DeleteSecurityGroup",3],["DeleteSubnet",2],["DeleteVpc",2],["DeleteVpcEndpoints",1],["DeleteVpcPeeringConnection",1],["DisassociateRouteTable",2],["TerminateInstances",1]]' ] ||
	fail "tried dry: $dry"
[ "$(asked SimulatePrincipalPolicy)" -eq 1 ] || fail "it asks on where it may not"
expect 0 "$RB" undo --yes --speed 600
account "$(without ec2:CreateRouteTable)"
expect 5 "$RB" run --try always --serial --speed 600
has 'where: step 1-2 try' "$ERR"
has 'denied: ec2:CreateRouteTable on arn:aws:ec2:ap-northeast-1:123456789012:' "$ERR"
[[ $(world) != *1-2* ]] || fail "something of 1-2: $(world)" # what is gone is listed for a while

# What undo may not do is told right after the do then: nothing is built on it, and the same command goes on.
account "$(without ec2:DeleteSubnet)"
expect 5 "$RB" run --try always --serial --speed 600
has 'where: step 1-2 try' "$ERR"
has 'denied: ec2:DeleteSubnet on arn:aws:ec2:ap-northeast-1:123456789012:subnet/' "$ERR"
has 'runbook: what was just made could not be removed' "$ERR"
has 'for the undo of 1-2: no statement allows it' "$ERR"
has 'runbook resume' "$(grep hint: <<<"$ERR")"
[[ $(world) != *1-3* ]] || fail "something of 1-3: $(world)"
[ "$(step_state 1-2)" = failed ] || fail "1-2 is $(step_state 1-2)"
account "$WHOLE"
expect 0 "$RB" resume --try always --serial --speed 600
expect 0 "$RB" undo --yes --speed 600

# On a terminal the first run offers preflight, and asks again when that says no.
account "$(without ec2:DeleteVpc | jq -c ". + [$SIMULATE]")"
answer_on_terminal 'y
n' "$RB" run --home "$WORK/offered" --try always --speed 600
has 'Ask first what would be denied here' "$SHOWN"
has 'the undo of 1-1 would fail: ec2:DeleteVpc' "$SHOWN"
has 'nothing was changed' "$SHOWN"
[ ! -e "$WORK/offered" ] || fail "it was begun all the same"
answer_on_terminal 'n
y' "$RB" run --home "$WORK/offered" --try always --speed 600
has 'where: step 1-1 try' "$SHOWN"
[[ $SHOWN != *'Begin all the same'* ]] || fail "it asked on: $SHOWN"

# Elsewhere than on AWS itself it is asked for, or not at all.
account "$WHOLE"
forget
expect 0 "$RB" run --to 1-2 --speed 600
[ "$(asked SimulatePrincipalPolicy)" -eq 0 ] && [ "$(asked CreateVpc DryRunOperation)" -eq 0 ] || fail "it was tried all the same"
expect 2 "$RB" run --try often
has 'one of: auto, always, never' "$ERR"
expect 0 "$RB" undo --yes --speed 600
