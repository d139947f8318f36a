# SPDX-License-Identifier: Apache-2.0
# Shared by the tests of this folder: sourced first, never run.
#
# Gives $WORK (an empty folder, removed at the end), a sandbox of its own and ways to say "skipped".
# A test ends with 0 when it passed, with 77 when what it needs is not on this machine; its last line then names
# what is missing.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

skip() {
	echo "skipped: $*"
	exit 77
}

# on_path NAME...: each program is there.
on_path() {
	local name
	for name; do
		command -v "$name" >/dev/null || skip "no $name on PATH"
	done
}
