#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A bucket in the account's own namespace of S3 is made as such, by its name or because it is asked
# for; what contradicts is refused with 2 before a run begins, and a journal of before the parameter
# was there goes on.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 2000
account=123456789012

# ---- refused, and nothing was begun
while IFS='|' read -r text sets; do
	read -r -a options <<<"$sets"
	expect 2 "$RB" run --yes --speed 2000 "${options[@]/#/--set=destination.}"
	has "$text" "$ERR"
	[ ! -e "$HOME_DIR/default/run.json" ] || fail "'$sets' began a run"
done <<-END
	PREFIX-ACCOUNT-us-east-1-an|bucket=data-an
	PREFIX-ACCOUNT-us-east-1-an|bucket=data-$account-eu-west-1-an
	PREFIX-ACCOUNT-us-east-1-an|bucket=data bucket_namespace=account-regional
	destination.bucket_namespace is 'global'|bucket=data-$account-us-east-1-an bucket_namespace=global
	it names account 210987654321|bucket=data-210987654321-us-east-1-an
	3 to 63|bucket=a-prefix-that-is-too-long-by-a-single-c-$account-us-east-1-an
	has no account-regional bucket names|region=me-south-1 bucket_namespace=account-regional
END
[ "$(curl -sf "$SANDBOX/_sandbox/requests" | grep -c '"action":"Create')" = 0 ] || fail "something was made"

# ---- made, and taken down: by its name, and asked for in a region that needs a constraint
expect 0 "$RB" run --yes --speed 2000 --set destination.bucket=data-$account-us-east-1-an
[ "$(output 2-4 bucket)" = data-$account-us-east-1-an ] || fail "another bucket"
"$RB" status --output json | jq -e '.parameters["destination.bucket_namespace"] == "account-regional"' >/dev/null ||
	fail "the namespace is not recorded"
expect 0 "$RB" verify --speed 2000
expect 0 "$RB" undo --yes --speed 2000
expect 0 "$RB" run --yes --speed 2000 --to 2-4 --set destination.region=eu-west-1 \
	--set destination.bucket_namespace=account-regional
[[ $(output 2-4 bucket) == runbook-*-$account-eu-west-1-an ]] || fail "bucket: $(output 2-4 bucket)"
expect 0 "$RB" undo --yes --speed 2000

# ---- a run that an older version began: its record has no such parameter
older() { # BUCKET: what an older version would have written
	"$RB" run --yes --speed 2000 --to 1-1 ${1:+--set destination.bucket=$1} >/dev/null 2>&1 || fail "no run"
	py - "$HOME_DIR/default" <<-'PY' || fail "cannot make an old journal"
		import hashlib, json, re, sys
		folder = sys.argv[1]
		last, out = "0" * 16, []
		for line in open(folder + "/journal.jsonl", encoding="utf-8"):
		    body = re.sub(r'"destination\.bucket_namespace":"[^"]*",?', "", line.rstrip("\n"))
		    body = body[: body.rindex(',"sum":')].replace(",}", "}")
		    last = hashlib.sha256((last + body).encode()).hexdigest()[:16]
		    out.append(f'{body},"sum":"{last}"}}\n')
		open(folder + "/journal.jsonl", "w", encoding="utf-8").writelines(out)
		o = json.load(open(folder + "/run.json"))
		del o["sum"], o["parameters"]["destination.bucket_namespace"]
		text = json.dumps(o, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
		o["sum"] = hashlib.sha256(text.encode()).hexdigest()
		json.dump(o, open(folder + "/run.json", "w"), indent=1)
	PY
	grep -q bucket_namespace "$HOME_DIR"/default/{journal.jsonl,run.json} && fail "the parameter is still there"
}
for bucket in '' data2-$account-us-east-1-an; do
	older "$bucket"
	expect 0 "$RB" resume --speed 2000
	[ -z "$bucket" ] || [ "$(output 2-4 bucket)" = "$bucket" ] || fail "another bucket"
	expect 0 "$RB" undo --yes --speed 2000
done
