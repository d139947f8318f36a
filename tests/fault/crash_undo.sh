#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Killed while undoing, or undone while half made: undo again leaves nothing.
. "$(dirname "$0")/lib.sh"

faults crash-undo crash-undo-midway
