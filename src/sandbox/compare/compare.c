/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requests of a recording, asked of a sandbox at the same times, and its answers beside those
 * that were recorded.
 *
 * (1) The sandbox's clock jumps to the time of each request; nothing waits.
 * (2) When the sandbox is not as far as the recording was (a state, a refusal), it is asked again a
 *     second of AWS's time later, until it is, or for so long as is told below; what follows is
 * then that much later.  How long it took is a difference only when it is longer than can be. (3)
 * When it is further, that is no difference but in time: calls that were recorded as tried again
 * until they were let through are not repeated once the sandbox has let one through. (4) Elements
 * are compared only where the state is the same, for they come and go with it.
 */
#include "sandbox/compare/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/shape.h"
#include "base/text.h"
#include "sandbox/compare/binding.h"
#include "sandbox/compare/match.h"
#include "sandbox/compare/node.h"
#include "sandbox/compare/player.h"
#include "sandbox/compare/states.h"
#include "sandbox/core/inner.h"

enum {
	STEP_MS = 1000,
	AWAIT_STATE_MS = 900000, /* AWS's slowest state of those that are met takes minutes */
	AWAIT_CALL_MS = 120000,
	LOOKS_IN_A_GAP = 60,
	LOOKS_AHEAD = 8,
	SLACK_MS = 50, /* of the recording's clock, between what was caused and its cause */
};

struct compare {
	struct sbx *sbx;
	struct match match;
	const struct recording *recording;
	double speed;
	int64_t base_ms;   /* AWS's time at which this recording begins */
	int64_t here_ms;   /* AWS's time in the sandbox */
	int64_t behind_ms; /* how much later things are played than they were recorded */
	char *vpc_endpoint;
	json_t *done; /* calls that the sandbox let through before the recording did: when */
	json_t *put;  /* paths of objects that are there */
};

static int64_t aws_ms(const struct compare *c, int64_t recorded_ms)
{
	return c->base_ms + (int64_t)((double)recorded_ms * c->speed);
}

static struct rb_error *skip_to(struct compare *c, int64_t ms)
{
	struct rb_error *err = NULL;

	if (ms <= c->here_ms)
		return NULL;
	sbx_lock(c->sbx);
	err = sbx_skip_ms(c->sbx, ms - c->here_ms);
	sbx_unlock(c->sbx);
	c->here_ms = ms;
	return err;
}

/* What makes two requests the same.  Caller frees. */
static char *request_key(const struct recorded *e)
{
	char *request = json_dumps(e->request, JSON_COMPACT | JSON_SORT_KEYS);
	char *key =
		xasprintf("%s %s %s %s", e->service, e->action, e->region, request ? request : "");

	free(request);
	return key;
}

static bool is_good(int status)
{
	return status >= 200 && status < 400;
}

/* Does a later one with the same request go well? */
static bool passes_later(const struct compare *c, const struct recorded *e)
{
	const struct recorded *end = c->recording->v + c->recording->n;

	for (const struct recorded *x = e + 1; x < end; x++)
		if (is_good(x->status) && text_eq(x->action, e->action) &&
		    text_eq(x->region, e->region) && json_equal(x->request, e->request))
			return true;
	return false;
}

static void add(struct compare *c, enum difference_kind kind, const struct recorded *e,
		const char *element, const char *recorded, const char *here)
{
	differences_add(c->match.out, kind, e->service, e->action, element, recorded, here);
}

/* ---- refusals ------------------------------------------------------------ */

static void add_seconds(struct compare *c, const struct recorded *e, int64_t recorded_ms,
			int64_t here_ms)
{
	autofree char *recorded =
		xasprintf("%lld s until it is let through", (long long)(recorded_ms / 1000));
	autofree char *here =
		xasprintf("%lld s until it is let through", (long long)(here_ms / 1000));

	add(c, DIFFERENCE_DURATION, e, "", recorded, here);
}

static void compare_status(struct compare *c, const struct recorded *e, const struct played *p)
{
	autofree char *recorded = xasprintf("%d", e->status), *here = xasprintf("%d", p->status);

	if (e->status != p->status)
		add(c, DIFFERENCE_STATUS, e, "", recorded, here);
}

static void compare_refusals(struct compare *c, const struct recorded *e, const struct node *answer,
			     const struct played *p)
{
	const char *recorded = node_error_code(answer), *here = node_error_code(&p->answer);

	compare_status(c, e, p);
	if (!text_eq(recorded, here))
		add(c, DIFFERENCE_CODE, e, "", recorded, here);
}

/* Ask again until it is let through.  The time that took is added to all that follows. */
static struct rb_error *await_call(struct compare *c, const struct recorded *e, struct played *p)
{
	int64_t begun_ms = c->here_ms, waited_ms;
	int64_t recorded_ms = (int64_t)((double)(e->took_ms + SLACK_MS) * c->speed);

