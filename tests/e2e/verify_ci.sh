#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# verify --output tap and junit: one case a claim, the statuses of verify, and what fails or is not
# tried as such; after an undo one case says that nothing is left.  No other command takes them.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 20000

# cases STATUS: verifies in both forms; $TAP is one of them, and both tell the same.
cases() {
	local junit=$WORK/junit.xml
	expect "$1" "$RB" verify --speed 20000 --output junit --lang ja
	printf '%s\n' "$OUT" >"$junit"
	expect "$1" "$RB" verify --speed 20000 --output tap --lang ja
	TAP=$OUT
	/usr/bin/python3 - "$junit" 3<<<"$TAP" <<'PY' || fail "the two forms: $TAP"
import re
import sys
import xml.etree.ElementTree as xml

suite, = xml.parse(sys.argv[1]).getroot()
of_junit = {"ok": [], "not ok": [], "skip": []}
for case in suite:
    kinds = [part.tag for part in case]
    assert kinds in ([], ["failure"], ["error"], ["skipped"]), kinds
    assert all(part.get("message") for part in case), case.attrib
    word = "ok" if not kinds else "skip" if kinds == ["skipped"] else "not ok"
    of_junit[word].append(case.get("classname") + ": " + case.get("name"))
counted = [int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")]
assert counted[0] == len(suite) and counted[3] == len(of_junit["skip"]), suite.attrib
assert counted[1] + counted[2] == len(of_junit["not ok"]), suite.attrib
names = sum(of_junit.values(), [])
assert len(set(names)) == len(names), "two cases of one name: " + str(
    [n for n in names if names.count(n) > 1])

head, plan, *lines = open(3).read().splitlines()
assert head == "TAP version 14" and plan == "1..%d" % len(names), (head, plan)
of_tap = {"ok": [], "not ok": [], "skip": []}
n, inside = 0, False
for line in lines:
    if line.startswith("  "):  # a YAML block stands only below what failed
        assert last == "not ok" and (line == "  ---" or inside), line
        inside = line != "  ..."
        continue
    n += 1
    last, number, name, skip = re.fullmatch(r"(ok|not ok) (\d+) - (.*?)(?: # (SKIP .+))?", line).groups()
    assert int(number) == n and not inside, line
    of_tap["skip" if skip else last].append(re.sub(r"\\([\\#])", r"\1", name))
assert of_tap == of_junit, (of_tap, of_junit)
PY
}

expect 0 "$RB" run --to 2-1 --speed 20000
cases 3
grep -q '^not ok [0-9]* - 2-2 .*: is made$' <<<"$TAP" || fail "2-2 is not made: $TAP"
has 'message: "not made"' "$TAP"
has ': vpc.cidr_block' "$TAP"

expect 0 "$RB" run --speed 20000
cases 0
grep -q '^not ok' <<<"$TAP" && fail "something does not hold: $TAP"
has '4-2 Upload a file from the instance through the endpoint: tried again # SKIP uploaded at 20' "$TAP"

# A setting that was changed behind the back: its own case, and what it breaks.
vpc=$("$RB" status --output json | jq -r '.steps[0].outputs.vpc_id')
aws_() { AWS_ACCESS_KEY_ID=AKIASANDBOX000000000 AWS_SECRET_ACCESS_KEY=sandbox \
	aws --endpoint-url "$SANDBOX" --region ap-northeast-1 "$@"; }
aws_ ec2 modify-vpc-attribute --vpc-id "$vpc" --no-enable-dns-hostnames || fail "the setting"
cases 3
[ "$(grep -c '^not ok .* - 1-1 ' <<<"$TAP")" = 1 ] || fail "one claim of 1-1 fails: $TAP"
grep -A5 '^not ok .* 1-1 .*: vpc.dns_hostnames$' <<<"$TAP" | tr -d '\n' |
	grep -q 'wanted: "true"  found: "false"' || fail "what was expected: $TAP"

# What cannot be asked is an error, with verify's own status.
curl -sf --noproxy '*' -X POST --data 'DescribeVpcs=UnauthorizedOperation:on purpose # \' \
	"$SANDBOX/_sandbox/fault" >/dev/null || fail "the fault"
cases 5
has 'severity: "error"' "$TAP"
has 'on purpose # \\' "$TAP"
curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null || fail "the faults stay"

expect 0 "$RB" undo --yes --speed 20000
cases 0
has 'ok 1 - sweep What an undo leaves: nothing of run ' "$TAP"

expect 2 "$RB" status --output tap
has 'one of: text, json' "$ERR"
expect 2 "$RB" verify --output xml
has 'one of: text, json, tap, junit' "$ERR"
