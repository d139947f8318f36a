/* SPDX-License-Identifier: Apache-2.0 */
/* The ways of a run's connections as they are now, and what mends what is broken. */
#ifndef RUNBOOK_EXPLAIN_H
#define RUNBOOK_EXPLAIN_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/procedure.h"
#include "runbook/contract/way.h"
#include "runbook/engine/engine.h"

struct explanation {
	const struct hop_way *way; /* borrowed */
	struct hops hops;
	struct probes probes;	    /* none: not asked for, or there was nobody to ask */
	struct rb_error *probe_err; /* owned: the instance could not be asked; NULL: it was */
};
struct explanations {
	struct explanation *v;
	size_t n;
};
void explanations_clear(struct explanations *l);
#define auto_explanations CLEANUP(explanations_clear) struct explanations

/*
 * Reads the way and adds it.  `caller`: the ARN that STS returned (NULL: not known).  `probe`: asks
 * the instance as well.
 *   fails  as describe of struct hop_way
 */
NODISCARD struct rb_error *explain_way(struct run *run, const struct engine_options *opt,
				       const struct hop_way *way, const char *caller, bool probe,
				       struct explanations *ret);

/* What the hops of all ways come to. */
enum hop_state explain_verdict(const struct explanation *e);
enum hop_state explain_verdict_of_all(const struct explanations *l);

/* The first step from which a resume puts right all that a step can; NULL: no hop is mended by one,
 * or none of those was made yet.  *ret_resumes: a resume mends something. */
const char *explain_resume_from(const struct explanations *l, const struct procedure *procedure,
				bool *ret_resumes);

#endif
