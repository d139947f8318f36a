#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A VPC that AWS is still deleting is never adopted, neither by its id nor by its tag; undo waits
# until it is gone.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 10 --lag off # a read that lags may still show what is being deleted as it was
curl -sf "$SANDBOX/_sandbox/fault" -d 'DeleteVpc=state=deleting' >/dev/null || fail "no fault"
vpcs() { # the ids and states of the source region's
	curl -sf "$SANDBOX/_sandbox/world" | jq -r '(.vpc["ap-northeast-1"] // [])[] | "\(.id)=\(.state)"' | paste -sd' '
}
delete() {
	py - "$1" <<-'PY' || fail "cannot delete"
		import os, sys, boto3
		boto3.client("ec2", "ap-northeast-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"]).delete_vpc(VpcId=sys.argv[1])
	PY
}

# ---- by its recorded id
expect 0 "$RB" run --yes --speed 10 --to 1-1
first=$(output 1-1 vpc_id)
delete "$first"
has "$first=deleting" "$(vpcs)"
expect 0 "$RB" run --yes --speed 10 --to 1-1
second=$(output 1-1 vpc_id)
[ "$second" != "$first" ] || fail "adopted $first, which is being deleted"

# ---- by its tag, when the journal is lost
delete "$second"
has "$second=deleting" "$(vpcs)"
rm "$(journal)"
expect 0 "$RB" run --yes --speed 10 --to 1-1
third=$(output 1-1 vpc_id)
[ "$third" != "$second" ] || fail "adopted $second, which is being deleted"

# ---- undo waits for its end, and takes the living one when both carry the tag
"$RB" undo --yes --speed 10 >"$WORK/undo.out" 2>&1 &
pid=$!
ends_with_us "$pid"
wait_for 60 grep -q "still deleting VPC $third" "$WORK/undo.out"
has "$third=deleting" "$(vpcs)"
kill -0 $pid || fail "undo did not wait: $(cat "$WORK/undo.out")"
curl -sf "$SANDBOX/_sandbox/skip" -d 200000 >/dev/null || fail "no skip"
wait $pid || fail "undo: $(cat "$WORK/undo.out")"
[ -z "$(vpcs)" ] || fail "undo left: $(vpcs)"
[[ $(<"$WORK/undo.out") != *'still listed'* ]] || fail "undo did not wait: $(cat "$WORK/undo.out")"

# ---- an undo that was killed right after the call: the next one waits in the step itself
expect 0 "$RB" run --yes --speed 10 --to 1-1
"$RB" undo --yes --speed 10 >/dev/null 2>&1 &
pid=$!
ends_with_us "$pid"
deletes() {
	[[ $(vpcs) == *deleting* ]]
}
wait_for 30 deletes
kill -9 $pid
wait $pid
"$RB" undo --yes --speed 10 >"$WORK/undo.out" 2>&1 &
pid=$!
ends_with_us "$pid"
wait_for 60 grep -q "deleting" "$WORK/undo.out"
curl -sf "$SANDBOX/_sandbox/skip" -d 200000 >/dev/null || fail "no skip"
wait $pid || fail "undo: $(cat "$WORK/undo.out")"
[ -z "$(vpcs)" ] || fail "undo left: $(vpcs)"
