/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which runs an account has, by the tags of their things: EC2's DescribeTags in each region, the
 * path of roles, the tags of buckets.  All of it side by side.
 */
#include "runbook/engine/recover.h"

#include <stdlib.h>
#include <string.h>

#include "aws/account.h"
#include "aws/ec2/ec2.h"
#include "aws/iam.h"
#include "aws/s3.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/engine/found_run.h"

enum { MOST_BUCKETS = 500, LANES = 8 };

static const char tag_run[] = "runbook:run", tag_stack[] = "runbook:stack",
		  tag_step[] = "runbook:step", iam_path[] = "/runbook/";

/* ---- the queries --------------------------------------------------------------- */

struct find;

struct region_query {
	struct aws_client *client;
	bool asked;
	struct ec2_tags tags;
	struct rb_error *err;
	struct task *task;
};

struct bucket_query {
	const struct s3_bucket *bucket;
	struct aws_tags tags;
	struct rb_error *err;
};

struct find {
	struct aws_session *session;
	struct loop *loop;
	const struct params *params;
	const char *account;
	struct found_runs *ret;
	struct region_query *regions;
	size_t n_regions;
	struct aws_client *s3; /* of the region whose buckets are looked at; NULL: none */
	struct s3_buckets buckets;
	struct bucket_query *bucket_queries;
	size_t n_bucket_queries, next_bucket;
	struct iam_listing roles;
	struct rb_error *regions_err, *iam_err, *s3_err;
};

static void query_region(void *arg)
{
	static const char *const keys[] = { tag_run, tag_stack, tag_step, NULL };
	struct region_query *q = arg;

	q->err = ec2_describe_tags(q->client, keys, &q->tags);
}

static void query_roles(void *arg)
{
	struct find *f = arg;

	f->iam_err = iam_list_roles_of_path(f->regions[0].client, iam_path, &f->roles);
}

/* A lane takes the next bucket until there is none. */
static void read_tags(void *arg)
{
	struct find *f = arg;

	while (f->next_bucket < f->n_bucket_queries) {
		struct bucket_query *q = &f->bucket_queries[f->next_bucket++];

		q->err = s3_get_bucket_tagging(f->s3, q->bucket->name, f->account, &q->tags);
	}
}

static void join_all(struct find *f, struct task **tasks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		loop_join(f->loop, tasks[i]);
		task_free(tasks[i]);
	}
}

static void query_buckets(void *arg)
{
	struct task *lanes[LANES];
	struct find *f = arg;
	size_t n;

	f->s3_err = s3_list_buckets(f->s3, &f->buckets);
	n = f->buckets.n < MOST_BUCKETS ? f->buckets.n : MOST_BUCKETS;
	f->bucket_queries = xcalloc(n + 1, sizeof(*f->bucket_queries));
	f->n_bucket_queries = n;
	for (size_t i = 0; i < n; i++)
		f->bucket_queries[i].bucket = &f->buckets.v[i];
	for (size_t i = 0; i < LANES; i++)
		lanes[i] = loop_spawn(f->loop, read_tags, f);
	join_all(f, lanes, LANES);
}

static void add_region(struct find *f, const char *region, bool asked)
{
	f->regions = xreallocarray(f->regions, f->n_regions + 1, sizeof(*f->regions));
	f->regions[f->n_regions++] =
		(struct region_query){ .client = aws_client_new(f->session, region),
				       .asked = asked };
}

/* Those that were asked for, then what else the account has. */
static void list_regions(struct find *f)
{
	auto_strv asked = { 0 }, all = { 0 };

	params_regions(f->params, &asked);
	for (size_t i = 0; i < asked.n; i++)
		add_region(f, asked.v[i], true);
	f->regions_err = ec2_list_regions(f->regions[0].client, &all);
	for (size_t i = 0; i < all.n; i++)
		if (!strv_has(&asked, all.v[i]))
			add_region(f, all.v[i], false);
}

static const char *bucket_region(const struct params *params)
{
	const struct procedure *procedure = params->procedure;

	for (size_t i = 0; i < procedure->n_untagged; i++)
		if (procedure->untagged[i].kind == UNTAGGED_BUCKET)
			return params_region(params, procedure->untagged[i].side);
	return NULL;
}

/* ---- what they say ------------------------------------------------------------- */

static const char *value_of(const struct ec2_tags *tags, const char *key, const char *id)
{
	for (size_t i = 0; i < tags->n; i++)
		if (text_eq(tags->v[i].key, key) && text_eq(tags->v[i].resource_id, id))
			return tags->v[i].value;
	return NULL;
}

static void take_region(struct find *f, const struct region_query *q)
{
	for (size_t i = 0; i < q->tags.n; i++) {
		const struct ec2_tag *tag = &q->tags.v[i];
		struct found_run *run =
			text_eq(tag->key, tag_run) ? found_runs_get(f->ret, tag->value) : NULL;

		if (!run)
			continue;
		found_run_take_stack(run, value_of(&q->tags, tag_stack, tag->resource_id));
		found_run_add_place(run, aws_client_region(q->client),
				    value_of(&q->tags, tag_step, tag->resource_id));
		run->here |= q->asked;
	}
}

