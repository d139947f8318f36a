#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What AWS answers since 2026, by the sandbox's faults: x-amz-retry-after, a bare 429, S3's error under
# 200, the denying policy's ARN (shown, kept and reported whole), session tokens of 4 KiB.
. "$(dirname "$0")/lib.sh"
py -c 'import boto3' 2>/dev/null || { echo "no boto3"; exit 77; }
start_sandbox --speed 600
fault() { curl -sf --noproxy '*' -d "$1" "$SANDBOX/_sandbox/fault" >/dev/null || fail "fault $1"; }
no_faults() { curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null; }
codes() { # ACTION: what its calls were answered, in order
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" |
		jq -r --arg a "$1" '[.[] | select(.action == $a) | "\(.status)\(.code // "")"] | join(" ")'
}

# The header comes beside whatever fails; what is no number is no header.
fault 'DescribeVpcs:1=retry-after=1500'
fault 'DescribeVpcs:1=throttle'
head=$(py - <<'P'
import os, boto3, botocore.config
c = boto3.client("ec2", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"], config=botocore.config.Config(retries={"max_attempts": 0}))
try:
    c.describe_vpcs()
except Exception as e:
    r = e.response
    print(r["ResponseMetadata"]["HTTPStatusCode"], r["Error"]["Code"], r["ResponseMetadata"]["HTTPHeaders"].get("x-amz-retry-after"))
P
)
[ "$head" = "503 RequestLimitExceeded 1500" ] || fail "throttled with a header: $head"

# All of it passes: asked again, and once each. The session's token is as long as AWS's may be.
no_faults
fault 'CreateVpc:1=http=429'
fault 'CreateSubnet:1=RequestLimitExceeded'
fault 'CreateSubnet:1=retry-after=900'
fault 'PutBucketPolicy:1=hidden=InternalError'
fault 'CreateBucket:1=hidden=SlowDown'
eval "$(py - <<'P'
import os, boto3
c = boto3.client("sts", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"]).get_session_token()["Credentials"]
print(f"export AWS_ACCESS_KEY_ID={c['AccessKeyId']} AWS_SECRET_ACCESS_KEY={c['SecretAccessKey']} AWS_SESSION_TOKEN={c['SessionToken']}")
P
)"
[ ${#AWS_SESSION_TOKEN} -eq 4096 ] || fail "the token is of ${#AWS_SESSION_TOKEN} bytes"
expect 0 "$RB" run --yes --speed 600
has "200InternalError 204" "$(codes PutBucketPolicy) "
has "200SlowDown 200" "$(codes CreateBucket) "
has "429HTML 200" "$(codes CreateVpc) "
# ssh and the tunnel take it too, and no file keeps it.
expect 0 "$RB" connect -- echo through
has through "$OUT"
grep -rqF "${AWS_SESSION_TOKEN:0:200}" "$HOME_DIR" && fail "a file holds the session token"
no_faults
expect 0 "$RB" undo --yes --speed 600

# A denial names its policy to the end, at whatever service, and the journal and the report keep it.
id=p-$(printf 'a1b2c3d4%.0s' $(seq 14))
scp=arn:aws:organizations::111122223333:policy/o-exampleorgid12345678901234567890/service_control_policy/$id
fault "CreateVpc=deny=$scp"
expect 5 "$RB" run --yes --speed 600 --stack denied
has "$scp" "$ERR"
has "the organization does not allow it" "$ERR"
grep -qF "$scp" "$(journal denied)" || fail "the journal does not name the policy"
expect 0 "$RB" report --stack denied
grep -qF "$scp" "$HOME_DIR/denied/report.html" || fail "the report does not name the policy"
no_faults
fault 'CreateRole=deny=arn:aws:iam::123456789012:policy/AWSRevokeOlderSessions'
expect 5 "$RB" run --yes --speed 600 --stack role --to 1-4
has "arn:aws:iam::123456789012:policy/AWSRevokeOlderSessions" "$ERR"
has "which no permission outweighs" "$ERR"
no_faults
fault 'CreateBucket=deny'
expect 5 "$RB" run --yes --speed 600 --stack bucket --to 2-4
has "explicit deny in a service control policy" "$ERR"
