/* Fresh Ed25519 keys in OpenSSH's forms. */
#include "net/sshkey.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

enum { KEY_BYTES = 32, BLOCK = 8, LINE = 70 };

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

static void add_public(struct buf *out, const unsigned char *pub)
{
	add_string(out, "ssh-ed25519", strlen("ssh-ed25519"));
	add_string(out, pub, KEY_BYTES);
}

static void add_private(struct buf *out, const unsigned char *seed, const unsigned char *pub)
{
	unsigned char both[2 * KEY_BYTES], check[4];
	uint32_t c;

	if (RAND_bytes(check, sizeof(check)) != 1)
		abort();
	memcpy(&c, check, sizeof(c));
	add_u32(out, c); /* twice the same: how a reader knows that it decrypted well */
	add_u32(out, c);
	add_public(out, pub);
	memcpy(both, seed, KEY_BYTES);
	memcpy(both + KEY_BYTES, pub, KEY_BYTES);
	add_string(out, both, sizeof(both));
	add_string(out, "", 0); /* comment */
	for (char pad = 1; out->n % BLOCK; pad++)
		(void)buf_addc(out, pad);
	OPENSSL_cleanse(both, sizeof(both));
}

static void generate_raw(unsigned char seed[KEY_BYTES], unsigned char pub[KEY_BYTES])
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	size_t seed_n = KEY_BYTES, pub_n = KEY_BYTES;

	if (!key || EVP_PKEY_get_raw_private_key(key, seed, &seed_n) != 1 ||
	    EVP_PKEY_get_raw_public_key(key, pub, &pub_n) != 1)
		abort();
	EVP_PKEY_free(key);
}

void sshkey_generate(struct sshkey *ret)
{
	static const char magic[] = "openssh-key-v1"; /* its NUL belongs to it */
	unsigned char seed[KEY_BYTES], pub[KEY_BYTES];
	auto_secret_buf whole = BUF_INIT, priv = BUF_INIT, pem = BUF_INIT;
	auto_buf blob = BUF_INIT;
	char *b64;

	generate_raw(seed, pub);
	add_public(&blob, pub);
	add_private(&priv, seed, pub);
	OPENSSL_cleanse(seed, sizeof(seed));
	(void)buf_add(&whole, magic, sizeof(magic));
	add_string(&whole, "none", 4); /* cipher */
	add_string(&whole, "none", 4); /* key derivation */
	add_string(&whole, "", 0);
	add_u32(&whole, 1);
	add_string(&whole, blob.p, blob.n);
	add_string(&whole, priv.p, priv.n);

	b64 = text_base64(whole.p, whole.n);
	(void)buf_adds(&pem, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	for (size_t at = 0, n = strlen(b64); at < n; at += LINE)
		(void)buf_addf(&pem, "%.*s\n", LINE, b64 + at);
	(void)buf_adds(&pem, "-----END OPENSSH PRIVATE KEY-----\n");
	OPENSSL_cleanse(b64, strlen(b64));
	free(b64);

	*ret = (struct sshkey){ 0 };
	secret_set(&ret->private_pem, pem.p, pem.n);
	b64 = text_base64(blob.p, blob.n);
	ret->public_line = xasprintf("ssh-ed25519 %s", b64);
	free(b64);
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
