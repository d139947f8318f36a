#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A command that needs a run and is asked in the wrong folder, or for a mistyped stack, says that no
# run is known there and which stacks are, ends with 2 (in words and as JSON), and makes nothing.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 20000

expect 0 "$RB" run --to 1-1 --speed 20000
expect 0 "$RB" run --stack prod --to 1-1 --speed 20000
mkdir -m 700 "$HOME_DIR/empty" "$WORK/elsewhere"
touch "$HOME_DIR/notes.txt"
ls -R "$HOME_DIR" >"$WORK/before"

# refused WHAT PATH STACKS COMMAND...: 2, said of PATH, with the stacks that are there.
refused() {
	local what=$1 path=$2 stacks=$3
	shift 3
	expect 2 "$RB" "$@" </dev/null
	[ -z "$OUT" ] || fail "stdout of '$*': $OUT"
	has "$what" "$ERR"
	has "no run is known at '$path'" "$ERR"
	has "$stacks" "$ERR"
	has 'RUNBOOK_HOME' "$ERR"
}

# ---- mistyped
there="the stacks in '$HOME_DIR': default, prod"
typo=$HOME_DIR/prd
refused "stack 'prd' has nothing to undo" "$typo" "$there" undo --yes --stack prd
has "did you mean '--stack prod'?" "$ERR"
refused "stack 'prd' has nothing to undo" "$typo" "$there" undo --to 1-1 --stack prd
refused "stack 'prd' has no run to show" "$typo" "$there" status --stack prd
refused "stack 'prd' has no journal" "$typo" "$there" journal --stack prd
refused "stack 'prd' has no run to verify" "$typo" "$there" verify --stack prd
refused "stack 'prd' has no run to verify" "$typo" "$there" verify --sandbox --stack prd
refused "no run to report on in stack 'prd'" "$typo" "$there" report --stack prd
refused "no instance to connect to in stack 'prd'" "$typo" "$there" connect --stack prd -- true
refused "stack 'prd' has no run to resume" "$typo" "$there" resume --stack prd
refused "no instance was named" "$typo" "$there" tunnel --stack prd
refused "no run that tells the region" "$typo" "$there" tunnel --stack prd --instance-id i-0123456789abcdef0
# Of many the first ones, in one language.
for i in {1..20}; do cp -a "$HOME_DIR/prod" "$HOME_DIR/s$i"; done
expect 2 "$RB" status --stack prd
has ' and 2 more' "$ERR"
expect 2 "$RB" status --stack prd --lang ja
[[ $ERR == *'ほか 2'* && $ERR != *' and '* ]] || fail "half of it is English: $ERR"
rm -r "$HOME_DIR"/s[0-9]*
# A folder without a run is no stack.
refused "nothing to undo" "$HOME_DIR/empty" "$there" undo --yes --stack empty
ls -R "$HOME_DIR" | cmp -s - "$WORK/before" || fail "something was made: $(ls -R "$HOME_DIR")"

# ---- in another folder, by the default home
unset RUNBOOK_HOME
cd "$WORK/elsewhere" || exit 2
nowhere="no stack is in '$WORK/elsewhere/.runbook'"
for c in 'undo --yes' 'undo --yes --sandbox' status journal verify 'verify --sandbox' report resume \
	'resume --sandbox' 'connect -- true' tunnel; do
	# shellcheck disable=SC2086 # several words
	refused '' "$WORK/elsewhere/.runbook/default" "$nowhere" $c
done
[ -z "$(ls -A)" ] || fail "made here: $(ls -A)"

# ---- below the folder that has it, and with the stack's own folder as home; who looks is not told to begin one
mkdir -p "$WORK/project/sub/deep"
cp -a "$HOME_DIR" "$WORK/project/.runbook"
cd "$WORK/project/sub/deep" || exit 2
for c in 'undo --yes' status verify report; do
	# shellcheck disable=SC2086
	expect 2 "$RB" $c </dev/null
	has "did you mean '--home ../../.runbook'?" "$ERR"
	[[ $ERR != *'runbook run'* ]] || fail "$c offers a run: $ERR"
	# shellcheck disable=SC2086
	expect 2 "$RB" $c --home "$HOME_DIR/prod/" </dev/null
	has "did you mean '--home $HOME_DIR --stack prod'?" "$ERR"
