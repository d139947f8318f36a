#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The commands of docs/field-test.md, run as they stand there: a rehearsal is recorded, and the
# sandbox answers a recording of itself alike.  One that was changed differs, and what is no
# recording is refused with one message.
. "$(dirname "$0")/lib.sh"
export RUNBOOK_SANDBOX_LAG=on PATH=$BIN:$PATH
top=$PWD
sed -n '/^<!-- rehearsal -->/,/^```$/p' docs/field-test.md | sed '1,2d;$d' >"$WORK/commands.sh"
[ "$(grep -c -e --record "$WORK/commands.sh")" -ge 2 ] || fail "no commands in docs/field-test.md"
cd "$WORK" || exit 2
bash -e commands.sh >said 2>err || { grep -v " ok$" said | tail -40; fail "commands"; }; OUT=$(<said)
last=$(tail -n 1 <<<"$OUT")
[[ $last =~ ^[1-9][0-9]+\ exchanges,\ 0\ differences$ ]] || fail "not equal: $OUT"

# One error code, one element, one state are others.
jq -c 'if .action == "CreateVpc" and .region == "us-east-1" then
	.answer.xml |= sub("<isDefault>false</isDefault>"; "<isDefault>true</isDefault><odd>1</odd>")
	else . end' run.jsonl >changed.jsonl
expect 1 "$SBX" compare changed.jsonl
has "CreateVpc vpc/isDefault: value: recorded 'true', here 'false'" "$OUT"
has "CreateVpc vpc/odd: missing: recorded '1', here nothing" "$OUT"
has "exchanges, 2 differences" "$OUT"
expect 1 "$SBX" compare --output json changed.jsonl
jq -e '.whole and (.differences | length == 2) and (.differences | all(.action == "CreateVpc"))' \
	<<<"$OUT" >/dev/null || fail "json: $OUT"
cat >known.json <<-'END'
	{"known": [
	{"action": "CreateVpc", "element": "vpc/isDefault", "kind": "value", "reason": "by hand"},
	{"action": "CreateVpc", "element": "vpc/odd*", "kind": "missing", "reason": "by hand"}]}
END
expect 0 "$SBX" compare --known known.json changed.jsonl
has "0 differences, 2 known" "$OUT"
expect 1 "$SBX" compare --known known.json run.jsonl
has "CreateVpc vpc/odd*: missing: known, and not met" "$OUT"

# The peering is tagged while it is accepted: whether the answer has the tags already is no difference, unless they were
# set at another time.
accepted() { # TAGS [FILTER]: the recording, with these tags in that answer
	jq -c --arg tags "$1" 'if .action == "AcceptVpcPeeringConnection"
		then .answer.xml |= (gsub("<tagSet>.*?</tagSet>|<tagSet/>"; $tags)) else . end | '"${2:-.}" run.jsonl >accepted.jsonl
}
for tags in '<tagSet/>' '<tagSet><item><key>k</key><value>v</value></item></tagSet>'; do
	accepted "$tags"
	expect 0 "$SBX" compare accepted.jsonl
done
accepted "$tags" 'if .action == "CreateTags" then .took_ms = 0 | .at_ms += 100 else . end'
expect 1 "$SBX" compare accepted.jsonl
has "AcceptVpcPeeringConnection vpcPeeringConnection/tagSet" "$OUT"

# Without its last line it is compared so far; a torn one, and what is none, are refused.
# (What was refused at first may have been let through behind the cut.)
head -n 40 run.jsonl | jq -c 'select((.answer.status // 200) < 400)' >short.jsonl
expect 0 "$SBX" compare short.jsonl
[[ $OUT =~ ^3[0-9]\ exchanges,\ 0\ differences\;\ the\ recording\ was\ cut\ short ]] || fail "short: $OUT"
head -c 20000 run.jsonl >torn.jsonl
for bad in torn.jsonl "$SBX" /dev/null none.jsonl .; do
	expect 2 "$SBX" compare "$bad"
	[ "$(grep -c '^runbook-sandbox: ' <<<"$ERR")" -eq 1 ] || fail "not one message: $ERR"
	[ -z "$OUT" ] || fail "something is printed of $bad: $OUT"
done
expect 2 "$SBX" compare
expect 2 "$SBX" compare --speed fast run.jsonl
cd "$top" || exit 2
