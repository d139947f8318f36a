#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `runbook procedures` shows what tells them apart, side by side: pieces, calls, AWS's usual times up and
# down, prices, what breaks, which to take; what is not known for other regions is said, not guessed.
. "$(dirname "$0")/lib.sh"

expect 0 "$RB" procedures --output json
jq -e '.procedures | map(.name) == ["peering", "direct"] and map(.steps) == [14, 8]
	and map(.calls) == [41, 31] and map(.usual_s) == [215, 215] and map(.undo_usual_s) == [180, 180]
	and map(.usd_per_hour * 1e6 | round) == [24700, 28700] and map(.usd_per_gb * 1e6 | round) == [100000, 100000]
	and all(.breaks and .take and .builds and .neither)' <<<"$OUT" >/dev/null || fail "facts: $OUT"
english=$OUT
expect 0 "$RB" procedures --output json --lang ja
[ "$OUT" = "$english" ] || fail "machine output in Japanese: $OUT"

# The prices are those of the default regions.
expect 0 "$RB" procedures --set destination.region=eu-west-1 --output json
jq -e '.procedures[0] | .usd_per_gb == null and .usd_per_hour == null' <<<"$OUT" >/dev/null || fail "prices: $OUT"
expect 0 "$RB" procedures --set destination.region=eu-west-1
has "not known" "$OUT"
# A parameter of one of them is taken; one of none of them is not.
expect 0 "$RB" procedures --set destination.vpc_cidr=10.9.0.0/16 --set destination.subnet_cidr=10.9.0.0/20
expect 2 "$RB" procedures --set destination.regio=eu-west-1
has "did you mean 'destination.region'" "$ERR"

expect 0 "$RB" procedures
for line in "                 peering       direct" "steps            14            8" \
	"usually up in    3 min 35 s    3 min 35 s" "an hour          0.025 USD     0.029 USD"; do
	grep -qxF -- "$line" <<<"$OUT" || fail "no line '$line': $OUT"
done
has "neither  To copy what lies in one bucket" "$OUT"
expect 0 "$RB" procedures --lang ja
has "どちらでもない場合" "$OUT"
