#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `plan` says what a run would do, in words and as JSON, and touches nothing; `report` makes a page
# that needs nothing but itself, with the evidence and the errors, whatever AWS's words hold.
. "$(dirname "$0")/lib.sh"

# ---- plan, before there is anything
expect 0 "$RB" plan --set source.region=eu-west-1
for step in 1-1 1-2 1-3 1-4 2-1 2-2 2-3 2-4 3-1 3-2 3-3 3-4 4-1 4-2; do
	grep -q "^$step  .* do$" <<<"$OUT" || fail "plan leaves out $step: $OUT"
done
has 'calls ec2 CreateVpc' "$OUT"
has 'VPC: CIDR block 10.0.0.0/16, DNS support on, DNS hostnames on' "$OUT"
[[ $OUT != *main_route_table_id* ]] || fail "names of outputs are no settings: $OUT"
has 'source.vpc_cidr = 10.0.0.0/16' "$OUT"
has 'usually holds after 3 min' "$OUT"
has 'nothing was changed' "$OUT"
has 'the longest chain of waits: 1-3 (3 min 00 s), 4-1 (15 s), 4-2 (20 s)' "$OUT"
has 'what it makes is billed by the hour, at prices that are not known here' "$OUT" # in that region
[[ $OUT != *--cidr-block* && $OUT != *'goes by the journal'* ]] || fail "too much is told: $OUT"
[[ $("$RB" plan --sandbox --set source.region=eu-west-1) == *'what it makes costs nothing here, and is billed'* ]] ||
	fail 'a rehearsal is billed where the price is not known'
expect 0 "$RB" plan --calls
has " --description 'runbook: S3 interface endpoint'" "$OUT"
has 'ec2 CreateVpc --cidr-block 10.0.0.0/16
' "$OUT"
has 'ec2 CreateSubnet --vpc-id ${VPC_ID_1_1} --cidr-block 10.0.0.0/20 --availability-zone ap-northeast-1a' "$OUT"
has 'ec2-instance-connect SendSSHPublicKey --instance-id' "$OUT"
has 'what it makes costs about 0.025 USD an hour as long as it stands (list prices of 20' "$OUT"
[[ $OUT != *runbook:run* && $OUT != *' wait '* ]] || fail "tags or waits are among the calls: $OUT"
expect 0 "$RB" plan --calls --output json
jq -e '.longest_chain == ["1-3", "4-1", "4-2"] and .usd_an_hour == 0.0247 and .look == null
	and (.steps[] | select(.id == "1-2") | .resources[0].settings[0] == {name: "CIDR block", value: "10.0.0.0/20"}
		and .call_arguments[0].call == "ec2 CreateSubnet")' <<<"$OUT" >/dev/null || fail "plan: $OUT"
expect 0 "$RB" plan --lang ja
has '1-1' "$OUT"
has 'インバウンド 10.0.0.0/16 からの 443' "$OUT"
has 's3 PutObject (インスタンスで)' "$OUT"
[[ $OUT != *'nothing was changed'* ]] || fail "not Japanese"
[ ! -e "$HOME_DIR" ] || fail "plan made a home"
expect 0 "$RB" plan --diagram
[[ $OUT == '<svg '*'>us-east-1</text>'*'</svg>' ]] || fail "no picture: $OUT"
[ ! -e "$HOME_DIR" ] || fail "plan --diagram made a home"
expect 2 "$RB" report
has "there is no run to report on in stack 'default'" "$ERR"
has '--stack and --home' "$ERR"

# ---- a run that AWS refused, in words that are HTML
start_sandbox --speed 2000
expect 0 "$RB" run --to 1-1 --speed 2000 # what fails below may stop it before it is verified
curl -sf "$SANDBOX/_sandbox/fault" -d \
	'PutBucketPolicy=AccessDenied:<script src="http://example.com/x.js">&"x"</script>' >/dev/null ||
	fail "no fault"
expect 5 "$RB" run --to 2-4 --speed 2000
expect 0 "$RB" status
has '! ' "$OUT"
has 'AccessDenied: <script' "$OUT"
expect 0 "$RB" plan
grep -q '^2-1 .* verify' <<<"$OUT" || fail "2-1 is not verified: $OUT"
grep -q '^3-1 .* do$' <<<"$OUT" || fail "3-1 is not done: $OUT"

expect 0 "$RB" report
[ "$OUT" = "$HOME_DIR/default/report.html" ] || fail "another place: $OUT"
[ "$(stat -c %a "$OUT")" = 600 ] || fail "readable for others"
cp "$OUT" "$WORK/page.html"
py - "$WORK/page.html" "$(output 1-1 vpc_id)" <<'PY' || fail "the page"
import html.parser, re, sys

