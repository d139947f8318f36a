#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Killed in a run and again in its recovery; killed in 4-1 and 4-2.
. "$(dirname "$0")/lib.sh"

faults crash-recovery crash-connect
