#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `home init` makes a bucket with all that a home needs, and says what an existing one lacks; `home copy` moves a stack
# from a folder there and back, and the old one is not written to any more; `status --all` lists a home's stacks.
. "$(dirname "$0")/lib.sh"
export AWS_REGION=us-east-1 AWS_MAX_ATTEMPTS=2 XDG_STATE_HOME=$WORK/alice
start_sandbox --speed 600
s3api() { "$AWS_CLI" --endpoint-url "$SANDBOX" s3api "$@"; }
MADE="s3://runbook-made-$RANDOM/team?region=us-east-1" PLAIN=runbook-plain-$RANDOM

# A bucket that nobody made: no failure of AWS's, and said what makes it.
for command in status 'status --all' 'run --yes' 'undo --yes' plan verify; do
	# shellcheck disable=SC2086 # words
	expect 2 "$RB" $command --home "$MADE"
	has "there is no bucket 'runbook-made-" "$ERR"
	has "to make it: runbook home init '$MADE'" "$ERR"
done
expect 2 "$RB" status --home "${MADE%\?*}" # nor can its region be asked
has "to make it: runbook home init ${MADE%\?*}" "$ERR"
# It is the home that needs credentials, though the rehearsal needs none.
for url in "$MADE" "${MADE%\?*}"; do
	expect 5 env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY "$RB" run --sandbox --home "$url" </dev/null
	has "cannot find AWS credentials for the home 's3://runbook-made-" "$ERR"
	[[ $ERR != *'needs no account'* ]] || fail "it says that none are needed: $ERR"
done
expect 0 "$RB" home init "$MADE" --output json
[ "$(jq -r '.made, (.checks | map(select(.verdict != "holds")) | length)' <<<"$OUT" | tr '\n' ' ')" = "true 0 " ] ||
	fail "it is not whole: $OUT"
expect 0 "$RB" home init "$MADE"
has 'its policy refuses writes without a condition: ok' "$OUT"
expect 0 s3api create-bucket --bucket $PLAIN
expect 3 "$RB" home init "s3://$PLAIN/x?region=us-east-1" --output json
[ "$(jq -r '[.checks[] | select(.verdict == "differs").check] | join(" ")' <<<"$OUT")" = \
	"versioning policy old-versions" ] || fail "other things differ: $OUT"
expect 3 env -u AWS_REGION "$RB" home init "s3://$PLAIN/x" # which is asked where it is
has "bucket $PLAIN is in us-east-1" "$OUT"
expect 2 "$RB" home init "$WORK/folder"
expect 2 "$RB" home

# What cannot be gone on with here takes the stack from nobody: the sandbox is on another machine.
lease() { # FILE
	expect 0 s3api get-object --bucket "$(cut -d/ -f3 <<<"$MADE")" --key team/own/lease "$1"
}
expect 0 "$RB" run --sandbox --to 1-1 --yes --speed 600 --stack own --home "$MADE"
lease "$WORK/lease"
expect 2 env XDG_STATE_HOME="$WORK/bob" "$RB" undo --yes --sandbox --take-over --stack own --home "$MADE"
has 'a sandbox that is on another machine' "$ERR"
lease "$WORK/now"
cmp "$WORK/lease" "$WORK/now" || fail "the lease was taken first"

# From a folder, where an older run is beside the current one, and on from there.
expect 0 "$RB" run --to 1-1 --yes --speed 600
expect 0 "$RB" undo --yes --speed 600
expect 0 "$RB" run --to 1-1 --yes --speed 600 --operator alice --ttl 4h
sha256sum <"$HOME_DIR/default/journal.jsonl" >"$WORK/before"
expect 0 "$RB" home copy "$HOME_DIR" "$MADE"
has 'stack default: 2 runs with' "$OUT"
expect 2 "$RB" home copy "$HOME_DIR" "$MADE" # it is there already
expect 2 "$RB" undo --yes --speed 600
has "stack 'default' was moved" "$ERR"
expect 0 "$RB" status
has 'stack default: partial' "$OUT"
# It does not look alive here any more: no bill, no command that would be refused.
has "how it stands now: runbook status --home '$MADE'" "$OUT"
[[ $OUT != *USD* && $OUT != *'runbook resume'* && $OUT != *'time to live'* ]] || fail "it looks alive: $OUT"
expect 0 "$RB" status --output json
[ "$(jq -r '.moved_to, has("next"), has("billing")' <<<"$OUT" | tr '\n' ' ')" = "$MADE false false " ] || fail "$OUT"
expect 0 "$RB" report --output json
[ "$(jq -r '.moved_to, .price.usd_per_hour' <<<"$OUT" | tr '\n' ' ')" = "$MADE null " ] || fail "report: $OUT"
expect 0 "$RB" report -o -
has "to '$MADE': this is how it stood then" "${OUT//&#39;/\'}"
[[ $OUT != *'<dt>Price<'* && $OUT != *'To be undone by'* ]] || fail "its report tells a price"
expect 0 "$RB" status --all
has "it was moved to '$MADE'" "$OUT"
[[ $OUT != *USD* ]] || fail "it costs here, too: $OUT"
export RUNBOOK_HOME=$MADE
expect 0 "$RB" status --all
has 'stack default: partial' "$OUT"
has 'last operator alice' "$OUT"
has 'its time to live' "$OUT"
expect 0 "$RB" run --to 1-2 --yes --speed 600

# And back.
cd "$WORK" # the mark of a relative name says where that is
expect 0 "$RB" home copy "$MADE" ./back --output json
cd - >/dev/null
[ "$(jq -r .runs <<<"$OUT")" = 2 ] || fail "not both runs: $OUT"
head -c "$(stat -c %s "$HOME_DIR/default/journal.jsonl")" "$WORK/back/default/journal.jsonl" | sha256sum |
	cmp - "$WORK/before" || fail "it is another journal"
expect 2 "$RB" resume --yes --speed 600 --take-over
has 'was moved' "$ERR"
expect 0 "$RB" status --all --output json
[ "$(jq -r '.stacks[0].moved_to' <<<"$OUT")" = "$WORK/back" ] || fail "not where it is: $OUT"
export RUNBOOK_HOME=$WORK/back
expect 0 "$RB" undo --yes --speed 600
expect 0 "$RB" status --all --output json
[ "$(jq -r '.stacks[] | "\(.stack) \(.state)"' <<<"$OUT")" = "default undone" ] || fail "another list: $OUT"

# A server that ignores conditions is refused before anything is written but the probe.
/usr/bin/python3 tests/py/careless_s3.py >"$WORK/careless.out" &
ends_with_us $!
wait_for 10 grep -q listening "$WORK/careless.out"
AWS_ENDPOINT_URL_S3=$(sed -n 's/^listening //p' "$WORK/careless.out")
export AWS_ENDPOINT_URL_S3 RUNBOOK_HOME="s3://runbook-careless/x?region=us-east-1"
expect 1 "$RB" run --to 1-1 --yes --speed 600
has 'ignores the condition If-None-Match' "$ERR"
expect 1 "$RB" home init "$RUNBOOK_HOME"
