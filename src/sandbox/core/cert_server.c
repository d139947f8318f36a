/* SPDX-License-Identifier: Apache-2.0 */
/* TLS as the sandbox serves it: the certificate by the name that the client asks for. */
#include "sandbox/core/cert_inner.h"

#include <string.h>
#include <openssl/x509.h>

#include "sandbox/core/cert.h"
#include "sandbox/core/host.h"

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
	cert = ca_leaf(ca, &host);
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
		return ca_openssl_failed("set up TLS");
	}
	ca->hook = hook;
	ca->hook_arg = hook_arg;
	/* a retry may come from another buffer, and half a write is a write: our pumps need both */
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_client_hello_cb(ctx, on_client_hello, ca);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	*ret = ctx;
	return NULL;
}
