/* SPDX-License-Identifier: Apache-2.0 */
/* What a preflight comes to: a verdict for each step and direction, and the policy that is missing.
 */
#include "runbook/cli/preflight_result.h"

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/grant_text.h"
#include "runbook/cli/preflight.h"
#include "runbook/ui/lang.h"

const struct preflight_direction preflight_directions[] = {
	{ PERMIT_DO, N_("do") },
	{ PERMIT_VERIFY, N_("verify") },
	{ PERMIT_CONNECT, N_("connect") },
	{ PERMIT_UNDO, N_("undo") },
	{ 0, NULL },
};

/* A row that only a repair or an account's first needs says nothing about a plain run. */
static bool counts(const struct preflight_answer *a, const char *step, unsigned way)
{
	return !a->grant->permit->only_when && a->grant->permit->ways & way &&
	       text_eq(a->grant->permit->step, step);
}

/* The worst of a step's answers in one direction; NULL: it needs none. */
static const struct preflight_answer *worst(const struct preflight_result *v, const char *step,
					    unsigned way)
{
	const struct preflight_answer *found = NULL;

	for (size_t i = 0; i < v->answers.n; i++) {
		const struct preflight_answer *a = &v->answers.v[i];

		if (counts(a, step, way) && (!found || a->verdict > found->verdict))
			found = a;
	}
	return found;
}

static bool needs_login(const struct preflight_result *v, const char *step, unsigned way)
{
	return v->machine && way != PERMIT_UNDO && text_eq(step, v->login);
}

/* The worst of what was found out besides; NULL: nothing was checked. */
static const struct finding *worst_finding(const struct preflight_result *v, const char *step,
					   unsigned way)
{
	const struct findings *l = &v->answers.findings;
	const struct finding *found = NULL;

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].ways & way && text_eq(l->v[i].step, step) &&
		    (!found || l->v[i].verdict > found->verdict))
			found = &l->v[i];
	return found;
}

enum preflight_verdict preflight_verdict_of(const struct preflight_result *v, const char *step,
					    unsigned way)
{
	const struct preflight_answer *a = worst(v, step, way);
	const struct finding *f = worst_finding(v, step, way);
	enum preflight_verdict its = a ? a->verdict : PREFLIGHT_YES;

	if (needs_login(v, step, way))
		return PREFLIGHT_NO;
	return f && f->verdict > its ? f->verdict : its;
}

bool preflight_is_checked(const struct preflight_result *v, const char *step, unsigned way)
{
	return worst(v, step, way) || worst_finding(v, step, way);
}

enum preflight_verdict preflight_overall(const struct preflight_result *v)
{
	const struct step *const *steps = v->stack->state.procedure->steps;
	enum preflight_verdict all = v->machine ? PREFLIGHT_NO : PREFLIGHT_YES;

	for (size_t i = 0; steps[i]; i++)
		for (size_t d = 0; preflight_directions[d].word; d++) {
			enum preflight_verdict its =
				preflight_verdict_of(v, steps[i]->id, preflight_directions[d].way);

			all = its > all ? its : all;
		}
	return all;
}

/* Why it would fail, with what is known of how: "...: no policy allows it (simulated)"; NULL: it
 * would not.  Caller frees. */
static char *failure_of(const struct preflight_result *v, const struct step *step, unsigned way)
{
	const struct preflight_answer *a = worst(v, step->id, way);
	const struct finding *f = worst_finding(v, step->id, way);
	bool undo = way == PERMIT_UNDO;

	if (needs_login(v, step->id, way))
		return xasprintf(tr("%s would fail: %s"), step->id, v->machine);
	if (f && f->verdict == PREFLIGHT_NO) {
		autofree char *text = said_in(f->text, tr);

		return xasprintf(tr("%s would fail: %s"), step->id, text);
	}
	if (!a || a->verdict != PREFLIGHT_NO)
		return NULL;
	return preflight_failure_text(a, undo);
}

/* "3-3 would fail: ..."; NULL: nothing would.  Caller frees. */
char *preflight_first_failure(const struct preflight_result *v)
{
	const struct step *const *steps = v->stack->state.procedure->steps;

	for (size_t d = 0; preflight_directions[d].word; d++)
		for (size_t i = 0; steps[i]; i++) {
			char *why = failure_of(v, steps[i], preflight_directions[d].way);

			if (why)
				return why;
		}
	return NULL;
}

/* ---- what to ask the administrator for ------------------------------------------- */

json_t *preflight_missing_policy(const struct preflight_result *v)
{
	json_t *statements = json_array();
	auto_strv seen = { 0 };

	for (size_t i = 0; i < v->answers.n; i++) {
		const struct preflight_answer *a = &v->answers.v[i];
		json_t *st;
		autofree char *text = NULL;

		if (a->verdict != PREFLIGHT_NO || a->grant->permit->only_when)
			continue;
		st = grant_statement_json(a->grant, a->resource);
		text = json_dumps(st, JSON_COMPACT | JSON_SORT_KEYS);
		if (strv_has(&seen, text)) {
			json_decref(st);
			continue;
		}
		strv_add(&seen, text);
		json_array_append_new(statements, st);
	}
	if (!json_array_size(statements)) {
		json_decref(statements);
		return NULL;
	}
	return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", statements);
}