/* "/runbook/20261123-5f0c2a91/". */
static void take_roles(struct find *f)
{
	for (size_t i = 0; i < f->roles.n; i++) {
		const char *path = f->roles.v[i].path;
		autofree char *id = NULL;
		struct found_run *run;

		if (!path || !text_starts_with(path, iam_path))
			continue;
		path += strlen(iam_path);
		id = xstrndup(path, strcspn(path, "/"));
		run = found_runs_get(f->ret, id);
		if (!run)
			continue;
		run->here = true;
		found_run_take_since(run, f->roles.v[i].created);
	}
}

static void take_buckets(struct find *f)
{
	for (size_t i = 0; i < f->n_bucket_queries; i++) {
		const struct bucket_query *q = &f->bucket_queries[i];
		struct found_run *run = found_runs_get(f->ret, aws_tags_get(&q->tags, tag_run));

		if (!run)
			continue;
		run->here = true;
		found_run_take_stack(run, aws_tags_get(&q->tags, tag_stack));
		found_run_add_place(run, aws_client_region(f->s3),
				    aws_tags_get(&q->tags, tag_step));
		strv_add_once(&run->buckets, q->bucket->name);
		found_run_take_since(run, q->bucket->created);
	}
	/* One whose tagging was interrupted has none yet, and its run's id in its name. */
	for (size_t k = 0; k < f->ret->n; k++)
		for (size_t i = 0; i < f->buckets.n; i++)
			if (strstr(f->buckets.v[i].name, f->ret->v[k].run_id))
				strv_add_once(&f->ret->v[k].buckets, f->buckets.v[i].name);
}

static struct rb_error *take_all(struct find *f)
{
	size_t unread = 0;

	for (size_t i = 0; i < f->n_regions; i++) {
		struct region_query *q = &f->regions[i];

		if (q->err && q->asked) {
			struct rb_error *err = q->err;

			q->err = NULL;
			return rb_error_where(err, "%s, ec2 DescribeTags",
					      aws_client_region(q->client));
		}
		if (q->err)
			recover_say(&f->ret->blind,
				    said_new("%s: %-s", aws_client_region(q->client),
					     q->err->why ? q->err->why : q->err->what));
		take_region(f, q);
	}
	take_roles(f);
	take_buckets(f);
	for (size_t i = 0; i < f->n_bucket_queries; i++)
		unread +=
			f->bucket_queries[i].err && !rb_error_is(f->bucket_queries[i].err, RB_GONE);
	if (f->regions_err)
		recover_say_error(&f->ret->blind, f->regions_err);
	if (f->iam_err)
		recover_say_error(&f->ret->blind, f->iam_err);
	if (f->s3_err)
		recover_say_error(&f->ret->blind, f->s3_err);
	if (f->buckets.n > f->n_bucket_queries)
		recover_say(&f->ret->blind, said_new("the tags of %zu of %zu buckets were read",
						     f->n_bucket_queries, f->buckets.n));
	if (unread)
		recover_say(&f->ret->blind,
			    said_new("the tags of %zu of %zu buckets cannot be read", unread,
				     f->buckets.n));
	for (size_t i = 0; i < f->ret->n; i++)
		if (!f->ret->v[i].since_ms) {
			f->ret->v[i].since_ms = found_run_day(f->ret->v[i].run_id);
			f->ret->v[i].since_is_day = true;
		}
	return NULL;
}

static struct rb_error *find_all(void *arg)
{
	struct find *f = arg;
	struct task *others[2];
	size_t n = 0;

	list_regions(f);
	for (size_t i = 0; i < f->n_regions; i++)
		f->regions[i].task = loop_spawn(f->loop, query_region, &f->regions[i]);
	others[n++] = loop_spawn(f->loop, query_roles, f);
	if (f->s3)
		others[n++] = loop_spawn(f->loop, query_buckets, f);
	for (size_t i = 0; i < f->n_regions; i++)
		join_all(f, &f->regions[i].task, 1);
	join_all(f, others, n);
	return take_all(f);
}

static void find_clear(struct find *f)
{
	for (size_t i = 0; i < f->n_regions; i++) {
		aws_client_free(f->regions[i].client);
		ec2_tags_clear(&f->regions[i].tags);
		(void)rb_error_free(f->regions[i].err);
	}
	for (size_t i = 0; i < f->n_bucket_queries; i++) {
		aws_tags_clear(&f->bucket_queries[i].tags);
		(void)rb_error_free(f->bucket_queries[i].err);
	}
	free(f->regions);
	free(f->bucket_queries);
	aws_client_free(f->s3);
	s3_buckets_clear(&f->buckets);
	iam_listing_clear(&f->roles);
	(void)rb_error_free(f->regions_err);
	(void)rb_error_free(f->iam_err);
	(void)rb_error_free(f->s3_err);
}

struct rb_error *recover_find(struct aws_session *session, const struct engine_options *opt,
			      const struct params *params, const char *account,
			      struct found_runs *ret)
{
	const char *region = bucket_region(params);
	CLEANUP(find_clear)
	struct find f = { .session = session,
			  .loop = opt->loop,
			  .params = params,
			  .account = account,
			  .ret = ret };

	memset(ret, 0, sizeof(*ret));
	if (region)
		f.s3 = aws_client_new(session, region);
	return engine_watch(opt, find_all, &f);
}
