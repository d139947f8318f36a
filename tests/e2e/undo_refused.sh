#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An undo that AWS refuses stops the steps that wait for it, at once, and no other: what costs
# money goes all the same.  The same command finishes the work once it is allowed.
. "$(dirname "$0")/lib.sh"

start_sandbox --speed 1000
expect 0 "$RB" run --to 3-4 --speed 1000

for action in TerminateInstances DeleteSecurityGroup DeleteRole; do
	curl -sf "$SANDBOX/_sandbox/fault" -d "$action=AccessDenied" >/dev/null || fail "no fault"
	expect 5 "$RB" undo --yes --speed 1000
	curl -sf -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null || fail "the fault stays"
	has 'AccessDenied' "$ERR"
	has 'runbook undo' "$ERR"
	# What is left is listed all the same, and what is not left is not.
	! grep -Eq "Z left: (bucket|VPC endpoint) " <<<"$ERR" || fail "$action: it is gone: $ERR"
	[[ $ERR != *'is not undone yet'* ]] || fail "$action: a wait ran out: $ERR"
	[ "$(step_state 1-4)" = failed ] || fail "1-4 is $(step_state 1-4)"
	# 1-1 and 1-3 wait for 1-4's instance and group, not for its role: before AWS refuses to delete
	# that, each of them may be gone.
	for step in 1-1 1-3; do
		state=$(step_state $step)
		[ $action != DeleteRole ] || [ "$state" != undone ] || continue
		case $step in
		1-3)
			why=$("$RB" status --output json |
				jq -r '.steps[] | select(.id == "1-3") | .error.why')
			has 'the undo of step 1-4 failed' "$why"
			;;
		1-1)
			[ "$state" = held ] || fail "$action: $step is $state"
			grep -q "Z left: VPC vpc-.* (ap-northeast-1 available)" <<<"$ERR" || fail "$action: no list: $ERR"
			;;
		esac
	done
	# The subnet waits for the instance and the endpoint alone, and goes when they have ended.
	subnet=undone
	"$RB" status --output json |
		jq -e '.steps[] | select(.id == "1-4") | .outputs.instance_id // empty' >/dev/null && subnet=held
	[ $action != TerminateInstances ] || [ $subnet = held ] || fail "the instance is not known any more"
	[ $action != DeleteSecurityGroup ] || [ $subnet = undone ] || fail "the instance is still known"
	[ "$(step_state 1-2)" = $subnet ] || fail "$action: 1-2 is $(step_state 1-2), not $subnet"
	[ "$(step_state 2-4)" = undone ] || fail "2-4 is $(step_state 2-4)"
	expect 0 "$RB" run --to 3-4 --speed 1000 # from there, forward again
done
expect 0 "$RB" undo --yes --speed 1000
[ "$("$RB" status --output json | jq -r .state)" = undone ] || fail "not undone"
