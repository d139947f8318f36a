#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The procedure `direct` does in eight steps what `peering` does in fourteen: planned, walked, verified setting by
# setting by boto3, connected to, reported and undone beside a stack of the other one, with which it shares nothing.
# A zone from which no other region is reached is refused before the subnet is made.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 600

# A preflight says both beforehand.
expect 1 "$RB" preflight --procedure direct --set source.region=ap-northeast-2 --set source.zone=ap-northeast-2b
has "from zone ap-northeast-2b (apne2-az2) no service of another region is reached" "$OUT"
expect 0 "$RB" preflight --procedure direct
has "com.amazonaws.us-east-1.s3 is offered to ap-northeast-1" "$OUT"

# A zone that reaches no other region, and a region that is off in this account.
expect 2 "$RB" run --procedure direct --set destination.region=us-east-1 --set source.region=ap-northeast-2 \
	--set source.zone=ap-northeast-2b --stack zone --speed 600
has "'source.zone' is 'ap-northeast-2b'" "$ERR"
has "zones that offer it: ap-northeast-2a, ap-northeast-2c" "$ERR"
expect 0 "$RB" status --stack zone --output json
jq -e '.steps[1].outputs.subnet_id == null' <<<"$OUT" >/dev/null || fail "a subnet in that zone: $OUT"
expect 0 "$RB" undo --yes --stack zone --speed 600
curl -sf --noproxy '*' -d '{"settings": {"regions_off": {"names": ["eu-south-1"]}}}' "$SANDBOX/_sandbox/account" >/dev/null
expect 1 "$RB" run --procedure direct --set destination.region=eu-south-1 --stack off --speed 600 --to 1-4
has "'com.amazonaws.eu-south-1.s3' is not offered to VPCs of region 'ap-northeast-1'" "$ERR"
curl -sf --noproxy '*' -d '{"settings": {}}' "$SANDBOX/_sandbox/account" >/dev/null
expect 0 "$RB" undo --yes --stack off --speed 600

expect 0 "$RB" run --speed 600
expect 0 "$RB" run --procedure direct --speed 600 --stack other --set upload.bytes=2000
expect 0 "$RB" verify --stack other --output json --speed 600
jq -e '.holds and (.steps | map(.id) == ["1-1", "1-2", "1-3", "1-4", "2-1", "2-2", "3-1", "3-2"])' <<<"$OUT" >/dev/null ||
	fail "verify: $OUT"
jq -e '[.steps[].claims[]? | {(.claim): .found}] | add | ."endpoint.service_region" == "us-east-1"
	and ."subnet.zone_reaches_far" == "apne1-az4"' <<<"$OUT" >/dev/null || fail "claims: $OUT"
"$RB" status --stack other --output json >"$WORK/other.json"
expect 0 py tests/py/world_check.py "$WORK/other.json"
has "settings are as they should be" "$OUT"
"$RB" status --output json >"$WORK/first.json"
expect 0 py tests/py/world_check.py "$WORK/first.json"
expect 0 "$RB" connect --stack other --speed 600 -- echo through
has through "$OUT"
# What explains, recovers and writes it down for others knows it as it knows the other one.
expect 0 "$RB" explain --stack other --speed 600
has "3-2 is whole, there and back" "$OUT"
group=$(jq -r '.steps[4].outputs.security_group_id' "$WORK/other.json")
py - "$group" <<'PY'
import os
import sys

import boto3

ec2 = boto3.client("ec2", "ap-northeast-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [sys.argv[1]]}])["SecurityGroupRules"]
ec2.revoke_security_group_ingress(
    GroupId=sys.argv[1], SecurityGroupRuleIds=[r["SecurityGroupRuleId"] for r in rules if not r["IsEgress"]])
PY
expect 3 "$RB" explain --stack other --speed 600
has "3-2 is broken: the endpoint's group" "$OUT"
has "runbook resume --from 2-1" "$OUT"
rm -r "$HOME_DIR/other"
expect 0 "$RB" recover --procedure direct --run "$(jq -r .run "$WORK/other.json")" --speed 600
expect 0 "$RB" resume --stack other --from 2-1 --speed 600
expect 0 "$RB" verify --stack other --speed 600
expect 0 "$RB" status --stack other --output json
jq -e --slurpfile before "$WORK/other.json" '(.steps | map(.outputs | del(.object_checksum, .object_md5, .host_key_fingerprint))) ==
	($before[0].steps | map(.outputs | del(.object_checksum, .object_md5, .host_key_fingerprint)))' <<<"$OUT" >/dev/null ||
	fail "recovered: $OUT"
expect 0 "$RB" export cli --procedure direct --stack none
sh -n <<<"$OUT" || fail "no script: $OUT"
has "--service-region" "$OUT"
expect 0 "$RB" report --stack other -o -
has "leads to us-east-1" "$OUT"
has "2-1 Create the S3 interface endpoint" "$OUT"

expect 0 "$RB" undo --yes --stack other --speed 600
expect 0 py tests/py/world_check.py --gone "$WORK/other.json"
expect 0 py tests/py/world_check.py "$WORK/first.json"
expect 0 "$RB" undo --yes --speed 600