	while (!is_good(p->status) && c->here_ms - begun_ms < AWAIT_CALL_MS) {
		TRY(skip_to(c, c->here_ms + STEP_MS));
		played_clear(p);
		player_ask(c->sbx, e, &c->match.bindings, p);
	}
	waited_ms = c->here_ms - begun_ms;
	c->behind_ms += waited_ms;
	if (is_good(p->status) && states_apart_s(0, recorded_ms, waited_ms, waited_ms))
		add_seconds(c, e, 0, waited_ms);
	return NULL;
}

/* The recording was refused what the sandbox let through: by and by, or for good? */
static void compare_let_through(struct compare *c, const struct recorded *e,
				const struct node *answer, const struct played *p)
{
	if (!passes_later(c, e)) {
		compare_refusals(c, e, answer, p);
		return;
	}
	if (e->changes) {
		autofree char *key = request_key(e);

		json_object_set_new(c->done, key,
				    json_pack("{s:I, s:I}", "first",
					      (json_int_t)aws_ms(c, e->at_ms + e->took_ms), "last",
					      (json_int_t)aws_ms(c, e->at_ms)));
	}
}

/* True when the sandbox has done this already, when the recording had not yet. */
static bool is_done_already(struct compare *c, const struct recorded *e)
{
	autofree char *key = e->changes ? request_key(e) : NULL;
	json_t *refused = key ? json_object_get(c->done, key) : NULL;
	int64_t first_ms, lo_ms, hi_ms;

	if (!refused)
		return false;
	if (!is_good(e->status)) {
		json_object_set_new(refused, "last", json_integer(aws_ms(c, e->at_ms)));
		return true;
	}
	/* It was let through after the last refusal, and before this was answered. */
	first_ms = json_integer_value(json_object_get(refused, "first"));
	lo_ms = json_integer_value(json_object_get(refused, "last")) - first_ms;
	hi_ms = aws_ms(c, e->at_ms + e->took_ms) - first_ms;
	if (states_apart_s(lo_ms > 0 ? lo_ms : 0, hi_ms, 0, 0))
		add_seconds(c, e, lo_ms, 0);
	json_object_del(c->done, key);
	return true;
}

/* ---- objects that came from elsewhere ------------------------------------ */

/* What the instance uploads is not in the recording: the first good look at an object that nobody
 * put is preceded by its upload, through the endpoint. */
