/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requests of a recording, asked of a sandbox at the same times, and its answers beside those
 * that were recorded.
 *
 * (1) The sandbox's clock jumps to the time of each request; nothing waits.
 *
 * (2) When the sandbox is not as far as the recording was (a state, a refusal), it is asked again a
 *     second of AWS's time later (a wait that is long already: less often), until it is, or for so
 *     long as play.h says; what follows is that much later.  How long it took is a difference only
 * when it is longer than can be.
 *
 * (3) When it is further, that is no difference but in time: calls that were recorded as tried
 *     again until they were let through are not repeated once the sandbox has let one through.
 *
 * (4) Elements are compared only where the state is the same, for they come and go with it.
 *
 * (5) Tags are not compared in the answer of a change beside which they were set.
 */
#include "sandbox/compare/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/compare/play.h"
#include "sandbox/core/inner.h"

int64_t play_aws_ms(const struct compare *c, int64_t recorded_ms)
{
	return c->base_ms + (int64_t)((double)recorded_ms * c->speed);
}

bool play_is_good(int status)
{
	return status >= 200 && status < 400;
}

void play_read_answer(const struct recorded *e, struct node *ret)
{
	const char *xml = json_string_value(json_object_get(e->answer, "xml"));
	const json_t *json = json_object_get(e->answer, "json");
	const char *name;
	json_t *value;

	if (xml)
		node_read(xml, strlen(xml), ret);
	else if (json)
		node_read_json(json, ret);
	(void)node_headers(ret);
	json_object_foreach(json_object_get(e->answer, "headers"), name, value)
		if (text_starts_with(name, "x-amz-"))
			node_add_header(ret, name, json_string_value(value));
}

void play_about(struct compare *c, const struct recorded *e)
{
	c->match.service = e->service;
	c->match.action = e->action;
	c->match.region = e->region;
	c->match.changes = e->changes;
	c->match.recorded_from_ms = play_aws_ms(c, e->at_ms);
	c->match.recorded_to_ms = play_aws_ms(c, e->at_ms + e->took_ms);
}

/* ---- objects that came from elsewhere ------------------------------------ */

/* What the instance uploads is not in the recording: the first good read of an object that nobody
 * put is preceded by its upload, through the endpoint. */
static void put_what_is_there(struct compare *c, const struct recorded *e)
{
	const char *path = json_string_value(json_object_get(e->request, "path"));
	const json_t *headers = json_object_get(e->answer, "headers");
	const char *length = json_string_value(json_object_get(headers, "content-length"));
	bool is_object = path && path[0] && strchr(path + 1, '/');
	int64_t bytes = 0;

	if (!text_eq(e->service, "s3") || !is_object || !play_is_good(e->status))
		return;
	if (text_eq(e->action, "HeadObject") && c->vpc_endpoint && !json_object_get(c->put, path) &&
	    length && text_parse_i64(length, 0, 64 << 20, &bytes))
		player_upload(c->sbx, e, &c->match.bindings, c->vpc_endpoint, (size_t)bytes);
	if (text_eq(e->action, "HeadObject") || text_eq(e->action, "PutObject"))
		json_object_set_new(c->put, path, json_true());
}

static void remember_endpoint(struct compare *c, const struct recorded *e, const struct played *p)
{
	const struct node *made = node_child(
		node_child(node_child(&p->answer, "CreateVpcEndpointResponse"), "vpcEndpoint"),
		"vpcEndpointId");

	if (text_eq(e->action, "CreateVpcEndpoint") && made && made->text)
		set_str(&c->vpc_endpoint, made->text);
}

/* ---- one exchange -------------------------------------------------------- */

/* The sandbox is asked again while a thing is not in the state yet in which the recording had it.
 */
static struct rb_error *await_states(struct compare *c, const struct recorded *e,
				     const struct node *answer, struct played *p)
{
	int64_t begun_ms = c->here_ms;

	if (e->changes)
		return NULL;
	while (play_is_good(p->status) && match_is_behind(&c->match, answer, &p->answer) &&
	       c->here_ms - begun_ms < AWAIT_STATE_MS) {
		match_see_here(&c->match, answer, &p->answer, c->here_ms);
		TRY(play_wait_on(c, begun_ms));
		played_clear(p);
		player_ask(c->sbx, e, &c->match.bindings, p);
	}
	c->behind_ms += c->here_ms - begun_ms;
	return NULL;
}

