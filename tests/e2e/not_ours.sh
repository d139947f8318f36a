#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What another run, another stack or somebody else made is untouched after run, kill, resume,
# repair and undo: the same names and tags, the default VPC, a bucket that was there before (S3's
# 200 for it), foreign objects, foreign rules, tags that are another run's.
set -eu
cd "$(dirname "$0")/../.."
/usr/bin/python3 -c 'import boto3' 2>/dev/null || { echo 'python3-boto3 is not installed'; exit 77; }
/usr/bin/python3 tests/py/not_ours.py "${BIN:-build/bin}"
# The same of the other procedure; its endpoint's group names the instance's.
PROCEDURE=direct /usr/bin/python3 tests/py/not_ours.py "${BIN:-build/bin}"
