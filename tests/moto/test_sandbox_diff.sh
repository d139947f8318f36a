# SPDX-License-Identifier: Apache-2.0
# What boto3 sees in the sandbox, it sees in moto too, or docs/sandbox.md says why not; and the
# newest boto3 finds nothing in the sandbox that the checks do not expect.
. tests/moto/lib.sh

start_sandbox 1
"$PYTHON" tests/py/sandbox_ec2.py "$AWS_ENDPOINT_URL"

start_moto
"$PYTHON" tests/py/sandbox_ec2.py "$AWS_ENDPOINT_URL" --moto >"$WORK/differences"
cat "$WORK/differences"
status=0
while read -r word name _; do
	[ "$word" = differs ] || continue
	name=${name%:}
	grep -q "^| \`$name\` |" docs/sandbox.md || {
		echo "not in docs/sandbox.md: $name" >&2
		status=1
	}
done <"$WORK/differences"
# What is listed must be met, too.
sed -n '/^## Where moto/,/^## /s/^| `\([a-z0-9-]*\)` |.*/\1/p' docs/sandbox.md >"$WORK/listed"
while read -r name; do
	grep -q "^differs $name:" "$WORK/differences" || {
		echo "no longer different: $name" >&2
		status=1
	}
done <"$WORK/listed"
exit $status
