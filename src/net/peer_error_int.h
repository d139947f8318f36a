/* SPDX-License-Identifier: Apache-2.0 */
/* What the files share that say why a connection failed. */
#ifndef NET_PEER_ERROR_INT_H
#define NET_PEER_ERROR_INT_H

#include <curl/curl.h>

#include "base/attr.h"
#include "base/error.h"
#include "net/peer.h"

/* A connection that failed, and what is known of it. */
struct peer_attempt {
	CURL *easy;
	const struct peer *peer;
	const char *proxy;   /* a sentence by its English: "the proxy 'http://...'"; NULL: there is
				none */
	bool at_proxy;	     /* it had not passed the proxy yet */
	long connect_code;   /* the proxy's answer to CONNECT; 0: none */
	curl_off_t found_us; /* until the name was resolved; 0: not yet */
	bool connected;
	long os_errno;
	const char *text;
};

/* Borrows all of it. */
struct peer_attempt peer_attempt_of(CURL *easy, const struct peer *peer, const char *text);
/* `err` with the hint to look at the variable that named the proxy; `what`: a literal. */
NODISCARD RETURNS_NONNULL struct rb_error *
peer_check_variable(const struct peer_attempt *a, struct rb_error *err, const char *what);
/* The proxy answered with that status. */
NODISCARD RETURNS_NONNULL struct rb_error *peer_proxy_refused(const struct peer_attempt *a,
							      long status);
/* A SOCKS proxy did not lead there. */
NODISCARD RETURNS_NONNULL struct rb_error *peer_socks_error(const struct peer_attempt *a);

#endif
