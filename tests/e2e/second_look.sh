#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What looks final and is not, and what looks passing and is not: a key that a new instance does
# not take yet, a peering accepted by hand, an endpoint that a lost journal forgot, a bucket that
# somebody else made under the name that was refused to us, a denial that stays.
. "$(dirname "$0")/lib.sh"
py -c 'import boto3' 2>/dev/null || { echo "no boto3"; exit 77; }

start_sandbox --speed 2000
rb() { "$RB" "$@" --speed 2000; }
fault() { curl -sf --noproxy '*' "$SANDBOX/_sandbox/fault" -d "$1" >/dev/null || fail "no fault '$1'"; }
no_faults() { curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null || fail "the faults stay"; }
aws() { # SERVICE REGION PYTHON: an expression over `c`
	py -c 'import os, sys, boto3
c = boto3.client(sys.argv[1], region_name=sys.argv[2], endpoint_url=os.environ["AWS_ENDPOINT_URL"])
print(eval(sys.argv[3]))' "$@" || fail "$3"
}
calls_of() { # ACTION: how often it was asked
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" |
		jq --arg action "$1" '[.[] | select(.action == $action)] | length'
}

# ---- 4-1: sshd answers before the rest of the instance can look for keys

# ... and a login that takes this machine longer than booting takes at this speed is not too late.
fault 'SendSSHPublicKey:1=state=expired'
fault 'SendSSHPublicKey:1=slow=600'
expect 0 rb run --to 4-1
no_faults
[ "$(step_state 4-1)" = held ] || fail "4-1 is $(step_state 4-1)"

# ---- 4-2: a denial of the organization is not asked for until the wait is over

# The instance's own tool is told what S3 would say.
policy='{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*"}]}'
bucket=$(output 2-4 bucket)
fault "PutObject=AccessDenied:User is not authorized to perform: s3:PutObject with an explicit deny in a service control policy"
before=$(calls_of PutObject)
expect 1 rb run --timeout 20
no_faults
has "explicit deny in a service control policy" "$ERR"
[ $(($(calls_of PutObject) - before)) -le 3 ] || fail "it was asked for $(($(calls_of PutObject) - before)) times"
# ... nor is it a proof of the bucket's policy.
fault "PutObject:2-=AccessDenied:User is not authorized to perform: s3:PutObject with an explicit deny in a service control policy"
expect 0 rb run --output json
has "but not by the bucket policy" "$OUT"
no_faults

# ---- verify: a policy that does not protect is drift

aws s3 us-east-1 "c.delete_bucket_policy(Bucket='$bucket')" >/dev/null
expect 3 rb verify
has "the bucket policy does not protect" "$OUT"
expect 0 rb run
expect 0 rb undo --yes

# ---- 3-3: accepted by hand meanwhile

rm -rf "$HOME_DIR"
expect 0 rb run --to 3-2
aws ec2 us-east-1 "c.accept_vpc_peering_connection(VpcPeeringConnectionId='$(output 3-1 vpc_peering_connection_id)')" >/dev/null
before=$(calls_of AcceptVpcPeeringConnection)
expect 0 rb run --to 3-4
[ $(($(calls_of AcceptVpcPeeringConnection) - before)) -le 2 ] ||
	fail "accepted $(($(calls_of AcceptVpcPeeringConnection) - before)) times"

# ---- 2-3 and 1-3: killed before the id was known, undone, made anew: with another token

there() { # KIND
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" |
		jq -e --arg kind "$1" '[.[$kind] // {} | .[][] | select(.live)] | length > 0'
}
expect 0 rb undo --yes
while read -r action kind to <&3; do
	fault "$action:1=lost-after"
	fault "$action:2-=slow=20000"
	"$RB" run --to 3-4 --speed 2000 >"$WORK/killed" 2>&1 </dev/null &
	pid=$!
	ends_with_us "$pid"
	wait_for 20 there "$kind"
	kill -KILL $pid
	wait $pid 2>/dev/null
	no_faults
	! grep -q "\"${kind//-/_}_id\"" "$HOME_DIR/default/journal.jsonl" || fail "$kind: its id is known"
	expect 0 rb undo --yes --to "$to"
	! there "$kind" >/dev/null || fail "$kind: it is still there"
	expect 0 rb run --to 3-4
	expect 0 rb undo --yes
done 3<<-EOF
	CreateVpcEndpoint vpc-endpoint 2-1
	CreateInstanceConnectEndpoint instance-connect-endpoint 1-1
EOF

# ---- 2-4: refused to us, then made by somebody else

rm -rf "$HOME_DIR"
fault 'CreateBucket=AccessDenied'
expect 5 rb run --to 2-4 --set destination.bucket=corp-bucket-1
no_faults
aws s3 us-east-1 "c.create_bucket(Bucket='corp-bucket-1')" >/dev/null
expect 3 rb run --to 2-4
has "bucket 'corp-bucket-1' is left alone" "$ERR"
expect 0 rb undo --yes
aws s3 us-east-1 "c.head_bucket(Bucket='corp-bucket-1')" >/dev/null
aws s3 us-east-1 "c.delete_bucket(Bucket='corp-bucket-1')" >/dev/null
