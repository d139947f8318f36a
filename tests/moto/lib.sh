# SPDX-License-Identifier: Apache-2.0
# Shared by the tests of this folder: sourced, never run.

set -eu

pids=
cleanup() {
	local pid
	for pid in $pids; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
}
trap cleanup EXIT

# wait_for DEADLINE_S COMMAND...: until it succeeds.
wait_for() {
	local until=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$until" ] || {
			echo "gave up waiting for: $*" >&2
			return 1
		}
		read -r -t 0.05 <> <(:) || true
	done
}

# start_listener NAME COMMAND...: run it until the test ends; its URL is in $url.
start_listener() {
	local name=$1
	shift
	mkfifo "$WORK/$name.in"
	"$@" <"$WORK/$name.in" >"$WORK/$name.out" 2>"$WORK/$name.err" &
	pids="$pids $!"
	exec {hold}>"$WORK/$name.in" # closes with this shell, and the listener ends
	wait_for 60 grep -q '^listening ' "$WORK/$name.out"
	url=$(sed -n 's/^listening //p' "$WORK/$name.out")
}

start_moto() {
	start_listener moto "$PYTHON" tests/moto/front.py
	export AWS_ENDPOINT_URL=$url
	export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=secret
	export AWS_DEFAULT_REGION=ap-northeast-1
}

start_sandbox() {
	start_listener sandbox "$BIN/runbook-sandbox" serve --until-eof --speed "${1:-1000}"
	export AWS_ENDPOINT_URL=$url
	export AWS_ACCESS_KEY_ID=AKIASANDBOX000000000 AWS_SECRET_ACCESS_KEY=sandbox
	export AWS_DEFAULT_REGION=ap-northeast-1
}
