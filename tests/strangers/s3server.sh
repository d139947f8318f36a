#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# versitygw, an S3 server of others with a signature check of its own, takes the program's typed calls as the
# sandbox does: odd keys, versions and deletes included.  Only what its file system cannot hold is left out.
. "$(dirname "$0")/lib.sh"

on_path go aws
CALLS=$BIN/../rel/tests/tools/s3_calls
[ -x "$CALLS" ] || fail "no $CALLS (make tools)"
install_versitygw
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export AWS_ACCESS_KEY_ID=AKIASANDBOX000000000 AWS_SECRET_ACCESS_KEY=sandbox

# calls NAME: both halves against the server that AWS_ENDPOINT_URL names; the keys it cannot hold on stdin.
calls() {
	local unheld
	unheld=$(cat)
	"$CALLS" plain us-east-1 "strangers-$1" <<<"$unheld" || fail "$1 holds another view"
	aws --region us-east-1 --endpoint-url "$AWS_ENDPOINT_URL" s3api create-bucket --bucket "versions-$1" &&
		aws --region us-east-1 --endpoint-url "$AWS_ENDPOINT_URL" s3api put-bucket-versioning \
			--bucket "versions-$1" --versioning-configuration Status=Enabled || fail "no versions at $1"
	"$CALLS" versions us-east-1 "versions-$1" <<<"$unheld" || fail "$1 keeps versions otherwise"
}

start_sandbox --speed 600 --lag off
unset AWS_CA_BUNDLE RUNBOOK_CONNECT_TO
calls sandbox </dev/null

mkdir "$WORK/objects" "$WORK/versions"
# A port that is free now: versitygw tells none that the kernel chose.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$VERSITYGW" --access "$AWS_ACCESS_KEY_ID" --secret "$AWS_SECRET_ACCESS_KEY" --region us-east-1 \
	--port "127.0.0.1:$port" posix --versioning-dir "$WORK/versions" "$WORK/objects" \
	>"$WORK/versitygw.log" 2>&1 &
ends_with_us $!
export AWS_ENDPOINT_URL=http://127.0.0.1:$port
is_up() {
	curl -s --noproxy '*' -o "$WORK/answer" "$AWS_ENDPOINT_URL/"
}
wait_for 20 is_up
# Names of a file system: what is empty, "." or "..".
calls versitygw <<'END'
odd//twice
/first
odd/./dot
odd/../up
END
# It looks at signatures.
AWS_SECRET_ACCESS_KEY=wrong "$CALLS" plain us-east-1 other </dev/null >"$WORK/out" && fail "any secret is taken"
has SignatureDoesNotMatch "$(cat "$WORK/out")"

# And its conditional writes are what a home in a bucket needs.
cat >"$WORK/config" <<END
[profile home]
endpoint_url = $AWS_ENDPOINT_URL
region = us-east-1
aws_access_key_id = $AWS_ACCESS_KEY_ID
aws_secret_access_key = $AWS_SECRET_ACCESS_KEY
END
export AWS_CONFIG_FILE=$WORK/config
unset AWS_ENDPOINT_URL
. tests/strangers/home_protocol.sh
(set -e; home_protocol "s3://home-at-versitygw/team?profile=home&region=us-east-1") || fail "it keeps no home"
