#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An upload proves the path that it went: after one that failed, or after something of the path was made anew, 4-2 does
# not hold by the object of before, and resume uploads again; after a tag was put back it does not.
. "$(dirname "$0")/lib.sh"
export RUNBOOK_SANDBOX_AWS=small # the path is what is tried here
start_sandbox --speed 20000

by_hand() { # PYTHON
	py -c "
import boto3, os
ec2 = boto3.client('ec2', region_name='ap-northeast-1', endpoint_url=os.environ['AWS_ENDPOINT_URL'])
$1" || fail "not by hand: $1"
}
uploads() {
	"$RB" journal --output json | jq -s '[.[] | select(.type == "intent" and .action == "PutObject" and .phase == "do")] | length'
}
verify() { # STATUS LAST-LINE
	expect "$1" "$RB" verify --speed 20000
	[[ $(tail -n 1 <<<"$OUT") == "$2; rehearsal"* ]] || fail "the last line is not '$2': $OUT"
}
acl() { # create or delete: an entry that stops 443 from leaving the instance's subnet
	by_hand "
acl = ec2.describe_network_acls(Filters=[{'Name': 'association.subnet-id', 'Values': ['$(output 1-2 subnet_id)']}])
entry = {'NetworkAclId': acl['NetworkAcls'][0]['NetworkAclId'], 'RuleNumber': 50, 'Egress': True}
if '$1' == 'create':
    entry.update(Protocol='6', RuleAction='deny', CidrBlock='10.1.0.0/16', PortRange={'From': 443, 'To': 443})
ec2.$1_network_acl_entry(**entry)"
}
expect 0 "$RB" run --speed 20000
verify 0 '14 of 14 hold'
[ "$(uploads)" -eq 1 ] || fail "$(uploads) uploads"

# ---- an upload that failed takes the proof of the one before
acl create
expect 1 "$RB" resume --from 4-2 --speed 20000
has 'the network ACL' "$ERR"
has 'this mends it: aws ec2 delete-network-acl-entry --network-acl-id acl-' "$ERR"
has "--endpoint-url $SANDBOX; how the AWS CLI reaches the rehearsal" "$ERR"
expect 0 "$RB" report --output-file "$WORK/page.html"
has 'this mends it: aws ec2 delete-network-acl-entry' "$(cat "$WORK/page.html")"
verify 3 '13 of 13 hold; 1 not made'
grep -q '^4-2 .* half made$' <<<"$OUT" || fail "4-2 is not half made: $OUT"
has 'failed at 20' "$OUT"
has 'this mends it: aws ec2 delete-network-acl-entry' "$OUT"
has 'to carry on: runbook resume' "$ERR"
expect 3 "$RB" verify 4-2 --speed 20000
has 'the last upload did not succeed' "$OUT"
has 'failed at 20' "$OUT"
expect 3 "$RB" verify --speed 20000 --output json
jq -e '.steps[13] | .verdict == "half made" and (.failed.at | endswith("Z")) and (.failed.error.why | contains("network ACL"))' \
	<<<"$OUT" >/dev/null || fail "as JSON: $OUT"
acl delete
expect 0 "$RB" resume --speed 20000
verify 0 '14 of 14 hold'
[[ $OUT != *'failed at'* ]] || fail "told still: $OUT"

# ---- something of the path was made anew, and nobody came to upload
stale() { # STEP: that is why
	expect 0 "$RB" run --to 3-4 --speed 20000
	verify 3 '13 of 14 hold, 1 differs'
	has "the path since the upload: expected 'unchanged', found 'step $1 was changed at 20" "$OUT"
}
before=$(uploads)
by_hand "ec2.delete_route(RouteTableId='$(output 1-2 route_table_id)', DestinationCidrBlock='10.1.0.0/16')"
stale 3-2
by_hand "ec2.terminate_instances(InstanceIds=['$(output 1-4 instance_id)'])"
stale 1-4
expect 0 "$RB" resume --speed 20000
[ "$(uploads)" -eq $((before + 1)) ] || fail "$(uploads) uploads, $before before"
verify 0 '14 of 14 hold'

# ---- a tag leads no packet
by_hand "ec2.delete_tags(Resources=['$(output 3-1 vpc_peering_connection_id)'], Tags=[{'Key': 'Name'}])"
expect 3 "$RB" verify 3-1 --speed 20000
expect 0 "$RB" run --speed 20000
has '3-1  does not hold: doing it again' "$ERR"
[ "$(uploads)" -eq $((before + 1)) ] || fail "uploaded again for a tag"
