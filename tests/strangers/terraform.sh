#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# HashiCorp's Terraform with its AWS provider builds the procedure's topology on the sandbox from nothing, with AWS's
# lags on: a second plan is empty, and destroy leaves nothing.
#
#   TERRAFORM_MIRROR  a filesystem mirror with the provider hashicorp/aws; looked for when it is not set
#   ROUNDS            how many times (1)
. "$(dirname "$0")/lib.sh"

. tests/strangers/terraform_lib.sh

start_sandbox --speed "${SPEED:-60}"
unset AWS_CA_BUNDLE
mkdir "$WORK/tf"
cp tests/strangers/terraform/main.tf "$WORK/tf/"
image=$(aws --region ap-northeast-1 ssm get-parameter --output text --query Parameter.Value \
	--name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64) || fail "no image"
export TF_VAR_bucket=stranger-$$ TF_VAR_image=$image
TF=$WORK/tf
tf init || fail "terraform init"
for ((round = 1; round <= ${ROUNDS:-1}; round++)); do
	tf apply -auto-approve || fail "terraform apply, round $round"
	tf plan -detailed-exitcode || fail "a second plan is not empty, round $round"
	tf destroy -auto-approve || fail "terraform destroy, round $round"
	echo "round $round: built, nothing to change, destroyed ($SECONDS s)"
done
is_empty() {
	[ "$(alive)" = '[]' ]
}
wait_for 120 is_empty
unknown=$(curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" | jq -c '[.[] | select(.action == null)]')
[ "$unknown" = '[]' ] || fail "requests without a name: $unknown"
