#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# iam-simulate, somebody else's reading of AWS's policy rules, decides a bucket's policy as the sandbox does: each
# policy of policy/policies.json, for six principals, from outside, through the endpoint and through another one.
. "$(dirname "$0")/lib.sh"

on_path node npm python3
install_js
install_boto
start_sandbox --speed 600 --lag off
expect 0 "$RB" run --speed 600
endpoint=$(output 2-3 vpc_endpoint_id)
vpc=$(output 2-1 vpc_id)
dns=$(output 2-3 vpc_endpoint_dns)
other=$(aws --region us-east-1 ec2 create-vpc-endpoint --vpc-id "$vpc" --vpc-endpoint-type Interface \
	--service-name com.amazonaws.us-east-1.s3 --subnet-ids "$(output 2-2 subnet_id)" --no-private-dns-enabled \
	--security-group-ids "$(output 2-3 security_group_id)" --output json) || fail "no other endpoint"
other_id=$(jq -r .VpcEndpoint.VpcEndpointId <<<"$other")
other_is_there() {
	aws --region us-east-1 ec2 describe-vpc-endpoints --vpc-endpoint-ids "$other_id" --output json >"$WORK/other" &&
		grep -qw available "$WORK/other"
}
wait_for 30 other_is_there
other_dns=$(jq -r '.VpcEndpoints[0].DnsEntries[0].DnsName' "$WORK/other")
"$BOTO" tests/strangers/policy/decide.py make >"$WORK/principals" || fail "no roles"
jq -n --slurpfile principals "$WORK/principals" --arg vpce "$endpoint" --arg other "$other_id" --arg vpc "$vpc" \
	--arg private_ip "$(output 1-4 private_ip)" --arg outside "$SANDBOX" --arg one "https://bucket.$dns" \
	--arg two "https://bucket.${other_dns#\*.}" '{principals: $principals[0], $vpce, $other, $vpc, $private_ip,
	url: {$outside, endpoint: $one, other: $two}}' >"$WORK/settings"

"$BOTO" tests/strangers/policy/decide.py outside "$WORK/settings" >"$WORK/asked" || fail "from outside"
for place in endpoint other; do
	"$RB" connect -- "$BOTO" "$PWD/tests/strangers/policy/decide.py" "$place" "$WORK/settings" >>"$WORK/asked" \
		2>"$WORK/err" || fail "through the $place: $(cat "$WORK/err")"
done
(node "$JS/simulate.mjs" <"$WORK/asked") >"$WORK/said" || fail "iam-simulate"
[ "$(wc -l <"$WORK/said")" -ge 1000 ] || fail "only $(wc -l <"$WORK/said") were asked"
for word in allowed denied; do
	[ "$(cut -f 3 "$WORK/said" | grep -c "$word")" -ge 300 ] || fail "hardly any $word"
done
# What differs, and is known to: by its line in policy/known.
grep '^differ' "$WORK/said" | cut -f 2- | grep -vxFf tests/strangers/policy/known >"$WORK/differ"
[ ! -s "$WORK/differ" ] || {
	cut -c 1-300 "$WORK/differ" | head -n 60
	fail "$(wc -l <"$WORK/differ") of $(wc -l <"$WORK/said") decided otherwise"
}
echo "$(wc -l <"$WORK/said") requests decided alike"
