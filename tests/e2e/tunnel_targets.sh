#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `runbook tunnel` reaches any instance of the account by whatever is named of it: what is not
# named is the stack's or is looked up.  What cannot be found, or is no such thing, ends it with a
# message before anything is connected.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 2000
expect 0 "$RB" run --to 1-4 --speed 2000
instance=$(output 1-4 instance_id)
address=$(output 1-4 private_ip)
eice=$(output 1-3 instance_connect_endpoint_id)
name=$(output 1-3 instance_connect_endpoint_dns)
mkfifo "$WORK/in"
exec 9<>"$WORK/in" # its standard input stays open

says_hello() { # OPTION...: sshd's greeting comes through
	local pid
	rm -f "$WORK/hello" # of the one before
	"$RB" tunnel "$@" <&9 >"$WORK/hello" 2>"$WORK/err" &
	pid=$!
	ends_with_us "$pid"
	wait_for 20 bash -c "grep -q '^SSH-2.0' '$WORK/hello' || ! kill -0 $pid"
	grep -q '^SSH-2.0' "$WORK/hello" || fail "tunnel $*: $(cat "$WORK/err")"
	kill $pid
	wait $pid
}
refused() { # STATUS TEXT OPTION...
	local status=$1 text=$2
	shift 2
	expect "$status" "$RB" tunnel "$@" </dev/null
	[ -z "$OUT" ] || fail "tunnel $* wrote '$OUT'"
	has "$text" "$ERR"
}

here=(--region ap-northeast-1)
other=(--home "$WORK/none") # a stack that has no run
says_hello
says_hello --instance-id "$instance"
says_hello --endpoint-id "$eice"
says_hello "${other[@]}" "${here[@]}" --instance-id "$instance"
says_hello "${other[@]}" --instance-id "$instance" --endpoint-id "$eice"
says_hello "${other[@]}" --private-ip "$address" --endpoint-id "$eice"
says_hello "${other[@]}" --private-ip "$address" --endpoint-id "$eice" --endpoint-dns "$name"
says_hello "${other[@]}" --set source.region=ap-northeast-1 --instance-id "$instance" \
	--private-ip "$address" --max-duration 60 --port 22

# As connect starts it: it looks at no home, which may be in a bucket that its AWS does not have, and at no parameters.
cd "$WORK"
echo '{' >runbook.json
RUNBOOK_HOME=s3://runbook-nowhere/x says_hello "${here[@]}" --private-ip "$address" --endpoint-id "$eice" \
	--endpoint-dns "$name" --port 22
rm runbook.json
cd - >/dev/null

gone=i-00000000000000000
refused 2 'no instance was named' "${other[@]}"
refused 2 'an address needs an endpoint beside it' "${other[@]}" --private-ip "$address"
refused 2 "an endpoint's name needs its id beside it" "${other[@]}" --endpoint-dns "$name" \
	--instance-id "$instance"
refused 1 "$gone" --instance-id $gone
refused 1 "$instance" --instance-id "$instance" --region us-east-1
refused 1 'eice-00000000000000000' --endpoint-id eice-00000000000000000
refused 2 'is of another region than us-east-1' "${other[@]}" --region us-east-1 \
	--private-ip "$address" --endpoint-id "$eice" --endpoint-dns "$name"
refused 2 'is no instance id' --instance-id 'i-; rm -rf'
refused 2 'is no private address' --private-ip 10.0.0.999 --endpoint-id "$eice"
refused 2 'is no endpoint id' --instance-id "$instance" --endpoint-id subnet-1
refused 2 'is no endpoint name' --private-ip "$address" --endpoint-id "$eice" --endpoint-dns 'a b'
for bad in 0 21 65536 ssh ''; do
	refused 2 "--port cannot be '$bad'" "--port=$bad"
done
for bad in 0 3601 -1 1h; do
	refused 2 "--max-duration cannot be '$bad'" "--max-duration=$bad"
done

# An instance whose VPC has no endpoint: in the other region, by hand.
py - >"$WORK/made" <<'PY' || fail "cannot make an instance"
import os, boto3
ec2 = boto3.client("ec2", "us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
vpc = ec2.create_vpc(CidrBlock="10.50.0.0/16")["Vpc"]["VpcId"]
subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.50.0.0/24")["Subnet"]["SubnetId"]
image = ec2.describe_images(Owners=["amazon"], Filters=[
    {"Name": "name", "Values": ["al2023-ami-2023.*-x86_64"]}])["Images"][0]["ImageId"]
print(ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1,
                        SubnetId=subnet)["Instances"][0]["InstanceId"])
PY
refused 1 'has no EC2 Instance Connect Endpoint that is ready' --region us-east-1 \
	--instance-id "$(cat "$WORK/made")"
