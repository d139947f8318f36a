#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A denial at work names action, resource, the kind of policy, the step, whether undo is concerned too and the statement
# that is missing: as text, in `--output json` and in the journal; with that statement the same command does well.  A
# message that is encoded alone is decoded where that is allowed; what is encoded is never in the journal.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 600
export AWS_ACCESS_KEY_ID=AKIAOPERATOR00000000 AWS_SECRET_ACCESS_KEY=s3cr3t

account() { # POLICIES [GUARDRAIL STATEMENT]
	jq -cn --argjson p "$1" --argjson s "${2:-null}" '{principals: [{name: "operator", policies: $p,
		access_key_id: "AKIAOPERATOR00000000", secret: "s3cr3t"}], guardrails: (if $s then [{name: "g",
		policy: {Version: "2012-10-17", Statement: $s}}] else [] end)}' >"$WORK/account.json"
	curl -sf --noproxy '*' -d @"$WORK/account.json" "$SANDBOX/_sandbox/account" >/dev/null || fail "no such account"
}
fault() {
	curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null
	[ -z "$1" ] || curl -sf --noproxy '*' -d "$1" "$SANDBOX/_sandbox/fault" >/dev/null || fail "no such fault"
}
without() { # ACTION: the printed policy without it
	"$RB" policy --account 123456789012 2>/dev/null | jq -cs --arg a "$1" 'map(.Statement |= map(.Action |=
		(if type == "array" then map(select(. != $a)) else . end) | select(.Action != $a and .Action != [])))'
}
in_journal() { # FILTER: on the denial of the journal's last error
	"$RB" journal --output json | jq -s -e "[.[] | select(.type == \"error\")] | last | .error.denial | $1" >/dev/null ||
		fail "not in the journal: $1: $("$RB" journal --output json | grep denial)"
}

# No statement: the one that is missing is told, and with it the run goes on.
account "$(without ec2:CreateSubnet)"
expect 5 "$RB" run --to 1-2 --speed 600
has 'denied: ec2:CreateSubnet on arn:aws:ec2:ap-northeast-1:123456789012:' "$ERR"
has 'for the do of 1-2: no statement allows it (identity-based policy)' "$ERR"
has 'ask the administrator for:' "$ERR"
in_journal '.action == "ec2:CreateSubnet" and .step == "1-2" and .phase == "do" and .explicit == false and .undo == false'
for _ in 1 2 3; do # a create is checked on all that it touches, one after the other
	missing=$("$RB" journal --output json | jq -cs '[.[] | select(.type == "error")] | last | .error.denial.missing_policy')
	[ "$(jq -r '.Statement[0].Condition | tostring' <<<"$missing")" != null ] || fail "it is not narrowed: $missing"
	given=$(jq -c --argjson m "$missing" '.principals[0].policies + [$m]' "$WORK/account.json")
	account "$given"
	"$RB" run --to 1-2 --speed 600 --output json >"$WORK/out" 2>"$WORK/err" && break
done
[ "$(jq -r 'select(.event == "end") | .ok' "$WORK/out")" = true ] || fail "the statements do not do: $(cat "$WORK/out")"
[ "$(jq '.principals[0].policies | length' "$WORK/account.json")" -ge 4 ] || fail "one statement was enough"

# A guardrail's statement: it is named, nothing is missing, and undo needs the read as well.
account "$("$RB" policy --account 123456789012 2>/dev/null | jq -cs .)" \
	'[{"Effect":"Deny","Action":"ec2:DescribeVpcs","Resource":"*"}]'
expect 5 "$RB" run --to 1-2 --speed 600 --output json
jq -se '[.[] | select(.event == "error")][0].error.denial | .action == "ec2:DescribeVpcs" and .explicit and .undo and
	.policy == "service control policy" and (.policy_arn | endswith("/p-g")) and .missing_policy == null' <<<"$OUT" \
	>/dev/null || fail "not told in JSON: $OUT"
expect 5 "$RB" verify --speed 600
has 'and undo needs it too: a statement denies it (service control policy arn:aws:organizations::' "$ERR"

# Encoded alone, as EC2 answered once: decoded, and left out of the text and the journal.
account '[{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}]'
secret=$(jq -cn '{allowed: false, explicitDeny: false, context: {action: "ec2:DeleteSubnet", resource:
	"arn:aws:ec2:ap-northeast-1:123456789012:subnet/subnet-1"}, padding: ("x" * 90)}' | base64 -w0)
said="UnauthorizedOperation:You are not authorized to perform this operation. Encoded authorization failure message: $secret"
fault "DeleteSubnet=$said"
expect 5 "$RB" undo --yes --speed 600
has 'denied: ec2:DeleteSubnet on arn:aws:ec2:ap-northeast-1:123456789012:subnet/subnet-1, for the undo of 1-2' "$ERR"
[[ $ERR != *"$secret"* ]] || fail "what was decoded is told encoded: $ERR"
in_journal '.action == "ec2:DeleteSubnet" and .undo and .missing_policy.Statement[0].Action == "ec2:DeleteSubnet"'
# Where that is denied too, the call alone tells; the message is for whoever may decode it, not for the journal.
fault "DeleteSubnet=$said"$'\n'"DecodeAuthorizationMessage=AccessDenied"
expect 5 "$RB" undo --yes --speed 600
has 'denied: ec2:DeleteSubnet on what the step names' "$ERR"
has "$secret" "$ERR"
grep -rqF "${secret:0:40}" "$HOME_DIR" && fail "the encoded message is in the stack's folder"
fault ''
expect 0 "$RB" undo --yes --speed 600
