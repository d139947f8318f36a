#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The protocol of a home in a bucket keeps what docs/s3-home.md says, with two and with three operators, in each order
# of their steps: Spin looks at all of them.  Each of its parts is needed: without it Spin finds what goes wrong.
. "$(dirname "$0")/lib.sh"
command -v spin >/dev/null || {
	echo "spin is not installed"
	exit 77
}
cp tests/model/lease.pml "$WORK"
cd "$WORK" || exit 1

# errors OPTION...: how many Spin finds of the model so built (0 or 1).
errors() {
	spin -a "$@" lease.pml >spin.out 2>&1 || fail "spin: $(cat spin.out)"
	# shellcheck disable=SC2086 # a compiler may have a word before it, as ccache
	${CC:-cc} -O2 -w -DSAFETY -o pan pan.c || fail "the model's checker does not build"
	./pan -m100000 >pan.out 2>&1
	grep -q 'Search not completed' pan.out && ! grep -q 'errors: 1' pan.out && fail "not all was looked at"
	sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.out
}

[ "$(errors)" = 0 ] || fail "two operators: $(cat pan.out)"
[ "$(errors -DOPERATORS=3 -DLOG=4)" = 0 ] || fail "three operators: $(cat pan.out)"
for without in NO_PROOF NO_FENCE BELIEVE_412; do
	[ "$(errors -D$without)" = 1 ] || fail "$without breaks nothing: the model is blind"
done
