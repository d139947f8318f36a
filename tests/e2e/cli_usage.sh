#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Mistakes on the command line are named with the nearest right word and end with 2; help and
# version are there for every command; what needs no AWS works without credentials.
. "$(dirname "$0")/lib.sh"

expect 0 "$RB" --version
[[ $OUT =~ ^runbook\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "version: $OUT"
expect 0 "$RB" --help
for c in run resume undo verify status plan journal steps; do
	has "  $c " "$OUT"
done
has "Exit status:" "$OUT"
for c in $(sed -n 's/^COMMAND(\([a-z]*\),.*/\1/p' runbook/cli/commands.def); do
	expect 0 "$RB" "$c" --help
	has "Usage: runbook $c" "$OUT"
	expect 0 "$RB" --version "$c"
done

# mistake PART COMMAND...: exit 2, nothing on stdout, PART on stderr.
mistake() {
	local part=$1
	shift
	expect 2 "$@"
	[ -z "$OUT" ] || fail "stdout of a mistake: $OUT"
	has "runbook: " "$ERR"
	has "$part" "$ERR"
}
mistake "runbook --help" "$RB"
mistake "did you mean 'status'?" "$RB" stauts
mistake "did you mean 'resume'?" "$RB" resmue
mistake "runbook --help lists the commands" "$RB" frobnicate
mistake "did you mean '--stack'?" "$RB" status --stakc x
mistake "did you mean '--sandbox'?" "$RB" run --sandbx
mistake "needs an argument" "$RB" status --stack
mistake "takes no argument" "$RB" run --sandbox=yes
mistake "'status' takes no option '--from'" "$RB" status --from 1-1
mistake "'plan' takes no option '--to'" "$RB" --to=1-1 plan
# a letter counts as its long name, and a value that looks like an option is a value
mistake "'undo' takes no option '--output-file'" "$RB" undo -o x
mistake "there is no step '--from'" "$RB" undo --to --from
mistake "'undo' takes no option '--output-file'" "$RB" undo -o --to
mistake "does not take '1-1'" "$RB" run 1-1
mistake "takes nothing after '--'" "$RB" status -- ls
mistake "there is no step '9-9'" "$RB" run --sandbox --from 9-9
mistake "did you mean '1-1'?" "$RB" run --sandbox --to 11
mistake "comes after" "$RB" run --sandbox --from 3-1 --to 1-2
mistake "did you mean 'json'?" "$RB" status --output jsno
mistake "--lang cannot be 'fr'" "$RB" status --lang fr
for bad in soon 0 -1 1.5 '' 604801; do
	mistake "--timeout cannot be '$bad'" "$RB" status --timeout "$bad"
	has "a whole number of seconds from 1 to 604800" "$ERR"
done
for bad in 0 -1 1e9 abc '' inf nan 0x10 1e1 0.09 1000001 ' 5' 1.2.3; do
	mistake "--speed cannot be '$bad'" "$RB" status --speed "$bad"
	has "a number from 0.1 to 1000000" "$ERR"
done
for bad in 0 -1 abc '' 1e3; do
	mistake "--port cannot be '$bad'" "$RB" tunnel --port "$bad"
	has "22 or 3389" "$ERR"
	mistake "--max-duration cannot be '$bad'" "$RB" tunnel --max-duration "$bad"
	has "a whole number from 1 to 3600" "$ERR"
	[ "$bad" = 0 ] || {
		mistake "upload.bytes cannot be '$bad'" "$RB" plan --set "upload.bytes=$bad"
		has "from 0 to 67108864" "$ERR"
	}
done
# A dash too few, or none; a command or a step that is no operand.
mistake "did you mean '--sandbox'?" "$RB" run -sandbox
mistake "did you mean '--sandbox'?" "$RB" run sandbox
mistake "a command for the instance comes after '--'" "$RB" connect uname
mistake "undo --to STEP undoes down to STEP" "$RB" undo 3-1 --yes
mistake "hint: runbook run --help tells what it takes" "$RB" run --stack a 1-1
# Nobody is led to a step, a command or an option that takes more away than was typed.
for bad in 1-9 9-9 0-1 1 111 1-11; do
	mistake "there is no step '$bad'" "$RB" run --sandbox --to "$bad"
	[[ $ERR != *'did you mean'* ]] || fail "$bad: $ERR"
done
for bad in 11 1_1 1-9 31 -1-1; do
	mistake "there is no step '$bad'" "$RB" undo --yes --to "$bad"
	[[ $ERR != *'did you mean'* ]] || fail "$bad: $ERR"
	has 'runbook steps lists them; nothing was changed' "$ERR"
done
for bad in redo unload under do; do
	mistake "unknown command '$bad'" "$RB" "$bad"
	[[ $ERR != *"'undo'"* ]] || fail "$bad: $ERR"
done
mistake "did you mean 'undo'?" "$RB" udno
for bad in delete delete-objects es; do
	mistake "unknown option '--$bad'" "$RB" undo "--$bad"
	[[ $ERR != *"delete-foreign"* ]] || fail "$bad: $ERR"
done
mistake "a stack cannot be named '../x'" "$RB" status --stack ../x
mistake "did you mean 'source.region'?" "$RB" plan --set source.regoin=x
mistake "KEY=VALUE" "$RB" plan --set source.region
mistake "cannot read '$WORK/none.json'" "$RB" plan --config "$WORK/none.json"
mistake "has no run to resume" "$RB" resume
mistake "has no run to verify" "$RB" verify
mistake "unknown option '-x'" "$RB" status -x

# Options may stand anywhere, with '=' or as a word of their own.
expect 0 "$RB" --stack=a plan --output json
[ "$(jq -r .stack <<<"$OUT")" = a ] || fail "--stack=a before the command"
expect 0 "$RB" plan --output=json --stack b
[ "$(jq -r .stack <<<"$OUT")" = b ] || fail "--stack b after the command"

expect 0 "$RB" steps
[ "$(grep -c '^[1-4]-[1-4]  ' <<<"$OUT")" -eq 14 ] || fail "steps: $OUT"
expect 0 "$RB" steps --output json
jq -e '.steps | length == 14 and all(.id and .title and .side and .needs and .gives)' <<<"$OUT" \
	>/dev/null || fail "steps as JSON: $OUT"
for step in 1-1 2-3 4-2; do
	expect 0 "$RB" steps $step
	[ "$(grep -c '^[1-4]-[1-4]  ' <<<"$OUT")" -eq 1 ] || fail "steps $step: $OUT"
	has "$step  " "$OUT"
	expect 0 "$RB" steps "$step" --output json
	jq -e --arg s $step '.steps | length == 1 and all(.id == $s and .calls)' <<<"$OUT" >/dev/null ||
		fail "steps $step as JSON: $OUT"
done
expect 0 "$RB" steps 4-2
has 'parameters tags.KEY' "$("$RB" steps 1-3)"
for part in 'needs 2-3 (held)' 'makes object_key' 'parameters upload.key, upload.bytes' \
	's3 PutObject' 'usually holds after'; do
	has "$part" "$OUT"
done
mistake "there is no step '4-9'" "$RB" steps 4-9
mistake "there is no step ''" "$RB" steps ''
mistake "'steps' does not take '1-2'" "$RB" steps 1-1 1-2

# help, and help of each command, are what --help shows.
[ "$("$RB" help)" = "$("$RB" --help)" ] || fail "help is not --help"
for c in $(sed -n 's/^COMMAND(\([a-z]*\),.*/\1/p' runbook/cli/commands.def); do
	[ "$("$RB" help "$c" --lang ja)" = "$("$RB" "$c" --help --lang ja)" ] || fail "help $c is not $c --help"
done
mistake "unknown command 'stepps'" "$RB" help stepps
mistake "did you mean 'steps'" "$RB" help stepps
mistake "'help' does not take 'run'" "$RB" help steps run

expect 0 "$RB" plan --output json --set source.region=eu-west-1
jq -e '.parameters["source.zone"] == "eu-west-1a" and (.steps | all(.action == "do"))
	and .usual_s > 60' <<<"$OUT" >/dev/null || fail "plan: $OUT"
mistake "has no journal" "$RB" journal
mistake "nothing to undo" "$RB" undo
[ ! -e "$HOME_DIR" ] || fail "a home without a run"

# An exact key set of `status --output json`, as programs rely on it; "new" is a run that has only
# begun.
start_sandbox --speed 20000
expect 0 "$RB" run --to 1-1 --speed 20000
sed -i 2q "$(journal)"
expect 0 "$RB" status --output json
jq -e 'keys == ["account","parameters","rehearsal","run","stack","state","steps"] and .state == "new"
	and (.steps | all(keys == ["error","held_at","id","outputs","started_at","state","title"]))' \
	<<<"$OUT" >/dev/null || fail "status as JSON: $OUT"
