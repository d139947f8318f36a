#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `resume --from S` looks at all before S and walks S and later again, no other; with the S3
# endpoint deleted by hand, --from 2-3 repairs the endpoint and the policy and nothing else.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 1000
rb() {
	"$RB" "$@" --speed 1000
}
# The steps of the records of one type since line N of the journal, in order, each once.
steps_since() {
	tail -n "+$(($2 + 1))" "$(journal)" | jq -r --arg t "$1" --arg s "${3:-}" \
		'select(.type == $t and ($s == "" or .state == $s) and .phase != "verify") | .step' | sort -u | xargs
}
lines() {
	wc -l <"$(journal)"
}
aws() {
	py - "$@" <<'PY'
import os, sys, boto3
ec2 = boto3.client("ec2", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
ec2.delete_vpc_endpoints(VpcEndpointIds=[sys.argv[1]])
PY
}

expect 0 rb run
n=$(lines)
expect 0 rb resume --from 3-1
[ "$(steps_since state "$n" doing)" = "3-1 3-2 3-3 3-4 4-1 4-2" ] ||
	fail "walked again: $(steps_since state "$n" doing)"
[ "$(steps_since evidence "$n")" = "1-1 1-2 1-3 1-4 2-1 2-2 2-3 2-4 3-1 3-2 3-3 3-4 4-1 4-2" ] ||
	fail "looked at: $(steps_since evidence "$n")"
changed=$(steps_since intent "$n")
[ -z "$changed" ] || [ "$changed" = 4-2 ] || fail "changed something in $changed"

# Something before S does not hold: named, exit 3, and nothing is walked.
old=$(output 2-3 vpc_endpoint_id)
aws "$old"
n=$(lines)
expect 3 rb resume --from 3-1
has "step 2-3 does not hold" "$ERR"
has "runbook resume --from 2-3" "$ERR"
[ -z "$(steps_since state "$n" doing)" ] || fail "walked in spite of it"

n=$(lines)
policy() {
	py -c 'import os, sys, boto3
print(boto3.client("s3", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"]).get_bucket_policy(Bucket=sys.argv[1])["Policy"])' \
		"$(output 2-4 bucket)"
}
has "$old" "$(policy)"
expect 0 rb resume --from 2-3
new=$(output 2-3 vpc_endpoint_id)
[ "$new" != "$old" ] || fail "the endpoint is the old one"
has "$new" "$(policy)"
[ "$(steps_since intent "$n")" = "2-3 2-4 4-2" ] || [ "$(steps_since intent "$n")" = "2-3 2-4" ] ||
	fail "repaired more: $(steps_since intent "$n")"
for action in $(tail -n "+$((n + 1))" "$(journal)" | jq -r 'select(.type == "intent" and .phase == "do") | .action'); do
	case $action in
	CreateVpcEndpoint | PutBucketPolicy | PutObject) ;;
	*) fail "repaired by $action" ;;
	esac
done
expect 0 rb verify

# Two are gone: from the earlier one both are mended, so that is the one to go on from.
py - "$(output 1-4 instance_id)" "$(output 3-1 vpc_peering_connection_id)" <<'PY' || fail "no change"
import os, sys, boto3
ec2 = boto3.client("ec2", region_name="ap-northeast-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
ec2.terminate_instances(InstanceIds=[sys.argv[1]])
ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=sys.argv[2])
PY
expect 3 rb verify
expect 3 rb resume --from 4-1
has "runbook resume --from 1-4" "$ERR"
expect 0 rb resume --from 1-4
expect 0 rb verify
expect 0 rb undo --yes
