#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A second procedure costs a folder and a line: the one of tests/procedures is listed, planned,
# walked, interrupted, carried on, verified, reported and undone, and a run stays of its own.
. "$(dirname "$0")/lib.sh"

kind=$(basename "$(dirname "$BIN")")
[ "$kind" = build ] && kind=rel
RB=$PWD/build/$kind/tests/procedures/runbook
make -s KIND="$kind" "build/$kind/tests/procedures/runbook" || fail "no program with the toy"
toy() {
	"$RB" "$@" --speed 1000
}
start_sandbox --speed 1000

expect 0 "$RB" procedures --output json
[ "$(jq -r '.procedures[].name' <<<"$OUT" | tr '\n' ' ')" = 'peering direct toy ' ] || fail "procedures: $OUT"
expect 2 "$RB" steps --procedure toi
has "did you mean 'toy'" "$ERR"
expect 0 "$RB" steps --procedure toy --output json
jq -e '.steps | map(.id) == ["1-1", "1-2"] and all(.side == "toy")' <<<"$OUT" >/dev/null || fail "steps: $OUT"
expect 0 "$RB" plan --procedure toy --help
has toy.vpc_cidr "$OUT"
[[ $OUT != *source.region* ]] || fail "another procedure's parameters: $OUT"
expect 0 "$RB" plan --procedure toy --set toy.vpc_cidr=10.7.0.0/16 --set toy.subnet_cidr=10.7.1.0/24 --output json
jq -e '.parameters == {"toy.region": "eu-west-1", "toy.vpc_cidr": "10.7.0.0/16", "toy.subnet_cidr": "10.7.1.0/24"}
	and (.steps | length == 2 and all(.action == "do"))' <<<"$OUT" >/dev/null || fail "plan: $OUT"
# Its rules and near misses, and none of another's parameters.
expect 2 toy run --procedure toy --set toy.subnet_cidr=10.8.0.0/24
has "not inside toy.vpc_cidr" "$ERR"
expect 2 toy run --procedure toy --set toy.vpc_cidrs=10.8.0.0/16
has "did you mean 'toy.vpc_cidr'" "$ERR"
expect 2 toy run --procedure toy --set source.region=eu-west-1
has "unknown parameter 'source.region'" "$ERR"
[ ! -e "$HOME_DIR/default/journal.jsonl" ] || fail "a run began"

# Killed on its way, and carried on without the option.
killed() {
	RUNBOOK_FAULT_CRASH_AT=$1 toy run --procedure toy --set toy.subnet_cidr=10.9.8.0/24
}
expect 137 killed 30
has vpc_id "$("$RB" status)" # the subnet may be on its way
expect 0 toy resume --set toy.subnet_cidr=10.9.8.0/24
expect 2 toy run --procedure peering
has "is of the procedure 'toy'" "$ERR"
expect 0 "$RB" status
has "eu-west-1" "$OUT"
expect 0 "$RB" status --output json
jq -e '.state == "done" and (.steps | length == 2 and all(.state == "held"))' <<<"$OUT" >/dev/null ||
	fail "status: $OUT"
[ "$(jq -rs '.[0].procedure' "$(journal)")" = toy ] || fail "the journal names another procedure"
expect 0 toy verify --output json
jq -e '.holds and (.steps | length == 2)' <<<"$OUT" >/dev/null || fail "verify: $OUT"
expect 0 "$RB" steps
has "Create the toy's subnet" "$OUT"
expect 0 "$RB" report -o -
has "1-2 Create the toy" "$OUT"
[[ $OUT != *"bucket policy"* ]] || fail "another procedure's note: $OUT"
expect 2 "$RB" policy --account 123456789012
has "does not say which permissions" "$ERR"
expect 2 toy connect
has "no instance" "$ERR"

# The program without it says which version is needed, and calls nothing damaged.
expect 2 "$BIN/runbook" status
has "knows no procedure 'toy'" "$ERR"

# Its steps find their own again.
outputs() {
	toy status --output json | jq -S '[.run, .procedure, .parameters, (.steps[] | .outputs)]'
}
before=$(outputs)
rm "$(journal)" "$HOME_DIR/default/run.json"
expect 0 toy recover --procedure toy
[ "$(outputs)" = "$before" ] || fail "found again: $(outputs)"

expect 0 toy undo --yes
has "nothing of run" "$ERR"
expect 0 toy undo --yes
# The next run is the default's again.
expect 0 "$RB" plan --output json
jq -e '.steps | length == 14' <<<"$OUT" >/dev/null || fail "plan after undo: $OUT"
