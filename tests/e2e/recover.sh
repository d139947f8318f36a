#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# recover writes the journal of a run whose folder is lost, of the run that is meant and no other:
# two stacks in one account, other regions, what may not be looked at, what is there already.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 20000
fast() {
	"$RB" "$@" --speed 20000
}
world() {
	curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" | jq -S 'map_values(map_values(map(select(.live != false) | .id)))'
}
lose() {
	rm "$HOME_DIR/$1/journal.jsonl" "$HOME_DIR/$1/run.json" || fail "no journal of $1"
}
elsewhere=(--set source.region=eu-west-1 --set destination.region=eu-north-1)

# Two stacks: with nothing said, both are shown and nothing is written; then it is said which.
expect 0 fast run --to 2-2
expect 0 fast run --to 1-2 --stack blue --set source.vpc_cidr=10.7.0.0/16 \
	--set source.subnet_cidr=10.7.0.0/20 --set tags.Owner=me
status() { # but for the zone that was left to AWS, which is known now
	fast status --stack "$1" --output json | jq -S 'del(.parameters["destination.zone"]) |
		[.run, .parameters, (.steps[] | [.id, .outputs])]'
}
default=$(status default) blue=$(status blue)
run=$(jq -r '.[0]' <<<"$default") blue_run=$(jq -r '.[0]' <<<"$blue")
lose default
lose blue
before=$(world)
expect 3 fast recover --procedure peering
has "$run" "$OUT"
has "$blue_run" "$OUT"
has "runbook recover --run" "$ERR"
[ ! -e "$HOME_DIR/blue/run.json" ] || fail "written, and nobody said which"

# Of an id that is not there it is said so, and which are; what can be no id is refused before anything is asked.
expect 3 fast recover --run 20000101-00000000
has "no run 20000101-00000000 is found in these regions" "$ERR"
has "$run" "$ERR"
has "$blue_run" "$ERR"
expect 2 fast recover --run "No run"
has "--run cannot be 'No run'" "$ERR"
# A rehearsal's world lies in its folder: without that there is nothing to be looked at.
expect 2 fast recover --sandbox --stack gone
has "there is no rehearsal in stack 'gone'" "$ERR"
has "runbook run --stack gone --sandbox --speed 20000" "$ERR"
[ ! -e "$HOME_DIR/gone" ] || fail "a folder was made for it"

# Two things for one place: both are shown, and neither is taken.
ec2() { # ACTION-AND-PARAMETERS: by somebody else
	curl -sf --noproxy '*' --aws-sigv4 aws:amz:ap-northeast-1:ec2 --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
		-H 'User-Agent: Boto3/1' --data "Action=$1&Version=2016-11-15" "$SANDBOX/" || fail "refused: $1"
}
tag() {
	echo "TagSpecification.1.Tag.$1.Key=runbook:$2&TagSpecification.1.Tag.$1.Value=$3"
}
second=$(ec2 "CreateVpc&CidrBlock=10.9.0.0/16&TagSpecification.1.ResourceType=vpc&$(tag 1 run "$blue_run")&$(tag 2 step 1-1)" |
	sed -n 's/.*<vpcId>\(.*\)<.vpcId>.*/\1/p')
expect 3 fast recover --run "$blue_run" --procedure peering
has "two for one place: step 1-1: VPC" "$OUT"
has "$second" "$OUT"
[ ! -e "$HOME_DIR/blue/run.json" ] || fail "written, and nobody can tell which VPC it is"
ec2 "DeleteVpc&VpcId=$second" >/dev/null
expect 3 fast recover --run "$blue_run" # as far as it is, it may be of the other procedure, too
has "--procedure peering" "$ERR"
expect 0 fast recover --run "$blue_run" --procedure peering
has "runbook verify --stack blue" "$ERR"
[ "$(status blue)" = "$blue" ] || fail "another run than it was: $(status blue)"
expect 0 fast recover --stack default --output json
[ "$(jq -r .written.run <<<"$OUT")" = "$run" ] || fail "written: $OUT"
[ "$(jq -r '.runs | length' <<<"$OUT")" -eq 1 ] || fail "of another stack, too: $OUT"
[ "$(status default)" = "$default" ] || fail "another run than it was: $(status default)"
[ "$(world)" = "$before" ] || fail "recover changed the world"

# A journal that is there is not written over.
cp "$(journal blue)" "$WORK/before"
expect 2 fast recover --stack blue
expect 2 fast recover --run "$blue_run" --procedure peering
has "has its journal" "$ERR"
cmp "$(journal blue)" "$WORK/before" || fail "the journal was touched"

# What it goes on from is what was there; each undo takes its own.
expect 0 fast verify 1-1 1-2 2-1 2-2
expect 0 fast undo --yes --stack blue
expect 0 fast run --to 2-2
[ "$(status default)" = "$default" ] || fail "made anew: $(status default)"
expect 0 fast undo --yes
expect 3 fast recover
has "no run is found" "$ERR"

# All of a run, the other procedure: which one it was is seen, and what was uploaded.
expect 0 fast run --procedure direct
default=$(status default)
ended=$(date +%s)
a_second_later() { # than all that was made: AWS's times are told in seconds
	[ "$(date +%s)" -gt "$ended" ]
}
wait_for 5 a_second_later
lose default
expect 0 fast recover
[ "$(status default)" = "$(jq -S '(.. | objects) |= del(.host_key_fingerprint)' <<<"$default")" ] ||
	fail "another run than it was: $(status default)"
[ "$(fast status --output json | jq -r .recovered_at)" != null ] || fail "nobody is told"
came_to() {
	[ "$(fast report --output json | jq -r .verdict.result)" = "$1" ] || fail "it did not come to $1"
}
came_to recovered
[ "$(fast status --output json | jq -r '.billing.since < .recovered_at')" = true ] || fail "the bill begins too late"
expect 0 fast verify
came_to proven
[ "$(fast status --output json | jq -r .state)" = done ] || fail "verified, and not done"
expect 0 fast verify 1-1
[ "$(grep -c '"state":"held"' "$(journal default)")" -eq 8 ] || fail "a second look is recorded, too"
expect 0 fast undo --yes

# In other regions: told, with the command that finds it; what is denied is told, too.
expect 0 fast run --to 1-1 --stack far "${elsewhere[@]}"
lose far
curl -sf --noproxy '*' -X POST --data ListBuckets=AccessDenied "$SANDBOX/_sandbox/fault" >/dev/null
expect 3 fast recover
has "not seen: cannot list the buckets" "$OUT"
command=$(sed -n 's/^ *runbook \(recover --run .*\)/\1/p' <<<"$OUT")
has "--set source.region=eu-west-1" "$command"
# shellcheck disable=SC2086 # it is a command line
expect 0 "$RB" $command --set destination.region=eu-north-1 --procedure peering
expect 0 fast undo --yes --stack far
