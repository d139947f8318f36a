#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A home in a bucket: run, status, report, journal, verify and undo work as with a folder, from one machine and
# another; who is at work is said; S3 away in the middle, and a reader without the right to write.
. "$(dirname "$0")/lib.sh"
export AWS_REGION=us-east-1 AWS_MAX_ATTEMPTS=2
start_sandbox --speed 600
BUCKET=runbook-home-$RANDOM
s3api() { "$AWS_CLI" --endpoint-url "$SANDBOX" s3api "$@"; }
expect 0 s3api create-bucket --bucket $BUCKET
export RUNBOOK_HOME="s3://$BUCKET/team/a?region=us-east-1&lease=3"

operator() { export XDG_STATE_HOME=$WORK/$1 LOGNAME=$1; }
local_file() { echo "$XDG_STATE_HOME/runbook/$BUCKET%2Fteam%2Fa/default/$1"; }

operator alice
expect 2 "$RB" status
has "no run is known at 's3://$BUCKET/team/a/default'" "$ERR"
expect 0 "$RB" run --to 1-2 --yes --speed 600
[ "$(stat -c %a "$(dirname "$(local_file x)")")" = 700 ] || fail "the local folder is open to others"
RUN=$("$RB" status --output json | jq -r .run)
expect 0 s3api get-object --bucket $BUCKET --key "team/a/default/$RUN/log/0000000001" "$WORK/batch"
[ "$(wc -l <"$WORK/batch")" = 1 ] || fail "the first batch is no fence"

# Another machine goes on, and has all that was recorded.
operator bob
expect 0 "$RB" resume --yes --speed 600
expect 0 "$RB" verify
expect 0 "$RB" status --output json
[ "$(jq -r .state <<<"$OUT")" = "done" ] || fail "not done: $OUT"
expect 0 "$RB" journal
has ' 1-2  held' "$OUT"
expect 0 "$RB" report --output json
has "s3://$BUCKET/team/a/default/" "$(jq -r .journal.file <<<"$OUT")"
# as the page says
"$AWS_CLI" --endpoint-url "$SANDBOX" s3 cp --quiet --recursive "$(jq -r .journal.file <<<"$OUT")" "$WORK/log"
sed -s 1d "$WORK"/log/* >"$WORK/lines"
[ "$(jq -r .journal.sha256 <<<"$OUT")" = "$(sha256sum <"$WORK/lines" | cut -d' ' -f1)" ] ||
	fail "the report's checksum is of something else"
cmp "$WORK/lines" "$(local_file journal.jsonl)" || fail "the copy is another"

# S3 goes away for good before a change, and comes back: what calls in flight came to is kept, and written later.
curl -sf --noproxy '*' -X POST "$SANDBOX/_sandbox/fault" -d 'PutObject:3-=ServiceUnavailable' >/dev/null
expect 1 "$RB" undo --yes --speed 600
has "cannot write the journal 's3://$BUCKET/team/a/default/" "$ERR"
has "is kept in '$(local_file unsent.jsonl)'" "$ERR"
[ -s "$(local_file unsent.jsonl)" ] || fail "nothing is kept"
curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null
expect 0 "$RB" undo --yes --speed 600
has "which could not be written then, are in the bucket now" "$ERR"
has "is left" "$OUT$ERR"
[ ! -e "$(local_file unsent.jsonl)" ] || fail "it is still kept"

# A reader who may not write.
operator carol
curl -sf --noproxy '*' -X POST "$SANDBOX/_sandbox/fault" -d 'PutObject:1-=AccessDenied' >/dev/null
expect 0 "$RB" status
has 'stack default: undone' "$OUT"
expect 0 "$RB" journal
expect 0 "$RB" report -o "$WORK/r.html"
expect 5 "$RB" run --yes --speed 600
has "cannot write object 'team/a/" "$ERR"
curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null

# No bucket at all: this machine's copy, and it says so.
operator bob
stop_sandbox
unset AWS_CA_BUNDLE RUNBOOK_CONNECT_TO
expect 0 "$RB" status
has 'is not reached' "$ERR"
has 'stack default: undone' "$OUT"
