#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Our signer and botocore give 500 generated requests (six services, odd characters, long values,
# session tokens, presigned URLs) the same signatures.
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
[ -x "$dir/tests/tools/sign_request" ] || make -s "$dir/tests/tools/sign_request"
/usr/bin/python3 -W ignore::DeprecationWarning tests/py/sign_compare.py \
	"$dir/tests/tools/sign_request" 500
