#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Quotas, zones, images, keys, regions and an organisation's rules, each alone: `runbook preflight` names the step that
# then fails, and says no to nothing that goes through.  A share of the cases; tests/py/guardrails.py BIN tries all.
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 tests/py/guardrails.py "$BIN" "$(($(git rev-list --count HEAD 2>/dev/null || echo 0) % 8))" 8 ||
	fail 'preflight and the run disagree'
