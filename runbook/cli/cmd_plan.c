/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook plan`: what a run would do now, from the journal; no calls. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/cli/by_hand_view.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/near_stack.h"
#include "runbook/cli/plan_time.h"
#include "runbook/cli/standing.h"
#include "runbook/cli/status_view.h"
#include "runbook/record/aftermath.h"
#include "runbook/report/diagram.h"
#include "runbook/report/facts.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"
#include "runbook/ui/ui.h"

enum { ACTION_COLUMNS = 6 };

/* What is planned, and how it is printed. */
struct planning {
	const struct run_state *state;
	const char *stack;
	bool anew;
	bool rehearsal;
	double speed;
	bool calls; /* with their arguments */
};

static json_t *strings(const char *const *list)
{
	json_t *a = json_array();

	for (; list && *list; list++)
		json_array_append_new(a, json_string(*list));
	return a;
}

static json_t *params_of(const struct run_state *st, const struct step *step)
{
	json_t *o = json_object();

	for (const char *const *p = step->params; p && *p; p++) {
		const struct param_member *m;
		size_t i = 0;

		if (!params_row(&st->params, *p)->check_member)
			json_object_set_new(o, *p, json_string(params_get(&st->params, *p)));
		while ((m = params_next(&st->params, *p, &i)))
			json_object_set_new(o, m->name, json_string(m->value));
	}
	return o;
}

static json_t *step_json(const struct planning *p, const struct step_history *history)
{
	const struct step *step = history->step;
	const struct by_hand_values values = { .state = p->state, .stack = p->stack, .step = step };
	bool does = text_eq(plan_action(history), "do");
	json_t *needs = json_array(), *doc;

	for (const struct step_need *n = step->needs; n && n->step; n++)
		json_array_append_new(needs, json_string(n->step));
	doc = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:i}", "id", step->id,
			"title", step->title, "state", step_state_name(history->state), "action",
			plan_action(history), "calls", does ? strings(step->calls) : json_array(),
			"makes", does ? strings(step->gives) : json_array(), "resources",
			does ? by_hand_makes(&values) : json_array(), "parameters",
			params_of(p->state, step), "waits_for", needs, "usual_s", step->usual_s);
	if (p->calls)
		json_object_set_new(doc, "call_arguments",
				    does ? by_hand_calls(&values) : json_array());
	return doc;
}

/* How long the plan's times take where it is run: a rehearsal's AWS is faster. */
static char *usual_text(int usual_s, double speed)
{
	return ui_duration((int64_t)(usual_s * 1000.0 / speed));
}

static void print_param(const struct params *params, const char *name)
{
	const struct param *row = params_row(params, name);
	const char *value = params_get(params, name);
	const struct param_member *m;
	size_t i = 0;

	while ((m = params_next(params, name, &i)))
		row_detail("%s = %s", m->name, m->value);
	if (*value || !row->may_be_none)
		row_detail("%s = %s", name, *value ? value : tr("(found out on the way)"));
}

/* What a step without a table of its own makes is shown by its outputs. */
static void print_made(const struct planning *p, const struct step *step)
{
	const struct by_hand_values values = { .state = p->state, .stack = p->stack, .step = step };

	if (step->by_hand)
		by_hand_print_makes(&values);
	else
		row_list(tr("makes"), step->gives);
	if (p->calls && step->by_hand)
		by_hand_print_calls(&values);
	else
		row_list(tr("calls"), step->calls);
}

static void print_step(const struct planning *p, const struct step_history *history)
{
	const struct step *step = history->step;
	bool does = text_eq(plan_action(history), "do");

	row_print(step->id, step_title(step), tr(plan_action(history)), ACTION_COLUMNS, NULL);
	status_print_drift(history);
	for (const char *const *name = step->params; does && name && *name; name++)
		print_param(&p->state->params, *name);
	if (does)
		print_made(p, step);
	if (plan_takes_time(history) && step->usual_s > 0) {
		autofree char *usual = usual_text(step->usual_s, p->speed);

		row_detail(tr("usually holds after %s"), usual);
	}
}

/* "1-3 (3 min 00 s), 4-1 (15 s)". */
static char *chain_text(const struct planning *p, const struct strv *chain)
{
	auto_buf text = BUF_INIT;

	for (size_t i = 0; i < chain->n; i++) {
		const struct step_history *history = state_history(p->state, chain->v[i]);
		autofree char *usual = usual_text(history->step->usual_s, p->speed);

		(void)buf_addf(&text, "%s%s (%s)", i ? ", " : "", chain->v[i], usual);
	}
	return buf_steal(&text);
}

static void print_time(const struct planning *p)
{
	auto_strv chain = { 0 };
	autofree char *usual = usual_text(plan_usual_s(p->state, &chain), p->speed);

	row_text(tr("all together usually %s; nothing was changed"), usual);
	if (chain.n > 1) {
		autofree char *steps = chain_text(p, &chain);

		row_text(tr("the longest chain of waits: %s"), steps);
	}
}

/* The journal knows what was last seen, and not what is there now. */
static void print_source(const struct cli *cli, const struct planning *p)
{
	autofree char *look = cli_next_command(cli, RB_NEXT_VERIFY);

	status_print_findings(p->state);
	if (!p->anew) {
		autofree char *text =
			xasprintf(tr("this goes by the journal; to look at AWS itself: %s"), look);
		auto_strv commands = { 0 };

		strv_add(&commands, look);
		row_text_commands(text, &commands);
	}
}

static void print_plan(const struct cli *cli, const struct planning *p)
{
	autofree char *near = near_stack(cli);
	autofree char *cost = standing_planned_cost_text(p->state, NULL, p->rehearsal);

	if (p->anew)
		row_text(tr("plan for stack %s: a new run"), p->stack);
	else
		row_text(tr("plan for stack %s: run %s goes on"), p->stack, p->state->run_id);
	if (near)
		row_text(tr("there is a stack '%s'"), near);
	for (size_t i = 0; i < p->state->n; i++)
		print_step(p, &p->state->history[i]);
	print_source(cli, p);
	if (cost)
		row_text("%s", cost);
	print_time(p);
	if (p->rehearsal) {
		autofree char *mark = rehearsal_text(p->speed);

		row_text("%s", mark);
	}
}

static struct rb_error *print_diagram(const struct run_state *st)
{
	auto_buf picture = BUF_INIT;
	auto_chronicle chronicle;
	json_t *report;

	if (!st->procedure->diagram)
		return rb_error_new(RB_USAGE, "nobody drew the procedure '%s'",
				    st->procedure->name);
	chronicle_init(&chronicle);
	report = report_facts_of(st, &chronicle);
	diagram_file(report, st->procedure, /* planned= */ true, &picture);
	json_decref(report);
	(void)fwrite(picture.p, 1, picture.n, stdout);
	return cli_flush_stdout();
}

static json_t *plan_json(const struct cli *cli, const struct planning *p)
{
	autofree char *look = cli_next_command(cli, RB_NEXT_VERIFY);
	json_t *steps = json_array(), *chain = json_array(), *doc;
	auto_strv ids = { 0 };
	int usual_s = plan_usual_s(p->state, &ids);

	for (size_t i = 0; i < p->state->n; i++)
		json_array_append_new(steps, step_json(p, &p->state->history[i]));
	for (size_t i = 0; i < ids.n; i++)
		json_array_append_new(chain, json_string(ids.v[i]));
	doc = json_pack("{s:s, s:s?, s:o, s:o, s:i, s:o, s:o, s:s?, s:o}", "stack", p->stack, "run",
			p->anew ? NULL : p->state->run_id, "rehearsal",
			rehearsal_to_json(p->rehearsal, p->speed), "parameters",
			params_to_json(&p->state->params), "usual_s", usual_s, "longest_chain",
			chain, "usd_an_hour", standing_planned_cost_json(p->state), "look",
			p->anew ? NULL : look, "steps", steps);
	aftermath_drift_to_json(p->state, doc);
	return doc;
}

struct rb_error *cmd_plan(struct cli *cli, int *status)
{
	struct planning p;
	auto_stack st;

	(void)status;
	TRY(cli_open_stack(cli, STACK_READ, &st));
	p = (struct planning){ .state = &st.state,
			       .stack = st.name,
			       .anew = !stack_has_run(&st),
			       .calls = cli->calls };
	if (p.anew) { /* a run would begin with these */
		for (size_t i = 0; i < st.state.n; i++)
			st.state.history[i].state = STEP_TODO;
		params_take(&st.state.params, &cli->params);
	}
	if (cli->diagram)
		return print_diagram(&st.state);
	p.rehearsal = cli->sandbox || (!p.anew && st.state.rehearsal);
	p.speed = p.rehearsal ? cli->speed_n : 1;
	if (cli->json)
		return cli_print_json(plan_json(cli, &p));
	print_plan(cli, &p);
	return NULL;
}
