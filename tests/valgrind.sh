#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Stands for a program under test, under valgrind: for ../bin/NAME of the folder that this is called in, whose
# findings go to ../vglogs, or, in a folder "tests", for the unit test NAME, which says them itself.
# `make check-valgrind` links it into build/val/wrapped.  A test may take PATH away.
dir=${0%/*}
options=(-q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect
	--errors-for-leak-kinds=definite,indirect)
case $dir in
*/wrapped/tests)
	exec /usr/bin/valgrind "${options[@]}" --suppressions="$dir/../../../../tests/valgrind.supp" \
		"$dir/../../tests/${0##*/}" "$@"
	;;
esac
exec /usr/bin/valgrind "${options[@]}" --suppressions="$dir/../../../tests/valgrind.supp" \
	--log-file="$dir/../vglogs/%p" "$dir/../bin/${0##*/}" "$@"
