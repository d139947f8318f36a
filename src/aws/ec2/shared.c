/* SPDX-License-Identifier: Apache-2.0 */
/* Describes of one turn as one call; see ec2/shared.h. */
#include "aws/ec2/shared_int.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/session.h"
#include "aws/ec2/read_cache.h"
#include "base/alloc.h"
#include "base/text.h"
#include "net/loop.h"

/* ---- which questions go together ------------------------------------------------ */

bool shared_asks_by_id(const struct ec2_question *q)
{
	return q->ids && q->ids[0] && q->how->id_param && (!q->filters || !q->filters[0].name);
}

static bool asks_by_tag(const struct ec2_question *q)
{
	if ((q->ids && q->ids[0]) || !q->filters || !q->filters[0].name)
		return false;
	for (const struct aws_filter *f = q->filters; f->name; f++)
		if (!text_starts_with(f->name, "tag:"))
			return false;
	return true;
}

static char *key_of(const struct ec2_question *q)
{
	auto_aws_params all = AWS_PARAMS_INIT;
	auto_buf names = BUF_INIT;

	if (shared_asks_by_id(q))
		return xasprintf("ids %s", q->more);
	if (asks_by_tag(q)) {
		for (const struct aws_filter *f = q->filters; f->name; f++)
			(void)buf_addf(&names, " %s", f->name);
		return xasprintf("tags%s %s", names.p, q->more);
	}
	if (q->ids && q->how->id_param)
		params_add_list(&all, q->how->id_param, q->ids);
	params_add_filters(&all, q->filters);
	return xasprintf("same %s %s", all.body.p, q->more);
}

/* ---- one call for all of them ---------------------------------------------------- */

static void list_ids(const struct ec2_shared_read *r, struct strv *ids)
{
	for (const struct asker *a = r->askers; a; a = a->next)
		for (const char *const *id = a->q->ids; *id && !a->answered; id++)
			strv_add_once(ids, *id);
}

/* Filter.N of each name, with the values of all askers. */
static void add_tag_filters(const struct ec2_shared_read *r, struct aws_params *p)
{
	for (int i = 0; r->askers->q->filters[i].name; i++) {
		auto_strv values = { 0 };
		autofree char *list = xasprintf("Filter.%d.Value", i + 1);

		for (const struct asker *a = r->askers; a; a = a->next)
			for (const char *const *v = a->q->filters[i].values; *v; v++)
				strv_add_once(&values, *v);
		params_addf(p, r->askers->q->filters[i].name, "Filter.%d.Name", i + 1);
		params_add_list(p, list, strv_list(&values));
	}
}

static bool item_has_id(const struct ec2_question *q, const struct xml_node *item)
{
	autofree char *id = ec2_item_id(q->how, item);

	for (const char *const *want = q->ids; id && *want; want++)
		if (text_eq(*want, id))
			return true;
	return false;
}

static bool item_has_tags(const struct ec2_question *q, const struct xml_node *item)
{
	struct aws_tags tags = { 0 };
	bool all = true;

	xml_tags(item, "tagSet/item", &tags);
	for (const struct aws_filter *f = q->filters; f->name && all; f++) {
		const char *value = aws_tags_get(&tags, f->name + strlen("tag:"));

		all = false;
		for (const char *const *want = f->values; *want && !all; want++)
			all = text_eq(*want, value);
	}
	aws_tags_clear(&tags);
	return all;
}

static bool was_asked_for(const struct ec2_question *q, const struct xml_node *item)
{
	if (shared_asks_by_id(q))
		return item_has_id(q, item);
	return asks_by_tag(q) ? item_has_tags(q, item) : true;
}

/* What one asker cannot read is that asker's error. */
static struct rb_error *give_out(void *arg, const struct xml_node *item)
{
	struct ec2_shared_read *r = arg;

	r->given = true;
	for (struct asker *a = r->askers; a; a = a->next)
		if (!a->err && !a->answered && was_asked_for(a->q, item))
			a->err = a->q->add(a->q->list, item);
	shared_give_guests(r, item);
	return NULL;
}

/* Each asker's observer hears of the call, with every try, and each guest's. */
static void tell_askers(void *arg, const char *service, const char *action, const char *region,
			int http_status, const char *request_id, int64_t took_ms,
			const struct rb_error *err)
{
	const struct ec2_shared_read *r = arg;

	for (const struct asker *a = r->askers; a; a = a->next) {
		const struct aws_observer *o = a->q->client->observer;

		if (o && o->after_call)
			o->after_call(o->arg, service, action, region, http_status, request_id,
				      took_ms, err);
	}
	for (struct ec2_shared_read *g = r->guests; g; g = g->next_guest)
		tell_askers(g, service, action, region, http_status, request_id, took_ms, err);
}

