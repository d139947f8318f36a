#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CI runs, in bare roots of each Debian that the README names and for both kinds of user, the
# commands that it gives to a new user, exactly as they are printed there.
. "$(dirname "$0")/lib.sh"

# The first block of "Try it", without its comments.
printed=$(awk '/^## Try it/ { here = 1 } here && /^```sh$/ { block = 1; next }
	block && /^```$/ { exit } block' README.md | sed 's/ *#.*//')
expect 0 tests/roots.sh commands
[ "$OUT" = "$printed" ] || fail "the README says '$printed', CI runs '$OUT'"
[ "$(wc -l <<<"$OUT")" -eq 2 ] || fail "not two commands: $OUT"
grep -q '^On Debian 12 or 13 ' README.md || fail "the README does not name the Debians that CI tries"

# The bare roots come first, before anything else is installed.
steps=$(grep '^step ' .ci/run | head -n 3)
has "step tests/packages.sh roots
step tests/roots.sh make
step tests/roots.sh demos" "$steps"
grep -q '^step tests/roots.sh check bookworm root' .ci/run || fail "CI's make check is another one"
grep -q '^step env FAULT=short tests/roots.sh check trixie user' .ci/run || fail "no check in trixie"
! grep -q '^step make check$' .ci/run || fail "make check outside of the bare root"

# What it does not know it says, and it removes nothing that it did not make.
expect 1 tests/roots.sh demo buster root
has "bookworm trixie" "$ERR"
expect 1 tests/roots.sh check trixie nobody
mkdir "$WORK/mine"
expect 1 env ROOTS="$WORK/mine" tests/roots.sh remove
has "was not made by this script" "$ERR"
[ -d "$WORK/mine" ] || fail "removed"
expect 1 env ROOTS="$WORK/none" tests/roots.sh demo trixie root
has "no root of trixie" "$ERR"
