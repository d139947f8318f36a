#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `runbook steps S` tells how a step is done by hand: each command that it prints is one of the AWS CLI's, by AWS's own
# models, with the options and values that its operation takes, and does each changing call of the step's row; without
# a run what is not known is a variable, with one it is the run's own value; other parameters change the commands.
. "$(dirname "$0")/lib.sh"

model() {
	expect 0 /usr/bin/python3 tests/py/by_hand_model.py "$RB" "$@"
	has ' 0 wrong' "$OUT"
}
model
model --procedure direct
model --set destination.region=eu-west-1 --set source.image=ami-0123456789abcdef0 --set source.instance_type=t4g.nano \
	--set destination.bucket=b-123456789012-eu-west-1-an --set destination.zone=eu-west-1b \
	--set 'tags.team=a = b c' --set iam.permissions_boundary=arn:aws:iam::123456789012:policy/limit

# What is printed for a person is what the JSON has, to the letter.
expect 0 "$RB" steps 1-1
has ': "${RUNBOOK_RUN:?an id for this run}"
VPC_ID_1_1=$(aws ec2 create-vpc \
    --region ap-northeast-1 \
    --cidr-block 10.0.0.0/16 \' "$OUT"
has 'aws ec2 delete-vpc --region ap-northeast-1 --vpc-id "${VPC_ID_1_1}"' "$OUT"
expect 0 "$RB" steps 4-1 # both ways in need version 2
has 'with version 2 of the AWS CLI' "$OUT"
has 'the tunnel is of version 2, too' "$OUT"
expect 0 "$RB" steps 2-4 --output json
jq -r '.steps[0] | .by_hand, .undo_by_hand | .variables[].shell, .commands[].shell' <<<"$OUT" >"$WORK/shell"
expect 0 "$RB" steps 2-4
while IFS= read -r line; do
	grep -qxF -- "$line" <<<"$OUT" || fail "not printed: $line"
done <"$WORK/shell"
# A tag that the CLI's shorthand would read otherwise makes it JSON; each word stays what it is for a shell.
expect 0 "$RB" steps 2-1 --set "tags.team=it is = a" --output json
tags=$(jq -r '.steps[0].by_hand.commands[0].shell' <<<"$OUT")
RUNBOOK_RUN=r sh -c "aws() { printf '%s' \"\$8\" >'$WORK/tags'; }; $tags"
[ "$(jq -r '.Tags[] | select(.Key == "team" or .Key == "runbook:run") | .Value' "$WORK/tags")" = "r
it is = a" ] || fail "tags: $(cat "$WORK/tags")"
# Both languages tell the console; the commands know none.
for lang in en ja; do
	expect 0 "$RB" steps 3-3 --lang $lang
	has 'VPC > Peering connections > Actions > Accept request' "$OUT"
	has 'VPC > ピアリング接続 > アクション > リクエストを承諾' "$OUT"
	[ "$lang" = en ] || has '手作業で取り消す場合' "$("$RB" steps 3-4 --lang ja)"
done

# With a run, its values.
expect 0 "$RB" run --sandbox --speed 600 --to 1-2
expect 0 "$RB" status --output json
vpc=$(jq -r '.steps[0].outputs.vpc_id' <<<"$OUT")
subnet=$(jq -r '.steps[1].outputs.subnet_id' <<<"$OUT")
run=$(jq -r .run <<<"$OUT")
expect 0 "$RB" steps 1-2
has "--vpc-id $vpc" "$OUT"
has "Value=$run}" "$OUT"
has '--subnet-ids "${SUBNET_ID_1_2}"' "$OUT" # what is made now, and not what stands
has "--subnet-id $subnet" "${OUT#*To undo it}"
expect 0 "$RB" steps 1-3
# In a rehearsal a copied command reaches its sandbox, and never an account.
has "--endpoint-url http://127.0.0.1:8420" "${OUT%To undo it*}"
[ "$(grep -c '^ *--endpoint-url\|^aws .* --endpoint-url\|^.*(aws .* --endpoint-url' <<<"$OUT")" -ge "$(grep -c 'aws ' <<<"$OUT")" ] ||
	fail "a command without its endpoint: $OUT"
has "runbook-sandbox serve --listen 127.0.0.1:8420 --state $HOME_DIR/default/sandbox.db --speed 600" "$OUT"
has "export AWS_ENDPOINT_URL=http://127.0.0.1:8420 AWS_ACCESS_KEY_ID=AKIASANDBOX000000000" "$OUT"
has 'リハーサル' "$("$RB" steps 1-3 --lang ja)"
has '--endpoint-url' "$("$RB" steps 4-1 | grep 'ProxyCommand=')"
[[ $OUT != *RUNBOOK_RUN* && $OUT != *SUBNET_ID* ]] || fail "a value that is known is asked for: $OUT"
has "--subnet-id $subnet" "$OUT"
# Over, its ids are no values any more.
expect 0 "$RB" undo --yes --sandbox
expect 0 "$RB" steps 1-2
has '--vpc-id "${VPC_ID_1_1}"' "$OUT"
has 'Value=${RUNBOOK_RUN}}' "$OUT"
[[ $OUT != *endpoint-url* ]] || fail "it is no rehearsal any more: $OUT"
