/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the AWS CLI reaches the AWS that a run is made in, where that is a rehearsal's sandbox: what
 * is printed to be copied into a shell must not arrive at an account.
 */
#ifndef RUNBOOK_RECORD_AWS_REACH_H
#define RUNBOOK_RECORD_AWS_REACH_H

#include <stdbool.h>

#include <jansson.h>

#include "base/attr.h"

struct aws_reach {
	char *endpoint; /* "--endpoint-url http://127.0.0.1:8420", as a shell takes it; NULL: it is
			   no rehearsal, and nothing of this is needed */
	char *serve; /* the command that has the sandbox running; NULL: it runs, or is not ours */
	char *shell; /* what a shell needs before; NULL: nothing */
};

/*
 * The sandbox that --sandbox starts over `state_file`; it ends with the command, so that a person
 * starts it again.  `speed` is the run's.
 */
void aws_reach_own(struct aws_reach *r, const char *state_file, double speed);
/* That sandbox while it runs at `url`. */
void aws_reach_running(struct aws_reach *r, const char *url);
/* A sandbox of the user's, which AWS_ENDPOINT_URL names; `url` NULL: it is not set now. */
void aws_reach_named(struct aws_reach *r, const char *url);
void aws_reach_clear(struct aws_reach *r);

/* `r` may be NULL. */
bool aws_reach_is_needed(const struct aws_reach *r);
/* {"serve": "..."|null, "shell": "..."|null}; null when it is no rehearsal.  Caller owns. */
NODISCARD json_t *aws_reach_json(const struct aws_reach *r);

#endif
