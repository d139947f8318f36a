/* SPDX-License-Identifier: Apache-2.0 */
/* An authority and a leaf certificate, both valid for this process's life at most. */
#include "tests/lib/faultd_tls.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"

static void must(long ok)
{
	if (ok <= 0)
		abort();
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(ext != NULL);
	must(X509_add_ext(cert, ext, -1));
	X509_EXTENSION_free(ext);
}

static X509 *make_cert(const char *name, EVP_PKEY *key, long serial, long from_s, long to_s)
{
	X509 *cert = X509_new();
	X509_NAME *subject;

	must(cert != NULL);
	must(X509_set_version(cert, X509_VERSION_3));
	must(ASN1_INTEGER_set(X509_get_serialNumber(cert), serial));
	must(X509_gmtime_adj(X509_getm_notBefore(cert), from_s) != NULL);
	must(X509_gmtime_adj(X509_getm_notAfter(cert), to_s) != NULL);
	subject = X509_get_subject_name(cert);
	must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name,
					-1, -1, 0));
	must(X509_set_pubkey(cert, key));
	return cert;
}

static void write_authority(X509 *cert, const char *ca_file, const char *ca_dir)
{
	autofree char *hashed = xasprintf("%s/%08lx.0", ca_dir, X509_subject_name_hash(cert));
	const char *const paths[] = { ca_file, hashed };

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		FILE *f = fopen(paths[i], "w");

		must(f != NULL);
		must(PEM_write_X509(f, cert));
		must(fclose(f) == 0);
	}
}

SSL_CTX *faultd_tls_context(enum faultd_cert kind, const char *ca_file, const char *ca_dir)
{
	static const long day = 24 * 60 * 60;
	long from_s = kind == FAULTD_CERT_EXPIRED ? -3 * day
		      : kind == FAULTD_CERT_EARLY ? day
						  : -day;
	EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	X509 *ca, *leaf;

	must(ca_key && key && ctx);
	ca = make_cert("fault server authority", ca_key, 1, -10 * day, 10 * day);
	must(X509_set_issuer_name(ca, X509_get_subject_name(ca)));
	add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE");
	must(X509_sign(ca, ca_key, EVP_sha256()));

	leaf = make_cert("fault server", key, 2, from_s, from_s + 2 * day);
	must(X509_set_issuer_name(leaf, X509_get_subject_name(ca)));
	add_extension(leaf, ca, NID_subject_alt_name,
		      kind == FAULTD_CERT_OTHER_NAME ? "DNS:other.example"
						     : "IP:127.0.0.1,DNS:localhost,"
						       "DNS:*.us-east-1.amazonaws.com,"
						       "DNS:*.eu-west-1.amazonaws.com,"
						       "DNS:*.s3.us-east-1.amazonaws.com,"
						       "DNS:*.s3.eu-west-1.amazonaws.com");
	must(X509_sign(leaf, ca_key, EVP_sha256()));

	must(SSL_CTX_use_certificate(ctx, leaf));
	must(SSL_CTX_use_PrivateKey(ctx, key));
	if (kind == FAULTD_CERT_TLS12)
		must(SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION));
	if (kind == FAULTD_CERT_TLS11) {
		SSL_CTX_set_security_level(ctx, 0);
		must(SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION));
		must(SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION));
	}
	write_authority(ca, ca_file, ca_dir);
	X509_free(ca);
	X509_free(leaf);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
	return ctx;
}
