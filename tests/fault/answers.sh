#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Answers lost, torn, throttled or refused: the same world, and a message that helps.
. "$(dirname "$0")/lib.sh"

faults lost lagging throttle refused denied codes codes-connect
