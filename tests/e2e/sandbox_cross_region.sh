#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The sandbox knows interface endpoints whose service lies in another region as AWS does: services,
# regions, zones, names, states, errors and the permission vpce:AllowMultiRegion, by boto3.
. "$(dirname "$0")/lib.sh"
py -c 'import boto3' 2>/dev/null || {
	echo "no boto3"
	exit 77
}
start_sandbox --speed 60
expect 0 py tests/py/sandbox_cross_region.py "$SANDBOX"
has "as they should be" "$OUT"
