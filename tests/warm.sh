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
	ask_warm "$WARM_PYTHON" "$@"
}

# aws_cli ARG...: the AWS CLI, likewise; another one than Debian's is started by itself.
aws_cli() {
	[ -n "${WARM_AWS:-}" ] && [ "$AWS_CLI" = /usr/bin/aws ] || {
		"$AWS_CLI" "$@"
		return
	}
	ask_warm "$WARM_AWS" /usr/bin/aws "$@"
}

# ask_warm FOLDER ARG...
ask_warm() {
	local folder=$1 ask=$1/$BASHPID rc
	shift
	/usr/bin/env -0 >"$ask.env" && printf '%s\0' "$@" >"$ask.argv" && /usr/bin/mkfifo "$ask.rc" &&
		echo "$BASHPID" >"$folder/ask" && read -r rc <"$ask.rc" || return
	[ ! -s "$ask.out" ] || /usr/bin/cat "$ask.out"
	[ ! -s "$ask.err" ] || /usr/bin/cat "$ask.err" >&2
	/usr/bin/rm "$ask".*
	return "$rc"
}
