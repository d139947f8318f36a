/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proxy that the environment names for a request.
 *
 * It is read here and not by libcurl, whose messages quote the variable as it stands, password
 * and all.  libcurl is given scheme, host and port in one option and user and password in two
 * others, so that no text of its own can hold them.
 */
#ifndef NET_PROXY_H
#define NET_PROXY_H

#include <stdbool.h>

#include <curl/curl.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/secret.h"

struct proxy {
	char *scheme; /* "http", "https", "socks5h" ...; NULL: there is no proxy */
	char *host;
	int port;
	const char *variable; /* that named it: "HTTPS_PROXY" */
	char *user;	      /* decoded; NULL: none given */
	struct secret password;
};
void proxy_clear(struct proxy *p);
#define auto_proxy CLEANUP(proxy_clear) struct proxy

/*
 * For a request to `scheme`://`host`: https_proxy, HTTPS_PROXY (or http_proxy, HTTP_PROXY), then
 * all_proxy, ALL_PROXY; none when no_proxy or NO_PROXY names the host.
 *   fails  USAGE  the variable's value is no proxy's URL; it is not quoted
 */
NODISCARD struct rb_error *proxy_for(const char *scheme, const char *host, struct proxy *ret);

/* Configure libcurl; without a proxy, that there is none, whatever the environment says. */
void proxy_apply(const struct proxy *p, CURL *easy);

/* "http://proxy.example:3128", for messages.  Caller frees. */
NODISCARD char *proxy_shown(const struct proxy *p);

/* Whether the list `no_proxy` (NULL: none) names `host`, as libcurl reads it.  Public for its
 * test. */
bool proxy_is_excepted(const char *no_proxy, const char *host);

#endif
