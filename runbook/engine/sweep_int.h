/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sweep's files: sweep_find.c knows the kinds of things, sweep_round.c asks for all of them
 * once, sweep.c until nothing is only listed still.
 */
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

/* All queries of a sweep. */
struct sweep_tag_query;
struct sweep_round {
	struct sweep_query *queries;
	size_t n;
	struct sweep_tag_query *tags; /* one a region */
	size_t n_tags;
};

/* A kind that tags show is queried in all regions, another where the procedure makes it. */
void sweep_round_init(const struct run *run, const struct strv *regions, struct sweep_round *r);
/*
 * Reads the tags of all regions, and queries what has to be queried in any case; then the kinds
 * that the tags named.  *ret_left, *ret_ending: how many things are left, and how many AWS is
 * deleting.
 */
NODISCARD struct rb_error *sweep_round_run(const struct sweep_round *r,
					   const struct engine_options *opt, size_t *ret_left,
					   size_t *ret_ending);
/* Something is left: reads which of it carries a step's tag. */
NODISCARD struct rb_error *sweep_round_read_steps(const struct sweep_round *r,
						  const struct engine_options *opt);
/* Moves what was found to `ret`, and frees the rest. */
void sweep_round_end(struct sweep_round *r, struct sweep *ret);

#endif
