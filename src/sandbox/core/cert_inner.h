/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the certificates share. */
#ifndef SANDBOX_CORE_CERT_INNER_H
#define SANDBOX_CORE_CERT_INNER_H

#include <pthread.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/attr.h"
#include "base/error.h"
#include "sandbox/core/cert.h"
#include "sandbox/core/host.h"

#define CA_MAX_LEAVES 64 /* past this the oldest is made anew when asked for again */

struct ca_leaf {
	char *name; /* the first of its names */
	X509 *cert;
};

struct ca {
	EVP_PKEY *key;
	X509 *cert;
	EVP_PKEY *leaf_key;

	pthread_mutex_t lock; /* of what follows */
	struct ca_leaf leaves[CA_MAX_LEAVES];
	size_t n_leaves;
	size_t next_leaf; /* the one to go when all are taken */

	sni_hook *hook;
	void *hook_arg;
};

/* The certificate for a host, made when it is first asked for; a reference, NULL: OpenSSL failed.
 */
NODISCARD X509 *ca_leaf(struct ca *ca, const struct host *h);
/* "cannot WHAT", with OpenSSL's own reason. */
NODISCARD RETURNS_NONNULL struct rb_error *ca_openssl_failed(const char *what);

#endif
