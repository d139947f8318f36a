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
 * Point every AWS setting of this process and its children at it: its keys, and nothing of what
 * the environment or the files say.  It is the environment that is set, because children need it
 * (ssh, and by it `runbook tunnel`) and because the settings are read from there by the same
 * reader, aws_config_load, which is called after this.
 */
void sandbox_child_environment(const struct sandbox_child *child);

#endif