static struct rb_error *call(struct ec2_shared_read *r)
{
	const struct ec2_question *first = r->askers->q;
	struct aws_client *client = aws_client_new(r->session, r->region);
	auto_aws_params tags = AWS_PARAMS_INIT;
	auto_strv ids = { 0 };
	struct ec2_question all = *first;
	struct rb_error *err;

	aws_client_observe(client, &r->observer);
	all.client = client;
	all.add = give_out;
	all.list = r;
	if (shared_asks_by_id(first)) {
		list_ids(r, &ids);
		all.ids = strv_list(&ids);
	} else if (asks_by_tag(first)) {
		(void)buf_adds(&tags.body, first->more);
		add_tag_filters(r, &tags);
		all.more = tags.body.p;
		all.filters = NULL;
	}
	err = ec2_ask(&all, AWS_READS | (ids.n > 1 ? AWS_NO_SETTLE : 0u));
	aws_client_free(client);
	return err;
}

/* An id that is not known, or no id at all: the list is refused for one of them. */
static bool is_about_one_id(const struct ec2_shared_read *r, const struct rb_error *err)
{
	return r->askers->next && shared_asks_by_id(r->askers->q) && !r->given && err->aws_code &&
	       (err->kind == RB_GONE || text_starts_with(err->aws_code, "Invalid"));
}

static void drop(struct ec2_shared_read *r)
{
	for (struct ec2_shared_read **at = &r->session->shared_reads; *at; at = &(*at)->next) {
		if (*at == r) {
			*at = r->next;
			return;
		}
	}
}

static void send(void *arg)
{
	struct ec2_shared_read *r = arg;
	/* whoever can run in this turn runs before, and may ask, too */
	struct rb_error *err = loop_sleep(http_loop(r->session->http), 0);

	shared_find_guests(r);
	drop(r); /* who asks from here on wants to know what is so from here on */
	if (!err && !shared_was_guest(r))
		err = call(r);
	if (err && is_about_one_id(r, err))
		r->each_by_itself = true;
	for (struct asker *a = r->askers; a && err && !r->each_by_itself; a = a->next)
		if (!a->err && !a->answered)
			a->err = rb_error_copy(err);
	(void)rb_error_free(err);
}

/* ---- asking ------------------------------------------------------------------------ */

static struct ec2_shared_read *open_read(const struct ec2_question *q, const char *key)
{
	struct ec2_shared_read *r = q->client->session->shared_reads;

	while (r && (r->how != q->how || !text_eq(r->region, q->client->region) ||
		     !text_eq(r->key, key)))
		r = r->next;
	return r;
}

static struct ec2_shared_read *new_read(const struct ec2_question *q, char *key)
{
	struct aws_session *s = q->client->session;
	struct ec2_shared_read *r = xcalloc(1, sizeof(*r));

	r->session = s;
	r->region = xstrdup(q->client->region);
	r->how = q->how;
	r->key = key;
	r->observer = (struct aws_observer){ .arg = r, .after_call = tell_askers };
	r->next = s->shared_reads;
	s->shared_reads = r;
	r->task = loop_spawn(http_loop(s->http), send, r);
	return r;
}

static void leave(struct ec2_shared_read *r)
{
	if (--r->n_askers)
		return;
	task_free(r->task);
	free(r->region);
	free(r->key);
	free(r);
}

struct rb_error *ec2_ask(const struct ec2_question *q, unsigned flags)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	(void)buf_adds(&p.body, q->more);
	if (q->ids && q->how->id_param)
		params_add_list(&p, q->how->id_param, q->ids);
	params_add_filters(&p, q->filters);
	if (q->how->page && (!q->ids || !q->ids[0]))
		params_add_int(&p, "MaxResults", q->how->page);
	return aws_query_items(q->client, "ec2", q->how->action, &p, flags, q->how->items, q->add,
			       q->list);
}

struct rb_error *ec2_ask_shared(const struct ec2_question *q)
{
	struct aws_session *s = q->client->session;
	struct asker me = { .q = q };
	struct ec2_shared_read *r;
	struct rb_error *err;
	char *key;
	bool alone;

	if (ec2_cache_answers(q, &err))
		return err;
	if (!s->shares_reads || !loop_is_in_task(http_loop(s->http)))
		return ec2_ask(q, AWS_READS);
	key = key_of(q);
	r = open_read(q, key);
	if (r)
		free(key);
	else
		r = new_read(q, key);
	me.next = r->askers;
	r->askers = &me;
	r->n_askers++;
	loop_join(http_loop(s->http), r->task);
	alone = r->each_by_itself && !me.answered;
	leave(r);
	return alone ? ec2_ask(q, AWS_READS) : me.err;
}
