/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof that an undo left nothing: a fresh search by run tag in both regions, by
 * path in IAM, and for the bucket.  What the journal says does not count here.
 */
#ifndef RUNBOOK_SWEEP_H
#define RUNBOOK_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/error.h"
#include "net/loop.h"
#include "runbook/engine/engine.h"
#include "runbook/engine/step_ctx.h"

struct sweep_item {
	char *kind; /* "instance" */
	char *id;
	char *region; /* "iam" for what is global */
	char *state;  /* AWS's; "" when the kind has none */
	bool fading;  /* dead already: AWS lists it for a while */
	bool by_hand; /* no step made it, as its tags show: no undo removes it */
};

struct sweep {
	struct sweep_item *v;
	size_t n;
	size_t left;	/* those that do not fade */
	size_t by_hand; /* those of them that no undo removes */
	size_t ending;	/* those that AWS is deleting: they are waited for, as long as that is usual
			 */
};
/* The i-th kind of thing that is searched for; NULL: there are no more. */
const char *sweep_kind(size_t i);
void sweep_clear(struct sweep *s);
#define auto_sweep CLEANUP(sweep_clear) struct sweep

/* Only reads, all queries at once. */
NODISCARD struct rb_error *sweep_run(const struct run *run, const struct engine_options *opt,
				     struct sweep *ret);
/* The journal's "sweep" record: a new object. */
NODISCARD json_t *sweep_to_json(const struct sweep *s);

#endif
