#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Only the bucket policy's own refusal shows that the bucket is closed from outside: another 403 (a
# signature that does not match, a key that nobody knows) is no evidence, and stops step 4-2.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 2000

expect 0 "$RB" run --to 4-1 --speed 2000
# The first PutObject is the upload from the instance, the second is tried from here.
curl -sf --noproxy '*' -X POST "$SANDBOX/_sandbox/fault" --data 'PutObject:2=SignatureDoesNotMatch'
"$RB" run --speed 2000 >"$WORK/out" 2>&1 && fail "a 403 that is no refusal was taken for one"
has "SignatureDoesNotMatch" "$(cat "$WORK/out")"
[ "$(step_state 4-2)" != held ] || fail "4-2 holds by no evidence"

expect 0 "$RB" resume --speed 2000
[ "$(step_state 4-2)" = held ] || fail "4-2 is $(step_state 4-2)"
