#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# HashiCorp's Terraform with its AWS provider builds the procedure's topology on the sandbox from nothing, with AWS's
# lags on: a second plan is empty, and destroy leaves nothing.
#
#   TERRAFORM_MIRROR  a filesystem mirror with the provider hashicorp/aws; looked for when it is not set
#   ROUNDS            how many times (1)
. "$(dirname "$0")/lib.sh"

on_path terraform
if [ -z "${TERRAFORM_MIRROR:-}" ]; then
	found=$(find /opt /usr/share /usr/local /usr/lib /var/lib "$HOME" -xdev -type f \
		-path '*/hashicorp/aws/*' -name 'terraform-provider-aws*' 2>/dev/null | sort | tail -n 1)
	[ -n "$found" ] || skip "no filesystem mirror with Terraform's AWS provider"
	TERRAFORM_MIRROR=${found%/registry.terraform.io/*}
fi
cat >"$WORK/terraform.rc" <<EOF
disable_checkpoint = true
provider_installation {
  filesystem_mirror {
    path    = "$TERRAFORM_MIRROR"
    include = ["registry.terraform.io/hashicorp/*"]
  }
}
EOF
export TF_CLI_CONFIG_FILE=$WORK/terraform.rc TF_IN_AUTOMATION=1 TF_INPUT=0 CHECKPOINT_DISABLE=1

# alive: what is there, without what AWS lists for a while after its end.
alive() {
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" |
		jq -c '[to_entries[] | .key as $k | .value | to_entries[] |
			{k: "\($k) \(.key)", n: [.value[] | select(.live != false)] | length}
			| select(.n > 0)]'
}

start_sandbox --speed "${SPEED:-60}"
unset AWS_CA_BUNDLE
mkdir "$WORK/tf"
cp tests/strangers/terraform/main.tf "$WORK/tf/"
image=$(aws --region ap-northeast-1 ssm get-parameter --output text --query Parameter.Value \
	--name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64) || fail "no image"
export TF_VAR_bucket=stranger-$$ TF_VAR_image=$image
# On a busy machine Terraform gives up on its own provider before that has started, and asked nothing yet.
tf() {
	local rc tries
	for tries in 1 2 3; do
		terraform -chdir="$WORK/tf" "$@" -no-color >"$WORK/tf.log" 2>&1
		rc=$?
		[ $rc -ne 0 ] && grep -q 'timeout while waiting for plugin to start' "$WORK/tf.log" || break
	done
	[ $rc -eq 0 ] || tail -n 60 "$WORK/tf.log"
	return $rc
}
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
