/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One key for the authority, one for all certificates that it signs; a
 * certificate is made when its name is first asked for and kept.  Keys are
 * P-256: made in a millisecond, so a sandbox starts at once.
 */
#include "sandbox/core/cert.h"

#include <pthread.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/core/cert_inner.h"
#include "sandbox/core/host.h"

#define CA_NAME "runbook-sandbox (rehearsals only)"

struct rb_error *ca_openssl_failed(const char *what)
{
	char text[160] = "unknown";
	unsigned long e = ERR_get_error();

	if (e)
		ERR_error_string_n(e, text, sizeof(text));
	ERR_clear_error();
	return rb_error_why(rb_error_new(RB_FAILED, "cannot %s", what), "%s", text);
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool ok;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (!ext)
		return false;
	ok = X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

/* Version, number, dates, subject and key; the caller adds extensions and signs. */
static X509 *blank_cert(const char *cn, const X509 *issuer, EVP_PKEY *key, long days)
{
	X509 *cert = X509_new();
	unsigned char serial[16];
	BIGNUM *bn = NULL;
	X509_NAME *name;
	time_t now = (time_t)clock_utc_s();

	if (!cert || RAND_bytes(serial, sizeof(serial)) != 1)
		goto fail;
	serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40); /* positive, and never short */
	bn = BN_bin2bn(serial, sizeof(serial), NULL);
	if (!bn || !BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(cert)) ||
	    X509_set_version(cert, X509_VERSION_3) != 1 ||
	    !X509_time_adj_ex(X509_getm_notBefore(cert), -1, 0, &now) ||
	    !X509_time_adj_ex(X509_getm_notAfter(cert), (int)days, 0, &now))
		goto fail;
	name = X509_get_subject_name(cert);
	/* the field holds 64 characters; clients check the alternative names anyway */
	if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn,
				       (int)(strlen(cn) > 64 ? 64 : strlen(cn)), -1, 0) != 1 ||
	    X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : name) != 1 ||
	    X509_set_pubkey(cert, key) != 1)
		goto fail;
	BN_free(bn);
	return cert;
fail:
	BN_free(bn);
	X509_free(cert);
	return NULL;
}

static X509 *make_ca_cert(EVP_PKEY *key)
{
	X509 *cert = blank_cert(CA_NAME, NULL, key, 3650);
	auto_buf names = BUF_INIT;

	if (!cert)
		return NULL;
	buf_adds(&names, "critical,permitted;DNS:localhost,permitted;IP:127.0.0.0/255.0.0.0");
	for (size_t i = 0; host_suffixes[i]; i++)
		buf_addf(&names, ",permitted;DNS:%s", host_suffixes[i]);
	if (add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	    add_extension(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	    add_extension(cert, cert, NID_subject_key_identifier, "hash") &&
	    add_extension(cert, cert, NID_name_constraints, names.p) &&
	    X509_sign(cert, key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

static struct rb_error *ca_assemble(EVP_PKEY *key, X509 *cert, struct ca **ret)
{
	struct ca *ca;
	EVP_PKEY *leaf_key = EVP_EC_gen("P-256");

	if (!leaf_key)
		return ca_openssl_failed("make a key");
	ca = xcalloc(1, sizeof(*ca));
	ca->key = key;
	ca->cert = cert;
	ca->leaf_key = leaf_key;
	pthread_mutex_init(&ca->lock, NULL);
	*ret = ca;
	return NULL;
}

struct rb_error *ca_new(struct ca **ret)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = key ? make_ca_cert(key) : NULL;
	struct rb_error *err;

	if (!cert) {
		err = ca_openssl_failed("make the sandbox's certificate authority");
		EVP_PKEY_free(key);
		return err;
	}
	err = ca_assemble(key, cert, ret);
	if (err) {
		X509_free(cert);
		EVP_PKEY_free(key);
	}
	return err;
}

struct rb_error *ca_from_pem(const char *pem, size_t n, struct ca **ret)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)n);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	EVP_PKEY *key = cert ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
	struct rb_error *err = NULL;

	if (!key || X509_check_private_key(cert, key) != 1)
		err = ca_openssl_failed("read the sandbox's certificate authority");
	if (!err)
		err = ca_assemble(key, cert, ret);
	if (err) {
		X509_free(cert);
		EVP_PKEY_free(key);
	}
	BIO_free(bio);
	return err;
}

