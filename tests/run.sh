#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Run test programs and scripts side by side, the long ones first, and count.
#
#   tests/run.sh FILE...       FILE: a cmocka program, or a script of tests/e2e or tests/fault
#
# Each cmocka test counts, and each script counts as one.  A script passes with 0 and is
# skipped with 77.  Last come the five that took longest, once more what failed, so that the end
# of a log tells it, and "N passed, N failed", with ", N skipped" when there are.
# BIN: the folder of the programs under test.  JOBS: how many at a time (twice the cores: half of
# what they take is waiting).  RETRIES: 1 runs what failed once more, and says so.  TMPDIR: where the tests
# put their files; when it is not set, in memory, if there is enough.
set -u
export LC_ALL=C.UTF-8 BIN=${BIN:-build/bin} AWS_EC2_METADATA_DISABLED=true
BIN=$(cd "$BIN" && pwd) || exit 2

# The sum of the numbers that a sed script finds in a log.
sum_of() {
	local n total=0
	while read -r n; do
		total=$((total + n))
	done < <(sed -n "$1" "$2")
	echo $total
}

# One file: its output is kept and shown when it fails; its counts go to $RESULTS.
run_one() {
	local file=$1 name log rc pass=0 fail=0 skip=0 began=$SECONDS
	name=$(basename "$file" .sh)
	log=$RESULTS/$name.log
	if [[ $file == *.sh ]]; then
		timeout -k 10 "${TEST_TIMEOUT:-900}" bash "$file" >"$log" 2>&1 </dev/null
		rc=$?
		case $rc in
		0) pass=1 ;;
		77) skip=1 ;;
		*) fail=1 ;;
		esac
	else
		timeout -k 10 "${TEST_TIMEOUT:-900}" "$file" >"$log" 2>&1 </dev/null
		rc=$?
		pass=$(sum_of 's/^\[  PASSED  \] \(.*: \)\{0,1\}\([0-9]*\) test(s).*/\2/p' "$log")
		fail=$(sum_of 's/^\[  FAILED  \] \(.*: \)\{0,1\}\([0-9]*\) test(s).*/\2/p' "$log")
		skip=$(sum_of 's/^\[  SKIPPED \] \(.*: \)\{0,1\}\([0-9]*\) test(s).*/\2/p' "$log")
		# It died, or did not run a single test.
		if [ $rc -ne 0 ] && [ "$fail" -eq 0 ] || [ $((pass + fail + skip)) -eq 0 ]; then
			fail=$((fail + 1))
		fi
	fi
	# RETRIES=1, for machines that others load: once more, and said so.
	if [ "$fail" -gt 0 ] && [ "${RETRIES:-0}" -gt 0 ]; then
		echo "again $name failed once (exit $rc):"
		tail -n 60 "$log" | sed 's/^/    /'
		RETRIES=0 run_one "$file"
		return
	fi
	# This shell waited for nothing else: its children's processor time is the file's.
	times >"$RESULTS/$name.times"
	awk -F '[ms ]+' -v wall=$((SECONDS - began)) -v name="$name" 'NR == 2 {
		printf "%d s, %.1f s of a core: %s\n", wall, ($1 + $3) * 60 + $2 + $4, name }' \
		"$RESULTS/$name.times" >"$RESULTS/$name.time"
	echo "$pass $fail $skip" >"$RESULTS/$name.count"
	if [ "$fail" -gt 0 ]; then
		{
			echo "FAIL  $name (exit $rc, $((SECONDS - began)) s)"
			tail -n 60 "$log" | sed 's/^/    /'
		} | tee "$RESULTS/$name.failed"
	elif [ "$pass" -eq 0 ]; then
		echo "skip  $name: $(tail -n 1 "$log")"
	else
		# What a program leaves out of itself is named, too.
		sed -n "s/^\[  SKIPPED \] \([a-z0-9_]*\)\$/skip  $name: \1/p" "$log" | sort -u
		echo "ok    $name ($pass, $((SECONDS - began)) s)"
	fi
}

if [ "${1:-}" = --one ]; then
	run_one "$2"
	exit 0
fi

