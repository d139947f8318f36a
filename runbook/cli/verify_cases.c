/* SPDX-License-Identifier: Apache-2.0 */
/* What verify found, as the cases of a test report. */
#include "runbook/cli/verify_cases.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

enum { CASE_TEXT_MAX = 2000 };

static void clear_case(struct verify_case *c)
{
	free(c->name);
	free(c->expected);
	free(c->found);
	free(c->reason);
}

void verify_cases_clear(struct verify_cases *cases)
{
	for (size_t i = 0; i < cases->n; i++)
		clear_case(&cases->v[i]);
	free(cases->v);
	*cases = (struct verify_cases){ 0 };
}

/* What AWS answered is text for a report's reader, without control characters. */
static char *shown(const char *text)
{
	return text ? text_printable(text, strlen(text), CASE_TEXT_MAX) : NULL;
}

static struct verify_case *add_case(struct verify_cases *cases, const char *step, const char *title,
				    const char *name, enum verify_case_result result)
{
	struct verify_case *c;

	cases->v = xreallocarray(cases->v, cases->n + 1, sizeof(*cases->v));
	c = &cases->v[cases->n++];
	*c = (struct verify_case){
		.step = step, .title = title, .name = shown(name), .result = result
	};
	return c;
}

/* True when one of them does not agree. */
static bool add_claims(struct verify_cases *cases, const struct step *step, const json_t *claims)
{
	bool disagrees = false;
	json_t *claim;
	size_t i;

	json_array_foreach(claims, i, claim) {
		bool agrees = json_is_true(json_object_get(claim, "agrees"));
		struct verify_case *c = add_case(cases, step->id, step->title,
						 json_string_value(json_object_get(claim, "claim")),
						 agrees ? CASE_OK : CASE_FAILED);

		c->expected = shown(json_string_value(json_object_get(claim, "expected")));
		c->found = shown(json_string_value(json_object_get(claim, "found")));
		disagrees |= !agrees;
	}
	return disagrees;
}

static char *reason_of_error(const struct rb_error *err)
{
	return xasprintf("%s%s%s", err->what ? err->what : "", err->what && err->why ? ": " : "",
			 err->why ? err->why : "");
}

/* Why a step that was verified does not hold.  Caller frees; NULL: nothing more to say. */
static char *reason_of(const struct engine_verify_result *l)
{
	if (l->err && l->verdict != VERDICT_BLOCKED)
		return reason_of_error(l->err);
	if (l->verdict == VERDICT_BLOCKED) {
		autofree char *causes = strv_join(&l->blocked_by, ", ");

		return xasprintf("%s%ssee %s", l->untried ? l->untried : "", l->untried ? ", " : "",
				 causes);
	}
	if (l->missing)
		return xstrdup(l->missing);
	if (l->verdict == VERDICT_PENDING)
		return xasprintf("%s: %s%s%s", l->wait.what, l->wait.state,
				 l->wait.reason ? ", " : "", l->wait.reason ? l->wait.reason : "");
	return NULL;
}

static void add_verified(struct verify_cases *cases, const struct verify_view *v, size_t i)
{
	const struct engine_verify_result *l = &v->results[i];
	const struct step *step = v->state->history[i].step;
	bool disagrees = add_claims(cases, step, l->claims);
	autofree char *reason = reason_of(l);

	if (verify_is_error(l)) {
		add_case(cases, step->id, step->title, "could be verified", CASE_ERROR)->reason =
			shown(reason);
	} else if (l->verdict != VERDICT_HOLDS && (reason || !disagrees)) {
		add_case(cases, step->id, step->title, verdict_name(l->verdict), CASE_FAILED)
			->reason = shown(reason ? reason : verdict_name(l->verdict));
	} else if (l->verdict == VERDICT_HOLDS && l->untried) {
		add_case(cases, step->id, step->title, "tried again", CASE_SKIPPED)->reason =
			shown(l->untried);
	} else if (!json_array_size(l->claims)) {
		add_case(cases, step->id, step->title, verdict_name(l->verdict), CASE_OK);
	}
}

void verify_cases_of_steps(const struct verify_view *v, struct verify_cases *ret)
{
	for (size_t i = 0; i < v->state->n; i++) {
		const struct step *step = v->state->history[i].step;

		if (!v->listed[i])
			continue;
		if (v->results[i].checked)
			add_verified(ret, v, i);
		else
			add_case(ret, step->id, step->title, "is made", CASE_FAILED)->reason =
				xstrdup(verify_word(v, i));
	}
}

void verify_cases_of_sweep(const struct sweep *s, const char *run_id, struct verify_cases *ret)
{
	static const char step[] = "sweep", title[] = "What an undo leaves";
	autofree char *nothing = xasprintf("nothing of run %s is left", run_id);

	for (size_t i = 0; i < s->n; i++) {
		const struct sweep_item *item = &s->v[i];
		autofree char *name =
			xasprintf("%s %s (%s) is gone", item->kind, item->id, item->region);

		if (item->fading)
			continue;
		add_case(ret, step, title, name, CASE_FAILED)->reason =
			*item->state ? xasprintf("it is left, %s", item->state)
				     : xstrdup("it is left");
	}
	if (!s->left)
		add_case(ret, step, title, nothing, CASE_OK);
}
