#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Killed at each fault point of run, the same command again reaches the same world.
. "$(dirname "$0")/lib.sh"

faults crash-run
