#!/bin/bash
# Answers lost, torn, throttled or refused: the same world, and a message that helps.
. "$(dirname "$0")/lib.sh"

faults lost throttle refused denied codes codes-connect
