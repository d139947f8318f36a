#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is not this run's stays: a bucket with a stranger's object is not emptied unless told, a
# thing whose tags say another run is not deleted, and a stranger's thing in the way is named.
# Each time the rest goes, undo says what is left and how to go on, and the next undo ends it.
. "$(dirname "$0")/lib.sh"
start_sandbox --state "$WORK/world.db" --speed 1000

cat >"$WORK/aws.py" <<'PY'
import json, os, sys, boto3
def client(service, region):
    return boto3.client(service, region_name=region, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
source, destination = client("ec2", "ap-northeast-1"), client("ec2", "us-east-1")
s3 = client("s3", "us-east-1")
PY
by_hand() { # PYTHON, then its arguments
	local code=$1
	shift
	expect 0 py -c "$(cat "$WORK/aws.py")
$code" "$@"
}
up() {
	expect 0 "$RB" run --to 3-4 --speed 1000
}
# next_is TEXT COMMAND: what undo said is next, status and verify say, too, in words and as JSON.
next_is() {
	expect 0 "$RB" status
	has "$1" "$(tail -n 1 <<<"$OUT")"
	"$RB" status --output json | jq -e --arg next "$2" '.next == $next' >/dev/null || fail "status as JSON: not $2"
	expect 3 "$RB" verify
	has "$1" "$(tail -n 1 <<<"$ERR")"
	"$RB" verify --output json | jq -e --arg next "$2" '.next == $next' >/dev/null || fail "verify as JSON: not $2"
}
undo() { # STATUS OPTION...
	local want=$1
	shift
	expect "$want" "$RB" undo --yes --speed 1000 "$@"
}

# ---- a stranger's object
up
bucket=$(output 2-4 bucket)
by_hand '
policy = s3.get_bucket_policy(Bucket=sys.argv[1])["Policy"]
s3.delete_bucket_policy(Bucket=sys.argv[1])
s3.put_object(Bucket=sys.argv[1], Key="family/photo.jpg", Body=b"do not lose me")
s3.put_bucket_policy(Bucket=sys.argv[1], Policy=policy)' "$bucket"
undo 3
has "family/photo.jpg" "$ERR"
has "--delete-foreign-objects" "$ERR"
next_is 'next, for step 2-4: save what is needed of it; then: runbook undo --delete-foreign-objects' \
	'runbook undo --delete-foreign-objects'
by_hand '
assert s3.get_object(Bucket=sys.argv[1], Key="family/photo.jpg")["Body"].read() == b"do not lose me"
assert "Deny" in s3.get_bucket_policy(Bucket=sys.argv[1])["Policy"]
assert not destination.describe_vpcs(Filters=[{"Name": "tag-key", "Values": ["runbook:run"]}])["Vpcs"]
' "$bucket"
undo 0 --delete-foreign-objects
by_hand 'assert sys.argv[1] not in [b["Name"] for b in s3.list_buckets()["Buckets"]]' "$bucket"

# ---- a thing that another run claims
up
vpc=$(output 1-1 vpc_id)
run=$("$RB" status --output json | jq -r .run)
by_hand 'source.create_tags(Resources=[sys.argv[1]], Tags=[{"Key": "runbook:run", "Value": "theirs"}])' \
	"$vpc"
expect 3 "$RB" run --to 1-1 --speed 1000
has "'theirs'" "$ERR"
undo 3
has "$vpc" "$ERR"
has "'theirs'" "$ERR"
by_hand 'assert source.describe_vpcs(VpcIds=[sys.argv[1]])["Vpcs"]' "$vpc"
by_hand 'source.create_tags(Resources=[sys.argv[1]], Tags=[{"Key": "runbook:run", "Value": sys.argv[2]}])' \
	"$vpc" "$run"
undo 0
by_hand 'assert sys.argv[1] not in [v["VpcId"] for v in source.describe_vpcs()["Vpcs"]]' "$vpc"

# ---- a stranger's things in the way
up
by_hand '
subnet = destination.create_subnet(VpcId=sys.argv[1], CidrBlock="10.1.240.0/24")["Subnet"]["SubnetId"]
group = source.create_security_group(VpcId=sys.argv[2], GroupName="theirs", Description="theirs")
source.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[
    {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80,
     "UserIdGroupPairs": [{"GroupId": sys.argv[3]}]}])
print(subnet, group["GroupId"])' "$(output 2-1 vpc_id)" "$(output 1-1 vpc_id)" \
	"$(output 1-3 security_group_id)"
read -r subnet group <<<"$OUT"
# Told at once, with what to do: neither goes by itself.
SECONDS=0
undo 3
[ "$SECONDS" -lt 30 ] || fail "$SECONDS s until what is not the run's was told"
[[ $ERR != *'may still come'* ]] || fail "$ERR"
has "it is in use by what is not the run's: subnet $subnet" "$ERR"
has "it is in use by what is not the run's: a rule of group $group ('theirs') names it" "$ERR"
has "not the run's: remove it, then: runbook undo" "$ERR"
next_is "not the run's: remove it, then: runbook undo" 'runbook undo'
has 'next, for step 2-1: ' "$ERR"
by_hand '
destination.delete_subnet(SubnetId=sys.argv[1])
source.delete_security_group(GroupId=sys.argv[2])' "$subnet" "$group"
undo 0

# ---- a stranger's endpoint and instance in the run's subnets: their interfaces stay, the run's go
up
by_hand '
endpoint = destination.create_vpc_endpoint(
    VpcId=sys.argv[1], SubnetIds=[sys.argv[2]], ServiceName="com.amazonaws.us-east-1.s3",
    VpcEndpointType="Interface", PrivateDnsEnabled=False)["VpcEndpoint"]["VpcEndpointId"]
instance = source.run_instances(ImageId=sys.argv[4], InstanceType="t3.micro", MinCount=1, MaxCount=1,
    SubnetId=sys.argv[3])["Instances"][0]["InstanceId"]
print(endpoint, instance)' "$(output 2-1 vpc_id)" "$(output 2-2 subnet_id)" "$(output 1-2 subnet_id)" \
	"$(output 1-4 image_id)"
read -r endpoint instance <<<"$OUT"
SECONDS=0
undo 3
[ "$SECONDS" -lt 30 ] || fail "$SECONDS s until what is not the run's was told"
[[ $ERR =~ "use by what is not the run's: network interface eni-"[0-9a-f]+" ('VPC Endpoint Interface $endpoint'" ]] ||
	fail "the endpoint: $ERR"
[[ $ERR =~ "use by what is not the run's: network interface eni-"[0-9a-f]+" (by $instance, in-use)" ]] ||
	fail "the instance: $ERR"
by_hand '
assert destination.describe_vpc_endpoints(VpcEndpointIds=[sys.argv[1]])["VpcEndpoints"][0]["State"] == "available"
destination.delete_vpc_endpoints(VpcEndpointIds=[sys.argv[1]])
source.terminate_instances(InstanceIds=[sys.argv[2]])' "$endpoint" "$instance"
undo 0 # what is on its way out is waited for, whosever it was
