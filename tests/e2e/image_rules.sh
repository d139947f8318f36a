#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An image that the account's Allowed AMIs rule hides, one that the rule only audits, and one whose
# owner excludes the instance type are told apart, each before an instance is asked for.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 2000
image=$(py - <<-'PY'
	import os, boto3
	ec2 = boto3.client("ec2", "ap-northeast-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
	print(next(i["ImageId"] for i in ec2.describe_images(Owners=["amazon"])["Images"]
	           if i["Architecture"] == "x86_64" and "minimal" not in i["Name"]))
PY
) || fail "no image"

launches() {
	curl -sf "$SANDBOX/_sandbox/requests" | grep -c '"RunInstances"'
}
with() { # STATE STATUS TEXT OPTION...
	local state=$1 status=$2 text=$3
	shift 3
	curl -sf "$SANDBOX/_sandbox/fault" -d "DescribeImages=state=$state" >/dev/null || fail "no fault"
	expect "$status" "$RB" run --yes --speed 2000 --to 1-4 "$@"
	has "$text" "$ERR"
	curl -sf -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null || fail "the fault stays"
	if [ "$status" = 0 ]; then
		# A profile that EC2 does not know yet is asked for again.
		[ "$(launches)" -ge 1 ] || fail "'$state': it was not asked for"
	else
		[ "$(launches)" = 0 ] || fail "'$state' was asked for"
		has "a run's parameters are fixed, so first: runbook undo" "$ERR"
	fi
	curl -sf -X DELETE "$SANDBOX/_sandbox/requests" >/dev/null || fail "the requests stay"
	expect 0 "$RB" undo --yes --speed 2000
}

with hidden 2 "the newest Amazon Linux 2023, is hidden from this account"
with hidden 2 "'source.image' $image is not in 'ap-northeast-1'" --set "source.image=$image"
with hidden 2 "hidden by the account's Allowed AMIs rule" --set "source.image=$image"
with audit 0 "which is in audit mode"
with excludes:t3.micro 2 "does not run on 'source.instance_type' t3.micro"
with 'excludes:t3.*' 2 "the image's owner excludes this type" --set "source.image=$image"
with supports:m7i.large 2 "the image's owner lets it run on: m7i.large"
with supports:t3.micro 0 "1-4"

# ---- who may not look at images launches all the same
curl -sf "$SANDBOX/_sandbox/fault" -d 'DescribeImages=UnauthorizedOperation' >/dev/null || fail "no fault"
expect 0 "$RB" run --yes --speed 2000 --to 1-4
