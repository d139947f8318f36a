/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook preflight`: would it work here?  Changes nothing. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/core/endpoint.h"
#include "aws/cred/cred.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/aws_access.h"
#include "runbook/cli/grant_text.h"
#include "runbook/cli/preflight.h"
#include "runbook/ssh/ssh_ready.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"
#include "runbook/ui/ui.h"

enum { VERDICT_COLUMNS = 7 };

static const struct direction {
	unsigned way;
	const char *word; /* of --for, and in JSON */
} directions[] = {
	{ PERMIT_DO, N_("do") },
	{ PERMIT_VERIFY, N_("verify") },
	{ PERMIT_CONNECT, N_("connect") },
	{ PERMIT_UNDO, N_("undo") },
};

struct view {
	struct cli *cli;
	struct stack *stack;
	struct aws_access *aws;
	struct preflight answers;
	char *machine;	   /* why this machine cannot log in; NULL: it can */
	int64_t left_s;	   /* the credentials still live; -1: for ever */
	const char *login; /* the step that logs in */
};

/* ---- what it comes to ----------------------------------------------------------- */

/* A row that only a repair or an account's first needs says nothing about a plain run. */
static bool counts(const struct preflight_answer *a, const char *step, unsigned way)
{
	return !a->grant->permit->only_when && a->grant->permit->ways & way &&
	       text_eq(a->grant->permit->step, step);
}

/* The worst of a step's answers in one direction; NULL: it needs none. */
static const struct preflight_answer *worst(const struct view *v, const char *step, unsigned way)
{
	const struct preflight_answer *found = NULL;

	for (size_t i = 0; i < v->answers.n; i++) {
		const struct preflight_answer *a = &v->answers.v[i];

		if (counts(a, step, way) && (!found || a->verdict > found->verdict))
			found = a;
	}
	return found;
}

static bool needs_login(const struct view *v, const char *step, unsigned way)
{
	return v->machine && way != PERMIT_UNDO && text_eq(step, v->login);
}

/* The worst of what was found out besides; NULL: nothing was checked. */
static const struct finding *worst_finding(const struct view *v, const char *step, unsigned way)
{
	const struct findings *l = &v->answers.findings;
	const struct finding *found = NULL;

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].ways & way && text_eq(l->v[i].step, step) &&
		    (!found || l->v[i].verdict > found->verdict))
			found = &l->v[i];
	return found;
}

static enum preflight_verdict verdict_of(const struct view *v, const char *step, unsigned way)
{
	const struct preflight_answer *a = worst(v, step, way);
	const struct finding *f = worst_finding(v, step, way);
	enum preflight_verdict its = a ? a->verdict : PREFLIGHT_YES;

	if (needs_login(v, step, way))
		return PREFLIGHT_NO;
	return f && f->verdict > its ? f->verdict : its;
}

static bool is_looked_at(const struct view *v, const char *step, unsigned way)
{
	return worst(v, step, way) || worst_finding(v, step, way);
}

static enum preflight_verdict overall(const struct view *v)
{
	const struct step *const *steps = v->stack->state.procedure->steps;
	enum preflight_verdict all = v->machine ? PREFLIGHT_NO : PREFLIGHT_YES;

	for (size_t i = 0; steps[i]; i++)
		for (size_t d = 0; d < ARRAY_LEN(directions); d++) {
			enum preflight_verdict its = verdict_of(v, steps[i]->id, directions[d].way);

			all = its > all ? its : all;
		}
	return all;
}

/* Why it would fail, with what is known of how: "...: no policy allows it (simulated)"; NULL: it
 * would not.  Caller frees. */
static char *failure_of(const struct view *v, const struct step *step, unsigned way)
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
static char *first_failure(const struct view *v)
{
	const struct step *const *steps = v->stack->state.procedure->steps;

	for (size_t d = 0; d < ARRAY_LEN(directions); d++)
		for (size_t i = 0; steps[i]; i++) {
			char *why = failure_of(v, steps[i], directions[d].way);

			if (why)
				return why;
		}
	return NULL;
}

/* ---- what to ask the administrator for ------------------------------------------- */

static json_t *missing_policy(const struct view *v)
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

/* ---- shown ------------------------------------------------------------------------ */

static void print_unknown(const struct view *v)
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
static void print_answers(const struct view *v, const char *step)
{
	for (size_t i = 0; i < v->answers.n; i++) {
		const struct preflight_answer *a = &v->answers.v[i];

		if (a->verdict == PREFLIGHT_YES || a->grant->permit->only_when ||
		    !text_eq(a->grant->permit->step, step) || (v->answers.unasked && !a->why))
			continue;
		row_detail(tr("%s: %s on %s: %s (%s)"), tr(preflight_word(a->verdict)),
			   a->grant->permit->action, a->resource, a->why ? a->why : "-",
			   tr(a->how));
	}
}

/* The step's worst verdict, and its directions: with their own where they are not all the same. */
static enum preflight_verdict verdict_of_all(const struct view *v, const char *step,
					     struct buf *words)
{
	enum preflight_verdict all = PREFLIGHT_YES, least = PREFLIGHT_NO;

	for (size_t d = 0; d < ARRAY_LEN(directions); d++) {
		enum preflight_verdict its = verdict_of(v, step, directions[d].way);

		if (!is_looked_at(v, step, directions[d].way))
			continue;
		all = its > all ? its : all;
		least = its < least ? its : least;
	}
	for (size_t d = 0; d < ARRAY_LEN(directions); d++) {
		if (!is_looked_at(v, step, directions[d].way))
			continue;
		(void)buf_addf(words, "%s%s", words->n ? ", " : "", tr(directions[d].word));
		if (all != least)
			(void)buf_addf(words, " %s",
				       tr(preflight_word(verdict_of(v, step, directions[d].way))));
	}
	return all;
}

static void print_steps(const struct view *v)
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

static struct rb_error *print_text(const struct view *v)
{
	autofree char *first = first_failure(v);
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
	missing = missing_policy(v);
	if (!missing)
		return cli_flush_stdout();
	row_text("%s", tr("ask the administrator for:"));
	return cli_print_json(missing);
}

static json_t *answers_json(const struct view *v)
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

	for (size_t d = 0; d < ARRAY_LEN(directions); d++)
		if (ways & directions[d].way)
			json_array_append_new(a, json_string(directions[d].word));
	return a;
}

static json_t *findings_json(const struct view *v)
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

static json_t *steps_json(const struct view *v)
{
	const struct step *const *steps = v->stack->state.procedure->steps;
	json_t *a = json_array();

	for (size_t i = 0; steps[i]; i++) {
		json_t *o = json_pack("{s:s, s:s}", "id", steps[i]->id, "title", steps[i]->title);

		for (size_t d = 0; d < ARRAY_LEN(directions); d++)
			if (is_looked_at(v, steps[i]->id, directions[d].way))
				json_object_set_new(o, directions[d].word,
						    json_string(preflight_word(verdict_of(
							    v, steps[i]->id, directions[d].way))));
		json_array_append_new(a, o);
	}
	return a;
}

static struct rb_error *print_json(const struct view *v)
{
	return cli_print_json(
		json_pack("{s:s, s:s, s:s, s:s, s:i, s:s?, s:s?, s:o?, s:o, s:o, s:o, s:o?}",
			  "stack", v->stack->name, "account", v->aws->account, "principal",
			  v->aws->arn, "verdict", preflight_word(overall(v)), "calls",
			  v->answers.calls, "unasked", v->answers.unasked, "machine", v->machine,
			  "credentials_s", v->left_s < 0 ? NULL : json_integer(v->left_s), "steps",
			  steps_json(v), "findings", findings_json(v), "permissions",
			  answers_json(v), "missing_policy", missing_policy(v)));
}

/* ---- checks ------------------------------------------------------------------------ */

static void check_machine(struct view *v)
{
	struct rb_error *err = ssh_ready();

	if (err)
		v->machine = tr_reason(err);
	(void)rb_error_free(err);
}

static struct rb_error *check_credentials(struct view *v)
{
	auto_cred cred = { 0 };

	TRY(cred_chain_get(aws_session_creds(v->aws->session), &cred));
	v->left_s = cred.expires_utc_s ? cred.expires_utc_s - clock_utc_s() : -1;
	return NULL;
}

/* In a region that is not opted in STS knows nobody; that is reported of the step that needs the
 * region, so the other sides' are asked. */
static struct rb_error *identify(struct aws_access *aws, const struct run_state *st,
				 const struct params *params)
{
	const struct procedure_side *sides = params->procedure->sides;
	struct rb_error *err = NULL;

	for (size_t i = 0; sides[i].name; i++) {
		(void)rb_error_free(err);
		err = aws_access_identify(aws, st, params_get(params, sides[i].region));
		if (!rb_error_is_aws(err, "RegionDisabledException"))
			break;
	}
	return err;
}

static struct rb_error *ask_aws(struct view *v, struct policy_subject *subject,
				struct params *params)
{
	const struct run_state *st = &v->stack->state;

	/* A rehearsal's AWS is in the stack's folder, and begins with its run. */
	if (v->cli->sandbox && access(v->stack->dir, F_OK) != 0)
		return rb_error_next(
			rb_error_hint(rb_error_new(RB_USAGE, "stack '%s' has no rehearsal here",
						   v->stack->name),
				      "a rehearsal needs no permission; begin one:"),
			RB_NEXT_RUN, NULL);
	TRY(aws_access_open(v->aws, v->cli, v->stack));
	TRY(identify(v->aws, st, params));
	TRY(check_credentials(v));
	check_machine(v);
	subject->account = v->aws->account;
	TRY(policy_name_things(subject, params, stack_has_run(v->stack) ? st->run_id : NULL));
	preflight_begin(&v->answers);
	TRY(preflight_ask(v->aws->session, subject, v->aws->arn, &v->answers));
	return preflight_look(v->aws->session, subject, st, v->left_s, &v->answers);
}

struct rb_error *cmd_preflight(struct cli *cli, int *status)
{
	struct policy_subject subject = { 0 };
	struct params *params = &cli->params;
	auto_aws_access aws = { 0 };
	struct rb_error *err;
	struct view v = { .cli = cli, .aws = &aws, .left_s = -1 };
	auto_stack st;

	TRY(cli_open_stack(cli, STACK_READ, &st));
	if (stack_has_run(&st))
		params = &st.state.params;
	v.stack = &st;
	subject.procedure = params->procedure;
	subject.params = params;
	subject.stack = st.name;
	subject.partition =
		aws_partition_of(params_get(params, params->procedure->sides->region))->id;
	v.login = params->procedure->parts.login;
	err = ask_aws(&v, &subject, params);
	if (!err) {
		*status = overall(&v) == PREFLIGHT_NO ? 1 : 0;
		err = cli->json ? print_json(&v) : print_text(&v);
	}
	preflight_clear(&v.answers);
	free(v.machine);
	return err;
}
