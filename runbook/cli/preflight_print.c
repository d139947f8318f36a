/* SPDX-License-Identifier: Apache-2.0 */
/* What `runbook preflight` prints: lines for people, or one JSON document. */
#include "runbook/cli/preflight_result.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/grant_text.h"
#include "runbook/cli/preflight.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"
#include "runbook/ui/ui.h"

enum { VERDICT_COLUMNS = 7 };

static void print_unknown(const struct preflight_result *v)
{
	if (v->answers.unasked)
		row_text(tr("what IAM would decide is not known: %s"), tr(v->answers.unasked));
	row_text("%s", tr("not looked at: capacity, tag policies, and policies of resources and "
			  "sessions"));
}

/* "quota     yes     VPCs in ...: 1 of 5 are used (read)" */
static void print_finding(const struct finding *f)
{
	autofree char *text = said_in(f->text, tr), *advice = said_in(f->advice, tr);

	row_detail("%s: %s (%s)", tr(preflight_word(f->verdict)), text, tr(f->how));
	if (advice)
		row_detail("    %s", advice);
}

/* What is no plain "yes" of the permissions, one line each. */
static void print_answers(const struct preflight_result *v, const char *step)
{
	for (size_t i = 0; i < v->answers.n; i++) {
		const struct preflight_answer *a = &v->answers.v[i];

		if (a->verdict == PREFLIGHT_YES || a->grant->permit->only_when ||
		    !text_eq(a->grant->permit->step, step) || (v->answers.unasked && !a->why))
			continue;

		autofree char *why = a->why ? tr_recorded(a->why) : xstrdup("-");

		row_detail(tr("%s: %s on %s: %s (%s)"), tr(preflight_word(a->verdict)),
			   a->grant->permit->action, a->resource, why, tr(a->how));
	}
}

/* The step's worst verdict, and its directions: with their own where they are not all the same. */
static enum preflight_verdict verdict_of_all(const struct preflight_result *v, const char *step,
					     struct buf *words)
{
	enum preflight_verdict all = PREFLIGHT_YES, least = PREFLIGHT_NO;

	for (size_t d = 0; preflight_directions[d].word; d++) {
		enum preflight_verdict its =
			preflight_verdict_of(v, step, preflight_directions[d].way);

		if (!preflight_is_checked(v, step, preflight_directions[d].way))
			continue;
		all = its > all ? its : all;
		least = its < least ? its : least;
	}
	for (size_t d = 0; preflight_directions[d].word; d++) {
		if (!preflight_is_checked(v, step, preflight_directions[d].way))
			continue;
		(void)buf_addf(words, "%s%s", words->n ? ", " : "",
			       tr(preflight_directions[d].word));
		if (all != least)
			(void)buf_addf(words, " %s",
				       tr(preflight_word(preflight_verdict_of(
					       v, step, preflight_directions[d].way))));
	}
	return all;
}

static void print_steps(const struct preflight_result *v)
{
	const struct step *const *steps = v->stack->state.procedure->steps;

	for (size_t i = 0; steps[i]; i++) {
		auto_buf words = BUF_INIT;
		enum preflight_verdict all = verdict_of_all(v, steps[i]->id, &words);

		row_print(steps[i]->id, step_title(steps[i]), tr(preflight_word(all)),
			  VERDICT_COLUMNS, words.p);
		for (size_t k = 0; k < v->answers.findings.n; k++)
			if (text_eq(v->answers.findings.v[k].step, steps[i]->id))
				print_finding(&v->answers.findings.v[k]);
		print_answers(v, steps[i]->id);
	}
}

struct rb_error *preflight_print_text(const struct preflight_result *v)
{
	autofree char *first = preflight_first_failure(v);
	json_t *missing;

	if (first)
		row_text("%s", first);
	if (v->cli->sandbox)
		row_text("%s",
			 tr("this asks the sandbox: what it plays of quotas, zones and settings is "
			    "read there, and its own key may do everything, so that no permission "
			    "is tried; without --sandbox your account is asked"));
	print_steps(v);
	print_unknown(v);
	missing = preflight_missing_policy(v);
	if (!missing)
		return cli_flush_stdout();
	row_text("%s", tr("ask the administrator for:"));
	return cli_print_json(missing);
}

static json_t *answers_json(const struct preflight_result *v)
{
	json_t *a = json_array();

	for (size_t i = 0; i < v->answers.n; i++) {
		const struct preflight_answer *x = &v->answers.v[i];
		const struct permit *p = x->grant->permit;

		json_array_append_new(
			a, json_pack("{s:s, s:o, s:s, s:s, s:s?, s:s, s:s, s:s?, s:s?}", "step",
				     p->step, "for", grant_ways_json(p), "action", p->action,
				     "resource", x->resource, "region", x->region, "verdict",
				     preflight_word(x->verdict), "how", x->how, "why", x->why,
				     "only_when", p->only_when));
	}
	return a;
}

static json_t *ways_json(unsigned ways)
{
	json_t *a = json_array();

	for (size_t d = 0; preflight_directions[d].word; d++)
		if (ways & preflight_directions[d].way)
			json_array_append_new(a, json_string(preflight_directions[d].word));
	return a;
}

static json_t *findings_json(const struct preflight_result *v)
{
	json_t *a = json_array();

	for (size_t i = 0; i < v->answers.findings.n; i++) {
		const struct finding *f = &v->answers.findings.v[i];

		json_array_append_new(a, json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:s?}", "step",
						   f->step, "for", ways_json(f->ways), "what",
						   f->what, "verdict", preflight_word(f->verdict),
						   "how", f->how, "why", said_english(f->text),
						   "advice", said_english(f->advice)));
	}
	return a;
}

static json_t *steps_json(const struct preflight_result *v)
{
	const struct step *const *steps = v->stack->state.procedure->steps;
	json_t *a = json_array();

	for (size_t i = 0; steps[i]; i++) {
		json_t *o = json_pack("{s:s, s:s}", "id", steps[i]->id, "title", steps[i]->title);

		for (size_t d = 0; preflight_directions[d].word; d++)
			if (preflight_is_checked(v, steps[i]->id, preflight_directions[d].way))
				json_object_set_new(
					o, preflight_directions[d].word,
					json_string(preflight_word(preflight_verdict_of(
						v, steps[i]->id, preflight_directions[d].way))));
		json_array_append_new(a, o);
	}
	return a;
}

struct rb_error *preflight_print_json(const struct preflight_result *v)
{
	return cli_print_json(
		json_pack("{s:s, s:s, s:s, s:s, s:i, s:s?, s:s?, s:o?, s:o, s:o, s:o, s:o?}",
			  "stack", v->stack->name, "account", v->aws->account, "principal",
			  v->aws->arn, "verdict", preflight_word(preflight_overall(v)), "calls",
			  v->answers.calls, "unasked", v->answers.unasked, "machine", v->machine,
			  "credentials_s", v->left_s < 0 ? NULL : json_integer(v->left_s), "steps",
			  steps_json(v), "findings", findings_json(v), "permissions",
			  answers_json(v), "missing_policy", preflight_missing_policy(v)));
}
