/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `--sandbox`: a runbook-sandbox of our own over the stack's sandbox.db.  It ends
 * when the pipe to it does, so with us, however we end.
 */
#ifndef RUNBOOK_SANDBOX_CHILD_H
#define RUNBOOK_SANDBOX_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"

struct sandbox_child {
	pid_t pid; /* 0: none */
	int stdin_fd;
	char *url; /* "http://127.0.0.1:12345" */
};

/*
 * Start the program beside our own, and wait until it listens.
 *   fails  USAGE   there is no such program
 *          FAILED  it ended, or said nothing, before it listened
 */
NODISCARD struct rb_error *sandbox_child_start(struct sandbox_child *child, const char *state_file,
					       double speed, bool debug);
/* Ask it to end, and wait for that. */
void sandbox_child_stop(struct sandbox_child *child);

/*
 * The settings that lead to it, "NAME=value" each, added to `ret`: its keys and URL, and an empty
 * value for every other setting of AWS and of proxies that our own environment has.  It is the
 * whole of aws_config_load's environment, and what is laid over that of children: ssh and, by it,
 * `runbook tunnel`, and hooks.
 */
void sandbox_child_environment(const struct sandbox_child *child, struct strv *ret);

#endif
