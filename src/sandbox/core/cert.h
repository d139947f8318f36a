/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox's own certificate authority, and a TLS server that proves itself
 * with it under whatever AWS name it is called by.
 *
 * The authority's key never leaves the process.  Its certificate is constrained
 * to AWS's names and to this machine, so a client that is configured to trust it
 * trusts it for nothing else.
 */
#ifndef SANDBOX_SBX_CERT_H
#define SANDBOX_SBX_CERT_H

#include <openssl/ssl.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"

struct ca;

NODISCARD struct rb_error *ca_new(struct ca **ret);
/* From what ca_pem made: the same authority in another process. */
NODISCARD struct rb_error *ca_from_pem(const char *pem, size_t n, struct ca **ret);
struct ca *ca_free(struct ca *ca);

/* The certificate alone, for clients. */
void ca_cert_pem(const struct ca *ca, struct buf *out);
/* Certificate and key, for the world's own file; `out` is to be cleansed. */
void ca_pem(const struct ca *ca, struct buf *out);

/*
 * Asked once a connection, when the client has named which host it means (""
 * when it did not say) and before anything is answered.
 */
enum sni_verdict {
	SNI_GO_ON,
	SNI_HANG, /* SSL_accept answers SSL_ERROR_WANT_CLIENT_HELLO_CB: the packet never came */
};
typedef enum sni_verdict sni_hook(SSL *ssl, const char *host, void *arg);

/*
 * A server context that picks its certificate by the name asked for; names that
 * are none of AWS's get one for localhost.  S3 interface endpoints speak TLS 1.2
 * and nothing newer, as on AWS.  `ca` is borrowed for the context's life; `hook`
 * may be NULL.  Caller: SSL_CTX_free.
 */
NODISCARD struct rb_error *ca_server(struct ca *ca, sni_hook *hook, void *hook_arg, SSL_CTX **ret);

#endif
