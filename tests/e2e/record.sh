#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --record writes what a run, its verify and its undo exchange with AWS; no value of the run is in
# it, one value is the same in all three, and a file is never written over.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 600
export AWS_EC2_METADATA_DISABLED=true
SECRET=$(aws sts get-session-token --endpoint-url "$SANDBOX" --region us-east-1 --output json)
AWS_ACCESS_KEY_ID=$(jq -r .Credentials.AccessKeyId <<<"$SECRET")
AWS_SECRET_ACCESS_KEY=$(jq -r .Credentials.SecretAccessKey <<<"$SECRET")
AWS_SESSION_TOKEN=$(jq -r .Credentials.SessionToken <<<"$SECRET")
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN

# Its stack is not called "default": that is a word of AWS's as well.
expect 0 "$RB" run --stack ledger --speed 600 --record "$WORK/run.jsonl" --set upload.key=quarterly-plan.txt
expect 0 "$RB" verify --stack ledger --speed 600 --record "$WORK/verify.jsonl"
curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" >"$WORK/world.json"
/usr/bin/python3 tests/py/record_values.py "$SANDBOX" "$HOME_DIR" quarterly-plan.txt \
	-- "$WORK/run.jsonl" "$WORK/verify.jsonl" || fail "the recording tells"
vpc() {
	jq -r 'select(.action == "DescribeVpcs") | .request.params."VpcId.1" // empty' "$1" | sort -u
}
[ -n "$(vpc "$WORK/verify.jsonl")" ] || fail "verify asked for no VPC"
[ "$(vpc "$WORK/verify.jsonl")" = "$(vpc "$WORK/run.jsonl")" ] || fail "one VPC has two names"

# Every line is whole, each exchange has its times, and the last line counts them.
jq -es '(.[0].runbook_recording == 1) and (.[0].speed == 600) and (.[-1].exchanges == length - 2)
	and (.[1:-1] | all(.at_ms >= 0 and .took_ms >= 0 and .n and .action and .request))' \
	"$WORK/run.jsonl" >/dev/null || fail "not the format of docs/recording.md"
grep -o '"action":"[A-Za-z]*"' "$WORK/run.jsonl" | sort -u >"$WORK/recorded"
for action in CreateVpc GetCallerIdentity PutBucketPolicy PutObject SendSSHPublicKey GetParameter \
	CreateRole; do
	grep -q "\"$action\"" "$WORK/recorded" || fail "$action is not recorded"
done

before=$(sha256sum <"$WORK/run.jsonl")
expect 2 "$RB" undo --yes --stack ledger --speed 600 --record "$WORK/run.jsonl"
has "never written over" "$ERR"
[ "$(sha256sum <"$WORK/run.jsonl")" = "$before" ] || fail "written over"
"$RB" status --stack ledger --output json | jq -e '.state == "done"' >/dev/null || fail "something was undone"

# A full disk: the command goes on, says so, and ends with 1.
RUNBOOK_FAULT_FAIL=record.write:5:28 expect 1 "$RB" run --stack ledger --speed 600 --record "$WORK/full.jsonl"
has "nothing more is recorded, the rest goes on" "$ERR$OUT"
has "14 of 14 steps hold" "$ERR$OUT"
has "No space left on device" "$ERR"
[ "$(wc -l <"$WORK/full.jsonl")" -eq 4 ] || fail "not the four lines before it"
jq -e . "$WORK/full.jsonl" >/dev/null || fail "half a line"

expect 0 "$RB" undo --yes --stack ledger --speed 600 --record "$WORK/undo.jsonl"
grep -q '"action":"DeleteVpc"' "$WORK/undo.jsonl" || fail "the undo is not recorded"
[ "$(stat -c %a "$WORK/undo.jsonl" "$HOME_DIR/ledger/record.key" | sort -u)" = 600 ] ||
	fail "readable by others"
# What the undo told of is gone from the world, so the world of before is asked again.
mkdir -p "$WORK/_sandbox"
cp "$WORK/world.json" "$WORK/_sandbox/world"
py tests/py/record_values.py "file://$WORK" "$HOME_DIR" quarterly-plan.txt \
	-- "$WORK/undo.jsonl" || fail "the recording of the undo tells"
