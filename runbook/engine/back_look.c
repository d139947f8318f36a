/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Undo begins with one look: what the journal names, read by the run's tag, all kinds in all
 * regions side by side.  From it each step's undo learns whose a thing is and how it stands, so
 * that the deletes are asked for at once (ec2/look.h says what is answered by it, and for how
 * long).
 *
 * It is a help alone.  What it could not read, or does not hold, each undo asks for by itself, and
 * the sweep at the end believes none of it.
 */
#include <stdlib.h>
#include <string.h>

#include "aws/ec2/ec2.h"
#include "aws/ec2/look.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/engine/engine_int.h"

typedef struct rb_error *reader_fn(struct aws_client *c, const char *run_id);

/* Reads by the run's tag; the client keeps what it reads. */
#define READER(list_type, describe)                                                                \
	static struct rb_error *read_##list_type(struct aws_client *c, const char *run_id)         \
	{                                                                                          \
		const struct aws_filter filters[] = { { "tag:runbook:run", { run_id } }, { 0 } };  \
		auto_##list_type list = { 0 };                                                     \
                                                                                                   \
		return describe(c, NULL, filters, &list);                                          \
	}
READER(ec2_route_tables, ec2_describe_route_tables)
READER(ec2_instances, ec2_describe_instances)
READER(ec2_connect_endpoints, ec2_describe_connect_endpoints)
READER(ec2_vpc_endpoints, ec2_describe_vpc_endpoints)
READER(ec2_peerings, ec2_describe_peerings)

/* What ids of a kind begin with, and how the kind is read. */
static const struct look_kind {
	const char *prefix;
	reader_fn *read;
	bool everywhere; /* both regions know it */
} kinds[] = {
	{ "vpc-", ec2_look_tags, false },
	{ "subnet-", ec2_look_tags, false },
	{ "sg-", ec2_look_tags, false },
	{ "rtb-", read_ec2_route_tables, false },
	{ "i-", read_ec2_instances, false },
	{ "eice-", read_ec2_connect_endpoints, false },
	{ "vpce-", read_ec2_vpc_endpoints, false },
	{ "pcx-", read_ec2_peerings, true },
};

/* One call of the look. */
struct glance {
	const struct run *run;
	struct aws_client *client;
	reader_fn *read;
	struct task *task;
	struct rb_error *err;
};
struct look {
	const struct run *run;
	struct loop *loop;
	struct glance *v;
	size_t n;
};

static void want(struct look *look, reader_fn *read, const char *region)
{
	struct glance *g;

	for (size_t i = 0; i < look->n; i++)
		if (look->v[i].read == read &&
		    strcmp(aws_client_region(look->v[i].client), region) == 0)
			return;
	look->v = xreallocarray(look->v, look->n + 1, sizeof(*look->v));
	g = &look->v[look->n++];
	*g = (struct glance){ look->run, aws_client_new(look->run->session, region), read, NULL,
			      NULL };
	ec2_look_fill(g->client);
}

static void want_output(struct look *look, const struct step *step, const char *id)
{
	const struct params *params = &look->run->stack->state.params;
	auto_strv regions = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!text_starts_with(id, kinds[i].prefix))
			continue;
		if (kinds[i].everywhere)
			params_regions(params, &regions);
		for (size_t k = 0; kinds[i].everywhere && k < regions.n; k++)
			want(look, kinds[i].read, regions.v[k]);
		if (!kinds[i].everywhere)
			want(look, kinds[i].read, params_region(params, step->side));
	}
}

static void run_glance(void *arg)
{
	struct glance *g = arg;

	g->err = g->read(g->client, g->run->stack->state.run_id);
}

static struct rb_error *look_at_all(void *arg)
{
	const struct look *look = arg;
	struct rb_error *err = NULL;

	for (size_t i = 0; i < look->n; i++)
		look->v[i].task = loop_spawn(look->loop, run_glance, &look->v[i]);
	for (size_t i = 0; i < look->n; i++) {
		loop_join(look->loop, look->v[i].task);
		task_free(look->v[i].task);
		aws_client_free(look->v[i].client);
		if (rb_error_is(look->v[i].err, RB_INTERRUPTED) && !err)
			err = look->v[i].err;
		else
			(void)rb_error_free(look->v[i].err);
	}
	return err;
}

struct rb_error *back_look(const struct engine *e)
{
	struct look look = { .run = e->run, .loop = e->opt->loop };
	struct rb_error *err;

	for (size_t i = 0; i < e->n; i++) {
		const struct step_history *history = e->slots[i].history;

		for (size_t k = 0; k < history->n_outputs && e->slots[i].phase != SLOT_DONE; k++)
			if (history->outputs[k].value)
				want_output(&look, history->step, history->outputs[k].value);
	}
	ec2_look_begin(e->run->session);
	err = engine_watch(e->opt, look_at_all, &look);
	free(look.v);
	if (!err)
		return NULL;
	(void)rb_error_free(err);
	return rb_error_new(RB_INTERRUPTED, "interrupted");
}