/* Does the sandbox answer what the recording was answered to the same question later on? */
static bool is_ahead(struct compare *c, const struct recorded *e, const struct played *p)
{
	const struct recorded *end = c->recording->v + c->recording->n;
	bool found = !e->changes && refusal_asks_after_done(c, e);

	for (const struct recorded *x = e + 1; x < end && !e->changes && !found; x++) {
		struct node answer = { 0 };

		if (play_is_good(x->status) != play_is_good(p->status) || !x->status ||
		    !text_eq(x->action, e->action) || !text_eq(x->region, e->region) ||
		    !json_equal(x->request, e->request))
			continue;
		play_read_answer(x, &answer);
		found = play_is_good(p->status)
				? !match_differs(&c->match, &answer, &p->answer)
				: x->status == p->status && text_eq(node_error_code(&answer),
								    node_error_code(&p->answer));
		node_clear(&answer);
	}
	return found;
}

/* One was refused and the other not. */
static struct rb_error *compare_refused(struct compare *c, const struct recorded *e,
					const struct node *answer, struct played *p)
{
	if (is_ahead(c, e, p))
		return NULL;
	if (play_is_good(e->status))
		TRY(refusal_await(c, e, p));
	if (play_is_good(e->status) && play_is_good(p->status)) {
		refusal_compare_status(c, e, p);
		match_answers(&c->match, answer, &p->answer, c->here_ms);
	} else if (play_is_good(p->status)) {
		refusal_let_through(c, e, answer, p);
	} else {
		refusal_compare(c, e, answer, p);
	}
	return NULL;
}

static struct rb_error *compare_answers(struct compare *c, const struct recorded *e,
					struct played *p)
{
	struct node answer = { 0 };
	struct rb_error *err = NULL;

	play_read_answer(e, &answer);
	overlap_forget_tags(c, e, &answer, &p->answer);
	play_about(c, e);
	if (play_is_good(e->status) != play_is_good(p->status)) {
		err = compare_refused(c, e, &answer, p);
	} else if (!play_is_good(e->status)) {
		refusal_compare(c, e, &answer, p);
	} else {
		refusal_compare_status(c, e, p);
		if (match_differs(&c->match, &answer, &p->answer))
			err = await_states(c, e, &answer, p);
		if (!err && !play_is_good(p->status)) /* it went away while it was waited for */
			refusal_compare(c, e, &answer, p);
		else if (!err && match_differs(&c->match, &answer, &p->answer) && is_ahead(c, e, p))
			match_quietly(&c->match, &answer, &p->answer, c->here_ms);
		else if (!err)
			match_answers(&c->match, &answer, &p->answer, c->here_ms);
	}
	node_clear(&answer);
	return err;
}

static struct rb_error *play(struct compare *c, const struct recorded *e, size_t *unanswered)
{
	struct played p = { 0 };
	struct rb_error *err;

	TRY(play_pass_time(c, e));
	if (refusal_is_done_already(c, e))
		return NULL;
	put_what_is_there(c, e);
	player_ask(c->sbx, e, &c->match.bindings, &p);
	remember_endpoint(c, e, &p);
	if (e->status) {
		err = compare_answers(c, e, &p);
	} else {
		++*unanswered;
		err = NULL;
	}
	played_clear(&p);
	return err;
}

/* The states that a thing will be recorded in are known before: they show who is ahead. */
static void foresee(struct compare *c)
{
	for (size_t i = 0; i < c->recording->n; i++) {
		const struct recorded *e = &c->recording->v[i];
		struct node answer = { 0 };

		if (!play_is_good(e->status))
			continue;
		play_read_answer(e, &answer);
		play_about(c, e);
		match_foresee(&c->match, &answer);
		node_clear(&answer);
	}
}

static struct rb_error *play_one(struct compare *c, const struct recording *r, double speed,
				 struct compare_result *ret)
{
	struct rb_error *err = NULL;

	c->recording = r;
	c->speed = speed > 0 ? speed : r->speed;
	foresee(c);
	for (size_t i = 0; i < r->n && !err; i++)
		err = play(c, &r->v[i], &ret->unanswered);
	ret->exchanges += r->n;
	ret->whole &= r->whole;
	c->base_ms = c->here_ms - c->behind_ms;
	return err;
}

struct rb_error *compare_play(const struct recording *recordings, size_t n,
			      const struct compare_options *options, struct differences *out,
			      struct compare_result *ret)
{
	struct compare c = { .match = { .out = out }, .put = json_object() };
	struct rb_error *err =
		sbx_new(&(struct sbx_options){ .speed = 1, .lag = SBX_LAG_OFF }, &c.sbx);

	*ret = (struct compare_result){ .whole = true };
	for (size_t i = 0; i < n && !err; i++)
		err = play_one(&c, &recordings[i], options->speed, ret);
	if (!err)
		match_finish(&c.match);
	match_clear(&c.match);
	refusals_clear(&c);
	json_decref(c.put);
	free(c.vpc_endpoint);
	sbx_free(c.sbx);
	return err;
}
