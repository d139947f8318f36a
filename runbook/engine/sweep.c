/* SPDX-License-Identifier: Apache-2.0 */
/* A table of finders, one a kind of thing that a run can make. */
#include "runbook/engine/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "aws/ec2/ec2.h"
#include "aws/iam.h"
#include "aws/s3.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

enum { SETTLE_FLOOR_MS = 1000, LOOK_GAP_MS = 2000, LOOK_FLOOR_MS = 20 };
/* How long what AWS is deleting is waited for; then it is told as fading. */
enum { DELETING_MS = 300 * 1000 };

/* One look: a finder in a region. */
struct look {
	const struct finder *finder;
	const struct procedure_untagged *untagged; /* NULL: it is found by tag */
	bool wanted;
	const struct run *run;
	struct aws_client *client;
	struct aws_filter filters[2];
	struct task *task;
	struct sweep found;
	struct rb_error *err;
};

/*
 * DescribeTags tells in one call which kinds to look at in a region; a finder then sees
 * whether the thing is alive.  Kinds without `type` are looked at in any case, where the
 * procedure says that it makes them.
 */
struct finder {
	const char *kind;
	const char *type;	/* as DescribeTags names it */
	enum untagged untagged; /* if it has no type */
	bool global;		/* of no region */
	struct rb_error *(*find)(struct look *l);
};

static void add(struct look *l, const char *id, const char *state, bool fading)
{
	struct sweep_item *item;
	struct sweep *s = &l->found;

	s->v = xreallocarray(s->v, s->n + 1, sizeof(*s->v));
	item = &s->v[s->n++];
	item->kind = xstrdup(l->finder->kind);
	item->id = xstrdup(id ? id : "?");
	item->region = xstrdup(l->finder->global ? "iam" : aws_client_region(l->client));
	item->state = xstrdup(state ? state : "");
	item->fading = fading;
	s->left += !fading;
	s->ending += fading && text_eq_nocase(item->state, "deleting");
}

static bool one_of(const char *s, const char *const *list)
{
	for (; s && *list; list++)
		if (text_eq_nocase(s, *list))
			return true;
	return false;
}

/* A finder that lists by the run's tag: TYPE of ec2.h, id and state members, states that fade. */
#define EC2_FINDER(name, list_type, describe, id_member, state_expr, ...)                          \
	static struct rb_error *find_##name(struct look *l)                                        \
	{                                                                                          \
		static const char *const fading[] = { __VA_ARGS__ };                               \
		auto_##list_type list = { 0 };                                                     \
                                                                                                   \
		TRY(describe(l->client, NULL, l->filters, &list));                                 \
		for (size_t i = 0; i < list.n; i++) {                                              \
			const char *state = state_expr;                                            \
                                                                                                   \
			add(l, list.v[i].id_member, state, one_of(state, fading));                 \
		}                                                                                  \
		return NULL;                                                                       \
	}

EC2_FINDER(vpcs, ec2_vpcs, ec2_describe_vpcs, vpc_id, list.v[i].state, "deleting", NULL)
EC2_FINDER(subnets, ec2_subnets, ec2_describe_subnets, subnet_id, list.v[i].state, NULL)
EC2_FINDER(route_tables, ec2_route_tables, ec2_describe_route_tables, route_table_id, "", NULL)
EC2_FINDER(groups, ec2_groups, ec2_describe_groups, group_id, "", NULL)
EC2_FINDER(instances, ec2_instances, ec2_describe_instances, instance_id, list.v[i].state,
	   "terminated", NULL)
EC2_FINDER(interfaces, ec2_interfaces, ec2_describe_interfaces, interface_id, list.v[i].status,
	   NULL)
EC2_FINDER(connect_endpoints, ec2_connect_endpoints, ec2_describe_connect_endpoints, endpoint_id,
	   list.v[i].state, "delete-complete", NULL)
EC2_FINDER(vpc_endpoints, ec2_vpc_endpoints, ec2_describe_vpc_endpoints, vpc_endpoint_id,
	   list.v[i].state, "deleted", NULL)
EC2_FINDER(peerings, ec2_peerings, ec2_describe_peerings, peering_id, list.v[i].status, "deleted",
	   "rejected", "expired", "failed", NULL)

static struct rb_error *find_rules(struct look *l)
{
	auto_ec2_rules list = { 0 };

