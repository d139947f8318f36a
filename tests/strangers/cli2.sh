# SPDX-License-Identifier: Apache-2.0
# AWS CLI 2 as its users have it, sourced by a test: AWS's own names, mapped to loopback and reached at port 443, and
# the sandbox's authority in the machine's trust store, for the CLI's tunnel reads nothing else.  Both files are laid
# over in a name space of mounts that ends with each command; this machine's own are not touched.  (By a proxy the
# tunnel of 2.23 does not go: it always sends a name and a password, and has none to send.)
#
# $WORK/bin/cli (`cli` in the script) is the AWS CLI, $WORK/bin/ssh an ssh that knows no configuration.

on_path aws ssh ssh-keygen unshare
[[ $(aws --version 2>&1) == aws-cli/2.* ]] || skip "no AWS CLI 2 on PATH"
CLI_ROOT=
[ "$(id -u)" -eq 0 ] || {
	sudo -n true 2>/dev/null || skip "only root can lay over the trust store"
	CLI_ROOT="sudo -n"
}
CLI_STORE=/etc/ssl/certs/ca-certificates.crt
[ -f $CLI_STORE ] || skip "no $CLI_STORE"
$CLI_ROOT unshare --mount true || skip "no name space of mounts"

# cli2_begin NAME...: these names lead to the sandbox.
cli2_begin() {
	near=127.$((RANDOM % 200 + 20)).$((RANDOM % 250)).$((RANDOM % 250 + 1)) # with a port 443 of its own
	mkfifo "$WORK/until"
	$CLI_ROOT python3 tests/strangers/forward.py "$near" \
		"$(curl -sf --noproxy '*' "$SANDBOX/_sandbox/info" | jq -r .tls_port)" \
		<"$WORK/until" >"$WORK/forward.out" 2>&1 &
	exec 9>"$WORK/until"
	wait_for 20 grep -q listening "$WORK/forward.out"
	cli2_names "$near" "$AWS_CA_BUNDLE" "$@"
}

# cli2_names ADDRESS CA-FILE NAME...: these names are at port 443 of ADDRESS, where CA-FILE's authority vouches for them.
cli2_names() {
	local near=$1 name
	mkdir "$WORK/bin"
	cat $CLI_STORE "$2" >"$WORK/store.crt"
	cp /etc/hosts "$WORK/hosts"
	for name in "${@:3}"; do
		echo "$near $name" >>"$WORK/hosts"
	done
	cat >"$WORK/bin/ssh" <<-END
		#!/bin/sh
		exec $(command -v ssh) -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \\
			-o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes -o LogLevel=ERROR "\$@"
	END
	cat >"$WORK/bin/cli" <<-END
		#!/bin/sh
		exec $CLI_ROOT env -i PATH="$WORK/bin:$PATH" HOME="$WORK" LC_ALL=C.UTF-8 \\
			AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY \\
			AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null \\
			AWS_CA_BUNDLE="$WORK/store.crt" AWS_PAGER= unshare --mount sh -c '
			mount --bind "\$0" $CLI_STORE && mount --bind "\$1" /etc/hosts && shift && exec "\$@"
			' "$WORK/store.crt" "$WORK/hosts" timeout -k 2 \${CLI_SECONDS:-120} aws "\$@"
	END
	chmod +x "$WORK/bin/ssh" "$WORK/bin/cli"
}

cli() {
	"$WORK/bin/cli" "$@"
}
