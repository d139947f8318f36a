#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A journal cut anywhere, a disk that fails, memory that runs out: the same world.
. "$(dirname "$0")/lib.sh"

faults self-test journal-cut journal-bytes disk memory
