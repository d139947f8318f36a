#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a person at a terminal is asked before the first change: the first run with account, alias, principal, regions, what is
# made, its price and time to live; undo with what it deletes and where. No changes nothing and leaves no folder; the input's end
# is no answer (2); who has no credentials is not asked (5).
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 20000
fault() { # SPEC
	curl -sf --noproxy '*' -X POST --data "$1" "$SANDBOX/_sandbox/fault" >/dev/null || fail "no fault $1"
}
export SBX_URL=$SANDBOX
/usr/bin/python3 tests/py/questions_pty.py "$RB" || fail "under a terminal"

# Without a terminal, and with --yes, nothing is asked, and what is refused before the first change leaves no folder.
expect 0 "$RB" run --to 1-1 --stack silent --speed 20000 </dev/null
[[ $ERR != *'[y/N]'* ]] || fail "asked: $ERR"
expect 0 "$RB" undo --yes --stack silent --speed 20000
expect 5 env AWS_ACCESS_KEY_ID=AKIAWRONG00000000000 "$RB" run --stack refused
[ ! -e "$HOME_DIR/refused" ] || fail "a refused run left $(ls "$HOME_DIR/refused")"
expect 2 env PATH=/nonexistent "$RB" run --stack refused --home "$WORK/other" --sandbox
[ ! -e "$WORK/other" ] || fail "a refused run left $(find "$WORK/other")"
