#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# After an undo, undo and verify look again and say that nothing is left, or what is; what turned up
# since is removed; status, report and journal keep the ids that were and what the look found.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 20000

expect 0 "$RB" run --to 2-1 --speed 20000
run=$("$RB" status --output json | jq -r .run)
vpc=$(output 1-1 vpc_id)
expect 0 "$RB" undo --yes --speed 20000

says_undone() { # what status, report and journal tell
	expect 0 "$RB" status
	has 'stack default: undone' "$OUT"
	has "was vpc_id $vpc" "$OUT"
	has "nothing of run $run is left" "$OUT"
	expect 0 "$RB" status --output json
	jq -e --arg vpc "$vpc" '.state == "undone" and .sweep.clean and .sweep.left == []
		and (.sweep.at | endswith("Z")) and (.steps | all(.outputs == {}))
		and .steps[0].former_outputs.vpc_id == $vpc' <<<"$OUT" >/dev/null || fail "status: $OUT"
	expect 0 "$RB" report --output json
	jq -e --arg vpc "$vpc" '.sweep.clean and .steps[0].former_outputs.vpc_id == $vpc' <<<"$OUT" \
		>/dev/null || fail "report: $OUT"
	expect 0 "$RB" report -o -
	has "$vpc" "$OUT"
	has 'looked for leftovers' "$OUT"
	expect 0 "$RB" journal
	grep -q 'looked for leftovers: nothing is left$' <<<"$OUT" || fail "no sweep in the journal: $(tail -3 <<<"$OUT")"
}
says_undone

# ---- both look again, without a question, and AWS is asked
asked() {
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" |
		jq '[.[] | select(.action == "DescribeTags")] | length'
}
looks_again() { # STATUS COMMAND...
	local before
	before=$(asked)
	expect "$@"
	[ "$(asked)" -gt "$before" ] || fail "'$*' did not look again"
}
looks_again 0 "$RB" undo --speed 20000 </dev/null
has "nothing of run $run is left" "$ERR"
looks_again 0 "$RB" undo --speed 20000 --output json </dev/null
jq -es '.[-1] | .event == "end" and .ok' <<<"$OUT" >/dev/null || fail "undo as JSON: $OUT"
looks_again 0 "$RB" verify --speed 20000
grep -q '^1-1 .* undone$' <<<"$OUT" || fail "1-1 is not undone: $OUT"
[[ $(tail -n 1 <<<"$OUT") == "nothing of run $run is left"* ]] || fail "verify: $OUT"
looks_again 0 "$RB" verify --speed 20000 --output json
jq -e '.sweep.clean and .sweep.left == [] and .next == null and .summary.undone == 5 and .summary.not_made == 9 and .holds == false
	and ([.steps[].verdict] == [range(5) | "undone"] + [range(9) | "not made"])' <<<"$OUT" >/dev/null || fail "verify as JSON: $OUT"
says_undone

# ---- what turned up since
new_vpc() {
	py - "$run" <<-'PY'
		import os, sys, boto3
		ec2 = boto3.client("ec2", "us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
		print(ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=[{"ResourceType": "vpc",
		    "Tags": [{"Key": "runbook:run", "Value": sys.argv[1]},
		             {"Key": "runbook:step", "Value": "2-1"}]}])["Vpc"]["VpcId"])
	PY
}
late=$(new_vpc) || fail "no late VPC"
looks_again 3 "$RB" verify --speed 20000
has "left: VPC $late" "$OUT"
has 'to take down the rest: runbook undo' "$ERR"
expect 0 "$RB" status
has "1 thing of run $run is left" "$OUT"
has "left: VPC $late" "$OUT"
[ "$("$RB" status --output json | jq -r '.state, .sweep.left[0].id' | tr '\n' ' ')" = "partial $late " ] ||
	fail "status: $("$RB" status --output json)"
looks_again 0 "$RB" undo --yes --speed 20000
says_undone

late=$(new_vpc) || fail "no late VPC"
looks_again 3 "$RB" undo --speed 20000 </dev/null # nobody to ask
has "$late" "$ERR"
has 'runbook undo' "$ERR"
looks_again 0 "$RB" undo --yes --speed 20000
late=$(new_vpc) || fail "no late VPC"
looks_again 0 "$RB" undo --yes --speed 20000
[ "$(curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" | grep -c "$late.*\"live\":true")" -eq 0 ] || fail "$late is still there"
says_undone

# ---- what no step made is left by each undo: nobody is sent round in circles
new_subnet() {
	py - "$run" <<-'PY'
		import os, sys, boto3
		ec2 = boto3.client("ec2", "us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
		vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
		print(ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24", TagSpecifications=[{"ResourceType": "subnet",
		    "Tags": [{"Key": "runbook:run", "Value": sys.argv[1]}]}])["Subnet"]["SubnetId"])
	PY
}
stray=$(new_subnet) || fail "no subnet"
looks_again 3 "$RB" undo --yes --speed 20000
has "undo leaves it: subnet $stray (us-east-1)" "$ERR"
has 'hint: delete that by hand; then: runbook verify' "$ERR"
[[ $ERR != *'runbook undo'* ]] || fail "another undo would leave it as well: $ERR"
by_hand='delete by hand what no step made; then: runbook verify'
expect 0 "$RB" status
has "$by_hand" "$(tail -n 1 <<<"$OUT")"
looks_again 3 "$RB" verify --speed 20000
has "$by_hand" "$ERR"
py - "$stray" <<-'PY'
	import os, sys, boto3
	boto3.client("ec2", "us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"]).delete_subnet(SubnetId=sys.argv[1])
PY
looks_again 0 "$RB" verify --speed 20000

# ---- a new run begins with nothing of that
expect 0 "$RB" run --to 1-1 --speed 20000
expect 0 "$RB" status --output json
jq -e 'has("sweep") or (.steps | any(has("former_outputs"))) | not' <<<"$OUT" >/dev/null ||
	fail "a new run tells of the old: $OUT"
