/* SPDX-License-Identifier: Apache-2.0 */
/* Trust, and how far a connection came. */
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/buf.h"
#include "base/span.h"
#include "base/text.h"
#include "net/peer.h"

/* An option that this libcurl does not take is our mistake, not the network's. */
#define SET(easy, option, value)                                                                   \
	do {                                                                                       \
		if (curl_easy_setopt((easy), (option), (value)) != CURLE_OK)                       \
			abort();                                                                   \
	} while (0)

void peer_trust(CURL *easy, const char *ca_bundle, const char *ca_pem)
{
	struct stat st;
	bool is_dir;

	SET(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	SET(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
	SET(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
	SET(easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (ca_pem) {
		struct curl_blob pem = { .data = (void *)(uintptr_t)ca_pem,
					 .len = strlen(ca_pem),
					 .flags = CURL_BLOB_NOCOPY };

		SET(easy, CURLOPT_CAINFO_BLOB, &pem);
		SET(easy, CURLOPT_CAPATH, NULL);
		SET(easy, CURLOPT_PROXY_CAINFO_BLOB, &pem);
		SET(easy, CURLOPT_PROXY_CAPATH, NULL);
		return;
	}
	if (!ca_bundle)
		return;
	is_dir = stat(ca_bundle, &st) == 0 && S_ISDIR(st.st_mode);
	SET(easy, CURLOPT_CAINFO, is_dir ? NULL : ca_bundle);
	SET(easy, CURLOPT_CAPATH, is_dir ? ca_bundle : NULL);
	SET(easy, CURLOPT_PROXY_CAINFO, is_dir ? NULL : ca_bundle);
	SET(easy, CURLOPT_PROXY_CAPATH, is_dir ? ca_bundle : NULL);
}

static int on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	struct peer *peer = arg;

	(void)purpose;
	peer->sockets[peer->n_sockets++ % ARRAY_LEN(peer->sockets)] = fd;
	return CURL_SOCKOPT_OK;
}

static int on_progress(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
		       curl_off_t up)
{
	struct peer *peer = arg;

	(void)down_all;
	(void)down;
	(void)up_all;
	(void)up;
	for (unsigned i = 0; !peer->connected && i < peer->n_sockets && i < 2; i++) {
		struct sockaddr_storage address;
		socklen_t n = sizeof(address);

		peer->connected =
			getpeername(peer->sockets[i], (struct sockaddr *)&address, &n) == 0;
	}
	return 0;
}

/*
 * Why OpenSSL refused a certificate, the last time.  libcurl 7.88 loses that for a host behind an
 * https:// proxy, where its own TLS runs in the proxy's: it says SSL_ERROR_SYSCALL.  No pointer to
 * a transfer, for a connection and its SSL_CTX outlive one.
 */
static atomic_int refused_by; /* X509_V_ERR_*; 0: not at all.  Tasks have threads of their own. */

int peer_refused_certificate(void)
{
	return refused_by;
}

static int on_verify(int good, X509_STORE_CTX *store)
{
	if (!good)
		refused_by = X509_STORE_CTX_get_error(store);
	return good;
}

/*
 * Offers AES with 128 bits before the 256 that OpenSSL begins with: a fifth less work, and what is
 * carried is SSH.  Nothing is offered that the machine's settings leave out.
 */
static void offer_quickest_first(SSL_CTX *ctx)
{
	static const char quickest[] = "TLS_AES_128_GCM_SHA256";
	STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);
	auto_buf first = BUF_INIT, rest = BUF_INIT;

	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(all, i);
		const char *name = SSL_CIPHER_get_name(cipher);

		if (!text_eq(SSL_CIPHER_get_version(cipher), "TLSv1.3"))
			continue;
		if (text_eq(name, quickest))
			(void)buf_adds(&first, name);
		else
			(void)buf_addf(&rest, ":%s", name);
	}
	if (!first.n)
		return;
	(void)buf_add(&first, rest.p, rest.n);
	(void)SSL_CTX_set_ciphersuites(ctx, first.p);
}

static CURLcode on_ssl_ctx(CURL *easy, void *ssl_ctx, void *arg)
{
	const struct peer *peer = arg;

	(void)easy;
	SSL_CTX_set_verify(ssl_ctx, SSL_VERIFY_PEER, on_verify);
	if (peer->carries_bytes)
		offer_quickest_first(ssl_ctx);
	return CURLE_OK;
}

void peer_watch(CURL *easy, struct peer *peer)
{
	refused_by = 0;
	/* A libcurl on other than OpenSSL says no, and tells what it tells. */
	(void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, peer);
	SET(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
	SET(easy, CURLOPT_SOCKOPTDATA, peer);
	SET(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(easy, CURLOPT_XFERINFODATA, peer);
	SET(easy, CURLOPT_NOPROGRESS, 0L);
}
