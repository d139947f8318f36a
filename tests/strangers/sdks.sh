#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Three SDKs with readers of their own, boto3, aws-sdk-go-v2 and AWS SDK for JavaScript v3, read everything of a
# finished run in the sandbox, and understand the same: each read that the sandbox knows, in both regions, with
# odd keys, versions and what AWS refuses.
. "$(dirname "$0")/lib.sh"

on_path go node npm python3
install_js
install_boto
install_go
start_sandbox --speed 600 --lag off
expect 0 "$RB" run --speed 600
"$BOTO" tests/strangers/boto/dress.py || fail "the odd things could not be made"
curl -sf --noproxy '*' "$SANDBOX/_sandbox/world" | python3 tests/strangers/reads.py >"$WORK/reads.json" || fail "no list"
curl -sf --noproxy '*' -X DELETE "$SANDBOX/_sandbox/requests"

unset AWS_CA_BUNDLE
"$BOTO" tests/strangers/boto/read.py <"$WORK/reads.json" >"$WORK/boto" || fail "boto3"
(node "$JS/read.mjs" <"$WORK/reads.json" >"$WORK/js" 2>"$WORK/js.err") || fail "JavaScript: $(cat "$WORK/js.err")"
"$GO" <"$WORK/reads.json" >"$WORK/go" || fail "Go"

asked=$(jq length "$WORK/reads.json")
for sdk in boto js go; do
	[ "$(wc -l <"$WORK/$sdk")" -eq "$asked" ] || fail "$sdk answered $(wc -l <"$WORK/$sdk") of $asked"
done
for sdk in js go; do
	diff "$WORK/boto" "$WORK/$sdk" >"$WORK/diff" || {
		cut -c 1-400 "$WORK/diff" | head -n 20
		fail "$sdk reads something else than boto3"
	}
done

# Nothing of what the sandbox answers was left out, but for services that these programs have no clients of.
curl -sf --noproxy '*' "$SANDBOX/_sandbox/requests" | jq -r '.[] | .action // "null"' | sort -u >"$WORK/asked"
sed -n '/^## What it answers/,/^## The path/p' docs/sandbox.md | grep -oE '\b(Describe|Get|Head|List)[A-Z][A-Za-z0-9]*' |
	grep -vxE 'GetSessionToken|GetAccountPublicAccessBlock|DescribeKey' |
	grep -vE 'ServiceQuota' | sort -u >"$WORK/known"
left=$(comm -13 "$WORK/asked" "$WORK/known")
[ -z "$left" ] || fail "nobody read: $left"
[ "$(grep -c '"Status":4' "$WORK/boto")" -ge 40 ] || fail "too few refusals: $(grep -c '"Status":4' "$WORK/boto")"
echo "$asked reads, $(grep -c '"Status":[45]' "$WORK/boto") of them refused, by three SDKs"
