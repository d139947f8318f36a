#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# At EC2's own request rates a run, a verify and an undo are refused at most five calls each (none);
# where others of the account use the rates up, they are refused some, and no more than five either.
. "$(dirname "$0")/lib.sh"
unset RUNBOOK_SANDBOX_LAG
SPEED=(--speed 60)

# all_of HOW: a run, a verify, an undo; $REFUSED has how many calls of each were refused.
all_of() {
	local command
	REFUSED=()
	start_sandbox --throttle "$1" --lag off "${SPEED[@]}"
	for command in run verify 'undo --yes'; do
		expect 0 "$RB" $command --stack "$1" "${SPEED[@]}"
		REFUSED+=("$(curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" |
			jq '[.[] | select(.code == "RequestLimitExceeded")] | length')")
		curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/requests" >/dev/null
	done
	stop_sandbox
}

all_of real
[ "${REFUSED[*]}" = '0 0 0' ] || fail "refused at EC2's rates: ${REFUSED[*]}"
all_of shared
[ "${REFUSED[0]}" -gt 0 ] || fail "nothing was refused where others use the rates, too"
for n in "${REFUSED[@]}"; do
	[ "$n" -le 5 ] || fail "refused where others use the rates, too: ${REFUSED[*]}"
done
