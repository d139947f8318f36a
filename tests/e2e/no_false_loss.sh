#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A second command that carries a run on looks for what an interrupted one may have made.  A call
# that another branch of the same step has just sent is no lost one: nothing waits for it to show up.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 2000
for to in 1-2 1-3 1-4 2-2 2-3 2-4 3-4; do
	expect 0 "$RB" run --to $to --speed 2000 --output json
	[[ $OUT != *'"not listed"'* ]] ||
		fail "run --to $to waits: $(grep '"not listed"' <<<"$OUT")"
done
