#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The AWS CLI makes a role and an instance profile in the sandbox, reads every part back, is
# refused each deletion that comes too early with AWS's code, deletes all in order, becomes a
# role it is trusted by, and finds the newest Amazon Linux image by its public parameter.
. "$(dirname "$0")/lib.sh"
[ -x /usr/bin/aws ] || {
	echo "no AWS CLI"
	exit 77
}
start_sandbox --speed 1000 --lag off
export AWS_DEFAULT_REGION=us-east-1 AWS_PAGER='' AWS_MAX_ATTEMPTS=1
aws() { aws_cli --endpoint-url "$SANDBOX" --output text "$@"; }

# refused CODE COMMAND...
refused() {
	local code=$1
	shift
	expect 254 "$@"
	has "($code)" "$ERR"
}

trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
s3=arn:aws:iam::aws:policy/AmazonS3FullAccess

expect 0 aws sts get-caller-identity --query Account
[ "$OUT" = 123456789012 ] || fail "account '$OUT'"
expect 0 aws iam create-role --role-name app --path /runbook/x/ --assume-role-policy-document "$trust" \
	--tags Key=runbook:run,Value=x --query Role.Arn
[ "$OUT" = arn:aws:iam::123456789012:role/runbook/x/app ] || fail "role '$OUT'"
expect 0 aws iam wait role-exists --role-name app
expect 0 aws iam get-role --role-name app \
	--query 'Role.[AssumeRolePolicyDocument.Statement[0].Principal.Service,Tags[0].Value]'
has ec2.amazonaws.com "$OUT"
has x "$OUT"
refused EntityAlreadyExists aws iam create-role --role-name app --assume-role-policy-document "$trust"
refused MalformedPolicyDocument aws iam create-role --role-name b --assume-role-policy-document garbage
refused ValidationError aws iam create-role --role-name 'a b' --assume-role-policy-document "$trust"
expect 0 aws iam attach-role-policy --role-name app --policy-arn $s3
expect 0 aws iam list-attached-role-policies --role-name app --query 'AttachedPolicies[].PolicyArn'
[ "$OUT" = $s3 ] || fail "attached '$OUT'"
expect 0 aws iam create-instance-profile --instance-profile-name app
expect 0 aws iam wait instance-profile-exists --instance-profile-name app
expect 0 aws iam add-role-to-instance-profile --instance-profile-name app --role-name app
refused LimitExceeded aws iam add-role-to-instance-profile --instance-profile-name app --role-name app
expect 0 aws iam get-instance-profile --instance-profile-name app --query InstanceProfile.Roles[0].RoleName
[ "$OUT" = app ] || fail "profile's role '$OUT'"
expect 0 aws iam list-roles --path-prefix /runbook/ --max-items 1 --query 'Roles[].RoleName'
has app "$OUT"

refused DeleteConflict aws iam delete-role --role-name app
refused DeleteConflict aws iam delete-instance-profile --instance-profile-name app
expect 0 aws iam remove-role-from-instance-profile --instance-profile-name app --role-name app
expect 0 aws iam delete-instance-profile --instance-profile-name app
refused DeleteConflict aws iam delete-role --role-name app
expect 0 aws iam detach-role-policy --role-name app --policy-arn $s3
expect 0 aws iam delete-role --role-name app
refused NoSuchEntity aws iam get-role --role-name app

own=${trust/\"Service\":\"ec2.amazonaws.com\"/\"AWS\":\"123456789012\"}
expect 0 aws iam create-role --role-name me --assume-role-policy-document "$own"
expect 0 aws sts assume-role --role-arn arn:aws:iam::123456789012:role/me --role-session-name it \
	--query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]'
read -r key secret token <<<"$OUT"
as_me() { AWS_ACCESS_KEY_ID=$key AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token aws "$@"; }
expect 0 as_me sts get-caller-identity --query Arn
[ "$OUT" = arn:aws:sts::123456789012:assumed-role/me/it ] || fail "session '$OUT'"
refused AccessDenied aws sts assume-role --role-arn arn:aws:iam::123456789012:role/none \
	--role-session-name it

parameter=/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64
expect 0 aws ssm get-parameter --name $parameter --region ap-northeast-1 --query Parameter.Value
[[ $OUT == ami-0???????????????? ]] || fail "image '$OUT'"
tokyo=$OUT
expect 0 aws ssm get-parameters --names $parameter --query 'Parameters[0].Value'
[ "$OUT" != "$tokyo" ] || fail "two regions share the image '$OUT'"
refused ParameterNotFound aws ssm get-parameter --name /nothing

expect 0 ssh-keygen -q -t ed25519 -N '' -C '' -f "$WORK/key"
refused EC2InstanceNotFoundException aws ec2-instance-connect send-ssh-public-key \
	--instance-id i-0123456789abcdef0 --instance-os-user ec2-user \
	--ssh-public-key "file://$WORK/key.pub" --availability-zone us-east-1a
