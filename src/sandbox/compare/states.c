/* SPDX-License-Identifier: Apache-2.0 */
/* States over time. */
#include "sandbox/compare/states.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

struct track *tracks_find(struct tracks *t, const char *thing, const char *element,
			  const char *service, const char *action, const char *path)
{
	for (size_t i = 0; i < t->n; i++)
		if (text_eq(t->v[i].thing, thing) && text_eq(t->v[i].element, element))
			return &t->v[i];
	t->v = xreallocarray(t->v, t->n + 1, sizeof(*t->v));
	t->v[t->n] = (struct track){ .thing = xstrdup(thing),
				     .element = xstrdup(element),
				     .service = xstrdup(service),
				     .action = xstrdup(action),
				     .path = xstrdup(path) };
	return &t->v[t->n++];
}

void course_see(struct course *c, const char *state, int64_t from_ms, int64_t to_ms)
{
	if (c->n && text_eq(c->v[c->n - 1].state, state)) {
		c->v[c->n - 1].last_from_ms = from_ms;
		return;
	}
	c->v = xreallocarray(c->v, c->n + 1, sizeof(*c->v));
	c->v[c->n++] = (struct sighting){
		.state = xstrdup(state), .from_ms = from_ms, .to_ms = to_ms, .last_from_ms = from_ms
	};
}

bool course_has(const struct course *c, const char *state)
{
	for (size_t i = 0; i < c->n; i++)
		if (text_eq(c->v[i].state, state))
			return true;
	return false;
}

/* All states of `a` come in `b` in their order. */
static bool is_within(const struct course *a, const struct course *b)
{
	size_t at = 0;

	for (size_t i = 0; i < b->n && at < a->n; i++)
		at += text_eq(a->v[at].state, b->v[i].state);
	return at == a->n;
}

static char *course_text(const struct course *c)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < c->n; i++)
		(void)buf_addf(&out, "%s%s", i ? ", " : "", c->v[i].state);
	return buf_steal(&out);
}

#define UNKNOWN_MS (INT64_MAX / 4) /* it may have begun long before it was first read */

/* How long the state before the one at `i` lasted: at least *lo, at most *hi.  `made`: the first
 * sight is the answer to the call that made the thing. */
static void duration(const struct course *c, size_t i, bool made, int64_t *lo, int64_t *hi)
{
	*lo = c->v[i - 1].last_from_ms - c->v[i - 1].to_ms;
	if (*lo < 0)
		*lo = 0;
	if (i >= 2)
		*hi = c->v[i].to_ms - c->v[i - 2].last_from_ms;
	else
		*hi = made ? c->v[1].to_ms - c->v[0].from_ms : UNKNOWN_MS;
}

int64_t states_apart_s(int64_t lo_a, int64_t hi_a, int64_t lo_b, int64_t hi_b)
{
	int64_t apart = lo_a > hi_b ? lo_a - hi_b : lo_b > hi_a ? lo_b - hi_a : 0;
	int64_t longer = hi_a > hi_b ? hi_a : hi_b;

	if (longer >= UNKNOWN_MS)
		longer = lo_a > lo_b ? lo_a : lo_b;

	return apart > 2000 + longer / 10 ? (apart + 500) / 1000 : 0;
}

static char *duration_text(const struct course *c, size_t i, int64_t lo, int64_t hi)
{
	if (hi >= UNKNOWN_MS)
		return xasprintf("%lld s or more until %s", (long long)(lo / 1000), c->v[i].state);
	return xasprintf("%lld to %lld s until %s", (long long)(lo / 1000),
			 (long long)((hi + 999) / 1000), c->v[i].state);
}

/* The state at `i` came after the same one in `c`, too: where; 0: it did not. */
static size_t find_step(const struct course *c, const struct course *of, size_t i)
{
	for (size_t k = 1; k < c->n; k++)
		if (text_eq(c->v[k].state, of->v[i].state) &&
		    text_eq(c->v[k - 1].state, of->v[i - 1].state))
			return k;
	return 0;
}

static void compare_track(const struct track *t, struct differences *out)
{
	const struct course *a = &t->recorded, *b = &t->here;

	if (!a->n || !b->n)
		return;
	if (!text_eq(t->made_recorded, t->made_here) || !course_has(b, a->v[a->n - 1].state) ||
	    (!is_within(a, b) && !is_within(b, a))) {
		autofree char *recorded = course_text(a), *here = course_text(b);

		differences_add(out, DIFFERENCE_STATES, t->service, t->action, t->path, recorded,
				here);
		return;
	}
	for (size_t i = 1; i < a->n; i++) {
		size_t k = find_step(b, a, i);
		int64_t lo_a, hi_a, lo_b, hi_b;

		if (!k)
			continue;
		duration(a, i, t->made_recorded, &lo_a, &hi_a);
		duration(b, k, t->made_here, &lo_b, &hi_b);
		if (states_apart_s(lo_a, hi_a, lo_b, hi_b)) {
			autofree char *recorded = duration_text(a, i, lo_a, hi_a);
			autofree char *here = duration_text(b, k, lo_b, hi_b);

			differences_add(out, DIFFERENCE_DURATION, t->service, t->action, t->path,
					recorded, here);
			return;
		}
	}
}

void tracks_compare(const struct tracks *t, struct differences *out)
{
	for (size_t i = 0; i < t->n; i++)
		compare_track(&t->v[i], out);
}

static void course_clear(struct course *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i].state);
	free(c->v);
}

void tracks_clear(struct tracks *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].thing);
		free(t->v[i].element);
		free(t->v[i].service);
		free(t->v[i].action);
		free(t->v[i].path);
		free(t->v[i].made_recorded);
		free(t->v[i].made_here);
		course_clear(&t->v[i].recorded);
		course_clear(&t->v[i].here);
	}
	free(t->v);
	*t = (struct tracks){ 0 };
}