	TRY(ec2_describe_rules(l->client, l->filters, &list));
	for (size_t i = 0; i < list.n; i++)
		add(l, list.v[i].rule_id, "", false);
	return NULL;
}

static struct rb_error *find_volumes(struct look *l)
{
	static const char *const fading[] = { "deleted", NULL };
	auto_ec2_volumes list = { 0 };

	TRY(ec2_describe_volumes(l->client, NULL, l->filters, &list));
	for (size_t i = 0; i < list.n; i++)
		add(l, list.v[i].volume_id, list.v[i].state, one_of(list.v[i].state, fading));
	return NULL;
}

static struct rb_error *find_roles(struct look *l)
{
	autofree char *path = xasprintf(RUN_IAM_PATH_FORMAT, l->run->stack->state.run_id);
	auto_strv names = { 0 };

	TRY(iam_list_roles(l->client, path, &names));
	for (size_t i = 0; i < names.n; i++)
		add(l, names.v[i], "", false);
	return NULL;
}

static struct rb_error *find_profiles(struct look *l)
{
	autofree char *path = xasprintf(RUN_IAM_PATH_FORMAT, l->run->stack->state.run_id);
	auto_strv names = { 0 };

	TRY(iam_list_instance_profiles(l->client, path, &names));
	for (size_t i = 0; i < names.n; i++)
		add(l, names.v[i], "", false);
	return NULL;
}

/* A bucket of that name that is not ours, or not this run's, is none of our business. */
static struct rb_error *find_bucket(struct look *l)
{
	const struct run_state *st = &l->run->stack->state;
	const char *bucket = params_get(&st->params, l->untagged->name);
	autofree char *region = NULL;
	struct aws_tags tags = { 0 };
	struct rb_error *err;

	err = s3_head_bucket(l->client, bucket, st->account, &region);
	if (!err)
		err = s3_get_bucket_tagging(l->client, bucket, st->account, &tags);
	if (!err && text_eq(aws_tags_get(&tags, "runbook:run"), st->run_id))
		add(l, bucket, "", false);
	aws_tags_clear(&tags);
	if (rb_error_is(err, RB_GONE) || rb_error_is(err, RB_DENIED))
		err = rb_error_free(err);
	return err;
}

/* What AWS bills by the hour comes first: it is the first to be read. */
static const struct finder finders[] = {
	{ "instance", .type = "instance", .find = find_instances },
	{ "VPC endpoint", .type = "vpc-endpoint", .find = find_vpc_endpoints },
	{ "volume", .type = "volume", .find = find_volumes },
	{ "bucket", .untagged = UNTAGGED_BUCKET, .find = find_bucket },
	{ "Instance Connect Endpoint", .untagged = UNTAGGED_CONNECT_ENDPOINT,
	  .find = find_connect_endpoints },
	{ "peering", .type = "vpc-peering-connection", .find = find_peerings },
	{ "network interface", .type = "network-interface", .find = find_interfaces },
	{ "security group rule", .type = "security-group-rule", .find = find_rules },
	{ "security group", .type = "security-group", .find = find_groups },
	{ "route table", .type = "route-table", .find = find_route_tables },
	{ "subnet", .type = "subnet", .find = find_subnets },
	{ "VPC", .type = "vpc", .find = find_vpcs },
	{ "instance profile", .untagged = UNTAGGED_PROFILE, .global = true, .find = find_profiles },
	{ "role", .untagged = UNTAGGED_ROLE, .global = true, .find = find_roles },
};

const char *sweep_kind(size_t i)
{
	return i < ARRAY_LEN(finders) ? finders[i].kind : NULL;
}

/* What carries the tag and is of no kind in the table is somebody's copy, or newer than we are. */
static const struct finder unknown_kind = { .kind = "tagged thing" };

/* The first look: one call a region, for all kinds at once. */
struct tag_look {
	const struct run *run;
	struct aws_client *client;
	struct look *looks; /* all of them; those of this region get `wanted` */
	size_t n;
	struct look unknown;
	struct task *task;
	struct rb_error *err;
};

/* All looks of a sweep. */
struct round {
	struct look *looks;
	size_t n;
	struct tag_look *tags; /* one a region */
	size_t n_tags;
};

static void run_look(void *arg)
{
	struct look *l = arg;

	l->err = l->finder->find(l);
}