class Page(html.parser.HTMLParser):
    text, open = "", []
    def handle_starttag(self, tag, attrs):
        assert tag not in ("script", "link", "img", "iframe", "object"), tag
        for name, value in attrs:
            assert name != "src" and not name.startswith("on"), (tag, name)
            # only where somebody clicks: within the page, or to the console of that region
            assert name != "href" or tag == "a" and re.match(
                r"#[a-z0-9-]+$|https://(ap-northeast-1|us-east-1)\.console\.aws\.amazon\.com/", value), value
        if tag not in ("meta", "br"):
            self.open.append(tag)
    def handle_startendtag(self, tag, attrs): # in the pictures
        self.handle_starttag(tag, attrs)
        if tag not in ("meta", "br"):
            self.open.pop()
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag
    def handle_data(self, data):
        self.text += data

page = Page()
page.feed(open(sys.argv[1], encoding="utf-8").read())
page.close()
assert not page.open, page.open
for word in (sys.argv[2], "AccessDenied", '<script src="http://example.com/x.js">&"x"</script>',
             "vpc.cidr_block", "123456789012", "failed"):
    assert word in page.text, word
PY
expect 0 "$RB" report -o -
diff <(sed 's/[0-9T:-]*Z//g' <<<"$OUT") <(sed 's/[0-9T:-]*Z//g' "$WORK/page.html") >/dev/null ||
	fail "-o - is another page"
expect 0 "$RB" report --output json
jq -e '.steps[0].evidence.verdict == "holds" and .program != null
	and (.steps[] | select(.id == "2-4") | .error.code) == "AccessDenied"' <<<"$OUT" >/dev/null ||
	fail "report: $OUT"
expect 0 "$RB" report --output json -o "$WORK/report.json"
[ "$OUT" = "$WORK/report.json" ] || fail "said $OUT"
jq -e '.steps | length == 14' "$WORK/report.json" >/dev/null || fail "no report in the file"
jq -r '.journal | "\(.sha256)  \(.bytes) \(.file)"' "$WORK/report.json" | {
	read -r sum bytes file
	[ "$(head -c "$bytes" "$file" | sha256sum | cut -d ' ' -f 1)" = "$sum" ]
} || fail "another checksum than the journal's: $(jq -c .journal "$WORK/report.json")"
expect 0 "$RB" report --mask -o "$WORK/masked.html"
! grep -E '123456789012|vpc-[0-9a-f]{17}|console\.aws' "$WORK/masked.html" || fail "it is not masked"
grep -q 'vpc-1' "$WORK/masked.html" || fail "more than masked"
grep -q 'runbook journal --stack [^ ]* --home HOME<' "$WORK/masked.html" || fail "where it lies is not left open"
expect 0 "$RB" report --lang ja -o "$WORK/ja.html"
! cmp -s "$WORK/ja.html" "$WORK/page.html" || fail "not Japanese"
expect 1 "$RB" report -o "$WORK/none/page.html"
has "$WORK/none/page.html" "$ERR"
expect 1 "$RB" report -o "$WORK"
has "Is a directory" "$ERR"
# What is no file stays what it is, and a link stays a link.
mkfifo "$WORK/pipe"
cat "$WORK/pipe" >"$WORK/piped" &
reader=$!
ends_with_us "$reader"
expect 0 "$RB" report -o "$WORK/pipe"
[ -z "$OUT" ] || fail "more than the page: $OUT"
wait $reader
[ -p "$WORK/pipe" ] || fail "the pipe was replaced: $(ls -l "$WORK/pipe")"
mkdir "$WORK/pages"
echo old >"$WORK/pages/page.html"
ln -s pages/page.html "$WORK/link.html"
expect 0 "$RB" report -o "$WORK/link.html"
[ -L "$WORK/link.html" ] || fail "the link was replaced"
for page in piped pages/page.html; do
	grep -q '</html>' "$WORK/$page" || fail "no page in $page: $(head -c 200 "$WORK/$page")"
done
for words in 'report -o -' 'report --output json' 'plan --output json' 'journal' 'journal --output json' \
	status plan steps --help; do
	# shellcheck disable=SC2086 # several words
	"$RB" $words >/dev/full 2>"$WORK/err" && fail "'$words' on a full disk ended well"
	[ "$(grep -c 'cannot write to stdout' "$WORK/err")" -eq 1 ] ||
		fail "'$words' on a full disk says: $(cat "$WORK/err")"
done

# ---- undone: the report still tells what was
curl -sf -X DELETE "$SANDBOX/_sandbox/fault" >/dev/null || fail "the fault stays"
expect 0 "$RB" undo --yes --speed 2000
expect 0 "$RB" report --output json
[ "$(jq -r .state <<<"$OUT")" = undone ] || fail "not undone: $OUT"
expect 0 "$RB" report
expect 0 "$RB" plan
grep -q '^1-1 .* do$' <<<"$OUT" || fail "after undo everything is done again: $OUT"