# A file's results are kept under its name, so two of one name would be one.
twice=$(for file in "$@"; do basename "$file" .sh; done | sort | uniq -d)
[ -z "$twice" ] || {
	echo "two files of one name: $twice" >&2
	exit 2
}

RESULTS=$(mktemp -d) || exit 2
export RESULTS
WARM_PIDS=
end() {
	[ -z "$WARM_PIDS" ] || {
		kill $WARM_PIDS
		wait $WARM_PIDS
	}
	rm -rf "$RESULTS" ${IN_MEMORY:+"$IN_MEMORY"}
} 2>/dev/null
trap end EXIT

# Tests kill processes, never the machine, and what a disk would lose is played (base/fault.h): for
# them a file in memory is as good, and a sync there takes no time, of which a disk needs most of
# what the tests would take.  Not where there is little of it, or where nothing may be executed.
in_memory() {
	local free
	free=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1) && [ "${free:-0}" -ge 1048576 ] &&
		IN_MEMORY=$(mktemp -d /dev/shm/runbook-tests.XXXXXX 2>/dev/null) || return
	printf '#!/bin/sh\n' >"$IN_MEMORY/try" && chmod 755 "$IN_MEMORY" "$IN_MEMORY/try" && "$IN_MEMORY/try"
}
IN_MEMORY=
if [ -z "${TMPDIR:-}" ] && in_memory 2>/dev/null; then
	export TMPDIR=$IN_MEMORY
	rm "$TMPDIR/try"
fi

# The longest first, so that all cores end together: LONGEST names them, in their order.
in_order() {
	local name file
	for name in ${LONGEST:-}; do
		for file in "$@"; do
			[ "$(basename "$file" .sh)" != "$name" ] || printf '%s\0' "$file"
		done
	done
	for file in "$@"; do
		[[ " ${LONGEST:-} " == *" $(basename "$file" .sh) "* ]] || printf '%s\0' "$file"
	done
}
# What the tests must not see: the user's own AWS settings and language.
while IFS= read -r name; do
	[ "$name" = AWS_EC2_METADATA_DISABLED ] || unset "$name"
done < <(compgen -e | grep -E '^(AWS_|RUNBOOK_)')
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_COLOR LANG LC_MESSAGES

# warm NAME: a Python that has read NAME, boto3 or awscli, in the folder $RESULTS/NAME
# (tests/py/warm.py); without that there is none.
warm() {
	mkdir "$RESULTS/$1" && mkfifo "$RESULTS/$1/ask" || exit 2
	/usr/bin/python3 "${0%/*}/py/warm.py" "$RESULTS/$1" "$1" </dev/null 2>/dev/null &
	local pid=$! # what is substituted below has one, too
	WARM_PIDS="$WARM_PIDS $pid"
	until [ -e "$RESULTS/$1/ready" ]; do
		kill -0 $pid 2>/dev/null || return
		read -r -t 0.05 <> <(:) || true
	done
}
if [[ " $* " == *".sh "* ]]; then
	warm boto3 && export WARM_PYTHON=$RESULTS/boto3
fi
if [[ " $* " == *sandbox_cli.sh* || " $* " == *sandbox_iam.sh* || " $* " == *sandbox_s3.sh* ]]; then
	warm awscli && export WARM_AWS=$RESULTS/awscli
fi

in_order "$@" | xargs -0 -n 1 -P "${JOBS:-$((2 * $(nproc)))}" "$0" --one

pass=0 fail=0 skip=0 ran=0
while read -r p f s; do
	pass=$((pass + p)) fail=$((fail + f)) skip=$((skip + s)) ran=$((ran + 1))
done < <(cat "$RESULTS"/*.count 2>/dev/null)
# A file that left no count was lost.
fail=$((fail + $# - ran))
[ $# -lt 6 ] || {
	echo "those that took longest:"
	cat "$RESULTS"/*.time | sort -rn | head -n 5 | sed 's/^/    /'
}
cat "$RESULTS"/*.failed 2>/dev/null
echo "$pass passed, $fail failed$([ "$skip" -gt 0 ] && echo ", $skip skipped")"
[ "$fail" -eq 0 ] && [ "$pass" -gt 0 ]
