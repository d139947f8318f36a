/* SPDX-License-Identifier: Apache-2.0 */
/* URLs. */
#ifndef NET_URI_H
#define NET_URI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

struct uri {
	char *scheme; /* lower case */
	char *host;   /* lower case; an IPv6 address without its brackets */
	int port;     /* 0: the scheme's own */
	char *path;   /* "/" at least; as written */
	char *query;  /* NULL: none */
};
/* Absolute http or https URLs without user name or fragment; USAGE otherwise. */
NODISCARD struct rb_error *uri_parse(const char *s, struct uri *ret);
/* "host", "host:80", "[::1]:80": NULL, or what is wrong with it (static).  *ret_port is left alone
 * without a port.  Caller frees *ret_host. */
NODISCARD const char *uri_parse_authority(struct span s, char **ret_host, int *ret_port);

/*
 * What may be shown of a URL that somebody configured, however it is written: scheme, host and
 * port.  User, password, path and query never are; where it is not plain which part is the host,
 * only the scheme is.  Every message that quotes such a URL goes through this.  Caller frees.
 */
NODISCARD char *uri_shown(const char *s);
void uri_clear(struct uri *u);
#define auto_uri CLEANUP(uri_clear) struct uri

#endif
