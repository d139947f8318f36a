/* SPDX-License-Identifier: Apache-2.0 */
/* The tags and names by which the things of a run are known. */
#ifndef RUNBOOK_RUN_NAMES_H
#define RUNBOOK_RUN_NAMES_H

#include "aws/core/tags.h"
#include "base/attr.h"
#include "runbook/contract/params.h"

/* What step `step_id` puts on its `what`, those that the parameters ask for included: added to
 * `ret`.  `expires` NULL: the run has no time to live. */
void run_tags(const struct params *params, const char *stack, const char *run_id,
	      const char *expires, const char *step_id, const char *what, struct aws_tags *ret);
/* See step_name.  Caller frees. */
NODISCARD char *run_name(const char *run_id, const char *what);

#endif
