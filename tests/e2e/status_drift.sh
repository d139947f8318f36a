#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What verify found is noted: status tells drift and the next command until a look finds it gone. A
# look that finds nothing new writes nothing, and one that may not write still tells.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 20000
expect 0 "$RB" run --to 2-1 --speed 20000
hostnames() { # true or false
	/usr/bin/python3 - "$(output 1-1 vpc_id)" "$1" <<-'PY' || fail "no change"
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
has 'the last look found drift in 1 step' "$OUT"
[[ $(tail -n 1 <<<"$OUT") == 'to put it right: runbook resume'* ]] || fail "the last line: $OUT"
[ "$("$RB" status --output json | jq -r .next)" = 'runbook resume' ] || fail 'no next command as JSON'
expect 0 "$RB" plan
has '! differs at the last look (20' "$OUT"
has 'the last look found drift in 1 step' "$OUT"
"$RB" plan --output json | jq -e '.drift[0].step == "1-1"' >/dev/null || fail 'plan as JSON knows no drift'
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
