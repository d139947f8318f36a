/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that were refused, there or here: by and by, or for good. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/shape.h"
#include "base/text.h"
#include "sandbox/compare/play.h"
#include "sandbox/compare/states.h"

/* What makes two requests the same.  Caller frees. */
static char *request_key(const struct recorded *e)
{
	char *request = json_dumps(e->request, JSON_COMPACT | JSON_SORT_KEYS);
	char *key =
		xasprintf("%s %s %s %s", e->service, e->action, e->region, request ? request : "");

	free(request);
	return key;
}

/* Does a later one with the same request go well? */
static bool passes_later(const struct compare *c, const struct recorded *e)
{
	const struct recorded *end = c->recording->v + c->recording->n;

	for (const struct recorded *x = e + 1; x < end; x++)
		if (play_is_good(x->status) && text_eq(x->action, e->action) &&
		    text_eq(x->region, e->region) && json_equal(x->request, e->request))
			return true;
	return false;
}

static void add(struct compare *c, enum difference_kind kind, const struct recorded *e,
		const char *element, const char *recorded, const char *here)
{
	differences_add(c->match.out, kind, e->service, e->action, element, recorded, here);
}

static void add_seconds(struct compare *c, const struct recorded *e, int64_t recorded_ms,
			int64_t here_ms)
{
	autofree char *recorded =
		xasprintf("%lld s until it is let through", (long long)(recorded_ms / 1000));
	autofree char *here =
		xasprintf("%lld s until it is let through", (long long)(here_ms / 1000));

	add(c, DIFFERENCE_DURATION, e, "", recorded, here);
}

void refusal_compare_status(struct compare *c, const struct recorded *e, const struct played *p)
{
	autofree char *recorded = xasprintf("%d", e->status), *here = xasprintf("%d", p->status);

	if (e->status != p->status)
		add(c, DIFFERENCE_STATUS, e, "", recorded, here);
}

void refusal_compare(struct compare *c, const struct recorded *e, const struct node *answer,
		     const struct played *p)
{
	const char *recorded = node_error_code(answer), *here = node_error_code(&p->answer);

	refusal_compare_status(c, e, p);
	if (!text_eq(recorded, here))
		add(c, DIFFERENCE_CODE, e, "", recorded, here);
}

struct rb_error *refusal_await(struct compare *c, const struct recorded *e, struct played *p)
{
	int64_t begun_ms = c->here_ms, waited_ms;
	int64_t recorded_ms = (int64_t)((double)(e->took_ms + SLACK_MS) * c->speed);

	while (!play_is_good(p->status) && c->here_ms - begun_ms < AWAIT_CALL_MS) {
		TRY(play_wait_on(c, begun_ms));
		played_clear(p);
		player_ask(c->sbx, e, &c->match.bindings, p);
	}
	waited_ms = c->here_ms - begun_ms;
	c->behind_ms += waited_ms;
	if (play_is_good(p->status) && states_apart_s(0, recorded_ms, waited_ms, waited_ms))
		add_seconds(c, e, 0, waited_ms);
	return NULL;
}

void refusal_let_through(struct compare *c, const struct recorded *e, const struct node *answer,
			 const struct played *p)
{
	if (!passes_later(c, e)) {
		refusal_compare(c, e, answer, p);
		return;
	}
	if (e->changes) {
		autofree char *key = request_key(e);

		json_object_set_new(c->done, key,
				    json_pack("{s:I, s:I}", "first",
					      (json_int_t)play_aws_ms(c, e->at_ms + e->took_ms),
					      "last", (json_int_t)play_aws_ms(c, e->at_ms)));
	}
}

bool refusal_is_done_already(struct compare *c, const struct recorded *e)
{
	autofree char *key = e->changes ? request_key(e) : NULL;
	json_t *refused = key ? json_object_get(c->done, key) : NULL;
	int64_t first_ms, lo_ms, hi_ms;

	if (!refused)
		return false;
	if (!play_is_good(e->status)) {
		json_object_set_new(refused, "last", json_integer(play_aws_ms(c, e->at_ms)));
		return true;
	}
	/* It was let through after the last refusal, and before this was answered. */
	first_ms = json_integer_value(json_object_get(refused, "first"));
	lo_ms = json_integer_value(json_object_get(refused, "last")) - first_ms;
	hi_ms = play_aws_ms(c, e->at_ms + e->took_ms) - first_ms;
	if (states_apart_s(lo_ms > 0 ? lo_ms : 0, hi_ms, 0, 0))
		add_seconds(c, e, lo_ms, 0);
	json_object_del(c->done, key);
	return true;
}

bool refusal_asks_after_done(const struct compare *c, const struct recorded *e)
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
