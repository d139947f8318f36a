#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# With an endpoint of one's own whose names are in no DNS, 4-1 ends at once and says the ways out; and
# a host of AWS's whose name does not resolve is not asked for minutes.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 600
unset RUNBOOK_CONNECT_TO
SECONDS=0
expect 1 timeout 100 "$RB" run --yes --speed 600
has "does not resolve" "$ERR"
[[ $ERR != *"does not answer yet"* ]] || fail "a name that nobody publishes is waited for: $ERR"
has "RUNBOOK_CONNECT_TO=::HOST:PORT" "$ERR"
has "--sandbox" "$ERR"
[ "$SECONDS" -lt 60 ] || fail "it took $SECONDS s to say that a name does not resolve"

# Standard tries are 8, over two minutes; a name that never resolved gets three.
unset AWS_ENDPOINT_URL
export AWS_ENDPOINT_URL_STS=https://sts.us-east-9.invalid
SECONDS=0
expect 1 timeout 100 "$RB" run --yes --stack other
has "the name 'sts.us-east-9.invalid' does not resolve" "$ERR"
has "check AWS_ENDPOINT_URL" "$ERR"
[ "$SECONDS" -lt 30 ] || fail "it took $SECONDS s to say that a name does not resolve"
