/* SPDX-License-Identifier: Apache-2.0 */
/* One who asks the proxy, for proxy*.c alone. */
#ifndef SANDBOX_PATH_PROXY_INNER_H
#define SANDBOX_PATH_PROXY_INNER_H

#include "sandbox/path/path.h"

enum { PROXY_HEAD_MS = 60000 };
#define PROXY_IMDS_ADDRESS "169.254.169.254"

struct caller {
	struct sbx_path *p;
	struct io *io;
	const struct head *head;
	char instance[SBX_ID_MAX]; /* "": outside */
};

/* An answer of one text. */
void proxy_say(const struct caller *c, int status, const char *text);
/* No answer, as nobody hears a packet that leads nowhere. */
void proxy_hang(const struct caller *c);
/* CONNECT host:port (proxy_connect.c). */
void proxy_connect(struct caller *c);

#endif
