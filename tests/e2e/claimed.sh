#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the journal calls this run's, and whose own tags say another run, is not deleted: of every kind
# of thing.  Undo names it and whose it says to be, leaves it as it is, and removes what does not need
# it.  With its tag back the next undo removes it.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 2000

claim() { # KIND ID RUN
	py - "$@" <<-'PY' || fail "cannot tag $*"
		import os, sys, boto3
		kind, id, run = sys.argv[1:]
		def aws(service, region):
		    return boto3.client(service, region, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
		tag = {"Key": "runbook:run", "Value": run}
		if kind == "role":
		    aws("iam", "us-east-1").tag_role(RoleName=id, Tags=[tag])
		elif kind == "profile":
		    aws("iam", "us-east-1").tag_instance_profile(InstanceProfileName=id, Tags=[tag])
		elif kind == "bucket":
		    s3 = aws("s3", "us-east-1")
		    tags = [t for t in s3.get_bucket_tagging(Bucket=id)["TagSet"] if t["Key"] != tag["Key"]]
		    s3.put_bucket_tagging(Bucket=id, Tagging={"TagSet": tags + [tag]})
		else:
		    aws("ec2", kind).create_tags(Resources=[id], Tags=[tag])
	PY
}
lives() { # ID: in the sandbox's world, not gone and not going
	curl -sf "$SANDBOX/_sandbox/world" | jq -e --arg id "$1" \
		'any(.[][][]; (.id == $id or .name == $id) and .live != false)' >/dev/null
}

# kind or region, step, output
cases='ap-northeast-1 1-2 subnet_id
ap-northeast-1 1-2 route_table_id
ap-northeast-1 1-3 security_group_id
ap-northeast-1 1-3 instance_connect_endpoint_id
ap-northeast-1 1-4 security_group_id
ap-northeast-1 1-4 instance_id
role 1-4 role_name
profile 1-4 instance_profile_name
us-east-1 2-1 vpc_id
us-east-1 2-3 security_group_id
us-east-1 2-3 vpc_endpoint_id
bucket 2-4 bucket
ap-northeast-1 3-1 vpc_peering_connection_id'
n=0
while read -r kind step name <&3; do
	n=$((n + 1))
	expect 0 "$RB" run --to 3-4 --speed 2000
	run=$("$RB" status --output json | jq -r .run)
	id=$(output "$step" "$name")
	[ -n "$id" ] || fail "$step has no $name"
	claim "$kind" "$id" theirs
	expect 3 "$RB" undo --yes --speed 2000
	has "$id" "$ERR"
	has "'theirs'" "$ERR"
	lives "$id" || fail "$kind $id of $step is gone"
	"$RB" status --output json | jq -e --arg id "$id" \
		'any(.steps[]; .state == "failed" and (.error.what | contains($id)))' >/dev/null ||
		fail "no step failed because of $id"
	claim "$kind" "$id" "$run"
	expect 0 "$RB" undo --yes --speed 2000
	! lives "$id" || fail "$kind $id of $step is still there"
done 3<<<"$cases"
[ $n -eq 13 ] || fail "only $n cases"
