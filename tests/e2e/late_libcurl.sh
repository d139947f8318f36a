#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# libcurl, whose thirty libraries take longer to load than all of `status`, is loaded by a command that asks AWS and by
# no other; where it cannot be loaded, that is told, and what needs it not goes on.  And the program stays small.
. "$(dirname "$0")/lib.sh"

# loads COMMAND...: the loader opens libcurl.
loads() {
	LD_DEBUG=files LD_DEBUG_OUTPUT=$WORK/loader "$RB" "$@" >"$WORK/out" 2>&1 </dev/null
	cat "$WORK"/loader.* >"$WORK/loaded"
	rm "$WORK"/loader.*
	grep -q 'file=libcurl' "$WORK/loaded"
}
# Nothing listens there.
export AWS_MAX_ATTEMPTS=1 AWS_ENDPOINT_URL=http://127.0.0.1:1 AWS_ACCESS_KEY_ID=AKIASANDBOX000000000 AWS_SECRET_ACCESS_KEY=sandbox
asks=(tunnel --region us-east-1 --instance-id i-0123456789abcdef0)
loads "${asks[@]}" || fail "a command that asks AWS loads no libcurl: $(cat "$WORK/out")"
for command in --help --version status procedures steps plan; do
	loads $command && fail "$command loads libcurl"
	grep -q 'file=libjansson' "$WORK/loaded" || fail "the loader told nothing of $command"
done

mkdir "$WORK/lib"
: >"$WORK/lib/libcurl.so.4"
export LD_LIBRARY_PATH=$WORK/lib
expect 0 "$RB" steps
expect 2 "$RB" "${asks[@]}"
has 'libcurl cannot be loaded' "$ERR"
has libcurl4 "$ERR"
unset LD_LIBRARY_PATH

# What everybody waits for is also small: as it is made for use, and without what is for a debugger.  `make bench` tells
# the size beside its goal, which is a little less than what other compilers may make of it.
if [[ $BIN == */build/bin ]]; then
	strip -o "$WORK/stripped" "$RB"
	size=$(stat -c %s "$WORK/stripped")
	[ "$size" -lt $((1 << 20)) ] || fail "the program is $size bytes long, and was to stay below a MiB"
fi
