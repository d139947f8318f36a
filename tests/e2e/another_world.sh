#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A run is gone on with where it was made: with --sandbox, with a sandbox of one's own, or with another one of these,
# each command of another run is refused with 2 and the way out, before anything is started, asked or written.
. "$(dirname "$0")/lib.sh"
fast='--speed 20000'

refused() { # HINT COMMAND...
	local hint=$1 before after
	shift
	before=$(find "$HOME_DIR" -type f ! -name 'sandbox.db*' ! -name lock -exec cksum {} + | sort)
	expect 2 "$RB" "$@" </dev/null
	has 'nothing was changed' "$ERR"
	has "$hint" "$ERR"
	after=$(find "$HOME_DIR" -type f ! -name 'sandbox.db*' ! -name lock -exec cksum {} + | sort)
	[ "$before" = "$after" ] || fail "'$*' wrote something: $(diff <(echo "$before") <(echo "$after"))"
}
each() { # HINT OPTION...: for every command that asks AWS
	local hint=$1 c
	shift
	for c in run resume verify 'undo --yes'; do
		# shellcheck disable=SC2086
		refused "$hint" $c "$@"
	done
}

# ---- made with --sandbox
expect 0 "$RB" run --sandbox $fast --to 1-1
each 'the same with --sandbox: runbook'
# The way out of connect keeps the words for the instance, quoted.
expect 0 "$RB" run --sandbox $fast --to 1-4 --stack shell
refused "the same with --sandbox: runbook connect --stack shell --sandbox -- echo 'a b'" connect --stack shell -- echo 'a b'
refused 'the same with --sandbox: runbook undo --expired --sandbox' undo --expired
refused 'the same with --sandbox: runbook run --to 1-2 --ttl 4h --sandbox' run --to 1-2 --ttl 4h
refused 'the same with --sandbox: runbook verify 1-1 2-1 --output tap --sandbox' verify 1-1 --output tap 2-1
refused 'the same with --sandbox: runbook undo --to 3-1 --sandbox' undo --to 3-1
refused 'the same with --sandbox: runbook undo --sandbox' undo # not asked whether, either
refused 'the same with --sandbox: runbook export terraform --output-file tf --sandbox' export terraform -o tf
# Without its journal the world beside it tells: no account is asked for, and the way out goes there.
mv "$(journal)" "$WORK/journal.kept"
expect 2 "$RB" undo --yes
has 'its tag: runbook undo --sandbox' "$ERR" # and an empty one lies there now
each 'the same with --sandbox, which looks for it by its tag: runbook'
refused 'its tag: runbook explain 4-2 --sandbox' explain 4-2
has "no journal, and the world of a rehearsal (sandbox.db) lies there" "$ERR"
expect 0 "$RB" journal
[[ $OUT$ERR == *'run.json is here and no journal'* ]] || fail "an empty journal without a word: $OUT$ERR"
expect 2 "$RB" recover --sandbox $fast
has "has its run.json: run" "$ERR"
mv "$HOME_DIR/default/run.json" "$WORK/run.kept"
rm "$(journal)"
for c in 'undo --yes' verify status resume connect; do
	# shellcheck disable=SC2086
	expect 2 "$RB" $c </dev/null
	has "no journal is in '$HOME_DIR/default', and the world of a rehearsal (sandbox.db) lies there" "$ERR"
	has 'writes the journal anew: runbook recover --sandbox' "$ERR"
done
expect 5 "$RB" recover </dev/null
has '(sandbox.db) lies there: runbook recover --sandbox' "$ERR"
mv "$WORK/journal.kept" "$(journal)"
mv "$WORK/run.kept" "$HOME_DIR/default/run.json"
# No command's hint leads up to one that is not there.
for c in $("$RB" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
	for lang in en ja; do
		"$RB" $c --lang $lang >"$WORK/said" 2>&1 </dev/null
		! grep -E '(: |：|:)$' "$WORK/said" | grep -E 'hint|ヒント' || fail "$c: a hint without its command"
	done
done
start_sandbox $fast
each 'go on with the same one'
stop_sandbox
# Its world is its state, whoever serves it.
start_sandbox $fast --state "$HOME_DIR/default/sandbox.db"
expect 0 "$RB" verify 1-1
stop_sandbox
unset AWS_ENDPOINT_URL AWS_CA_BUNDLE RUNBOOK_CONNECT_TO
# After the undo a look elsewhere would say that nothing is left.
expect 0 "$RB" undo --sandbox $fast --yes
refused 'runbook undo --sandbox' undo
refused 'runbook verify --sandbox' verify

# ---- made in a sandbox of one's own
start_sandbox $fast
expect 0 "$RB" run $fast --to 1-1 --stack own
each 'without --sandbox: runbook' --sandbox --stack own
[[ $ERR != *'runbook undo '*--sandbox* ]] || fail "the hint says --sandbox: $ERR"
[ ! -e "$HOME_DIR/own/sandbox.db" ] || fail "a sandbox was started for it"
stop_sandbox
(
	unset AWS_ENDPOINT_URL AWS_CA_BUNDLE RUNBOOK_CONNECT_TO
	each 'With runbook' --stack own
) || exit 1
start_sandbox $fast
each 'go on with the same one' --stack own
# A new run begins where it is told to.
expect 0 "$RB" run $fast --to 1-1 --stack another