done
expect 0 "$RB" status --home ../../.runbook
expect 0 "$RB" status --home "$HOME_DIR" --stack prod
expect 2 "$RB" resume </dev/null
has 'a new one is begun by: runbook run' "$ERR"
cd "$WORK/elsewhere" || exit 2

# ---- a damaged journal: the way that its hint tells leads to the end
cp -a "$HOME_DIR" "$WORK/damaged"
sed -i '3s/.$/x/' "$WORK/damaged/prod/journal.jsonl"
expect 6 "$RB" status --home "$WORK/damaged" --stack prod
has 'move it away and leave run.json' "$ERR"
has "by: runbook undo --stack prod --home $WORK/damaged" "$ERR"

# ---- for programs
for c in 'undo --yes' status journal verify report resume; do
	# shellcheck disable=SC2086 # several words
	expect 2 "$RB" $c --home "$HOME_DIR" --stack prd --output json </dev/null
	jq -es --arg path "$typo" 'length == 1 and (.[0] | .stack == "prd" and .path == $path
		and .run == null and .stacks == ["default","prod"] and .error.kind == "usage"
		and (.error.why | contains("no run is known")))' <<<"$OUT" >/dev/null ||
		fail "$c as JSON: $OUT"
done
expect 2 "$RB" undo --yes --stack prd --home "$HOME_DIR" --output json
jq -e '.event == "end" and .ok == false' <<<"$OUT" >/dev/null || fail "no end: $OUT"
for c in 'connect -- true' tunnel; do
	expect 2 "$RB" --output json $c </dev/null
	[ -z "$OUT" ] || fail "$c wrote '$OUT' where the instance's bytes go"
done

# ---- what can begin a run needs none
expect 0 "$RB" plan
[ -z "$(ls -A)" ] || fail "plan made: $(ls -A)"
cd / || exit 2
export RUNBOOK_HOME=$HOME_DIR
mv "$WORK/damaged/prod/journal.jsonl" "$WORK/damaged/prod/old"
# A journal that is gone is told, and not taken for a run that made nothing.
unknown='run.json is here and no journal: what AWS has of it is not known'
search="to look for it by its tag and take it down: runbook undo --stack prod --home $WORK/damaged"
expect 0 "$RB" status --stack prod --home "$WORK/damaged"
has "$unknown" "$OUT"
has "$search" "$(tail -n 1 <<<"$OUT")"
expect 3 "$RB" verify --stack prod --home "$WORK/damaged" --speed 20000
has "$unknown" "$ERR"
has "$search" "$ERR"
[[ $ERR != *'runbook resume'* ]] || fail "resume would build: $ERR"
expect 0 "$RB" undo --yes --stack prod --home "$WORK/damaged" --speed 20000
has 'undone    Create the source VPC' "$ERR"
expect 0 "$RB" undo --yes --stack prod --speed 20000
expect 0 "$RB" undo --yes --speed 20000

# ---- what connects after an undo says that it was one, and what builds anew
run=$("$RB" status --output json | jq -r .run)
for c in 'connect -- true' tunnel; do
	# shellcheck disable=SC2086
	expect 2 "$RB" $c </dev/null
	has "its run $run was undone" "$ERR"
	has 'a new one is begun by: runbook run' "$ERR"
	[[ $ERR != *'to carry on'* ]] || fail "$c carries on what is gone: $ERR"
done
expect 0 "$RB" run --to 1-1 --stack part --speed 20000
expect 2 "$RB" connect --stack part </dev/null
has 'to carry on: runbook resume --stack part' "$ERR" # it did not come so far yet
expect 0 "$RB" run --to 1-4 --stack part --speed 20000
expect 0 "$RB" undo --yes --to 1-4 --stack part --speed 20000
for c in 'connect --stack part -- true' 'tunnel --stack part'; do
	# shellcheck disable=SC2086
	expect 2 "$RB" $c </dev/null
	has 'step 1-4 of its run' "$ERR"
	has 'what was undone is built again by: runbook run --stack part' "$ERR"
done
expect 0 "$RB" undo --yes --stack part --speed 20000
rm -r "${HOME_DIR:?}/part"

# ---- a run that never began, as without credentials, is none
mkdir -m 700 "$HOME_DIR/never"
: >"$HOME_DIR/never/journal.jsonl"
expect 2 "$RB" status --stack never
has "the stacks in '$HOME_DIR': default, prod" "$ERR"
[[ $ERR != *"did you mean '--stack never'"* ]] || fail "it suggests itself: $ERR"
