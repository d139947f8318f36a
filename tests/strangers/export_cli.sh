#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The script that `runbook export cli` writes builds the procedure's world with the AWS CLI alone, in a region pair that
# is not the default's, also when it was ended in the middle; what `export cli --undo` writes takes it down, and nothing
# is left.  Of the CLI any version does that knows EC2 Instance Connect Endpoints; where it has no tunnel of its own
# (version 1), that of this program stands in for it, so that the login and the upload go all the same.
. "$(dirname "$0")/lib.sh"

on_path aws jq ssh ssh-keygen
aws ec2 create-instance-connect-endpoint --generate-cli-skeleton >/dev/null 2>&1 ||
	skip "the AWS CLI on PATH does not know EC2 Instance Connect Endpoints"
AWS=$(command -v aws)
start_sandbox --speed 600 --lag off
export AWS_PAGER='' PAUSE=0.1 AWS WORK
set -- --set source.region=eu-west-1 --set source.zone=eu-west-1b --set destination.region=eu-central-1 \
	--set source.architecture=arm64 --set source.instance_type=t4g.nano --set "tags.team=a = b: c" \
	--set upload.bytes=1000

# The tunnel, and the version that says there is one; the rest is the AWS CLI's own.  It is killed on its way once.
mkdir "$WORK/bin"
cat >"$WORK/bin/aws" <<-'END'
	#!/bin/bash
	case "$*" in
	--version) echo aws-cli/2.12.0 ;;
	*open-tunnel*) shift 2; exec "$RB" tunnel "$@" --home "$WORK/none" ;;
	*"$STOP_AT"*) kill $PPID ;;
	*) exec "$AWS" "$@" ;;
	esac
END
cat >"$WORK/bin/ssh" <<-END
	#!/bin/sh
	exec $(command -v ssh) -F none -o UserKnownHostsFile=/dev/null -o IdentityAgent=none -o BatchMode=yes \\
		-o LogLevel=ERROR "\$@"
END
chmod +x "$WORK/bin/aws" "$WORK/bin/ssh"
export RB PATH=$WORK/bin:$PATH STOP_AT=none-of-them

expect 0 "$RB" export cli "$@" -o "$WORK/make.sh"
expect 0 "$RB" export cli --undo "$@" -o "$WORK/undo.sh"
expect 0 "$RB" export cli --lang ja "$@" -o "$WORK/ja.sh"
! command -v shellcheck >/dev/null || expect 0 shellcheck "$WORK"/make.sh "$WORK"/undo.sh "$WORK"/ja.sh
cd "$WORK" || exit 1

STOP_AT=create-vpc-endpoint
sh ./make.sh notes >out 2>&1 && fail "it was not ended: $(cat out)"
STOP_AT=none-of-them
sh ./make.sh notes >out 2>&1 || fail "the script: $(cat out)"
grep -q '^instance-id: i-' out || fail "no login: $(cat out)"
echo "built ($SECONDS s)"

# The run as this program would have it, with what the script has noted.
noted() {
	sed -n "s/^$1='\(.*\)'/\1/p" notes
}
cd - >/dev/null || exit 1
expect 0 "$RB" plan "$@" --output json
bucket=runbook-default-$(cd "$WORK" && noted RUNBOOK_RUN)
jq --arg run "${bucket#runbook-default-}" --arg bucket "$bucket" --rawfile notes "$WORK/notes" \
	'[$notes | match("(?m)^([A-Z_]+)_([0-9])_([0-9])=\u0027(.*)\u0027$"; "g").captures | map(.string)] as $n
	| {run: $run, stack: "default", account: "123456789012",
	   parameters: (.parameters + {"destination.bucket": $bucket}),
	   steps: [.steps[] | .id as $id | {id, outputs: (
		([$n[] | select(.[1] + "-" + .[2] == $id) | {(.[0] | ascii_downcase): .[3]}] | add // {})
		+ (if $id == "2-4" then {bucket: $bucket} else {} end))}]}' <<<"$OUT" >"$WORK/status.json"
expect 0 /usr/bin/python3 tests/py/world_check.py --by-hand "$WORK/status.json"
echo "$OUT"

# Run again it makes nothing: the same ids are noted, and no more.
cp "$WORK/notes" "$WORK/before"
(cd "$WORK" && sh ./make.sh notes >out 2>&1) || fail "once more: $(cat "$WORK/out")"
cmp "$WORK/before" "$WORK/notes" || fail "something was made twice: $(diff "$WORK/before" "$WORK/notes")"

# Its tags are a run's: this program finds it, all of it holds, and it takes some of it down; the script takes the rest,
# and does not mind that some is gone.
expect 0 "$RB" recover --set source.region=eu-west-1 --set destination.region=eu-central-1 --speed 600
expect 0 "$RB" status --output json
jq -e '.parameters | .["source.instance_type"] == "t4g.nano" and .["tags.team"] == "a = b: c" and
	.["upload.bytes"] == "1000"' <<<"$OUT" >/dev/null || fail "read from the world: $OUT"
expect 0 env PATH="${PATH#*:}" "$RB" verify "$@" # with an ssh of its own
echo "$OUT" | tail -n 1
expect 0 "$RB" undo --to 3-1 --yes --speed 600

(cd "$WORK" && sh ./undo.sh notes >out 2>&1) || fail "the undo: $(cat "$WORK/out")"
expect 0 /usr/bin/python3 tests/py/world_check.py --gone "$WORK/status.json"
echo "$OUT ($SECONDS s)"
[ ! -e "$WORK/notes" ] || fail "the notes of what is gone are still there"
