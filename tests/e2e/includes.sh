#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every include line points down the arrow of docs/architecture.md; the pages name files that are there.
. "$(dirname "$0")/lib.sh"
py tests/py/includes.py
