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

static void early_clear(struct early *early)
{
	free(early->key);
	played_clear(&early->played);
}

void refusals_clear(struct compare *c)
{
	for (size_t i = 0; i < c->n_early; i++)
		early_clear(&c->early[i]);
	free(c->early);
	c->early = NULL;
	c->n_early = 0;
}

void refusal_let_through(struct compare *c, const struct recorded *e, const struct node *answer,
			 struct played *p)
{
	if (!passes_later(c, e)) {
		refusal_compare(c, e, answer, p);
		return;
	}
	if (!e->changes)
		return;
	c->early = xreallocarray(c->early, c->n_early + 1, sizeof(*c->early));
	c->early[c->n_early++] = (struct early){ .key = request_key(e),
						 .first_ms = play_aws_ms(c, e->at_ms + e->took_ms),
						 .last_ms = play_aws_ms(c, e->at_ms),
						 .here_ms = c->here_ms,
						 .played = *p };
	*p = (struct played){ 0 };
}

/* It was let through after the last refusal, and before this was answered.  What the sandbox
 * answered then stands beside it. */
static void catch_up(struct compare *c, const struct recorded *e, const struct early *early)
{
	int64_t lo_ms = early->last_ms - early->first_ms;
	int64_t hi_ms = play_aws_ms(c, e->at_ms + e->took_ms) - early->first_ms;
	struct node answer = { 0 };

	if (states_apart_s(lo_ms > 0 ? lo_ms : 0, hi_ms, 0, 0))
		add_seconds(c, e, lo_ms, 0);
	play_read_answer(e, &answer);
	play_about(c, e);
	refusal_compare_status(c, e, &early->played);
	match_answers(&c->match, &answer, &early->played.answer, early->here_ms);
	node_clear(&answer);
}

bool refusal_is_done_already(struct compare *c, const struct recorded *e)
{
	autofree char *key = e->changes ? request_key(e) : NULL;

	for (size_t i = 0; key && i < c->n_early; i++) {
		struct early *early = &c->early[i];

		if (strcmp(early->key, key) != 0)
			continue;
		if (play_is_good(e->status)) {
			catch_up(c, e, early);
			early_clear(early);
			*early = c->early[--c->n_early];
		} else {
			early->last_ms = play_aws_ms(c, e->at_ms);
		}
		return true;
	}
	return false;
}

/* Is this parameter what that request was about: an id, wherever it stands there, or IAM's name of
 * a role, a profile, under the same parameter? */
static bool names_in(const char *request, const char *name, const char *value)
{
	size_t n = strlen(name), suffix = strlen("Name");
	autofree char *pair = NULL;

	if (shape_of(value) == SHAPE_ID)
		return strstr(request, value);
	if (n < suffix || strcmp(name + n - suffix, "Name") != 0)
		return false;
	pair = xasprintf("\"%s\":\"%s\"", name, value);
	return strstr(request, pair);
}

bool refusal_asks_after_done(const struct compare *c, const struct recorded *e)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(e->request, "params"), name, value)
		for (size_t i = 0; i < c->n_early; i++)
			if (json_is_string(value) &&
			    names_in(c->early[i].key, name, json_string_value(value)))
				return true;
	return false;
}
