/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL on libcurl's socket, with a buffer between its records and the socket. */
#include "net/wire.h"

#include <openssl/bio.h>
#include <openssl/err.h>

enum {
	GATHER = 144 * 1024,	 /* two frames in records */
	READ_AHEAD = 128 * 1024, /* of records: each would be two system calls */
};

static SSL *openssl_of(CURL *easy)
{
	struct curl_tlssessioninfo *info = NULL;

	if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) || !info ||
	    info->backend != CURLSSLBACKEND_OPENSSL)
		return NULL;
	return info->internals;
}

void wire_open(struct wire *w, CURL *easy, curl_socket_t socket, bool on_socket)
{
	BIO *bytes, *buffer;

	*w = (struct wire){ .easy = easy, .ssl = on_socket ? openssl_of(easy) : NULL };
	if (!w->ssl)
		return;
	bytes = BIO_new_socket(socket, BIO_NOCLOSE);
	buffer = BIO_new(BIO_f_buffer());
	if (!bytes || !buffer || BIO_set_write_buffer_size(buffer, GATHER) != 1 ||
	    BIO_set_read_buffer_size(buffer, READ_AHEAD) != 1) {
		BIO_free(bytes);
		BIO_free(buffer);
		w->ssl = NULL;
		return;
	}
	/* OpenSSL's own reading ahead would move all that it has read at each record. */
	(void)BIO_push(buffer, bytes);
	SSL_set_bio(w->ssl, buffer, buffer);
	/* A connection that ends without a goodbye of TLS has ended all the same: whoever reads
	 * knows himself whether it was whole. */
	(void)SSL_set_options(w->ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_set_mode(w->ssl,
			   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static CURLcode flush(struct wire *w)
{
	BIO *buffer = SSL_get_wbio(w->ssl);

	if (!w->unsent)
		return CURLE_OK;
	if (BIO_flush(buffer) != 1)
		return BIO_should_retry(buffer) ? CURLE_AGAIN : CURLE_SEND_ERROR;
	w->unsent = false;
	return CURLE_OK;
}

void wire_close(struct wire *w)
{
	if (!w->ssl)
		return;
	ERR_clear_error();
	(void)SSL_shutdown(w->ssl);
	(void)BIO_flush(SSL_get_wbio(w->ssl));
	ERR_clear_error();
	w->ssl = NULL;
}

/* Why OpenSSL moved nothing. */
static CURLcode why(const struct wire *w, CURLcode broken)
{
	int e = SSL_get_error(w->ssl, 0);

	ERR_clear_error();
	return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? CURLE_AGAIN
	       : e == SSL_ERROR_ZERO_RETURN			     ? CURLE_OK
								     : broken;
}

CURLcode wire_read(struct wire *w, void *p, size_t n, size_t *ret)
{
	*ret = 0;
	if (!w->ssl)
		return curl_easy_recv(w->easy, p, n, ret);
	ERR_clear_error();
	if (SSL_read_ex(w->ssl, p, n, ret) == 1)
		return CURLE_OK;
	*ret = 0;
	return why(w, CURLE_RECV_ERROR);
}

CURLcode wire_write(struct wire *w, const void *p, size_t n, size_t *ret)
{
	CURLcode rc;

	*ret = 0;
	if (!w->ssl)
		return n ? curl_easy_send(w->easy, p, n, ret) : CURLE_OK;
	rc = flush(w);
	while (!rc && *ret < n) {
		size_t some = 0;

		ERR_clear_error();
		if (SSL_write_ex(w->ssl, (const char *)p + *ret, n - *ret, &some) != 1) {
			rc = why(w, CURLE_SEND_ERROR);
			/* What was taken counts; the next call meets this again. */
			if (*ret && rc == CURLE_AGAIN)
				return CURLE_OK;
			return rc ? rc : CURLE_SEND_ERROR;
		}
		w->unsent = true;
		*ret += some;
	}
	if (rc)
		return rc;
	rc = flush(w);
	return rc == CURLE_AGAIN ? CURLE_OK : rc;
}
