#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A user name or password in a URL of the environment or of AWS's files is never shown, however the
# URL is written: not on the screen, not with --debug, not in the journal, not in the report.
. "$(dirname "$0")/lib.sh"

# Each holds s3cretPW somewhere; most are no URLs.
URLS=(
	'http://alice:s3cretPW@127.0.0.1:1'
	'alice:s3cretPW@127.0.0.1:1'
	'http://alice:s3cretPW@127.0.0.1:1 '
	'http://alice:s3cret%50W%2Fs3cretPW@127.0.0.1:1'
	'http://alice:p#s3cretPW@127.0.0.1:1'
	'http://alice:p@s3cretPW@127.0.0.1:1'
	'http://alice:p/s3cretPW@127.0.0.1:1'
	'http://alice:p?s3cretPW@127.0.0.1:1'
	'http://alice:1/s3cretPW@127.0.0.1:1'
	'http://s3cretPW@127.0.0.1:1'
	'ftp://alice:s3cretPW@127.0.0.1:1'
	'socks5h://alice:s3cretPW@127.0.0.1:1'
	'https://alice:s3cretPW@localhost:1'
	'http://alice:s3cretPW@proxy.invalid:1'
	'http://alice:s3cretPW@127.0.0.1:80a'
	'http://127.0.0.1:1@alice:s3cretPW'
	'http:alice:s3cretPW@127.0.0.1:1'
	'http://alice:s3cret PWs3cretPW@127.0.0.1:1'
	$'http://alice:s3cretPW@127.0.0.1:1\n'
	'http://127.0.0.1:1/?X-Amz-Security-Token=s3cretPW'
)
clean() {
	if grep -rqi 's3cret' "$@"; then
		grep -rhi 's3cret' "$@" | head -3 >&2
		fail "$WHAT shows the password"
	fi
}

export AWS_ACCESS_KEY_ID=AKIASANDBOX000000000 AWS_SECRET_ACCESS_KEY=sandbox AWS_MAX_ATTEMPTS=1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
# where a variable counts; what is on this machine is never asked by a proxy
# NAME ENDPOINT: with ENDPOINT as the endpoint's URL, unless it is the variable itself
for where in 'HTTPS_PROXY' 'ALL_PROXY' 'HTTP_PROXY http://sts.invalid' 'AWS_ENDPOINT_URL' \
	'AWS_ENDPOINT_URL_STS' 'endpoint_url'; do
	read -r name endpoint <<<"$where"
	for url in "${URLS[@]}"; do
		WHAT="$name=$(printf %q "$url")"
		vars=("$name=$url")
		[ -z "$endpoint" ] || vars+=("AWS_ENDPOINT_URL=$endpoint")
		if [ "$name" = endpoint_url ]; then
			printf '[default]\nendpoint_url = %s\n' "${url%$'\n'}" >"$WORK/config"
			vars=("AWS_CONFIG_FILE=$WORK/config")
		fi
		env "${vars[@]}" timeout 60 "$RB" run --yes --debug >"$WORK/out" 2>"$WORK/err" </dev/null &&
			fail "$WHAT: a run without AWS ended well"
		grep -q '  hint:' "$WORK/err" || fail "$WHAT: no hint: $(cat "$WORK/err")"
		clean "$WORK/out" "$WORK/err"
		[ ! -e "$HOME_DIR" ] || clean "$HOME_DIR"
	done
done

# Where credentials are asked for by a URL.
for url in "${URLS[@]}"; do
	WHAT="AWS_CONTAINER_CREDENTIALS_FULL_URI=$(printf %q "$url")"
	env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY \
		"AWS_CONTAINER_CREDENTIALS_FULL_URI=$url" AWS_CONTAINER_AUTHORIZATION_TOKEN=s3cretPW \
		timeout 60 "$RB" run --yes --debug --speed 600 >"$WORK/out" 2>"$WORK/err" </dev/null &&
		fail "$WHAT: a run without AWS ended well"
	clean "$WORK/out" "$WORK/err"
done

# In the middle of a run, where a failure is kept: on the way to one service of several.
start_sandbox --speed 600
n=0
for url in 'https://alice:s3cretPW@127.0.0.1:1' 'http://alice:p/s3cretPW@127.0.0.1:1' 'http://alice:s3cretPW@x:80a'; do
	WHAT="AWS_ENDPOINT_URL_IAM=$url"
	n=$((n + 1))
	AWS_ENDPOINT_URL_IAM=$url timeout 60 "$RB" run --yes --debug --speed 600 --stack "s$n" --to 1-4 \
		>"$WORK/out" 2>"$WORK/err" </dev/null && fail "$WHAT: a run without IAM ended well"
	clean "$WORK/out" "$WORK/err"
	expect 0 "$RB" report --stack "s$n"
	"$RB" journal --stack "s$n" >>"$WORK/out" 2>&1
	grep -q '"error"' "$(journal "s$n")" || fail "$WHAT: no failure in the journal"
	clean "$WORK/out" "$WORK/err" "$HOME_DIR"
done
WHAT='HTTPS_PROXY with an endpoint of https'
AWS_ENDPOINT_URL_EC2=https://ec2.nowhere.invalid HTTPS_PROXY='http://alice:p#s3cretPW@127.0.0.1:1' \
	timeout 60 "$RB" run --yes --debug --speed 600 --stack p --to 1-1 >"$WORK/out" 2>"$WORK/err" </dev/null &&
	fail "$WHAT: a run without EC2 ended well"
has "HTTPS_PROXY is no proxy to use: a '/', '?' or '#' stands before its last '@'" "$(cat "$WORK/err")"
clean "$WORK/out" "$WORK/err"
expect 0 "$RB" report --stack p
clean "$HOME_DIR"
