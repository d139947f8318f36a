#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Nothing decides by our own sentences: whatever searches a text reads what others wrote, AWS, ssh or a file's format.
. "$(dirname "$0")/lib.sh"
py tests/py/own_words.py
