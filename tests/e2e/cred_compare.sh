#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In some sixty homes and environments our credential chain finds the same access key id as
# botocore, or nothing like it, or an error like it; STS is asked the same questions.
set -eu
cd "$(dirname "$0")/../.."

[ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import botocore' 2>/dev/null || {
	echo "python3-botocore is not installed"
	exit 77
}
bin=${BIN:-build/bin}
case $bin in
*build/bin) dir=build/rel ;;
*) dir=${bin%/bin} ;;
esac
[ -x "$dir/tests/tools/show_cred" ] || make -s "$dir/tests/tools/show_cred"
exec /usr/bin/python3 tests/py/cred_compare.py "$dir/tests/tools/show_cred"
