#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The program knows no procedure: no parameter of one and no step's number stands in runbook/ as a string.
set -eu
cd "$(dirname "$0")/../.."

names=$(sed -n 's/^	\.name = "\(.*\)",/\1/p' steps/common/param_rows.c steps/*/params.c)
[ "$(wc -w <<<"$names")" -gt 10 ]
pattern=$(tr '\n' '|' <<<"$names" | sed 's/\./\\./g; s/|$//')
! grep -rnE "\"($pattern)\"|\"[^\"]*(step|section) [0-9]|\"[0-9]-[0-9]\"" runbook --include='*.c' | grep -v '^[^:]*:[0-9]*:[^"]*/\*'
