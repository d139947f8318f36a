#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tests that need PyPI: every tests/moto/test_*.sh, with the newest moto, boto3
# and AWS CLI in a virtual environment of their own under build/.
#
# A test gets PYTHON, AWS (the new AWS CLI), BIN (our programs) and WORK (an empty
# folder that is removed afterwards).  Exit 0: passed, 77: skipped.
set -eu
cd "$(dirname "$0")/../.."

venv=build/moto-venv
if [ ! -x "$venv/bin/moto_server" ] || [ ! -x "$venv/bin/aws" ]; then
	rm -rf "$venv"
	/usr/bin/python3 -m venv "$venv"
	"$venv/bin/pip" -q --disable-pip-version-check install -r tests/moto/requirements.txt
fi

unset "${!AWS_@}" 2>/dev/null || true
export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
PYTHON=$PWD/$venv/bin/python
AWS=$PWD/$venv/bin/aws
BIN=${BIN:-$PWD/build/bin}
export PYTHON AWS BIN

"$PYTHON" -c 'import moto, botocore; print("moto", moto.__version__, "botocore", botocore.__version__)'
"$AWS" --version

passed=0 failed=0 skipped=0
for t in tests/moto/test_*.sh; do
	WORK=$(mktemp -d)
	export WORK
	start=$SECONDS
	status=0
	bash "$t" >"$WORK/log" 2>&1 </dev/null || status=$?
	case $status in
	0) passed=$((passed + 1)) word=ok ;;
	77) skipped=$((skipped + 1)) word=skipped ;;
	*) failed=$((failed + 1)) word=FAILED ;;
	esac
	printf '%-8s %s (%s s)\n' "$word" "$t" "$((SECONDS - start))"
	[ "$status" -eq 0 ] || sed 's/^/    /' "$WORK/log"
	rm -rf "$WORK"
done
printf '%s passed, %s failed' "$passed" "$failed"
[ "$skipped" -eq 0 ] || printf ', %s skipped' "$skipped"
printf '\n'
[ "$failed" -eq 0 ]
