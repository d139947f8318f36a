/* SPDX-License-Identifier: Apache-2.0 */
/* What `runbook tunnel` is asked for: by its command line, else by the stack. */
#ifndef RUNBOOK_TUNNEL_REQUEST_H
#define RUNBOOK_TUNNEL_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/cli.h"
#include "runbook/record/stack.h"
#include "runbook/ssh/target.h"

/* The caller clears the target and frees the key. */
struct tunnel_request {
	struct target target;
	const char *region;
	int64_t port;
	int64_t max_duration_s;
	char *public_key; /* to push first; NULL: none */
	const char *os_user;
};

/* What the command line says; fails with USAGE. */
NODISCARD struct rb_error *tunnel_request_read(struct cli *cli, struct tunnel_request *request);
/* Is anything left to ask a stack for? */
bool tunnel_request_needs_stack(const struct cli *cli, const struct tunnel_request *request);
/* Opens it, and takes from it what the command line does not give. */
NODISCARD struct rb_error *
tunnel_request_open_stack(struct cli *cli, struct tunnel_request *request, struct stack *st);

#endif
