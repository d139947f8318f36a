#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The S3 endpoint is deleted by hand; `resume --from 2-3` makes another, writes the bucket's policy
# for it, uploads again through it, and changes nothing else.  `resume --from 3-1` then looks at
# all before 3-1 and walks 3-1 and later, changing nothing at all of what holds.
. "$(dirname "$0")/lib.sh"

ids() { # every output but those that the endpoint's id is in, and the ssh host's
	"$RB" status --output json | jq -S '[.steps[] | {id, outputs: (.outputs |
		del(.vpc_endpoint_id, .vpc_endpoint_dns))}]'
}
intents_since() { # what was asked of AWS that changes it, after record N; reads of 4-1 aside
	"$RB" journal --output json | jq -r --argjson n "$1" \
		'select(.seq > $n and .type == "intent") | .step + " " + .action' | sort -u
}
last() {
	"$RB" journal --output json | jq -s '.[-1].seq'
}

expect 0 "$RB" run --sandbox --speed 1000
before=$(ids)
old=$(output 2-3 vpc_endpoint_id)

start_sandbox --state "$HOME_DIR/default/sandbox.db" --speed 1000
region=$("$RB" status --output json | jq -r '.parameters."destination.region"')
AWS_ENDPOINT_URL=$SANDBOX expect 0 py - "$old" "$region" <<'PY'
import os, sys, boto3
ec2 = boto3.client("ec2", region_name=sys.argv[2], endpoint_url=os.environ["AWS_ENDPOINT_URL"])
assert not ec2.delete_vpc_endpoints(VpcEndpointIds=[sys.argv[1]])["Unsuccessful"]
PY
stop_sandbox
unset AWS_ENDPOINT_URL

expect 3 "$RB" verify 2-3 --sandbox --speed 1000
has "$old" "$OUT"
mark=$(last)
expect 0 "$RB" resume --from 2-3 --sandbox --speed 1000
new=$(output 2-3 vpc_endpoint_id)
[ "$new" != "$old" ] || fail "the endpoint is still $old"
[ "$(ids)" = "$before" ] || fail "more than the endpoint changed: $(diff <(echo "$before") <(ids))"
changed=$(intents_since "$mark")
for wanted in '2-3 CreateVpcEndpoint' '2-4 PutBucketPolicy' '4-2 PutObject'; do
	has "$wanted" "$changed"
done
others=$(grep -vE '^(2-3 CreateVpcEndpoint|2-4 PutBucketPolicy|4-[12] [A-Za-z]+)$' <<<"$changed")
[ -z "$others" ] || fail "resume changed more: $others"
expect 0 "$RB" verify --sandbox --speed 1000

mark=$(last)
expect 0 "$RB" resume --from 3-1 --sandbox --speed 1000
changed=$(intents_since "$mark")
others=$(grep -vE '^4-[12] [A-Za-z]+$' <<<"$changed")
[ -z "$others" ] || fail "resume --from 3-1 changed: $others"
expect 0 "$RB" undo --sandbox --speed 1000 --yes
