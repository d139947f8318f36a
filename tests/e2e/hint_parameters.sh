#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Hints are data: no text names a command, which needs the stack and its place; and none leads into a refusal: what
# tells another value of a parameter, which a run has fixed, does so by the verb that says that the run is undone first.
. "$(dirname "$0")/lib.sh"
py tests/py/hint_parameters.py