static void want(struct tag_look *t, const struct ec2_tagged *tagged)
{
	for (size_t i = 0; i < t->n; i++) {
		struct look *l = &t->looks[i];

		if (!text_eq(l->finder->type, tagged->resource_type) || !l->client ||
		    strcmp(aws_client_region(l->client), aws_client_region(t->client)) != 0)
			continue;
		l->wanted = true;
		return;
	}
	if (!text_eq(tagged->resource_type, "instance-connect-endpoint"))
		add(&t->unknown, tagged->resource_id, tagged->resource_type, false);
}

static void run_tag_look(void *arg)
{
	struct tag_look *t = arg;
	auto_ec2_taggeds list = { 0 };

	t->err = ec2_describe_tagged(t->client, "runbook:run", t->run->stack->state.run_id, &list);
	for (size_t i = 0; !t->err && i < list.n; i++)
		want(t, &list.v[i]);
}

static void start(struct look *l, struct loop *loop)
{
	sweep_clear(&l->found);
	l->err = rb_error_free(l->err);
	l->task = loop_spawn(loop, run_look, l);
}

static bool is_busy(const struct task *task)
{
	return task && !task_is_done(task);
}

static void drive(const struct round *r, const struct engine_options *opt)
{
	const struct engine_host *host = opt->host;

	for (;;) {
		size_t busy = 0;

		for (size_t i = 0; i < r->n_tags; i++)
			busy += is_busy(r->tags[i].task);
		for (size_t i = 0; i < r->n; i++)
			busy += is_busy(r->looks[i].task);
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
	to->ending += from->ending;
	free(from->v);
	memset(from, 0, sizeof(*from));
}

static void add_look(struct round *r, const struct run *run, const struct finder *finder,
		     const struct procedure_untagged *untagged, const char *region)
{
	struct look *l;

	r->looks = xreallocarray(r->looks, r->n + 1, sizeof(*r->looks));
	l = &r->looks[r->n++];
	memset(l, 0, sizeof(*l));
	l->finder = finder;
	l->untagged = untagged;
	l->run = run;
	l->client = aws_client_new(run->session, region);
	l->filters[0] = (struct aws_filter){ "tag:runbook:run", { run->stack->state.run_id } };
}

/* A kind that tags show is looked at in all regions, another where the procedure makes it. */
static void make_looks(const struct run *run, const struct strv *regions, struct round *r)
{
	const struct run_state *st = &run->stack->state;
	const struct procedure *procedure = st->procedure;

	for (size_t i = 0; i < ARRAY_LEN(finders); i++) {
		for (size_t k = 0; finders[i].type && k < regions->n; k++)
			add_look(r, run, &finders[i], NULL, regions->v[k]);
		for (size_t k = 0; !finders[i].type && k < procedure->n_untagged; k++) {
			const struct procedure_untagged *untagged = &procedure->untagged[k];

			if (untagged->kind == finders[i].untagged)
				add_look(r, run, &finders[i], untagged,
					 params_region(&st->params, untagged->side));
		}
	}
	r->tags = xcalloc(regions->n + 1, sizeof(*r->tags));
	r->n_tags = regions->n;
	for (size_t i = 0; i < regions->n; i++) {
		r->tags[i].run = run;
		r->tags[i].client = aws_client_new(run->session, regions->v[i]);
		r->tags[i].looks = r->looks;
		r->tags[i].n = r->n;
		r->tags[i].unknown.finder = &unknown_kind;
		r->tags[i].unknown.client = r->tags[i].client;
	}
}

/* What was found goes to `ret`. */
static void end_looks(struct round *r, struct sweep *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < r->n; i++) {
		aws_client_free(r->looks[i].client);
		move_items(ret, &r->looks[i].found);
	}
	for (size_t i = 0; i < r->n_tags; i++) {
		move_items(ret, &r->tags[i].unknown.found);
		aws_client_free(r->tags[i].client);
	}
	free(r->looks);
	free(r->tags);
}

static void take_tasks(const struct round *r)
{
	for (size_t i = 0; i < r->n; i++) {
		task_free(r->looks[i].task);
		r->looks[i].task = NULL;
	}
	for (size_t i = 0; i < r->n_tags; i++) {
		task_free(r->tags[i].task);
		r->tags[i].task = NULL;
	}
}

/* The first one stays. */
static struct rb_error *keep_first(struct rb_error *first, struct rb_error *err)
{
	if (err && !first)
		return rb_error_where(err, "sweep");
	(void)rb_error_free(err);
	return first;
}

