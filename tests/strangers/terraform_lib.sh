# SPDX-License-Identifier: Apache-2.0
# Terraform offline, sourced by a test: its AWS provider from a filesystem mirror, and `tf` in the folder $TF.

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

# On a busy machine Terraform gives up on its own provider before that has started, and asked nothing yet.
tf() {
	local rc tries
	for tries in 1 2 3; do
		terraform -chdir="$TF" "$@" -no-color >"$WORK/tf.log" 2>&1
		rc=$?
		[ $rc -ne 0 ] && grep -q 'timeout while waiting for plugin to start' "$WORK/tf.log" || break
	done
	[ $rc -eq 0 ] || [[ $rc -eq 2 && $* == *-detailed-exitcode* ]] || tail -n 60 "$WORK/tf.log"
	return $rc
}

# alive: what is there, without what AWS lists for a while after its end.
alive() {
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" |
		jq -c '[to_entries[] | .key as $k | .value | to_entries[] |
			{k: "\($k) \(.key)", n: [.value[] | select(.live != false)] | length}
			| select(.n > 0)]'
}
