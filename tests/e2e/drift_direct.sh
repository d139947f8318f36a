#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Changes behind the program's back are found in the procedure `direct` as in `peering`, by the same drifts
# (tests/py/drift.py); here those of the things that it makes otherwise: subnet, S3 endpoint, bucket policy.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-build/bin}
export PROCEDURE=direct
exec /usr/bin/python3 tests/py/drift.py "$BIN" a_way_out_by_the_instance endpoint_closed endpoint_in_the_default_group \
	s3_endpoint_deleted policy_for_another_endpoint bucket_deleted