static void put_what_is_there(struct compare *c, const struct recorded *e)
{
	const char *path = json_string_value(json_object_get(e->request, "path"));
	const json_t *headers = json_object_get(e->answer, "headers");
	const char *length = json_string_value(json_object_get(headers, "content-length"));
	bool is_object = path && path[0] && strchr(path + 1, '/');
	int64_t bytes = 0;

	if (!text_eq(e->service, "s3") || !is_object || !is_good(e->status))
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

static void read_answer(const struct recorded *e, struct node *ret)
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

/* The sandbox is asked again while a thing is not in the state yet in which the recording had it.
 */
static struct rb_error *await_states(struct compare *c, const struct recorded *e,
				     const struct node *answer, struct played *p)
{
	int64_t begun_ms = c->here_ms;

	if (e->changes)
		return NULL;
	while (is_good(p->status) && match_is_behind(&c->match, answer, &p->answer) &&
	       c->here_ms - begun_ms < AWAIT_STATE_MS) {
		match_see_here(&c->match, answer, &p->answer, c->here_ms);
		TRY(skip_to(c, c->here_ms + STEP_MS));
		played_clear(p);
		player_ask(c->sbx, e, &c->match.bindings, p);
	}
	c->behind_ms += c->here_ms - begun_ms;
	return NULL;
}

static void about(struct compare *c, const struct recorded *e)
{
	c->match.service = e->service;
	c->match.action = e->action;
	c->match.region = e->region;
	c->match.changes = e->changes;
	c->match.recorded_from_ms = aws_ms(c, e->at_ms);
	c->match.recorded_to_ms = aws_ms(c, e->at_ms + e->took_ms);
}

/* It asks after a thing of which the sandbox has let a call through, and the recording not yet. */
static bool asks_after_done(const struct compare *c, const struct recorded *e)
{
	const char *key, *name;
	json_t *refused, *value;

	json_object_foreach(c->done, key, refused)
		json_object_foreach(json_object_get(e->request, "params"), name, value) {
			const char *text = json_string_value(value);

			if (text && shape_of(text) == SHAPE_ID && strstr(key, text))
				return true;
		}
	return false;
}

/* Does the sandbox answer what the recording was answered to the same question later on? */
static bool is_ahead(struct compare *c, const struct recorded *e, const struct played *p)
{
	const struct recorded *end = c->recording->v + c->recording->n;
	bool found = !e->changes && asks_after_done(c, e);

	for (const struct recorded *x = e + 1; x < end && !e->changes && !found; x++) {
		struct node answer = { 0 };

		if (is_good(x->status) != is_good(p->status) || !x->status ||
		    !text_eq(x->action, e->action) || !text_eq(x->region, e->region) ||
		    !json_equal(x->request, e->request))
			continue;
		read_answer(x, &answer);
		found = is_good(p->status)
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
	if (is_good(e->status))
		TRY(await_call(c, e, p));
	if (is_good(e->status) && is_good(p->status)) {
		compare_status(c, e, p);
		match_answers(&c->match, answer, &p->answer, c->here_ms);
	} else if (is_good(p->status)) {
		compare_let_through(c, e, answer, p);
	} else {
		compare_refusals(c, e, answer, p);
	}
	return NULL;
}

static struct rb_error *compare_answers(struct compare *c, const struct recorded *e,
					struct played *p)
{
	struct node answer = { 0 };
	struct rb_error *err = NULL;

	read_answer(e, &answer);
	about(c, e);
	if (is_good(e->status) != is_good(p->status)) {
		err = compare_refused(c, e, &answer, p);
	} else if (!is_good(e->status)) {
		compare_refusals(c, e, &answer, p);
	} else {
		compare_status(c, e, p);
		if (match_differs(&c->match, &answer, &p->answer))
			err = await_states(c, e, &answer, p);
		if (!err && !is_good(p->status)) /* it went away while it was waited for */
			compare_refusals(c, e, &answer, p);
		else if (!err && match_differs(&c->match, &answer, &p->answer) && is_ahead(c, e, p))
			match_quietly(&c->match, &answer, &p->answer, c->here_ms);
		else if (!err)
			match_answers(&c->match, &answer, &p->answer, c->here_ms);
	}
	node_clear(&answer);
	return err;
}

/* The reads that come next are asked at `c->here_ms`, for the states alone. */
static void look_ahead(struct compare *c, const struct recorded *e)
{
	const struct recorded *end = c->recording->v + c->recording->n;

	for (int asked = 0; e < end && asked < LOOKS_AHEAD; e++) {
		struct played p = { 0 };
		struct node answer = { 0 };

		if (e->changes || !is_good(e->status))
			continue;
		asked++;
		player_ask(c->sbx, e, &c->match.bindings, &p);
		read_answer(e, &answer);
		about(c, e);
		if (is_good(p.status))
			match_see_here(&c->match, &answer, &p.answer, c->here_ms);
		node_clear(&answer);
		played_clear(&p);
	}
}

/* To the time of `e`, with looks on the way: a state's end is known no better than it is looked at.
 */
static struct rb_error *pass_time(struct compare *c, const struct recorded *e)
{
	int64_t until_ms = aws_ms(c, e->at_ms) + c->behind_ms;
	int64_t gap_ms = until_ms - c->here_ms;
	int64_t step_ms = gap_ms / LOOKS_IN_A_GAP > STEP_MS ? gap_ms / LOOKS_IN_A_GAP : STEP_MS;

	while (c->here_ms + step_ms < until_ms) {
		TRY(skip_to(c, c->here_ms + step_ms));
		look_ahead(c, e);
	}
	return skip_to(c, until_ms);
}

static struct rb_error *play(struct compare *c, const struct recorded *e, size_t *unanswered)
{
	struct played p = { 0 };
	struct rb_error *err;

	TRY(pass_time(c, e));
	if (is_done_already(c, e))
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

/* The states that a thing will be recorded in are known before: who is ahead is told by them. */
static void foresee(struct compare *c)
{
	for (size_t i = 0; i < c->recording->n; i++) {
		const struct recorded *e = &c->recording->v[i];
		struct node answer = { 0 };

		if (!is_good(e->status))
			continue;
		read_answer(e, &answer);
		about(c, e);
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
	struct compare c = { .match = { .out = out }, .done = json_object(), .put = json_object() };
	struct rb_error *err =
		sbx_new(&(struct sbx_options){ .speed = 1, .lag = SBX_LAG_OFF }, &c.sbx);

	*ret = (struct compare_result){ .whole = true };
	for (size_t i = 0; i < n && !err; i++)
		err = play_one(&c, &recordings[i], options->speed, ret);
	if (!err)
		match_finish(&c.match);
	match_clear(&c.match);
	json_decref(c.done);
	json_decref(c.put);
	free(c.vpc_endpoint);
	sbx_free(c.sbx);
	return err;
}
