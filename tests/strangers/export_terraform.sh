#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `runbook export terraform` writes, HashiCorp's Terraform with its AWS provider takes over without a change: of a
# finished run, of one that somebody has changed since, of half of one; and from nothing it builds what a run would, so
# that boto3 finds the procedure's world, and its destroy leaves nothing of it.
#
#   TERRAFORM_MIRROR  as terraform.sh
. "$(dirname "$0")/lib.sh"
. tests/strangers/terraform_lib.sh

start_sandbox --speed 60
# One plan after an import: exit status 2 is a plan with changes, and then only imports may be in it.
tf_begin() { # FOLDER
	TF=$1
	# What no account needs: the sandbox's buckets have no host names of their own.
	for side in source destination; do
		printf 'provider "aws" {\n  alias             = "%s"\n  s3_use_path_style = true\n}\n' $side
	done >"$TF/path_override.tf"
	terraform fmt -check -diff "$TF" >"$WORK/fmt" || fail "not as terraform fmt has it: $(cat "$WORK/fmt")"
	tf init || fail "terraform init"
}
imports_alone() {
	tf plan -detailed-exitcode -out=plan
	[ $? -eq 2 ] || fail "the plan imports nothing, or failed: $(cat "$WORK/tf.log")"
	grep -q "Plan: $1 to import, 0 to add, 0 to change, 0 to destroy" "$WORK/tf.log" ||
		fail "not imports alone: $(grep -v '^ *#* *(\|will be imported' "$WORK/tf.log")"
}

# ---- a finished run: export, import, and nothing to change
expect 0 "$RB" run --speed 60 --set tags.Owner='a: b' --set "source.instance_type=t3.small"
expect 0 "$RB" export terraform -o "$WORK/whole"
tf_begin "$WORK/whole"
imports_alone 31
tf apply plan || fail "terraform apply of the imports"
tf plan -detailed-exitcode || fail "after the import there is something to change"
echo "taken over ($SECONDS s)"
