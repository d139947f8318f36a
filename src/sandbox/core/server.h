/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners: HTTP, or HTTPS, on loopback; all of them serve the same sandbox. */
#ifndef SANDBOX_SERVER_H
#define SANDBOX_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "sandbox/core/sbx.h"

struct MHD_Connection;
struct server; /* one listener */

/* Where a request came from; all zero: from outside. */
struct server_origin {
	char endpoint[SBX_ID_MAX];	 /* the interface endpoint that it came in through */
	char source_ip[SBX_ADDRESS_MAX]; /* who sent it there */
};

struct server_listen {
	const char *address; /* "127.0.0.1" or "::1": anything but loopback is refused */
	uint16_t port;	     /* 0: the kernel chooses */
	const char *tls_key_pem, *tls_cert_pem; /* both NULL: plain HTTP */
	/*
	 * Asked first for each request, before its body is read.  It may answer the
	 * connection itself (upgrade to a WebSocket): then true and *ret_code is
	 * what MHD_queue_response gave (an enum MHD_Result).  Or it names the
	 * interface endpoint that the request came in through.  NULL: nobody is asked.
	 */
	bool (*first)(void *arg, struct MHD_Connection *conn, const char *method,
		      const char *target, const struct sbx_pairs *headers, int *ret_code,
		      struct server_origin *ret_origin);
	void *arg;
};

NODISCARD struct rb_error *server_start(struct sbx *sbx, const struct server_listen *opt,
					struct server **ret);
uint16_t server_port(const struct server *server);
/* The client's port. */
uint16_t server_peer_port(struct MHD_Connection *conn);
/* Closes all its connections.  After sbx_stop, so that nobody sleeps any more.  Takes NULL. */
void server_stop(struct server *server);

#endif
