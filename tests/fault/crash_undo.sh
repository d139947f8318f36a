#!/bin/bash
# Killed while undoing, or undone while half made: undo again leaves nothing.
. "$(dirname "$0")/lib.sh"

faults crash-undo crash-undo-midway
