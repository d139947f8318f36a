/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Undo begins with one look at what the journal names, by the run's tag, all kinds in all regions
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
static const struct look_kind {
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

/* One call of the look. */
struct glance {
	const struct run *run;
	struct aws_client *client;
	reader_fn *read;
	struct strv ids;
	struct task *task;
	struct rb_error *err;
};
struct look {
	const struct run *run;
	struct loop *loop;
	struct glance *v;
	size_t n;
};

static struct glance *glance_at(struct look *look, reader_fn *read, const char *region)
{
	struct glance *g;

	for (size_t i = 0; i < look->n; i++)
		if (look->v[i].read == read &&
		    strcmp(aws_client_region(look->v[i].client), region) == 0)
			return &look->v[i];
	look->v = xreallocarray(look->v, look->n + 1, sizeof(*look->v));
	g = &look->v[look->n++];
	*g = (struct glance){ .run = look->run,
			      .client = aws_client_new(look->run->session, region),
			      .read = read };
	ec2_cache_fill(g->client);
	return g;
}

static void want_output(struct look *look, const struct step_history *history, const char *id)
{
	const struct params *params = &look->run->stack->state.params;
	bool held = history->state == STEP_HELD && !history->unmade_by_hand.chosen;
	auto_strv regions = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		reader_fn *read = held ? kinds[i].read_held : kinds[i].read;

		if (!text_starts_with(id, kinds[i].prefix))
			continue;
		strv_add(&glance_at(look, read, params_region(params, history->step->side))->ids,
			 id);
		if (kinds[i].everywhere && read == kinds[i].read)
			params_regions(params, &regions);
		for (size_t k = 0; k < regions.n; k++)
			(void)glance_at(look, read, regions.v[k]);
	}
}

static void run_glance(void *arg)
{
	struct glance *g = arg;

	g->err = g->read(g->client, g->run->stack->state.run_id, &g->ids);
}

static struct look *look_new(const struct run *run, const struct engine_options *opt)
{
	const struct run_state *st = &run->stack->state;
	struct look *look = xcalloc(1, sizeof(*look));

	look->run = run;
	look->loop = opt->loop;
	for (size_t i = 0; i < st->n; i++) {
		const struct step_history *history = &st->history[i];
		bool undone = history->state == STEP_UNDONE && !opt->again;

		for (size_t k = 0; k < history->n_outputs && !undone; k++)
			if (history->outputs[k].value)
				want_output(look, history, history->outputs[k].value);
	}
	return look;
}

struct look *engine_look_begin(const struct run *run, const struct engine_options *opt)
{
	struct look *look;

	if (!run->session || opt->serial || opt->to || ec2_cache_is_fresh(run->session))
		return NULL;
	look = look_new(run, opt);
	ec2_cache_begin(run->session);
	for (size_t i = 0; i < look->n; i++)
		look->v[i].task = loop_spawn(look->loop, run_glance, &look->v[i]);
	return look;
}

struct rb_error *engine_look_join(struct look *look)
{
	bool interrupted = false;

	for (size_t i = 0; look && i < look->n; i++) {
		loop_join(look->loop, look->v[i].task);
		task_free(look->v[i].task);
		strv_clear(&look->v[i].ids);
		aws_client_free(look->v[i].client);
		interrupted |= rb_error_is(look->v[i].err, RB_INTERRUPTED);
		(void)rb_error_free(look->v[i].err);
	}
	if (look)
		free(look->v);
	free(look);
	return interrupted ? rb_error_new(RB_INTERRUPTED, "interrupted") : NULL;
}

void engine_look_end(const struct run *run)
{
	if (run->session)
		ec2_cache_end(run->session);
}

static struct rb_error *look_at_all(void *arg)
{
	const struct engine *e = arg;

	return engine_look_join(engine_look_begin(e->run, e->opt));
}

struct rb_error *back_look(struct engine *e)
{
	return engine_watch(e->opt, look_at_all, e);
}
