/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a connection is made to: how libcurl is set up for it, and whose fault it is when it fails.
 *
 * Common to http.c and tunnel.c, so that both trust the same authorities, take the same proxies
 * and say the same thing of the same cause.
 */
#ifndef NET_PEER_H
#define NET_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

#include "base/attr.h"
#include "base/error.h"
#include "net/proxy.h"

struct peer {
	const char *host;
	const struct proxy *proxy; /* never NULL; without a scheme: none */
	int64_t timeout_ms;	   /* for connecting */
	int sockets[2];		   /* tried so far, in turn; peer_watch fills the rest */
	unsigned n_sockets;
	bool connected;	    /* one of them got its connection */
	bool carries_bytes; /* a tunnel, whose time is the cipher's: of TLS 1.3's the quickest is
			     * offered first */
};

/* Notice how far the connection comes: a libcurl that ran out of time does not report it.  `peer`
 * must live as long as the transfer. */
void peer_watch(CURL *easy, struct peer *peer);

/* Why a certificate was refused since the last peer_watch: X509_V_ERR_*; 0: none was. */
int peer_refused_certificate(void);

/* Verify the certificates of host and proxy, TLS 1.2 at least, by `ca_pem` (the certificates
 * themselves, which must live as long as the transfer), else by `ca_bundle` (file or hashed
 * directory), else by libcurl's own. */
void peer_trust(CURL *easy, const char *ca_bundle, const char *ca_pem);

/*
 * What `code` means when nothing of the request had left; `text` is libcurl's own, or "".
 *   kinds  NETWORK  it may pass: no address, no connection, a proxy that cannot reach the host
 *          FAILED   it will not: certificate, a proxy's refusal, no TLS
 *          USAGE    no host to call
 */
NODISCARD RETURNS_NONNULL struct rb_error *peer_error(CURL *easy, const struct peer *peer,
						      CURLcode code, const char *text);
/* The proxy answered `status`, to CONNECT or to a request that it was to hand on. */
NODISCARD RETURNS_NONNULL struct rb_error *peer_proxy_refusal(CURL *easy, const struct peer *peer,
							      long status);

#endif