static struct rb_error *take_error(const struct round *r)
{
	struct rb_error *err = NULL;

	for (size_t i = 0; i < r->n; i++) {
		err = keep_first(err, r->looks[i].err);
		r->looks[i].err = NULL;
	}
	for (size_t i = 0; i < r->n_tags; i++) {
		err = keep_first(err, r->tags[i].err);
		r->tags[i].err = NULL;
	}
	return err;
}

/*
 * The tags of all regions, and what is looked at in any case; then the kinds that the
 * tags named.  *ret_left, *ret_ending: how many things are left, and how many AWS is deleting.
 */
static struct rb_error *look_round(const struct round *r, const struct engine_options *opt,
				   size_t *ret_left, size_t *ret_ending)
{
	for (size_t i = 0; i < r->n_tags; i++) {
		sweep_clear(&r->tags[i].unknown.found);
		r->tags[i].task = loop_spawn(opt->loop, run_tag_look, &r->tags[i]);
	}
	for (size_t i = 0; i < r->n; i++) {
		struct look *l = &r->looks[i];

		l->wanted = !l->finder->type;
		if (l->wanted)
			start(l, opt->loop);
		else
			sweep_clear(&l->found);
	}
	drive(r, opt);
	take_tasks(r);
	for (size_t i = 0; i < r->n; i++)
		if (r->looks[i].wanted && r->looks[i].finder->type)
			start(&r->looks[i], opt->loop);
	drive(r, opt);
	take_tasks(r);
	*ret_left = *ret_ending = 0;
	for (size_t i = 0; i < r->n_tags; i++)
		*ret_left += r->tags[i].unknown.found.left;
	for (size_t i = 0; i < r->n; i++) {
		*ret_left += r->looks[i].found.left;
		*ret_ending += r->looks[i].found.ending;
	}
	return take_error(r);
}

/* Minutes may pass: say once what for. */
static void say_ending(const struct run *run, const struct round *r)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < r->looks[i].found.n; k++) {
			const struct sweep_item *item = &r->looks[i].found.v[k];
			autofree char *text = NULL;

			if (!item->fading || !text_eq_nocase(item->state, "deleting"))
				continue;
			text = xasprintf("AWS is still deleting %s %s (%s): waiting for its end",
					 item->kind, item->id, item->region);
			run_emit(run, &(struct event){ .type = EVENT_NOTE, .text = text });
		}
}

struct rb_error *sweep_run(const struct run *run, const struct engine_options *opt,
			   struct sweep *ret)
{
	int64_t settled_ms = clock_mono_ms() + run_settle_ms(run) + SETTLE_FLOOR_MS;
	int64_t gap_ms = (int64_t)(LOOK_GAP_MS / run->speed) + LOOK_FLOOR_MS;
	int64_t ended_ms = clock_mono_ms() + (int64_t)(DELETING_MS / run->speed) + SETTLE_FLOOR_MS;
	struct round r = { 0 };
	size_t left = 0, ending = 0;
	auto_strv regions = { 0 };
	struct rb_error *err;
	bool said = false;

	params_regions(&run->stack->state.params, &regions);
	make_looks(run, &regions, &r);
	/* What was deleted a moment ago may still be listed: before the first look, too. */
	do {
		err = loop_sleep(opt->loop, gap_ms);
		if (!err)
			err = look_round(&r, opt, &left, &ending);
		if (!err && ending && !said)
			say_ending(run, &r);
		said = said || ending;
	} while (!err && ((left && clock_mono_ms() < settled_ms) ||
			  (ending && clock_mono_ms() < ended_ms)));
	end_looks(&r, ret);
	if (err)
		sweep_clear(ret);
	return err;
}

void sweep_clear(struct sweep *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].kind);
		free(s->v[i].id);
		free(s->v[i].region);
		free(s->v[i].state);
	}
	free(s->v);
	memset(s, 0, sizeof(*s));
}

json_t *sweep_to_json(const struct sweep *s)
{
	json_t *left = json_array(), *fading = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(s->v[i].fading ? fading : left,
				      json_pack("{s:s, s:s, s:s, s:s}", "kind", s->v[i].kind, "id",
						s->v[i].id, "region", s->v[i].region, "state",
						s->v[i].state));
	return json_pack("{s:s, s:b, s:o, s:o}", "type", "sweep", "clean", (int)(s->left == 0),
			 "left", left, "fading", fading);
}
