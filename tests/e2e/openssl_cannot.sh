#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Where OpenSSL is configured so that it offers no digest, no random numbers or no key, both programs
# say what is missing, which file says so and the way out, and end with 2: no abort, nothing begun.
# Where it is Ed25519 alone that is not allowed, ssh gets an RSA key, and all fourteen steps hold.
. "$(dirname "$0")/lib.sh"
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" # for LD_PRELOAD

# says_what COMMAND...: it ends with 2 and says all that is to be said.
says_what() {
	expect 2 "$@"
	has 'OpenSSL cannot' "$ERR"
	has "OPENSSL_CONF names '$OPENSSL_CONF'" "$ERR"
	has 'OPENSSL_CONF=/dev/null' "$ERR"
	[ -z "$OUT" ] || fail "stdout of '$*': $OUT"
}

# ---- configurations as people have them
providers() {
	printf 'openssl_conf = x\n[x]\nproviders = p\n%s\n[p]\n' "${2:-}"
	printf '%s = f\n[f]\nactivate = 1\n' "$1"
}
providers fips >"$WORK/fips.cnf"                    # not installed
providers base >"$WORK/base.cnf"                    # no algorithms in it
providers nosuch >"$WORK/nosuch.cnf"                # a module that is not there
providers legacy >"$WORK/legacy.cnf"                # MD4 and the like alone
{
	echo 'config_diagnostics = 1'
	providers nosuch
} >"$WORK/diagnostics.cnf"
providers default $'alg_section = a\n[a]\ndefault_properties = fips=yes' >"$WORK/properties.cnf"
printf 'openssl_conf = x\n[x]\nrandom = r\n[r]\nrandom = NOSUCH-DRBG\n' >"$WORK/random.cnf"
for name in fips base nosuch legacy diagnostics properties random; do
	export OPENSSL_CONF=$WORK/$name.cnf
	says_what "$RB" run --sandbox --speed 600
	[[ $name != *s ]] || says_what "$SBX" serve --state "$WORK/s.db" # the same check: half of them
	[ ! -e "$HOME_DIR" ] && [ ! -e "$WORK/s.db" ] || fail "$name: something was begun"
done
for words in 'undo --yes' status 'status --output json' verify plan journal report connect tunnel 'resume --sandbox'; do
	# shellcheck disable=SC2086 # several words
	says_what "$RB" $words
done
expect 0 "$RB" --help # needs none of it
expect 0 "$RB" undo --help
expect 0 "$RB" --version
expect 0 "$SBX" --help
expect 2 "$RB" rnu # and neither does a mistake
has "did you mean 'run'" "$ERR"
unset OPENSSL_CONF

# ---- one function that does not work, whatever the configuration
cat >"$WORK/without.c" <<'C'
#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
static int without(const char *what)
{
	const char *v = getenv("WITHOUT");
	return v && strstr(v, what) != NULL;
}
void *EVP_PKEY_Q_keygen(void *ctx, const char *properties, const char *type, ...)
{
	void *(*real)(void *, const char *, const char *, ...);
	va_list ap;
	void *arg;
	*(void **)&real = dlsym(RTLD_NEXT, "EVP_PKEY_Q_keygen");
	va_start(ap, type);
	arg = strcmp(type, "ED25519") != 0 ? va_arg(ap, void *) : NULL;
	va_end(ap);
	return without(type) ? NULL : real(ctx, properties, type, arg);
}
int RAND_bytes(unsigned char *p, int n)
{
	int (*real)(unsigned char *, int);
	*(void **)&real = dlsym(RTLD_NEXT, "RAND_bytes");
	return without("random") ? 0 : real(p, n);
}
void *SSL_CTX_new(const void *method)
{
	void *(*real)(const void *);
	*(void **)&real = dlsym(RTLD_NEXT, "SSL_CTX_new");
	return without("TLS") ? NULL : real(method);
}
C
cc -D_GNU_SOURCE -shared -fPIC -o "$WORK/without.so" "$WORK/without.c" -ldl || fail "no compiler"
without() {
	local what=$1
	shift
	env WITHOUT="$what" LD_PRELOAD="$WORK/without.so" "$@"
}
for what in random TLS; do
	expect 2 without $what "$RB" run --sandbox --speed 600
	has "OpenSSL cannot do $what" "$ERR"
	has 'OPENSSL_CONF is not set' "$ERR"
	expect 2 without $what "$SBX" serve
	has "OpenSSL cannot do $what" "$ERR"
done
[ ! -e "$HOME_DIR" ] || fail "something was begun"

expect 0 without ED25519 "$RB" run --sandbox --speed 600
has '14 of 14 steps hold' "$ERR"
expect 0 without ED25519 "$RB" connect --sandbox --speed 600 -- 'echo in'
[ "$OUT" = in ] || fail "connect with an RSA key: $OUT"
expect 2 without 'ED25519 RSA' "$RB" connect --sandbox --speed 600 -- 'echo in'
has 'neither Ed25519 nor RSA' "$ERR"
has 'OPENSSL_CONF=/dev/null' "$ERR"
[ -z "$(ls "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"
