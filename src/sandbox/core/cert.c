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
#include "sandbox/core/host.h"

#define CA_NAME "runbook-sandbox (rehearsals only)"
#define MAX_LEAVES 64 /* past this the oldest is made anew when asked for again */

struct leaf {
	char *name; /* the first of its names */
	X509 *cert;
};

struct ca {
	EVP_PKEY *key;
	X509 *cert;
	EVP_PKEY *leaf_key;

	pthread_mutex_t lock; /* of what follows */
	struct leaf leaves[MAX_LEAVES];
	size_t n_leaves;
	size_t next_leaf; /* the one to go when all are taken */

	sni_hook *hook;
	void *hook_arg;
};

static struct rb_error *openssl_failed(const char *what)
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
		return openssl_failed("make a key");
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
		err = openssl_failed("make the sandbox's certificate authority");
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
		err = openssl_failed("read the sandbox's certificate authority");
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
static X509 *leaf_for(struct ca *ca, const struct host *h)
{
	const char *cn = h->kind == HOST_OTHER ? "localhost" : h->base;
	X509 *cert = NULL;
	struct leaf *slot;

	pthread_mutex_lock(&ca->lock);
	for (size_t i = 0; i < ca->n_leaves && !cert; i++)
		if (strcmp(ca->leaves[i].name, cn) == 0)
			cert = ca->leaves[i].cert;
	if (!cert && (cert = make_leaf(ca, h, cn)) != NULL) {
		if (ca->n_leaves < MAX_LEAVES) {
			slot = &ca->leaves[ca->n_leaves++];
		} else {
			slot = &ca->leaves[ca->next_leaf];
			ca->next_leaf = (ca->next_leaf + 1) % MAX_LEAVES;
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

/* The host of the client's first message; "" when it names none, or none that could be. */
static void hello_host(SSL *ssl, char out[HOST_MAX])
{
	const unsigned char *p;
	size_t n, len;

	out[0] = 0;
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &p, &n) != 1)
		return;
	/* list length, then one entry: its kind (0: host name), its length, the name */
	if (n < 5 || p[2] != TLSEXT_NAMETYPE_host_name)
		return;
	len = ((size_t)p[3] << 8) | p[4];
	if (len > n - 5 || len >= HOST_MAX || memchr(p + 5, 0, len))
		return;
	memcpy(out, p + 5, len);
	out[len] = 0;
}

static int on_client_hello(SSL *ssl, int *alert, void *arg)
{
	struct ca *ca = arg;
	char name[HOST_MAX];
	struct host host;
	X509 *cert;
	bool ok;

	hello_host(ssl, name);
	if (ca->hook && ca->hook(ssl, name, ca->hook_arg) == SNI_HANG)
		return SSL_CLIENT_HELLO_RETRY;
	if (!host_parse(name, &host))
		host = (struct host){ .kind = HOST_OTHER };
	if (host.kind == HOST_S3_ENDPOINT)
		SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
	cert = leaf_for(ca, &host);
	ok = cert && SSL_use_certificate(ssl, cert) == 1 &&
	     SSL_use_PrivateKey(ssl, ca->leaf_key) == 1;
	X509_free(cert);
	if (ok)
		return SSL_CLIENT_HELLO_SUCCESS;
	*alert = SSL_AD_INTERNAL_ERROR;
	return SSL_CLIENT_HELLO_ERROR;
}

/* HTTP/1.1 is all that is spoken behind this. */
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
		   const unsigned char *in, unsigned int in_n, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_n, ours, sizeof(ours) - 1, in, in_n) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

struct rb_error *ca_server(struct ca *ca, sni_hook *hook, void *hook_arg, SSL_CTX **ret)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1) {
		SSL_CTX_free(ctx);
		return openssl_failed("set up TLS");
	}
	ca->hook = hook;
	ca->hook_arg = hook_arg;
	/* a retry may come from another buffer, and half a write is a write: our pumps need both */
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	/* several records a system call */
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_default_read_buffer_len(ctx, 72 * 1024);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_client_hello_cb(ctx, on_client_hello, ca);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	*ret = ctx;
	return NULL;
}
