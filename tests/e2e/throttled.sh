#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# At EC2's own request rates a run, a verify and an undo are refused at most five calls each (none);
# where others of the account use the rates up, it is no more than five either (how many depends on
# how fast this machine asks).  That a request beyond its rate is refused at all is shown last.
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
for n in "${REFUSED[@]}"; do
	[ "$n" -le 5 ] || fail "refused where others use the rates, too: ${REFUSED[*]}"
done

# A token in six seconds, and the second request comes at once.  (curl keeps no journal.)
unset RUNBOOK_SANDBOX_JOURNAL
start_sandbox --throttle shared
url="$SANDBOX/?Action=CreateVpcEndpoint&Version=2016-11-15"
said=$(curl -s --noproxy '*' --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
	--aws-sigv4 aws:amz:us-east-1:ec2 "$url" "$url")
[ "$(grep -o '<Code>[A-Za-z]*' <<<"$said" | tr '\n' ' ')" = \
	'<Code>MissingParameter <Code>RequestLimitExceeded ' ] || fail "two at once: $said"
