#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A call that AWS refuses, in each of the fourteen steps and of their undos: exit 1 or 5, the step,
# the call and AWS's own words are named, nothing later is begun, and the same command carries on.
. "$(dirname "$0")/lib.sh"
start_sandbox --state "$WORK/world.db" --speed 1000
rb() {
	"$RB" "$@" --speed 1000 --serial
}
break_call() {
	curl -sf --noproxy '*' -X POST --data "$1" "$SANDBOX/_sandbox/fault" >/dev/null ||
		fail "the sandbox does not take fault '$1'"
}

# STEP ACTION: its first call from now on; ACTION:N: its N-th.
numbered() {
	[[ $1 == *:* ]] && echo "$1" || echo "$1:1"
}
do_calls="1-1 CreateVpc
1-2 AssociateRouteTable
1-3 CreateInstanceConnectEndpoint
1-4 RunInstances
2-1 ModifyVpcAttribute
2-2 CreateRouteTable
2-3 CreateVpcEndpoint
2-4 PutBucketPolicy
3-1 CreateVpcPeeringConnection
3-2 CreateRoute
3-3 AcceptVpcPeeringConnection
3-4 CreateRoute
4-1 SendSSHPublicKey
4-2 PutObject:2"
undo_calls="4-2 DeleteObject
3-4 DeleteRoute
3-2 DeleteRoute
3-1 DeleteVpcPeeringConnection
2-4 DeleteBucket
2-3 DeleteVpcEndpoints
2-2 DeleteSubnet
2-1 DeleteVpc
1-4 TerminateInstances
1-3 DeleteInstanceConnectEndpoint
1-2 DeleteRouteTable
1-1 DeleteVpc"

# refused STEP ACTION COMMAND...: the next ACTION is refused, in STEP.
refused() {
	local step=$1 action=$2 rc
	shift 2
	"$RB" "$@" --speed 1000 --serial >"$WORK/out" 2>"$WORK/err"
	rc=$?
	ERR=$(cat "$WORK/err")
	[ $rc -eq 1 ] || [ $rc -eq 5 ] || fail "$action in $step: exit $rc: $ERR"
	has "where: step $step" "$ERR"
	has "UnsupportedOperation: on purpose" "$ERR"
	has "runbook " "$(grep hint: "$WORK/err")"
}

# What is recorded in English is shown in the reader's language, AWS's own words as they are.
in_japanese() {
	local command
	for command in status 'verify 1-3' journal 'report -o -'; do
		has 'Instance Connect Endpoint を作成できません: UnsupportedOperation: on purpose' \
			"$("$RB" $command --lang ja 2>/dev/null | sed 's,</*strong>,,g; s,<br>理由,,')"
	done
	has "cannot create" "$("$RB" status --output json --lang ja | jq -r '.steps[2].error.what')"
}

before=
while read -r step action; do
	[ -z "$before" ] || expect 0 rb run --to "$before" # so that the fault meets this step's call
	before=$step
	break_call "$(numbered "$action")=UnsupportedOperation:on purpose"
	refused "$step" "$action" run
	next=$(sed -n "/^$step /{n;s/ .*//p}" <<<"$do_calls")
	[ -z "$next" ] || [ "$(step_state "$next")" = todo ] || [ "$(step_state "$next")" = undone ] ||
		fail "step $next was begun after $step failed"
	[ "$(step_state "$step")" = failed ] || fail "$step is $(step_state "$step")"
	[ "$step" != 1-3 ] || in_japanese
done <<<"$do_calls"
expect 0 rb resume
"$RB" status --output json >"$WORK/status.json"
py tests/py/world_check.py "$WORK/status.json" >"$WORK/check" 2>&1 ||
	fail "another world: $(cat "$WORK/check")"

before=
while read -r step action; do
	[ -z "$before" ] || expect 0 rb undo --yes --to "$before"
	before=$step
	break_call "$(numbered "$action")=UnsupportedOperation:on purpose"
	refused "$step" "$action" undo --yes
done <<<"$undo_calls"
expect 0 rb undo --yes
py tests/py/world_check.py --gone "$WORK/status.json" >"$WORK/check" 2>&1 ||
	fail "something is left: $(cat "$WORK/check")"
