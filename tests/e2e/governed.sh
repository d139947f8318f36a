#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An account whose guardrails demand a tag on everything that is created and a permissions boundary on every role:
# without the parameters preflight and run stop at 1-1; with them a user of exactly the printed policy runs, verifies and
# undoes, everything bears the tag, what somebody changed is found and put right, and undo asks for none of it.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 600
EDGE=arn:aws:iam::123456789012:policy/edge/limits
GIVEN=(--set 'tags.Cost Center=4711 / A' --set "iam.permissions_boundary=$EDGE")

deny() { # ACTIONS RESOURCE CONDITION
	echo "{\"Effect\":\"Deny\",\"Action\":$1,\"Resource\":$2,\"Condition\":$3}"
}
untagged='{"StringNotEquals":{"aws:RequestTag/Cost Center":"4711 / A"}}'
# Each type of thing is judged in its own context, so a guardrail names the types that it is about.
new=$(deny '"ec2:CreateVpc"' '"arn:aws:ec2:*:*:vpc/*"' "$untagged")
types=$(deny '"ec2:CreateTags"' '["arn:aws:ec2:*:*:subnet/*","arn:aws:ec2:*:*:route-table/*","arn:aws:ec2:*:*:security-group/*",
	"arn:aws:ec2:*:*:security-group-rule/*","arn:aws:ec2:*:*:instance/*","arn:aws:ec2:*:*:volume/*",
	"arn:aws:ec2:*:*:network-interface/*","arn:aws:ec2:*:*:instance-connect-endpoint/*","arn:aws:ec2:*:*:vpc-endpoint/*",
	"arn:aws:ec2:*:*:vpc-peering-connection/*"]' "$untagged")
other=$(deny '["iam:CreateRole","iam:CreateInstanceProfile","s3:CreateBucket"]' '"*"' "$untagged")
bound=$(deny '["iam:CreateRole","iam:AttachRolePolicy"]' '"*"' "{\"StringNotEquals\":{\"iam:PermissionsBoundary\":\"$EDGE\"}}")

account() { # POLICIES
	jq -cn --argjson p "$1" --argjson s "$(printf '%s\n' "$new" "$types" "$other" "$bound" | jq -cs .)" \
		'{principals: [{name: "operator", access_key_id: "AKIAOPERATOR00000000", secret: "s3cr3t", policies: $p}],
		policies: [{name: "limits", path: "/edge/", policy: {Version: "2012-10-17", Statement: [{Effect: "Allow",
		Action: ["s3:Put*", "s3:Get*"], Resource: "*"}]}}],
		guardrails: [{name: "g", policy: {Version: "2012-10-17", Statement: $s}}]}' >"$WORK/account.json"
	curl -sf --noproxy '*' -d @"$WORK/account.json" "$SANDBOX/_sandbox/account" >/dev/null || fail "no such account"
}
policy() { # WHAT
	"$RB" policy --account 123456789012 --for "$1" "${GIVEN[@]}" 2>/dev/null | jq -cs .
}
asked() {
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" | jq -r '.[].action' | grep -c "^$1\$"
}

export AWS_ACCESS_KEY_ID=AKIAOPERATOR00000000 AWS_SECRET_ACCESS_KEY=s3cr3t
SIMULATE='[{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:SimulatePrincipalPolicy","Resource":"*"}]}]'
account "$(jq -c ". + $SIMULATE" <<<"$(policy all)")"
expect 1 "$RB" preflight
has '1-1 would fail: ec2:CreateVpc' "$OUT"
expect 5 "$RB" run --speed 600
[[ $ERR == *"where: step "[12]"-1 do"* ]] || fail "not the first step of either side: $ERR"
expect 0 "$RB" undo --yes --speed 600
expect 0 "$RB" preflight "${GIVEN[@]}"
expect 0 "$RB" plan "${GIVEN[@]}"
has 'tags.Cost Center = 4711 / A' "$OUT"
account "$(policy run)"
expect 0 "$RB" run --speed 600 "${GIVEN[@]}"
[ "$(asked PutBucketTagging)" -eq 0 ] || fail "the bucket's tags did not come with it"
expect 2 "$RB" verify --set tags.Owner=me
has "tags.Owner is 'me' here (--set), but run" "$ERR"
expect 2 "$RB" verify --set 'tags.Cost Center=4712'
expect 0 "$RB" report -o "$WORK/report.html"
grep -q '4711 / A' "$WORK/report.html" || fail "the report has no such tag"

# Somebody takes the tag off one thing of each service and the boundary off the role; IAM's reads lag.
env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID=AKIASANDBOX000000000 AWS_SECRET_ACCESS_KEY=sandbox \
	PYTHONPATH=tests/py /usr/bin/python3 - "$("$RB" status --output json)" <<'END' || fail "no drift"
import json, sys
import intents
from world_check import client
out = {s["id"]: s["outputs"] for s in json.loads(sys.argv[1])["steps"]}
tag = [{"Key": "Cost Center"}]
client("ec2", "ap-northeast-1").delete_tags(Resources=[out["1-1"]["vpc_id"], out["1-4"]["instance_id"]], Tags=tag)
client("ec2", "us-east-1").delete_tags(Resources=[out["3-1"]["vpc_peering_connection_id"]], Tags=tag)
iam = client("iam", "us-east-1")
iam.untag_role(RoleName=out["1-4"]["role_name"], TagKeys=["Cost Center"])
iam.untag_instance_profile(InstanceProfileName=out["1-4"]["instance_profile_name"], TagKeys=["Cost Center"])
iam.delete_role_permissions_boundary(RoleName=out["1-4"]["role_name"])
s3 = client("s3", "us-east-1")
kept = [t for t in s3.get_bucket_tagging(Bucket=out["2-4"]["bucket"])["TagSet"] if t["Key"] != "Cost Center"]
s3.put_bucket_tagging(Bucket=out["2-4"]["bucket"], Tagging={"TagSet": kept})
END
account "$(policy verify)"
found() {
	"$RB" verify --speed 600 --output json >"$WORK/verify.json"
	[ "$(jq -r '[.steps[] | .id as $s | .claims[] | select(.agrees | not) | $s + " " + .claim] | sort | join("\n")' \
		"$WORK/verify.json")" = "$(
		cat <<-'END'
			1-1 vpc.tag.Cost Center
			1-4 instance.tag.Cost Center
			1-4 instance_profile.tag.Cost Center
			1-4 role.permissions_boundary
			1-4 role.tag.Cost Center
			2-4 bucket.tag.Cost Center
			3-3 peering_in_destination.tag.Cost Center
		END
	)" ]
}
wait_for 20 found
jq -e --arg edge "$EDGE" 'any(.steps[].claims[]; .claim == "role.permissions_boundary" and .expected == $edge and
	.found == "(none)")' "$WORK/verify.json" >/dev/null || fail "the boundary is not told: $(cat "$WORK/verify.json")"
account "$(policy run)"
expect 0 "$RB" run --speed 600
[ "$(asked PutRolePermissionsBoundary)" -ge 1 ] || fail "no boundary was put back"
account "$(policy verify)"
expect 0 "$RB" verify --speed 600
account "$(policy undo)"
grep -q 'Cost Center\|PermissionsBoundary' <<<"$(policy undo)" && fail "undo needs what was given"
expect 0 "$RB" undo --yes --speed 600
