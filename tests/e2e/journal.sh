#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `journal` tells each event in a line of words; --step and --since leave out the rest; --follow goes on with what another
# command records, half a line left out until it is whole, also into the next run's journal, until Ctrl-C.  Who did a
# command, and who looked on, is recorded.
. "$(dirname "$0")/lib.sh"

for name in '' $'a\tb' "$(printf '%129s' x | tr ' ' x)" $'\xff'; do
	for option in operator witness; do
		expect 2 "$RB" run "--$option=$name"
		has "--$option cannot be" "$ERR"
	done
done
start_sandbox --speed 20000
expect 0 "$RB" run --to 1-2 --speed 20000 --operator 'A. Smith' --witness "鈴木 一郎"
run=$(jq -r .run "$HOME_DIR/default/run.json")

# ---- in words, one line a record, none longer than a screen or two
expect 0 "$RB" journal
[ "$(wc -l <<<"$OUT")" -eq "$(wc -l <"$(journal)")" ] || fail "not a line a record"
awk 'length($0) > 400 { exit 1 }' <<<"$OUT" || fail "long lines: $OUT"
[[ $OUT != *'{'* && $OUT != *'"'* ]] || fail "JSON: $OUT"
for words in "Z       run $run of stack default: procedure peering, account 123456789012" \
	'Z       command run --to 1-2; operator A. Smith; witness 鈴木 一郎; arn:aws:iam::123456789012:root' \
	'Z  1-1  doing: Create the source VPC' 'Z  1-1  calls ec2 CreateVpc in ap-northeast-1' \
	'Z  1-1  ec2 CreateVpc: done in ' 'Z  1-1  vpc_id = vpc-' 'Z  1-1  verified: holds (' 'Z  1-2  held'; do
	has "$words" "$OUT"
done
has '検証: 一致' "$("$RB" journal --lang ja)"
# The credentials' own name, where none is given; the report has both.
expect 0 "$RB" run --to 1-2 --speed 20000
has 'operator root' "$("$RB" journal)"
expect 0 "$RB" report --output json
jq -e '.operators == ["A. Smith", "root"] and .witnesses == ["鈴木 一郎"]' <<<"$OUT" >/dev/null || fail "report: $OUT"

# ---- less of it
expect 0 "$RB" journal --step 1-2
[ "$(grep -c 'Z  1-2  ' <<<"$OUT")" -eq "$(wc -l <<<"$OUT")" ] || fail "of other steps: $OUT"
expect 2 "$RB" journal --step 9-9
for since in 1h 3600s 1d 2026-01-01 2026-01-01T00:00 2026-01-01T00:00:00Z 2026-01-01T09:00:00+09:00; do
	expect 0 "$RB" journal --since "$since"
	[ "$(wc -l <<<"$OUT")" -gt 20 ] || fail "--since $since leaves out what is younger"
done
for since in 0s 2099-01-01; do
	expect 0 "$RB" journal --since "$since"
	[ -z "$OUT" ] || fail "--since $since tells what is older: $OUT"
done
for since in '' 10 m 10x 2h30m yesterday 2026-13-01 -5m; do
	expect 2 "$RB" journal "--since=$since"
	has '--since cannot be' "$ERR"
done
expect 0 "$RB" journal --step 1-1 --output json
[ "$(jq -rs 'map(.step) | unique | join(" ")' <<<"$OUT")" = 1-1 ] || fail "JSON of other steps: $OUT"

# ---- from a second terminal
follow() { # FILE [OPTION...]: $FOLLOWER
	# a shell gives what it starts in the background no Ctrl-C
	/usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$RB" journal --follow "${@:2}" >"$1" 2>"$1.err" &
	FOLLOWER=$!
	ends_with_us "$FOLLOWER"
}
tells_all() { # that is in the journal of now
	"$RB" journal | sort >"$WORK/now"
	[ -z "$(comm -13 <(sort "$WORK/seen") "$WORK/now")" ]
}
follow "$WORK/seen"
wait_for 10 grep -q '1-2  held' "$WORK/seen"
expect 0 "$RB" undo --yes --speed 20000
wait_for 10 grep -q 'looked for leftovers: nothing is left' "$WORK/seen"
expect 0 "$RB" run --to 1-1 --speed 20000
next=$(jq -r .run "$HOME_DIR/default/run.json")
wait_for 10 grep -q "run $next of stack default" "$WORK/seen" # in another file
wait_for 10 grep -q "command run --to 1-1" "$WORK/seen"
wait_for 10 tells_all
kill -INT "$FOLLOWER"
wait "$FOLLOWER"
rc=$?
[ $rc -eq 130 ] || fail "Ctrl-C: $rc: $(cat "$WORK/seen.err")"
[ "$(grep -c "run $next of" "$WORK/seen")" -eq 1 ] || fail "told twice: $(cat "$WORK/seen")"

# Half a line, as a writer may be in the middle of it.
mkdir -m 700 "$HOME_DIR/torn"
cp "$HOME_DIR/default/run.json" "$HOME_DIR/torn"
head -n 5 "$(journal)" >"$HOME_DIR/torn/journal.jsonl"
line=$(sed -n 6p "$(journal)")
printf %s "${line:0:40}" >>"$HOME_DIR/torn/journal.jsonl"
follow "$WORK/torn" --stack torn --output json
wait_for 10 grep -q '"seq":5,' "$WORK/torn"
! grep -q '"seq":6,' "$WORK/torn" || fail "half a line is told"
printf '%s\n' "${line:40}" >>"$HOME_DIR/torn/journal.jsonl"
wait_for 10 grep -q '"seq":6,' "$WORK/torn"
[ "$(jq -r .seq "$WORK/torn" | tr '\n' ' ')" = '1 2 3 4 5 6 ' ] || fail "told twice: $(cat "$WORK/torn")"
# What is no record ends it, as it ends every reader.
echo nonsense >>"$HOME_DIR/torn/journal.jsonl"
sed -n 7p "$(journal)" >>"$HOME_DIR/torn/journal.jsonl"
wait "$FOLLOWER"
rc=$?
[ $rc -eq 6 ] || fail "damage: $rc"
# Nobody reads it any more: it is over.
timeout 60 "$RB" journal --follow | head -n 2 >"$WORK/two"
[ "${PIPESTATUS[0]}" -eq 0 ] || fail "a reader that ended: ${PIPESTATUS[0]}"

# ---- who resumes goes on for those whom the run named, also where an undo came between; or names others
people() { # ARGUMENTS: of a resume that is refused at its first call
	curl -sf --noproxy '*' -X POST --data CreateSubnet=UnauthorizedOperation "$SANDBOX/_sandbox/fault" >/dev/null
	expect 5 "$RB" resume --stack people --speed 20000 "$@"
	jq -r 'select(.type == "command") | "\(.operator), \(.witness)"' "$(journal people)" | tail -n 1
}
expect 0 "$RB" run --to 1-1 --stack people --speed 20000 --operator alice --witness bob
[ "$(people)" = 'alice, bob' ] || fail "others: $(people)"
has 'operator alice, as before (--operator names another)' "$(cat "$WORK/err")"
expect 0 "$RB" undo --to 1-2 --yes --stack people --speed 20000
[ "$(people)" = 'alice, bob' ] || fail "an undo named nobody: $(people)"
[ "$(people --witness carol)" = 'alice, carol' ] || fail "who was named is not asked for"
expect 0 "$RB" undo --yes --stack people --speed 20000
