#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Parameters come from runbook.json here, from --config, then from --set; a run keeps its own and
# refuses others.
. "$(dirname "$0")/lib.sh"

param() {
	"$RB" plan --output json "${@:2}" | jq -r --arg p "$1" '.parameters[$p]'
}
RB=$(readlink -f "$RB")
cd "$WORK" || exit 1
echo '{"source": {"region": "eu-west-1"}, "upload.bytes": 3}' >runbook.json
echo '{"source.region": "eu-north-1"}' >other.json
[ "$(param source.region)" = eu-west-1 ] || fail "runbook.json of the folder"
[ "$(param upload.bytes)" = 3 ] || fail "a number"
[ "$(param source.region --config other.json)" = eu-north-1 ] || fail "--config"
[ "$(param source.region --set source.region=eu-west-2)" = eu-west-2 ] || fail "--set"
echo '{"source": {"region": 1.5}}' >bad.json
expect 2 "$RB" plan --config bad.json
has "neither a string nor a whole number" "$ERR"
echo '{"source": {' >bad.json
expect 2 "$RB" plan --config bad.json
has "line " "$ERR"

expect 0 "$RB" run --sandbox --speed 1000 --to 1-1
[ "$("$RB" status --output json | jq -r '.parameters["source.region"]')" = eu-west-1 ] ||
	fail "the run's region"
rm runbook.json
expect 0 "$RB" run --sandbox --speed 1000 --to 1-1
[ "$("$RB" status --output json | jq -r '.parameters["source.region"]')" = eu-west-1 ] ||
	fail "the run's region without the file"
expect 2 "$RB" run --sandbox --set source.region=eu-west-2
has "'eu-west-2'" "$ERR"
has "'eu-west-1'" "$ERR"
expect 0 "$RB" undo --sandbox --speed 1000 --yes
