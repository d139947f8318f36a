/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration that activates the FIPS provider where it is not installed, or no provider but
 * "base", or that cannot be read, leaves OpenSSL without algorithms: each of its functions then
 * fails where it "cannot".
 */
#include "base/crypto.h"

#include <stdbool.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include "base/alloc.h"

static bool can_random(void)
{
	unsigned char bytes[16];

	return RAND_bytes(bytes, sizeof(bytes)) == 1;
}

static bool can_digest(const EVP_MD *md)
{
	unsigned char out[EVP_MAX_MD_SIZE];

	return EVP_Digest("", 0, out, NULL, md, NULL) == 1;
}

static bool can_sha256(void)
{
	return can_digest(EVP_sha256());
}

static bool can_sha1(void)
{
	return can_digest(EVP_sha1());
}

/* With a key as long as AWS's secrets: FIPS refuses what is shorter than 14 bytes. */
static bool can_hmac(void)
{
	static const unsigned char key[44] = "AWS4";
	unsigned char out[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	return HMAC(EVP_sha256(), key, sizeof(key), key, sizeof(key), out, &n) != NULL;
}

static bool can_tls(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	SSL_CTX_free(ctx);
	return ctx != NULL;
}

static struct rb_error *cannot(const char *name)
{
	const char *conf = getenv("OPENSSL_CONF");
	unsigned long code = ERR_peek_error(); /* the first: the others follow from it */
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	autofree char *file = conf && *conf
				      ? xasprintf("OPENSSL_CONF names '%s'", conf)
				      : xasprintf("OPENSSL_CONF is not set: %s/openssl.cnf counts",
						  OPENSSL_info(OPENSSL_INFO_CONFIG_DIR));
	struct rb_error *err = rb_error_new(RB_USAGE, "OpenSSL cannot do %s here", name);

	err = rb_error_why(err, "%-s; %s", reason ? reason : N_("its providers offer none"), file);
	ERR_clear_error();
	return rb_error_hint(
		err, "see what `openssl list -providers` shows: a FIPS provider has to be "
		     "installed, and 'base' activated with it; OPENSSL_CONF=/dev/null takes "
		     "OpenSSL as it comes");
}

struct rb_error *crypto_check(void)
{
	static const struct {
		const char *name;
		bool (*can)(void);
	} needs[] = {
		{ "SHA-256", can_sha256 }, { "random numbers", can_random },
		{ "HMAC", can_hmac },	   { "SHA-1", can_sha1 },
		{ "TLS", can_tls },
	};

	for (size_t i = 0; i < ARRAY_LEN(needs); i++)
		if (!needs[i].can())
			return cannot(needs[i].name);
	return NULL;
}
