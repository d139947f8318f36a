#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What verify found is noted: status tells drift and the next command until a look finds it gone. A
# look that finds nothing new writes nothing, and one that may not write still tells.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 20000
expect 0 "$RB" run --to 2-1 --speed 20000
hostnames() { # true or false
	py - "$(output 1-1 vpc_id)" "$1" <<-'PY' || fail "no change"
		import os, sys, boto3
		ec2 = boto3.client("ec2", "ap-northeast-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
		ec2.modify_vpc_attribute(VpcId=sys.argv[1], EnableDnsHostnames={"Value": sys.argv[2] == "true"})
	PY
}
drift() { # of status, as JSON
	"$RB" status --output json | jq -c '.drift'
}
verify() {
	expect "$1" "$RB" verify 1-1 1-2 --speed 20000
}

before=$(cksum <"$(journal)")
verify 0
[ "$(cksum <"$(journal)")" = "$before" ] || fail "the journal grew without news"
[ "$(drift)" = null ] || fail "drift: $(drift)"

hostnames false
verify 3
has 'to put it right: runbook resume' "$ERR"
expect 0 "$RB" status
has '1-1 ' "$OUT"
has '! differs at the last look (20' "$OUT"
has 'the last look found: 1 differs' "$OUT"
[[ $(tail -n 1 <<<"$OUT") == 'to put it right: runbook resume'* ]] || fail "the last line: $OUT"
[ "$("$RB" status --output json | jq -r .next)" = 'runbook resume' ] || fail 'no next command as JSON'
expect 0 "$RB" plan
has '! differs at the last look (20' "$OUT"
has 'the last look found: 1 differs' "$OUT"
has 'this goes by the journal; to look at AWS itself: runbook verify' "$OUT"
"$RB" plan --output json | jq -e '.drift[0].step == "1-1" and .look == "runbook verify"' >/dev/null || fail 'plan as JSON knows no drift'
expect 0 "$RB" report -o -
has '! differs at the last look (20' "$OUT"
expect 0 "$RB" status
expect 0 "$RB" status --output json
jq -e '.steps[0].state == "held" and (.drift | length == 1 and .[0].step == "1-1"
	and .[0].verdict == "differs" and (.[0].at | endswith("Z"))
	and (.[0].claims | length == 1 and .[0].claim == "vpc.dns_hostnames" and .[0].found == "false"))' \
	<<<"$OUT" >/dev/null || fail "status: $OUT"
expect 0 "$RB" report --output json
jq -e '.drift[0].step == "1-1" and .steps[0].evidence.verdict == "differs"' <<<"$OUT" >/dev/null ||
	fail "report: $OUT"

# The same again is no news; while another holds the lock nothing is written, and all is told.
before=$(cksum <"$(journal)")
verify 3
[ "$(cksum <"$(journal)")" = "$before" ] || fail "the journal grew by the same drift"
hostnames true
exec 8>"$HOME_DIR/default/lock"
flock -x 8
verify 0
exec 8>&-
[ "$(cksum <"$(journal)")" = "$before" ] || fail "the journal was written under another's lock"
[ "$(drift)" != null ] || fail "forgotten"

# Gone by a look, and gone by resume.
verify 0
[ "$(drift)" = null ] || fail "still drift: $(drift)"
hostnames false
verify 3
expect 0 "$RB" run --to 2-1 --speed 20000
[ "$(drift)" = null ] || fail "still drift after resume: $(drift)"
expect 0 "$RB" status
[[ $OUT != *'last look found'* ]] || fail "still drift after resume: $OUT"

# ---- status counts as verify counts, in the same words, and what was missed neither stands nor costs
expect 0 "$RB" run --speed 20000
change() { # CALL ARGUMENTS REGION
	py - "$@" <<-'PY' || fail "no change"
		import os, sys, json, boto3
		ec2 = boto3.client("ec2", sys.argv[3], endpoint_url=os.environ["AWS_ENDPOINT_URL"])
		getattr(ec2, sys.argv[1])(**json.loads(sys.argv[2]))
	PY
}
# The words of verify's summary beyond those that hold are those of status.
same_words() {
	local words
	expect 3 "$RB" verify --speed 20000
	words=$(grep -o '[0-9]* of 14 holds\?, [^;]*' <<<"$OUT" | sed 's/^[^,]*, //')
	[ -n "$words" ] || fail "verify has no summary: $OUT"
	expect 0 "$RB" status
	grep -qx "the last look found: $words" <<<"$OUT" || fail "verify says '$words', status: $OUT"
	expect 0 "$RB" plan
	grep -qx "the last look found: $words" <<<"$OUT" || fail "verify says '$words', plan: $OUT"
	WORDS=$words
}
instance=$(output 1-4 instance_id)
change stop_instances "{\"InstanceIds\": [\"$instance\"]}" ap-northeast-1
stopped() {
	py - "$instance" <<-'PY'
		import os, sys, boto3
		ec2 = boto3.client("ec2", "ap-northeast-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
		sys.exit(ec2.describe_instances(InstanceIds=sys.argv[1:])["Reservations"][0]["Instances"][0]["State"]["Name"] != "stopped")
	PY
}
wait_for 20 stopped
same_words
[[ $WORDS == '1 differs, '*' blocked' ]] || fail "a stopped instance: $WORDS"
expect 0 "$RB" status
has '14 of 14 steps stand; ' "$OUT"
has 'about 0.025 USD an hour' "$OUT"
change terminate_instances "{\"InstanceIds\": [\"$instance\"]}" ap-northeast-1
same_words
[[ $WORDS == '1 missing, '* ]] || fail "a terminated instance: $WORDS"
expect 0 "$RB" status
has '13 of 14 steps stand, 1 last seen missing; ' "$OUT"
has 'about 0.010 USD an hour' "$OUT"
change delete_vpc_endpoints "{\"VpcEndpointIds\": [\"$(output 2-3 vpc_endpoint_id)\"]}" us-east-1
same_words
[[ $WORDS == '2 missing, '* ]] || fail "instance and endpoint: $WORDS"
# A plan says so in the rows, and counts their time.
expect 0 "$RB" plan --speed 1
[ "$(grep -c '! missing at the last look' <<<"$OUT")" -eq 2 ] || fail "the rows: $OUT"
[ "$("$RB" plan --output json | jq .usual_s)" -ge 60 ] || fail "a repair takes its time: $OUT"
[[ $OUT != *'usually 0.0 s'* ]] || fail "a repair takes its time: $OUT"
expect 0 "$RB" status
has '12 of 14 steps stand, 2 last seen missing; nothing of that is billed by the hour' "$OUT"
# So do the last lines of a run that ends early, which saw one of them missing anew.
expect 3 "$RB" resume --from 3-1 --speed 20000
has '12 of 14 steps stand, 2 last seen missing; nothing of that is billed by the hour' "$ERR"
expect 0 "$RB" resume --speed 20000
expect 0 "$RB" status
has '14 of 14 steps stand; ' "$OUT"
has 'about 0.025 USD an hour' "$OUT"
