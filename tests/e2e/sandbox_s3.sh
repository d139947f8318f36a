#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The AWS CLI and boto3 use the sandbox's S3 as they use AWS's: bucket and settings, small and
# multipart copies, lists in pages, versions, presigned URLs, the procedure's policy, redirects
# to the right region, and emptying; and what was stored is there after kill -9.
. "$(dirname "$0")/lib.sh"
unset RUNBOOK_SANDBOX_JOURNAL # who uploads by a signed URL has no journal
[ -x /usr/bin/aws ] && py -c 'import boto3' 2>/dev/null || {
	echo "no AWS CLI or no boto3"
	exit 77
}
start_sandbox --speed 1000 --lag off --state "$WORK/world.db"
export AWS_DEFAULT_REGION=us-east-1 AWS_PAGER='' AWS_MAX_ATTEMPTS=1
aws() { aws_cli --endpoint-url "$SANDBOX" --output text "$@"; }
refused() {
	local code=$1 want=$2
	shift 2
	expect "$want" "$@"
	has "($code)" "$ERR"
}

bucket=runbook-e2e
head -c 20000000 /dev/urandom >"$WORK/large"
printf 'hello\n' >"$WORK/small"
refused 404 254 aws s3api head-bucket --bucket $bucket
expect 0 aws s3 mb s3://$bucket
expect 0 aws s3api wait bucket-exists --bucket $bucket
refused BucketAlreadyExists 254 aws s3api create-bucket --bucket taken-name
expect 0 aws s3api put-bucket-tagging --bucket $bucket --tagging 'TagSet=[{Key=runbook:run,Value=x}]'
expect 0 aws s3api get-bucket-tagging --bucket $bucket --query TagSet[0].Value
[ "$OUT" = x ] || fail "tag '$OUT'"
expect 0 aws s3 cp "$WORK/small" s3://$bucket/a/small --no-progress
expect 0 aws s3 cp "$WORK/large" s3://$bucket/large --no-progress
expect 0 aws s3 ls --recursive s3://$bucket
has a/small "$OUT"
has 20000000 "$OUT"

# Killed and started again, all is there, and nothing of it has changed.
kill -9 "$SANDBOX_PID"
wait "$SANDBOX_PID" 2>/dev/null
start_sandbox --speed 1000 --lag off --state "$WORK/world.db"
expect 0 aws s3 cp s3://$bucket/large "$WORK/back" --no-progress
cmp "$WORK/large" "$WORK/back" || fail "the large object came back changed"
expect 0 aws s3 sync s3://$bucket "$WORK/tree" --no-progress
cmp "$WORK/small" "$WORK/tree/a/small" || fail "the small object came back changed"

cat >"$WORK/policy" <<END
{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},
"Action":"s3:PutObject","Resource":"arn:aws:s3:::$bucket/*",
"Condition":{"StringNotEquals":{"aws:sourceVpce":"vpce-0123456789abcdef0"}}},
{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:PutObject",
"Resource":"arn:aws:s3:::$bucket/*",
"Condition":{"StringEquals":{"aws:sourceVpce":"vpce-0123456789abcdef0"}}}]}
END
expect 0 aws s3api put-bucket-policy --bucket $bucket --policy "file://$WORK/policy"
expect 0 aws s3api get-bucket-policy-status --bucket $bucket --query PolicyStatus.IsPublic
[ "$OUT" = False ] || fail "public '$OUT'"
refused AccessDenied 1 aws s3 cp "$WORK/small" s3://$bucket/denied --no-progress
expect 0 aws s3api delete-bucket-policy --bucket $bucket
refused BucketNotEmpty 1 aws s3 rb s3://$bucket
expect 0 aws s3 rb --force s3://$bucket
refused 404 254 aws s3api head-bucket --bucket $bucket

expect 0 py tests/py/sandbox_s3.py "$SANDBOX"
