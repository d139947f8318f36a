#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a parameter asks for is what is made: image, architecture, type, zone.  What AWS does not
# have ends the run with 2 or 1, says what there is, and how to get to a run with another value.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 2000

run() { # STATUS OPTION...
	local want=$1
	shift
	expect "$want" "$RB" run --speed 2000 "$@"
}
again() { # undo, so that the next run may have other parameters
	expect 0 "$RB" undo --yes --speed 2000
}
ec2() { # EXPRESSION
	py - "$1" <<-'PY' || fail "ec2 $1"
		import os, sys, boto3
		ec2 = boto3.client("ec2", "ap-northeast-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
		def images(**filters):
		    found = ec2.describe_images(Owners=["amazon"], Filters=[
		        {"Name": k.replace("_", "-"), "Values": [v]} for k, v in filters.items()])["Images"]
		    return [i["ImageId"] for i in sorted(found, key=lambda i: i["CreationDate"])]
		def instance(id):
		    return ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]
		print(eval(sys.argv[1]))
	PY
}
full='images(name="al2023-ami-2023.*-%s", architecture="%s")'
# shellcheck disable=SC2059 # the format is ours
intel=$(ec2 "$(printf "$full" x86_64 x86_64)[0]")
# shellcheck disable=SC2059
arm=$(ec2 "$(printf "$full" arm64 arm64)[0]")

# ---- what there is not
for case in \
	"2|source.image=ami-00000000000000000|is not in 'ap-northeast-1'" \
	"2|source.image=$arm|is for 'arm64', 'source.architecture' is 'x86_64'" \
	"2|destination.zone=us-east-1e|zones that offer it: us-east-1a"; do
	IFS='|' read -r status set text <<<"$case"
	run "$status" --to 2-2 --set "$set"
	has "$text" "$ERR"
	has "a run's parameters are fixed, so first: runbook undo" "$ERR"
	again
done
run 1 --to 1-2 --set source.zone=ap-northeast-1z
has 'ap-northeast-1a, ap-northeast-1c, ap-northeast-1d' "$ERR"
has 'runbook undo --speed 2000, then run again with another source.zone or destination.zone' "$ERR"
[[ $ERR != *'runbook resume'* ]] || fail "a run with a wrong parameter is not carried on: $ERR"
again
run 1 --to 1-4 --set source.instance_type=z9.huge
has "offers no instance type 'z9.huge'" "$ERR"
has 'source.instance_type or source.zone' "$ERR"
again
for fault in InsufficientInstanceCapacity Unsupported; do
	curl -sf "$SANDBOX/_sandbox/fault" -d "RunInstances=$fault" >/dev/null || fail "no fault"
	run 1 --to 1-4
	has "$fault" "$ERR"
	has 'another source.instance_type or source.zone' "$ERR"
	curl -sf -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null || fail "the fault stays"
	again
done

# ---- a bucket's name that somebody has: in another account, which says 403 or 409; here, elsewhere
taken=taken-by-others
run 5 --to 2-4 --set destination.bucket=$taken
has "cannot read bucket '$taken'" "$ERR"
has 'run again with another destination.bucket' "$ERR"
again
curl -sf "$SANDBOX/_sandbox/fault" -d 'HeadBucket=NoSuchBucket' >/dev/null || fail "no fault"
run 1 --to 2-4 --set destination.bucket=$taken
has 'BucketAlreadyExists' "$ERR"
has 'run again with another destination.bucket' "$ERR"
curl -sf -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null || fail "the fault stays"
again
py - <<-'PY' || fail "cannot make the bucket"
	import os, boto3
	s3 = boto3.client("s3", "eu-west-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
	s3.create_bucket(Bucket="ours-elsewhere",
	                 CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
PY
run 1 --to 2-4 --set destination.bucket=ours-elsewhere
has "is in 'eu-west-1', not in 'us-east-1'" "$ERR"
again

# ---- what there is
run 0 --to 2-2 --set "source.image=$intel" --set source.zone=ap-northeast-1c \
	--set destination.zone=us-east-1b
instance=$(output 1-4 instance_id)
[ "$(ec2 "instance('$instance')['ImageId']")" = "$intel" ] || fail "another image"
[ "$(ec2 "instance('$instance')['Placement']['AvailabilityZone']")" = ap-northeast-1c ] ||
	fail "another zone"
[ "$(output 2-2 availability_zone)" = us-east-1b ] || fail "another zone in the destination"
again
run 0 --to 1-4 --set source.architecture=arm64
instance=$(output 1-4 instance_id)
[ "$(ec2 "(instance('$instance')['Architecture'], instance('$instance')['InstanceType'])")" = \
	"('arm64', 't4g.micro')" ] || fail "not on arm64"
again

# ---- no right to read the public parameter: the newest of the list, or one that is named
curl -sf "$SANDBOX/_sandbox/fault" -d 'GetParameter=AccessDeniedException' >/dev/null || fail "no fault"
run 0 --to 1-4
# shellcheck disable=SC2059 # several are of the same day
[ "$(ec2 "'$(output 1-4 image_id)' in $(printf "$full" x86_64 x86_64)[-2:]")" = True ] ||
	fail "$(output 1-4 image_id) is none of the newest"
again
curl -sf -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null || fail "the fault stays"

# ---- a run has its parameters: what is given must agree with them, and need not be all of them
run 0 --to 1-1 --set source.region=us-west-2 --set destination.region=ap-northeast-1 \
	--set source.zone=us-west-2a --set source.vpc_cidr=10.5.0.0/16 --set source.subnet_cidr=10.5.0.0/20
expect 0 "$RB" status --set destination.region=ap-northeast-1
expect 0 "$RB" plan --set source.vpc_cidr=10.5.0.0/16
expect 2 "$RB" status --set destination.region=us-east-1
[ "$(grep -c "a run's parameters are fixed" <<<"$ERR")" -eq 1 ] || fail "not once: $ERR"
[ "$(grep -o "parameters are fixed" <<<"$ERR" | wc -l)" -eq 1 ] || fail "twice: $ERR"
expect 2 "$RB" status --set source.region=us-east-1
has "'us-west-2' in run" "$ERR"
expect 0 "$RB" undo --yes --speed 2000 --set source.vpc_cidr=10.5.0.0/16
# ... and without a run it must make sense
expect 2 "$RB" run --speed 2000 --stack none --set destination.region=ap-northeast-1
has "are both 'ap-northeast-1'" "$ERR"
[ ! -e "$HOME_DIR/none" ] || fail "it made a stack"

# ---- a file of more than one read
run 0 --set upload.bytes=20000000
expect 0 "$RB" verify 4-2 --speed 2000
again
