#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No hint leads into a refusal: what tells another value of a parameter, which a run has fixed, says
# that the run is undone first.
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 tests/py/hint_parameters.py
