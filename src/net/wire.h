/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a TLS connection that libcurl has made, for who carries many of them.
 *
 * libcurl sends each record of TLS, 16 KiB at most, by a system call of its own, and wants what
 * was not sent at once offered again unchanged.  So OpenSSL is asked itself where it stands right
 * on the socket: records are gathered before they leave.  Behind a proxy that is spoken to by TLS,
 * and with a libcurl on another library, libcurl goes on doing it.
 */
#ifndef NET_WIRE_H
#define NET_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>
#include <openssl/ssl.h>

struct wire {
	CURL *easy;  /* borrowed */
	SSL *ssl;    /* its own, borrowed; NULL: libcurl reads and writes */
	bool unsent; /* wire_write has taken bytes that the socket has not: they leave with the next
		      * call, which needs none of its own */
};

/*
 * `easy` is connected (CURLOPT_CONNECT_ONLY) and outlives the wire; `on_socket`: nothing but the
 * socket is below its TLS.  SIGPIPE is ignored by the caller.  The wire_ calls alone are to be
 * used from here on.
 */
void wire_open(struct wire *w, CURL *easy, curl_socket_t socket, bool on_socket);
/* Says goodbye, as far as the socket takes it at once. */
void wire_close(struct wire *w);

/*
 * CURLE_AGAIN: not now.  *ret: bytes moved; a read of none is the end.  What wire_write did not
 * take is to be offered again from there, with more behind it or not.
 */
CURLcode wire_read(struct wire *w, void *p, size_t n, size_t *ret);
CURLcode wire_write(struct wire *w, const void *p, size_t n, size_t *ret);

#endif