struct ca *ca_free(struct ca *ca)
{
	if (!ca)
		return NULL;
	for (size_t i = 0; i < ca->n_leaves; i++) {
		free(ca->leaves[i].name);
		X509_free(ca->leaves[i].cert);
	}
	pthread_mutex_destroy(&ca->lock);
	EVP_PKEY_free(ca->leaf_key);
	EVP_PKEY_free(ca->key);
	X509_free(ca->cert);
	free(ca);
	return NULL;
}

static void add_pem(struct buf *out, BIO *bio)
{
	char *p = NULL;
	long n = BIO_get_mem_data(bio, &p);

	if (n > 0)
		buf_add(out, p, (size_t)n);
}

void ca_cert_pem(const struct ca *ca, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio && PEM_write_bio_X509(bio, ca->cert) == 1)
		add_pem(out, bio);
	BIO_free(bio);
}

void ca_pem(const struct ca *ca, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_secmem());

	ca_cert_pem(ca, out);
	if (bio && PEM_write_bio_PrivateKey(bio, ca->key, NULL, NULL, 0, NULL, NULL) == 1)
		add_pem(out, bio);
	BIO_free(bio);
}

/* The names that AWS's certificate for such a host has, as the extension's text. */
static void alternative_names(const struct host *h, struct buf *out)
{
	static const char *const s3[] = { "bucket", "accesspoint", "control" };

	switch (h->kind) {
	case HOST_OTHER:
		buf_adds(out, "DNS:localhost,IP:127.0.0.1");
		break;
	case HOST_S3_ENDPOINT:
		for (size_t i = 0; i < ARRAY_LEN(s3); i++)
			buf_addf(out, "%sDNS:%s.%s,DNS:*.%s.%s", i ? "," : "", s3[i], h->base,
				 s3[i], h->base);
		break;
	case HOST_API:
		buf_addf(out, "DNS:%s", h->base);
		if (text_starts_with(h->base, "s3"))
			buf_addf(out, ",DNS:*.%s", h->base);
		break;
	case HOST_EICE:
		buf_addf(out, "DNS:%s", h->name);
		break;
	}
}

static X509 *make_leaf(const struct ca *ca, const struct host *h, const char *cn)
{
	X509 *cert = blank_cert(cn, ca->cert, ca->leaf_key, 397);
	auto_buf names = BUF_INIT;

	if (!cert)
		return NULL;
	alternative_names(h, &names);
	if (add_extension(cert, ca->cert, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_extension(cert, ca->cert, NID_key_usage, "critical,digitalSignature") &&
	    add_extension(cert, ca->cert, NID_ext_key_usage, "serverAuth") &&
	    add_extension(cert, ca->cert, NID_subject_key_identifier, "hash") &&
	    add_extension(cert, ca->cert, NID_authority_key_identifier, "keyid:always") &&
	    add_extension(cert, ca->cert, NID_subject_alt_name, names.p) &&
	    X509_sign(cert, ca->key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

/* A reference of the caller's own, or NULL. */
X509 *ca_leaf(struct ca *ca, const struct host *h)
{
	const char *cn = h->kind == HOST_OTHER ? "localhost" : h->base;
	X509 *cert = NULL;
	struct ca_leaf *slot;

	pthread_mutex_lock(&ca->lock);
	for (size_t i = 0; i < ca->n_leaves && !cert; i++)
		if (strcmp(ca->leaves[i].name, cn) == 0)
			cert = ca->leaves[i].cert;
	if (!cert && (cert = make_leaf(ca, h, cn)) != NULL) {
		if (ca->n_leaves < CA_MAX_LEAVES) {
			slot = &ca->leaves[ca->n_leaves++];
		} else {
			slot = &ca->leaves[ca->next_leaf];
			ca->next_leaf = (ca->next_leaf + 1) % CA_MAX_LEAVES;
			free(slot->name);
			X509_free(slot->cert);
		}
		slot->name = xstrdup(cn);
		slot->cert = cert;
	}
	if (cert)
		X509_up_ref(cert);
	pthread_mutex_unlock(&ca->lock);
	return cert;
}
