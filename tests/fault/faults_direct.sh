#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The procedure `direct` keeps the promises that the other scripts of this folder try on `peering`: killed in run and
# undo, its answers lost, refused and denied, its journal cut, lost and not written, the same world, or none.
. "$(dirname "$0")/lib.sh"

export PROCEDURE=direct EVERY=6
faults crash-run crash-undo crash-undo-midway crash-recovery lost-journal-run lost-journal-undo journal-cut lost throttle \
	refused denied codes disk
