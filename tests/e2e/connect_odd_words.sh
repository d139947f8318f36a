#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Nothing that a user types or AWS answers is ever a command: odd folders and profile names work,
# and ids, addresses and names that are none are refused (tests/py/hostile_answers.py).
. "$(dirname "$0")/lib.sh"
command -v ssh >/dev/null || { echo "no ssh"; exit 77; }

mkdir "$WORK/run"
cd "$WORK/run" || exit 2
/usr/bin/python3 "$OLDPWD/tests/py/hostile_answers.py" "$RB" "$WORK/run" || fail "hostile answers"

odd="o'd \"d\" %h %% \\ \$(touch x) ;touch x; \`touch x\` &"
start_sandbox --speed 2000
cat >"$WORK/config" <<-EOF
	[profile $odd]
	region = ap-northeast-1
EOF
cat >"$WORK/credentials" <<-EOF
	[$odd]
	aws_access_key_id = $AWS_ACCESS_KEY_ID
	aws_secret_access_key = $AWS_SECRET_ACCESS_KEY
EOF
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
export AWS_CONFIG_FILE=$WORK/config AWS_SHARED_CREDENTIALS_FILE=$WORK/credentials
export RUNBOOK_HOME="$WORK/$odd" TMPDIR="$TMPDIR/$odd"
mkdir "$TMPDIR"
expect 0 "$RB" run --profile "$odd" --speed 2000 --set source.os_user=ec2-user \
	--set upload.key=a..b--_C.0
expect 0 "$RB" connect --profile "$odd" -- echo through
[ "$OUT" = through ] || fail "it said '$OUT'"
[ -s "$RUNBOOK_HOME/default/known_hosts" ] || fail "the host key is remembered elsewhere"
for shell in /bin/dash /bin/bash /bin/csh /usr/bin/fish; do
	[ -x $shell ] || continue
	expect 0 env SHELL=$shell "$RB" connect --profile "$odd" -- echo through
done
for words in '--endpoint-dns $(touch${IFS}x)' '--endpoint-id eice-;touch' '--private-ip -oX=x'; do
	# shellcheck disable=SC2086 # two words each
	expect 2 "$RB" tunnel --profile "$odd" --private-ip 10.0.0.4 --endpoint-id eice-1 \
		--endpoint-dns a.b $words </dev/null
	has "cannot " "$ERR"
done
for setting in 'source.os_user=-oProxyCommand=x' 'source.os_user=a;b' 'upload.key=$(touch x)' \
	"upload.key=a'b" 'upload.key=-rf' 'upload.key=../x'; do
	expect 2 "$RB" run --stack other --profile "$odd" --set "$setting"
done
[ -z "$(find "$WORK" -name x)" ] || fail "something was run: $(find "$WORK" -name x)"
expect 0 "$RB" undo --yes --profile "$odd" --speed 2000
[ -z "$(find "$TMPDIR" -mindepth 1)" ] || fail "left behind: $(find "$TMPDIR" -mindepth 1)"
