#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A run's time to live: --ttl sets it, resume --ttl changes it, on every tag and in status; undo --expired undoes
# nothing before its end and all after it, by AWS's clock, one stack and not the other.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 1000

skip() { # SECONDS: AWS's clock goes on that far; the sandbox divides what it is told by its speed
	curl -sf --noproxy '*' -X POST --data $(($1 * 1000 * 1000)) "$SANDBOX/_sandbox/skip" >/dev/null ||
		fail "no skip of $1"
}
# Every tag runbook:expires that there is, with the number of things that have it.  What a volume, a
# network interface and a rule have stays as it was when their instance and group were made.
expiries() {
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" |
		jq -r 'del(.volume, ."network-interface", ."security-group-rule") | .. | objects |
			select(has("runbook:run")) | ."runbook:expires" // "none"' |
		sort | uniq -c | awk '{ print $1, $2 }'
}
status() { # FILTER
	"$RB" status --output json "${@:2}" | jq -r "$1"
}
rb_() { "$RB" "$@" --speed 1000; }

for bad in 4 4w h 0h -1h 1.5h 400d 99999999999999999999h ''; do
	expect 2 rb_ run --ttl="$bad"
	has "--ttl cannot be" "$ERR"
	has 'as in 4h' "$ERR"
done
expect 2 rb_ verify --ttl 4h
[ ! -e "$HOME_DIR/default" ] || fail "a refused command left something"

# ---- over, by this machine's clock: status warns
expect 0 rb_ run --ttl 1s --to 1-1 --stack brief
wait_for 10 eval '[ "$(status .expired --stack brief)" = true ]'
has '! its time to live ended at' "$("$RB" status --stack brief)"
expect 0 rb_ undo --expired --yes --stack brief
[ "$(status .state --stack brief)" = undone ] || fail "brief is not undone"

# ---- set, changed, and its tag on all that has ours
expect 0 rb_ run --ttl 4h --to 2-4
has "the run's time to live ends at 20" "$("$RB" journal)"
first=$(status .expires_at)
[ "$(expiries | awk '{ print $2 }')" = "$first" ] || fail "tags: $(expiries)"
many=$(expiries | awk '{ print $1 }')
[ "$many" -ge 12 ] || fail "few tags: $many"
[ $(($(date -d "$first" +%s) - $(date +%s))) -gt $((4 * 3600 - 120)) ] || fail "not in four hours: $first"
[ "$(status .expired)" = false ] || fail "over already"
has "its time to live ends at $first, in 3 h 5" "$("$RB" status)"
expect 0 rb_ verify 1-1 2-4
expect 2 rb_ resume --ttl 8h --from 2-1
has '--from demands that all before it holds' "$ERR"
[ "$(status .expires_at)" = "$first" ] || fail "a refused command changed it"
expect 0 rb_ resume --ttl 8h
second=$(status .expires_at)
[ "$second" != "$first" ] || fail "not changed"
[ "$(expiries | awk '{ print $2 }')" = "$second" ] || fail "tags: $(expiries)"
[ "$(expiries | awk '{ print $1 }')" -gt "$many" ] || fail "not on all: $(expiries)"
expect 0 rb_ verify

# ---- another time to live is no drift, and the path of the upload stays what it was
expect 0 rb_ resume --ttl 8h
second=$(status .expires_at)
[[ $ERR != *differs* && $ERR != *'does not hold'* ]] || fail "told as drift: $ERR"
has '1-1  its tags get the new time to live' "$ERR"
[ "$("$RB" journal --step 4-2 | grep -c 'object_checksum = ')" -eq 1 ] || fail "uploaded again: $("$RB" journal --step 4-2)"
[[ $("$RB" journal) != *'verified: differs'* ]] || fail "recorded as drift"
has 'command resume --ttl 8h' "$("$RB" journal)"
aws_() { "$AWS_CLI" --endpoint-url "$SANDBOX" "$@" >/dev/null; }
aws_ ec2 create-tags --region ap-northeast-1 --resources "$(output 1-1 vpc_id)" --tags Key=runbook:expires,Value=never ||
	fail "no tag"
expect 0 rb_ run --to 1-1
has "1-1  differs: vpc.tag.runbook:expires: expected '$second', found 'never'" "$ERR" # that is drift

# ---- another stack, without an end
expect 0 rb_ run --stack other --to 1-1
expect 0 rb_ undo --expired --yes --stack other
has 'has no time to live' "$ERR"
expect 2 rb_ undo --expired --yes --stack none
expect 2 rb_ undo --expired --yes --to 2-1
expect 2 rb_ undo --expired </dev/null
has 'add --yes' "$ERR"

# ---- before its end, at it (by a second), after it
skip $((7 * 3600))
expect 0 rb_ undo --expired --yes
has 'its time to live ends at' "$ERR"
[ "$(status .state)" = done ] || fail "undone too early"
skip 3600
expect 0 rb_ undo --expired --yes
has 'its time to live ended at' "$ERR"
has 'command undo --expired' "$("$RB" journal)"
[ "$(status .state)" = undone ] || fail "not undone"
expect 0 rb_ undo --expired --yes
has 'is undone' "$ERR"
[ "$(status .state --stack other)" = partial ] || fail "the other stack was undone"
expiries | grep -qx "1 none" || fail "what is left: $(expiries)"
