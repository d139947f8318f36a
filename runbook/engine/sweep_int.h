/* SPDX-License-Identifier: Apache-2.0 */
/* The sweep's two files: sweep_find.c knows the kinds of things, sweep.c asks for all of them. */
#ifndef RUNBOOK_SWEEP_INT_H
#define RUNBOOK_SWEEP_INT_H

#include "aws/core/client.h"
#include "net/loop.h"
#include "runbook/engine/sweep.h"

struct sweep_finder;

/* One query: a finder in a region. */
struct sweep_query {
	const struct sweep_finder *finder;
	const struct procedure_untagged *untagged; /* NULL: it is found by tag */
	bool wanted;
	bool asked; /* in this round, without waiting for the tags */
	const struct run *run;
	struct aws_client *client;
	struct aws_filter filters[2];
	struct task *task;
	struct sweep found;
	struct rb_error *err;
};

/*
 * DescribeTags lists in one call which kinds to query in a region; a finder then sees
 * whether the thing is alive.  Kinds without `type` are queried in any case, where the
 * procedure says that it makes them.
 */
struct sweep_finder {
	const char *kind;
	const char *type;	/* as DescribeTags names it */
	enum untagged untagged; /* if it has no type */
	bool global;		/* of no region */
	/* What ids of it begin with, where AWS lists it for an hour after its end: it is queried at
	 * once where the run made one, for the tags will name it.  NULL: it goes when it ends. */
	const char *lingers;
	bool everywhere; /* both regions list it */
	struct rb_error *(*find)(struct sweep_query *q);
};

/* The table; ends with a row without `find`. */
extern const struct sweep_finder sweep_finders[];

/* Adds what was found.  NULL `id`, `state`: AWS reports none. */
void sweep_add(struct sweep_query *q, const char *id, const char *state, bool fading);

#endif
