#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Stands for a program under test: ../bin/NAME of the folder that this is called in, under valgrind.
# `make check-valgrind` links build/val/wrapped/runbook to it.  A test may take PATH away.
dir=${0%/*}
exec /usr/bin/valgrind -q --error-exitcode=99 --leak-check=full \
	--show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect \
	--suppressions="$dir/../../../tests/valgrind.supp" --log-file="$dir/../vglogs/%p" \
	"$dir/../bin/${0##*/}" "$@"
