#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Killed in a run or an undo, and then journal and run.json are gone: recover finds all of it.
. "$(dirname "$0")/lib.sh"

faults lost-journal-run lost-journal-undo
