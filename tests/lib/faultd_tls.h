/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and certificates of the fault server, made when it starts. */
#ifndef TESTS_FAULTD_TLS_H
#define TESTS_FAULTD_TLS_H

#include <openssl/ssl.h>

#include "tests/lib/faultd.h"

/* A server context; the authority's certificate is written to `ca_file` and, by hash, `ca_dir`. */
SSL_CTX *faultd_tls_context(enum faultd_cert cert, const char *ca_file, const char *ca_dir);

#endif
