/* SPDX-License-Identifier: Apache-2.0 */
/* One round of the sweep: all queries side by side. */
#include "runbook/engine/sweep_int.h"

#include <stdlib.h>
#include <string.h>

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"

/* What carries the tag and is of no kind in the table is somebody's copy, or newer than we are. */
static const struct sweep_finder unknown_kind = { .kind = N_("tagged thing") };

/* The first query: one call a region, for all kinds at once. */
struct sweep_tag_query {
	const struct run *run;
	struct aws_client *client;
	struct sweep_query *queries; /* all of them; those of this region get `wanted` */
	size_t n;
	struct sweep_query unknown;
	struct strv of_steps; /* ids of what carries a step's tag, of any run */
	struct task *task;
	struct rb_error *err;
};

static void run_query(void *arg)
{
	struct sweep_query *q = arg;

	q->err = q->finder->find(q);
}

static void want(struct sweep_tag_query *t, const struct ec2_tagged *tagged)
{
	for (size_t i = 0; i < t->n; i++) {
		struct sweep_query *q = &t->queries[i];

		if (!text_eq(q->finder->type, tagged->resource_type) || !q->client ||
		    strcmp(aws_client_region(q->client), aws_client_region(t->client)) != 0)
			continue;
		q->wanted = true;
		return;
	}
	if (!text_eq(tagged->resource_type, "instance-connect-endpoint"))
		sweep_add(&t->unknown, tagged->resource_id, tagged->resource_type, false);
}

static struct rb_error *find_of_steps(struct sweep_tag_query *t)
{
	auto_ec2_taggeds list = { 0 };

	strv_clear(&t->of_steps);
	TRY(ec2_describe_tagged(t->client, "runbook:step", "*", &list));
	for (size_t i = 0; i < list.n; i++)
		strv_add(&t->of_steps, list.v[i].resource_id);
	return NULL;
}

static void run_tag_query(void *arg)
{
	struct sweep_tag_query *t = arg;
	auto_ec2_taggeds list = { 0 };

	t->err = ec2_describe_tagged(t->client, "runbook:run", t->run->stack->state.run_id, &list);
	for (size_t i = 0; !t->err && i < list.n; i++)
		want(t, &list.v[i]);
}

static void run_steps_query(void *arg)
{
	struct sweep_tag_query *t = arg;

	t->err = find_of_steps(t);
}

static void start(struct sweep_query *q, struct loop *loop)
{
	sweep_clear(&q->found);
	q->err = rb_error_free(q->err);
	q->task = loop_spawn(loop, run_query, q);
}

static bool is_busy(const struct task *task)
{
	return task && !task_is_done(task);
}

static void drive(const struct sweep_round *r, const struct engine_options *opt)
{
	const struct engine_host *host = opt->host;

	for (;;) {
		size_t busy = 0;

		for (size_t i = 0; i < r->n_tags; i++)
			busy += is_busy(r->tags[i].task);
		for (size_t i = 0; i < r->n; i++)
			busy += is_busy(r->queries[i].task);
		if (!busy)
			return;
		if (host && host->tick)
			(void)host->tick(host->arg);
		if (host && host->interrupted(host->arg))
			loop_interrupt(opt->loop);
		loop_run_once(opt->loop, 200, host ? host->wake_fd : -1);
	}
}

static void move_items(struct sweep *to, struct sweep *from)
{
	for (size_t i = 0; i < from->n; i++) {
		to->v = xreallocarray(to->v, to->n + 1, sizeof(*to->v));
		to->v[to->n++] = from->v[i];
	}
	to->left += from->left;
	to->by_hand += from->by_hand;
	to->ending += from->ending;
	free(from->v);
	memset(from, 0, sizeof(*from));
}

static void add_query(struct sweep_round *r, const struct run *run,
		      const struct sweep_finder *finder, const struct procedure_untagged *untagged,
		      const char *region)
{
	struct sweep_query *q;

	r->queries = xreallocarray(r->queries, r->n + 1, sizeof(*r->queries));
	q = &r->queries[r->n++];
	memset(q, 0, sizeof(*q));
	q->finder = finder;
	q->untagged = untagged;
	q->run = run;
	q->client = aws_client_new(run->session, region);
	q->filters[0] = (struct aws_filter){ "tag:runbook:run", { run->stack->state.run_id } };
}

/* A kind that tags show is queried in all regions, another where the procedure makes it. */
void sweep_round_init(const struct run *run, const struct strv *regions, struct sweep_round *r)
{
	const struct run_state *st = &run->stack->state;
	const struct procedure *procedure = st->procedure;

	for (size_t i = 0; sweep_finders[i].find; i++) {
		for (size_t k = 0; sweep_finders[i].type && k < regions->n; k++)
			add_query(r, run, &sweep_finders[i], NULL, regions->v[k]);
		for (size_t k = 0; !sweep_finders[i].type && k < procedure->n_untagged; k++) {
			const struct procedure_untagged *untagged = &procedure->untagged[k];

			if (untagged->kind == sweep_finders[i].untagged)
				add_query(r, run, &sweep_finders[i], untagged,
					  params_region(&st->params, untagged->side));
		}
	}
	r->tags = xcalloc(regions->n + 1, sizeof(*r->tags));
	r->n_tags = regions->n;
	for (size_t i = 0; i < regions->n; i++) {
		r->tags[i].run = run;
		r->tags[i].client = aws_client_new(run->session, regions->v[i]);
		r->tags[i].queries = r->queries;
		r->tags[i].n = r->n;
		r->tags[i].unknown.finder = &unknown_kind;
		r->tags[i].unknown.client = r->tags[i].client;
	}
}

