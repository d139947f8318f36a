#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A region that no list holds is taken when its name fits a partition's pattern, with a note that
# shows near ones; a name that fits none is refused with 2 before anything is made.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 2000

for region in ap-northeast1 us-east-1a moon-east-1 us-east; do
	expect 2 "$RB" run --yes --speed 2000 --set destination.region=$region
	has "destination.region cannot be '$region'" "$ERR"
done
has "near ones are: us-east-1" "$ERR"
[ ! -e "$HOME_DIR/default/run.json" ] || fail "it began a run"

# ---- listed ones of late 2026: no note; a new one: a note, once, on stderr
expect 0 "$RB" plan --set source.region=me-west-1 --set destination.region=sa-west-1
[ -z "$ERR" ] || fail "said: $ERR"
expect 0 "$RB" run --yes --speed 2000 --set source.region=me-west-1 --set destination.region=us-esat-9
has "does not know region 'us-esat-9'; it is taken for a new one of partition aws (near ones are: us-east-" "$ERR"
[ "$(grep -c 'does not know region' <<<"$ERR")" = 1 ] || fail "the note comes more than once"
expect 0 "$RB" verify --speed 2000
[[ $ERR != *'does not know region'* ]] || fail "the note again, and nothing was given: $ERR"
[[ $(output 2-3 vpc_endpoint_dns) == *.s3.us-esat-9.vpce.amazonaws.com ]] || fail "dns: $(output 2-3 vpc_endpoint_dns)"
expect 0 "$RB" undo --yes --speed 2000

# ---- in another partition, with that one's names
expect 0 "$RB" run --yes --speed 2000 --to 2-4 --set source.region=eusc-de-west-7 --set destination.region=eusc-de-east-1 --lang ja
has "eusc-de-west-7" "$ERR"
has "aws-eusc" "$ERR"
[[ $(output 1-3 instance_connect_endpoint_dns) == *.eusc-de-west-7.amazonaws.eu ]] ||
	fail "dns: $(output 1-3 instance_connect_endpoint_dns)"
expect 0 "$RB" undo --yes --speed 2000
