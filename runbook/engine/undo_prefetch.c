/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What undo reads ahead: all that the journal names, by the run's tag, all kinds in all regions
 * side by side.  From it each step's undo learns whose a thing is, so that the deletes are asked
 * for at once (ec2/read_cache.h says what is answered by it, and for how long).
 *
 * Of a step that held, the tags are enough: what has become of its things meanwhile, AWS's answers
 * to the deletes tell.  What may still be on its way is read in full, for it may have to settle
 * first; and so are route tables, whose routes and associations carry no tags.
 *
 * It is a help alone.  What it could not read, or does not hold, each undo asks for by itself, and
 * the sweep at the end believes none of it.
 */
#include <stdlib.h>
#include <string.h>

#include "aws/ec2/ec2.h"
#include "aws/ec2/read_cache.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/engine/engine_int.h"

/* `ids`: what is looked for; who reads all that carries the tag takes no notice of it. */
typedef struct rb_error *reader_fn(struct aws_client *c, const char *run_id,
				   const struct strv *ids);

/* Reads by the run's tag; the client keeps what it reads. */
#define READER(list_type, describe)                                                                \
	static struct rb_error *read_##list_type(struct aws_client *c, const char *run_id,         \
						 const struct strv *ids)                           \
	{                                                                                          \
		const struct aws_filter filters[] = { { "tag:runbook:run", { run_id } }, { 0 } };  \
		auto_##list_type list = { 0 };                                                     \
                                                                                                   \
		(void)ids;                                                                         \
		return describe(c, NULL, filters, &list);                                          \
	}
READER(ec2_route_tables, ec2_describe_route_tables)
READER(ec2_instances, ec2_describe_instances)
READER(ec2_connect_endpoints, ec2_describe_connect_endpoints)
READER(ec2_vpc_endpoints, ec2_describe_vpc_endpoints)
READER(ec2_peerings, ec2_describe_peerings)

/* What ids of a kind begin with, and how the kind is read: of a step that held, and else. */
static const struct prefetch_kind {
	const char *prefix;
	reader_fn *read_held, *read;
	bool everywhere; /* both regions know it, and one of them alone has its step's tags */
} kinds[] = {
	{ "vpc-", ec2_cache_tags, ec2_cache_tags, false },
	{ "subnet-", ec2_cache_tags, ec2_cache_tags, false },
	{ "sg-", ec2_cache_tags, ec2_cache_tags, false },
	{ "rtb-", read_ec2_route_tables, read_ec2_route_tables, false },
	{ "i-", ec2_cache_tags, read_ec2_instances, false },
	{ "eice-", ec2_cache_tags, read_ec2_connect_endpoints, false },
	{ "vpce-", ec2_cache_tags, read_ec2_vpc_endpoints, false },
	{ "pcx-", ec2_cache_tags, read_ec2_peerings, true },
};

/* One call of it. */
struct prefetch_call {
	const struct run *run;
	struct aws_client *client;
	reader_fn *read;
	struct strv ids;
	struct task *task;
	struct rb_error *err;
};
struct prefetch {
	const struct run *run;
	struct loop *loop;
	struct prefetch_call *v;
	size_t n;
};

static struct prefetch_call *call_of(struct prefetch *prefetch, reader_fn *read, const char *region)
{
	struct prefetch_call *call;

	for (size_t i = 0; i < prefetch->n; i++)
		if (prefetch->v[i].read == read &&
		    strcmp(aws_client_region(prefetch->v[i].client), region) == 0)
			return &prefetch->v[i];
	prefetch->v = xreallocarray(prefetch->v, prefetch->n + 1, sizeof(*prefetch->v));
	call = &prefetch->v[prefetch->n++];
	*call = (struct prefetch_call){ .run = prefetch->run,
					.client = aws_client_new(prefetch->run->session, region),
					.read = read };
	ec2_cache_fill(call->client);
	return call;
}

static void want_output(struct prefetch *prefetch, const struct step_history *history,
			const char *id)
{
	const struct params *params = &prefetch->run->stack->state.params;
	bool held = history->state == STEP_HELD && !history->unmade_by_hand.chosen;
	auto_strv regions = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		reader_fn *read = held ? kinds[i].read_held : kinds[i].read;

		if (!text_starts_with(id, kinds[i].prefix))
			continue;
		strv_add(&call_of(prefetch, read, params_region(params, history->step->side))->ids,
			 id);
		if (kinds[i].everywhere && read == kinds[i].read)
			params_regions(params, &regions);
		for (size_t k = 0; k < regions.n; k++)
			(void)call_of(prefetch, read, regions.v[k]);
	}
}

static void run_call(void *arg)
{
	struct prefetch_call *call = arg;

	call->err = call->read(call->client, call->run->stack->state.run_id, &call->ids);
}

static struct prefetch *prefetch_new(const struct run *run, const struct engine_options *opt)
{
	const struct run_state *st = &run->stack->state;
	struct prefetch *prefetch = xcalloc(1, sizeof(*prefetch));

	prefetch->run = run;
	prefetch->loop = opt->loop;
	for (size_t i = 0; i < st->n; i++) {
		const struct step_history *history = &st->history[i];
		bool undone = history->state == STEP_UNDONE && !opt->again;

		for (size_t k = 0; k < history->n_outputs && !undone; k++)
			if (history->outputs[k].value)
				want_output(prefetch, history, history->outputs[k].value);
	}
	return prefetch;
}

struct prefetch *engine_prefetch_begin(const struct run *run, const struct engine_options *opt)
{
	struct prefetch *prefetch;

	if (!run->session || opt->serial || opt->to || ec2_cache_is_fresh(run->session))
		return NULL;
	prefetch = prefetch_new(run, opt);
	ec2_cache_begin(run->session);
	for (size_t i = 0; i < prefetch->n; i++)
		prefetch->v[i].task = loop_spawn(prefetch->loop, run_call, &prefetch->v[i]);
	return prefetch;
}

struct rb_error *engine_prefetch_join(struct prefetch *prefetch)
{
	bool interrupted = false;

	for (size_t i = 0; prefetch && i < prefetch->n; i++) {
		loop_join(prefetch->loop, prefetch->v[i].task);
		task_free(prefetch->v[i].task);
		strv_clear(&prefetch->v[i].ids);
		aws_client_free(prefetch->v[i].client);
		interrupted |= rb_error_is(prefetch->v[i].err, RB_INTERRUPTED);
		(void)rb_error_free(prefetch->v[i].err);
	}
	if (prefetch)
		free(prefetch->v);
	free(prefetch);
	return interrupted ? rb_error_new(RB_INTERRUPTED, "interrupted") : NULL;
}

void engine_prefetch_end(const struct run *run)
{
	if (run->session)
		ec2_cache_end(run->session);
}

static struct rb_error *prefetch_all(void *arg)
{
	const struct engine *e = arg;

	return engine_prefetch_join(engine_prefetch_begin(e->run, e->opt));
}

struct rb_error *undo_prefetch(struct engine *e)
{
	return engine_watch(e->opt, prefetch_all, e);
}