/* Undo finds a thing by its step's tag, and of the kinds that the steps make. */
static void mark_by_hand(const struct sweep_tag_query *t, struct sweep_query *q)
{
	bool unknown = q == &t->unknown;

	if (!unknown && (!q->finder->type ||
			 !text_eq(aws_client_region(q->client), aws_client_region(t->client))))
		return;
	for (size_t i = 0; i < q->found.n; i++) {
		struct sweep_item *item = &q->found.v[i];

		item->by_hand = !item->fading && (unknown || !strv_has(&t->of_steps, item->id));
		q->found.by_hand += item->by_hand;
	}
}

void sweep_round_end(struct sweep_round *r, struct sweep *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < r->n_tags; i++) {
		for (size_t k = 0; k < r->n; k++)
			mark_by_hand(&r->tags[i], &r->queries[k]);
		mark_by_hand(&r->tags[i], &r->tags[i].unknown);
	}
	for (size_t i = 0; i < r->n; i++) {
		aws_client_free(r->queries[i].client);
		move_items(ret, &r->queries[i].found);
	}
	for (size_t i = 0; i < r->n_tags; i++) {
		move_items(ret, &r->tags[i].unknown.found);
		aws_client_free(r->tags[i].client);
		strv_clear(&r->tags[i].of_steps);
	}
	free(r->queries);
	free(r->tags);
}

static void take_tasks(const struct sweep_round *r)
{
	for (size_t i = 0; i < r->n; i++) {
		task_free(r->queries[i].task);
		r->queries[i].task = NULL;
	}
	for (size_t i = 0; i < r->n_tags; i++) {
		task_free(r->tags[i].task);
		r->tags[i].task = NULL;
	}
}

/* Keeps the first error and frees a later one. */
static struct rb_error *keep_first(struct rb_error *first, struct rb_error *err)
{
	if (err && !first)
		return rb_error_where(err, "sweep");
	(void)rb_error_free(err);
	return first;
}

static struct rb_error *take_error(const struct sweep_round *r)
{
	struct rb_error *err = NULL;

	for (size_t i = 0; i < r->n; i++) {
		err = keep_first(err, r->queries[i].err);
		r->queries[i].err = NULL;
	}
	for (size_t i = 0; i < r->n_tags; i++) {
		err = keep_first(err, r->tags[i].err);
		r->tags[i].err = NULL;
	}
	return err;
}

/* The run made one in this region, as the journal remembers, and AWS lists it for a while after its
 * end. */
static bool is_listed_after_end(const struct sweep_query *q)
{
	const struct run_state *st = &q->run->stack->state;

	for (size_t i = 0; q->finder->lingers && i < st->n; i++) {
		const struct step_history *history = &st->history[i];
		const char *region = params_region(&st->params, history->step->side);

		if (!q->finder->everywhere && strcmp(region, aws_client_region(q->client)) != 0)
			continue;
		for (size_t k = 0; k < history->n_outputs; k++) {
			const struct history_output *o = &history->outputs[k];
			const char *id = o->value ? o->value : o->former;

			if (id && text_starts_with(id, q->finder->lingers))
				return true;
		}
	}
	return false;
}

struct rb_error *sweep_round_run(const struct sweep_round *r, const struct engine_options *opt,
				 size_t *ret_left, size_t *ret_ending)
{
	for (size_t i = 0; i < r->n_tags; i++) {
		sweep_clear(&r->tags[i].unknown.found);
		r->tags[i].task = loop_spawn(opt->loop, run_tag_query, &r->tags[i]);
	}
	for (size_t i = 0; i < r->n; i++) {
		struct sweep_query *q = &r->queries[i];

		q->asked = !q->finder->type || is_listed_after_end(q);
		q->wanted = q->asked;
		if (q->asked)
			start(q, opt->loop);
		else
			sweep_clear(&q->found);
	}
	drive(r, opt);
	take_tasks(r);
	for (size_t i = 0; i < r->n; i++)
		if (r->queries[i].wanted && !r->queries[i].asked)
			start(&r->queries[i], opt->loop);
	drive(r, opt);
	take_tasks(r);
	*ret_left = *ret_ending = 0;
	for (size_t i = 0; i < r->n_tags; i++)
		*ret_left += r->tags[i].unknown.found.left;
	for (size_t i = 0; i < r->n; i++) {
		*ret_left += r->queries[i].found.left;
		*ret_ending += r->queries[i].found.ending;
	}
	return take_error(r);
}

struct rb_error *sweep_round_read_steps(const struct sweep_round *r,
					const struct engine_options *opt)
{
	for (size_t i = 0; i < r->n_tags; i++)
		r->tags[i].task = loop_spawn(opt->loop, run_steps_query, &r->tags[i]);
	drive(r, opt);
	take_tasks(r);
	return take_error(r);
}
