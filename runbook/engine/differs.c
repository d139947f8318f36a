/* SPDX-License-Identifier: Apache-2.0 */
/* What a verify found that is not as it should be, and what that comes to. */
#include "runbook/engine/differs.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/engine/engine_int.h"

const json_t *engine_first_disagreement(const json_t *claims)
{
	json_t *claim;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)claims, i, claim)
		if (!json_is_true(json_object_get(claim, "agrees")))
			return claim;
	return NULL;
}

static const char *member(const json_t *claim, const char *key)
{
	const char *text = json_string_value(json_object_get(claim, key));

	return text ? text : "";
}

struct rb_error *differs_error(const struct slot *s, enum rb_kind kind)
{
	struct rb_error *err = rb_error_new(kind, "step %s does not hold", s->step->id);
	const json_t *claim = engine_first_disagreement(s->ctx.claims);

	err = rb_error_where(err, "step %s verify", s->step->id);
	if (s->ctx.missing)
		return rb_error_why(err, "%s", s->ctx.missing);
	return rb_error_why(err, "%s: expected '%s', found '%s'", member(claim, "claim"),
			    member(claim, "expected"), member(claim, "found"));
}

void differs_tell(struct engine *e, const struct slot *s)
{
	json_t *claim;
	size_t i;

	if (s->ctx.missing)
		run_emit(e->run, &(struct event){ .type = EVENT_DRIFT,
						  .step = s->step,
						  .text = s->ctx.missing });
	json_array_foreach(s->ctx.claims, i, claim)
		if (!json_is_true(json_object_get(claim, "agrees")))
			run_emit(e->run, &(struct event){ .type = EVENT_DRIFT,
							  .step = s->step,
							  .what = member(claim, "claim"),
							  .expected = member(claim, "expected"),
							  .found = member(claim, "found"),
							  .reason = member(claim, "kind") });
}

void differs_tell_twice(struct engine *e, struct slot *s)
{
	autofree char *differs = NULL;
	json_t *claim, *others = json_array();
	size_t i;

	json_array_foreach(s->ctx.claims, i, claim)
		if (!json_is_true(json_object_get(claim, "agrees")))
			json_array_append(others, claim);
	differs = json_array_size(others) ? json_dumps(others, JSON_COMPACT) : NULL;
	json_decref(others);
	if (differs && text_eq(differs, s->hand_differs) && !s->hand_told) {
		differs_tell(e, s);
		s->hand_told = true;
	}
	s->hand_told &= text_eq(differs, s->hand_differs);
	set_str(&s->hand_differs, differs);
}

const char *differs_hint(const struct slot *s)
{
	const char *kind = member(engine_first_disagreement(s->ctx.claims), "kind");

	if (s->ctx.missing || text_eq(kind, CLAIM_STATE))
		return N_("AWS could not make it; the next try replaces it:");
	return N_("do was just called: see who changes it back, then:");
}

bool differs_by_life(const struct engine *e, const struct slot *s)
{
	static const char tag[] = ".tag.runbook:expires";
	json_t *claim;
	size_t i;

	if (s->ctx.missing || s->history->evidence_nth > e->run->stack->state.expires_nth)
		return false;
	json_array_foreach(s->ctx.claims, i, claim) {
		const char *name = member(claim, "claim");
		size_t n = strlen(name);

		if (!json_is_true(json_object_get(claim, "agrees")) &&
		    (n < strlen(tag) || strcmp(name + n - strlen(tag), tag) != 0))
			return false;
	}
	return e->run->stack->state.expires_nth != 0;
}
