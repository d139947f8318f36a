/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about tunnels share. */
#ifndef SANDBOX_PATH_TUNNEL_H
#define SANDBOX_PATH_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "sandbox/core/auth.h"
#include "sandbox/core/inner.h"
#include "sandbox/path/path.h"
#include "sandbox/path/ws.h"

#define TUNNEL_SERVICE "ec2-instance-connect"

/* One upgrade, as far as it has been understood. */
struct tunnel_request {
	struct sbx_path *p;
	struct io *io;
	const struct host *host;
	struct head head;
	struct buf rest;
	struct sbx_pairs query, headers;
	struct claim claim;
	struct sbx_caller caller;
	struct sbx_fault fault;
	char *path, *raw_query, *request_id;
	const char *address;
	int64_t port, duration_s;
	char accept[WS_ACCEPT_SIZE];
};

/* Answers in the service's own shape of a refusal, and returns false. */
bool tunnel_refuse(const struct tunnel_request *o, int status, const char *code, const char *fmt,
		   ...) PRINTF_LIKE(4, 5);

/* Whether the tunnel may be opened; false after an answer. */
bool tunnel_check(struct tunnel_request *o);

#endif
