/* SPDX-License-Identifier: Apache-2.0 */
/* Fresh keys in OpenSSH's forms. */
#include "net/sshkey.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

enum { KEY_BYTES = 32, BLOCK = 8, LINE = 70, RSA_BITS = 2048 };

static void add_u32(struct buf *out, uint32_t v)
{
	unsigned char b[4] = { (unsigned char)(v >> 24), (unsigned char)(v >> 16),
			       (unsigned char)(v >> 8), (unsigned char)v };

	(void)buf_add(out, b, sizeof(b));
}

static void add_string(struct buf *out, const void *p, size_t n)
{
	add_u32(out, (uint32_t)n);
	(void)buf_add(out, p, n);
}

/* ---- Ed25519 -------------------------------------------------------------- */

static bool add_ed25519(EVP_PKEY *key, struct buf *pub, struct buf *priv)
{
	unsigned char both[2 * KEY_BYTES]; /* the seed, and the public half */
	size_t seed_n = KEY_BYTES, pub_n = KEY_BYTES;
	bool ok = EVP_PKEY_get_raw_private_key(key, both, &seed_n) == 1 &&
		  EVP_PKEY_get_raw_public_key(key, both + KEY_BYTES, &pub_n) == 1;

	if (ok) {
		add_string(pub, "ssh-ed25519", strlen("ssh-ed25519"));
		add_string(pub, both + KEY_BYTES, KEY_BYTES);
		(void)buf_add(priv, pub->p, pub->n);
		add_string(priv, both, sizeof(both));
	}
	OPENSSL_cleanse(both, sizeof(both));
	return ok;
}

/* ---- RSA ------------------------------------------------------------------ */

/* One of the key's numbers as an mpint: a leading zero where the first bit is set (RFC 4251). */
static bool add_number(EVP_PKEY *key, const char *name, struct buf *out)
{
	unsigned char bytes[1 + RSA_BITS / 8] = { 0 };
	BIGNUM *n = NULL;
	bool ok = EVP_PKEY_get_bn_param(key, name, &n) == 1 && BN_num_bytes(n) < (int)sizeof(bytes);

	if (ok) {
		size_t used = (size_t)BN_bn2bin(n, bytes + 1);
		bool zero = used && bytes[1] & 0x80;

		add_string(out, zero ? bytes : bytes + 1, zero ? used + 1 : used);
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	BN_clear_free(n);
	return ok;
}

static bool add_numbers(EVP_PKEY *key, const char *const *names, struct buf *out)
{
	add_string(out, "ssh-rsa", strlen("ssh-rsa"));
	for (; *names; names++)
		if (!add_number(key, *names, out))
			return false;
	return true;
}

static bool add_rsa(EVP_PKEY *key, struct buf *pub, struct buf *priv)
{
	static const char *const of_public[] = { OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_N,
						 NULL };
	static const char *const of_private[] = { OSSL_PKEY_PARAM_RSA_N,
						  OSSL_PKEY_PARAM_RSA_E,
						  OSSL_PKEY_PARAM_RSA_D,
						  OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
						  OSSL_PKEY_PARAM_RSA_FACTOR1,
						  OSSL_PKEY_PARAM_RSA_FACTOR2,
						  NULL };

	return add_numbers(key, of_public, pub) && add_numbers(key, of_private, priv);
}

/* ---- both ----------------------------------------------------------------- */

static EVP_PKEY *new_key(enum sshkey_type type)
{
	switch (type) {
	case SSHKEY_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case SSHKEY_RSA:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS);
	}
	return NULL;
}

static void write_private(const struct buf *pub, const struct buf *fields, struct secret *ret)
{
	static const char magic[] = "openssh-key-v1"; /* its NUL belongs to it */
	auto_secret_buf whole = BUF_INIT, priv = BUF_INIT, pem = BUF_INIT;
	unsigned char check[4];
	uint32_t c;
	char *b64;

	if (RAND_bytes(check, sizeof(check)) != 1)
		abort(); /* crypto_check tried it */
	memcpy(&c, check, sizeof(c));
	add_u32(&priv, c); /* twice the same: how a reader knows that it decrypted well */
	add_u32(&priv, c);
	(void)buf_add(&priv, fields->p, fields->n);
	add_string(&priv, "", 0); /* comment */
	for (char pad = 1; priv.n % BLOCK; pad++)
		(void)buf_addc(&priv, pad);

	(void)buf_add(&whole, magic, sizeof(magic));
	add_string(&whole, "none", 4); /* cipher */
	add_string(&whole, "none", 4); /* key derivation */
	add_string(&whole, "", 0);
	add_u32(&whole, 1);
	add_string(&whole, pub->p, pub->n);
	add_string(&whole, priv.p, priv.n);

	b64 = text_base64(whole.p, whole.n);
	(void)buf_adds(&pem, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	for (size_t at = 0, n = strlen(b64); at < n; at += LINE)
		(void)buf_addf(&pem, "%.*s\n", LINE, b64 + at);
	(void)buf_adds(&pem, "-----END OPENSSH PRIVATE KEY-----\n");
	OPENSSL_cleanse(b64, strlen(b64));
	free(b64);
	secret_set(ret, pem.p, pem.n);
}

bool sshkey_generate_as(enum sshkey_type type, struct sshkey *ret)
{
	EVP_PKEY *key = new_key(type);
	auto_buf pub = BUF_INIT;
	auto_secret_buf priv = BUF_INIT;
	bool ok = key && (type == SSHKEY_ED25519 ? add_ed25519(key, &pub, &priv)
						 : add_rsa(key, &pub, &priv));

	EVP_PKEY_free(key);
	if (!ok)
		return false;
	*ret = (struct sshkey){ 0 };
	write_private(&pub, &priv, &ret->private_pem);
	autofree char *b64 = text_base64(pub.p, pub.n);

	ret->public_line =
		xasprintf("%s %s", type == SSHKEY_ED25519 ? "ssh-ed25519" : "ssh-rsa", b64);
	return true;
}

struct rb_error *sshkey_generate(struct sshkey *ret)
{
	static const enum sshkey_type types[] = { SSHKEY_ED25519, SSHKEY_RSA };
	unsigned long code;
	const char *reason;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		ERR_clear_error();
		if (sshkey_generate_as(types[i], ret))
			return NULL;
	}
	code = ERR_peek_error();
	reason = code ? ERR_reason_error_string(code) : NULL;
	ERR_clear_error();
	return rb_error_hint(rb_error_why(rb_error_new(RB_USAGE, "cannot make a key for ssh"),
					  "OpenSSL makes neither Ed25519 nor RSA keys here: %-s",
					  reason ? reason : N_("its providers offer none")),
			     "see what `openssl list -providers` shows; OPENSSL_CONF=/dev/null "
			     "takes OpenSSL as it "
			     "comes");
}

void sshkey_clear(struct sshkey *k)
{
	free(k->public_line);
	secret_clear(&k->private_pem);
	*k = (struct sshkey){ 0 };
}

char *sshkey_fingerprint(const char *base64_blob)
{
	auto_buf blob = BUF_INIT;
	unsigned char md[32];
	char *b64, *out;

	if (!text_base64_decode(base64_blob, strlen(base64_blob), &blob) || !blob.n)
		return NULL;
	text_sha256(blob.p, blob.n, md);
	b64 = text_base64(md, sizeof(md));
	b64[strcspn(b64, "=")] = '\0';
	out = xasprintf("SHA256:%s", b64);
	free(b64);
	return out;
}
