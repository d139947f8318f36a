# SPDX-License-Identifier: Apache-2.0
# Sourced by tests/e2e/lib.sh.
#
# py ARG...: python3 with these, which ends by itself.  tests/run.sh has one that has read boto3 and
# AWS's models already, which most of these programs need and which costs more than they do.
py() {
	[ -n "${WARM_PYTHON:-}" ] || {
		/usr/bin/python3 "$@"
		return
	}
	local ask=$WARM_PYTHON/$BASHPID rc
	/usr/bin/env -0 >"$ask.env" && printf '%s\0' "$@" >"$ask.argv" && /usr/bin/mkfifo "$ask.rc" &&
		echo "$BASHPID" >"$WARM_PYTHON/ask" && read -r rc <"$ask.rc" || return
	[ ! -s "$ask.out" ] || /usr/bin/cat "$ask.out"
	[ ! -s "$ask.err" ] || /usr/bin/cat "$ask.err" >&2
	/usr/bin/rm "$ask".*
	return "$rc"
}
