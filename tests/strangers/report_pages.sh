#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The report's page in Chromium: of a finished, a drifted, a partly undone, an undone, a half done, a failed run and one of whose
# undo something was left, in both languages, light and dark, on a telephone, a screen and A4. Nothing is fetched or
# complained of, nothing in the pictures overlaps or is cut, contrast is 4.5, and axe-core finds nothing. The same
# facts as JSON fit their schema and are the same in every language. PICTURES=FOLDER keeps what was seen there, among
# it docs/report.png.
. "$(dirname "$0")/lib.sh"

on_path chromium node npm
install_pages
mkdir "$WORK/pages" "$WORK/json"
start_sandbox --speed 600 --lag off

# pages STATE VERDICT [OPTION...]
pages() {
	local state=$1 verdict=$2 lang
	shift 2
	for lang in ${LANGS:-en ja}; do
		expect 0 "$RB" report --lang $lang -o "$WORK/pages/$state.$lang.html" "$@"
		expect 0 "$RB" report --lang $lang --output json -o "$WORK/json/$state.$lang.json" "$@"
		[ "$(stat -c %s "$WORK/pages/$state.$lang.html")" -lt 500000 ] || fail "$state is too large"
	done
	[ "$(jq -r .verdict.result "$WORK/json/$state.en.json")" = "$verdict" ] ||
		fail "$state: $(jq -c .verdict "$WORK/json/$state.en.json")"
	[ -n "${LANGS:-}" ] || diff <(jq 'del(.reported_at)' "$WORK/json/$state.en.json") <(jq 'del(.reported_at)' "$WORK/json/$state.ja.json") ||
		fail "the document of $state is another in Japanese"
}
in_us() {
	aws --region us-east-1 ec2 "$@" >/dev/null || fail "aws ec2 $1"
}

expect 0 "$RB" run --speed 600
pages finished proven
LANGS=en pages masked proven --mask
! grep -qE '123456789012|[a-z]-[0-9a-f]{17}\b' "$WORK/pages/masked.en.html" "$WORK/json/masked.en.json" ||
	fail "masked, and still there: $(grep -ohE '.{30}(123456789012|[a-z]-[0-9a-f]{17}\b)' "$WORK/pages/masked.en.html" | head -3)"
in_us delete-route --route-table-id "$(output 2-2 route_table_id)" --destination-cidr-block 10.0.0.0/16
in_us modify-vpc-attribute --vpc-id "$(output 2-1 vpc_id)" --no-enable-dns-hostnames
in_us revoke-security-group-ingress --group-id "$(output 2-3 security_group_id)" --protocol tcp --port 443 \
	--cidr 10.0.0.0/16
expect 3 "$RB" verify --speed 600
pages drifted drifted
expect 0 "$RB" undo --yes --speed 600
pages undone undone
expect 0 "$RB" run --speed 600 --stack partly --to 3-4
expect 0 "$RB" undo --yes --speed 600 --stack partly --to 3-1
pages partly partly-undone --stack partly
expect 0 "$RB" undo --yes --speed 600 --stack partly

# Names as long as they may be, and words of AWS's that are HTML and wide.
long=(--stack a-stack-of-thirty-two-characters --speed 600)
bucket=a-bucket-whose-name-is-as-long-as-s3-lets-one-be-63-characters1
expect 0 "$RB" run "${long[@]}" --to 3-2 --set destination.bucket=$bucket --set tags.Owner='営業部 + 長い名前: a/b=c@d'
pages half half-done "${long[@]:0:2}"
curl -sf --noproxy '*' "$SANDBOX/_sandbox/fault" -d \
	'AcceptVpcPeeringConnection=UnauthorizedOperation:<script>alert("接続先の承諾は許可されていません")</script> an-identifier-without-any-place-to-break-it-that-is-longer-than-a-box' \
	>/dev/null || fail "no fault"
expect 5 "$RB" resume "${long[@]}"
pages failed failed "${long[@]:0:2}"
aws --region us-east-1 s3api put-bucket-policy --bucket $bucket --policy '{"Version":"2012-10-17","Statement":[]}' \
	2>/dev/null || aws --region us-east-1 s3api delete-bucket-policy --bucket $bucket || fail "no policy"
aws --region us-east-1 s3api put-object --bucket $bucket --key somebody-elses >/dev/null || fail "no object"
"$RB" undo --yes "${long[@]}" >/dev/null 2>&1 && fail "nothing is in the way"
pages left left "${long[@]:0:2}"

node "$PAGES/schema.mjs" docs/report.schema.json "$WORK"/json/*.json || fail "the schema"
expect 0 "$RB" plan --diagram
xmllint --noout - <<<"$OUT" 2>/dev/null || python3 -c 'import sys, xml.dom.minidom as m; m.parseString(sys.argv[1])' "$OUT" ||
	fail "the plan's picture is no XML"
node "$PAGES/look.mjs" "$(command -v chromium)" "$WORK/pages" ${PICTURES:+"$PICTURES"} >"$WORK/said" 2>&1 || {
	head -n 40 "$WORK/said"
	fail "$(tail -n 1 "$WORK/said")"
}
tail -n 1 "$WORK/said"
