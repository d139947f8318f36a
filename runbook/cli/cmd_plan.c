/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook plan`: what a run would do now, from the journal; no calls. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/near_stack.h"
#include "runbook/cli/status_view.h"
#include "runbook/record/aftermath.h"
#include "runbook/report/diagram.h"
#include "runbook/report/facts.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"
#include "runbook/ui/ui.h"

enum { ACTION_COLUMNS = 6 };

/* The pass that a run would begin with. */
static const char *action_of(const struct step_history *history)
{
	return history_begins_with_verify(history) ? N_("verify") : N_("do");
}

/* Its waits are waited again: what was last seen not to hold is done again after the look. */
static bool takes_time(const struct step_history *history)
{
	return text_eq(action_of(history), "do") || history_drift(history);
}

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

static json_t *step_json(const struct run_state *st, const struct step_history *history)
{
	const struct step *step = history->step;
	bool does = text_eq(action_of(history), "do");
	json_t *needs = json_array();

	for (const struct step_need *n = step->needs; n && n->step; n++)
		json_array_append_new(needs, json_string(n->step));
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:i}", "id", step->id, "title",
			 step->title, "state", step_state_name(history->state), "action",
			 action_of(history), "calls", does ? strings(step->calls) : json_array(),
			 "makes", does ? strings(step->gives) : json_array(), "parameters",
			 params_of(st, step), "waits_for", needs, "usual_s", step->usual_s);
}

/*
 * The longest way through the needs: what a run takes when all that can overlap does.
 * Steps come after what they need, so one pass is enough.
 */
static int critical_s(const struct run_state *st, size_t i, const int *done_s)
{
	const struct step *step = st->history[i].step;
	int begin_s = 0;

	for (const struct step_need *n = step->needs; n && n->step; n++)
		for (size_t k = 0; k < i; k++)
			if (text_eq(st->history[k].step->id, n->step) && n->when == WHEN_HELD &&
			    done_s[k] > begin_s)
				begin_s = done_s[k];
	return begin_s + step->usual_s;
}

static int total_s(const struct run_state *st)
{
	int *done_s = xcalloc(st->n + 1, sizeof(*done_s));
	int longest = 0;

	for (size_t i = 0; i < st->n; i++) {
		if (takes_time(&st->history[i]))
			done_s[i] = critical_s(st, i, done_s);
		longest = done_s[i] > longest ? done_s[i] : longest;
	}
	free(done_s);
	return longest;
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

static void print_step(const struct run_state *st, const struct step_history *history, double speed)
{
	const struct step *step = history->step;
	bool does = text_eq(action_of(history), "do");

	row_print(step->id, step_title(step), tr(action_of(history)), ACTION_COLUMNS, NULL);
	status_print_drift(history);
	for (const char *const *p = step->params; does && p && *p; p++)
		print_param(&st->params, *p);
	if (does) {
		row_list(tr("calls"), step->calls);
		row_list(tr("makes"), step->gives);
	}
	if (takes_time(history) && step->usual_s > 0) {
		autofree char *usual = usual_text(step->usual_s, speed);

		row_detail(tr("usually holds after %s"), usual);
	}
}

static void print_plan(const struct run_state *st, const char *stack, bool anew, const char *near,
		       bool rehearsal, double speed)
{
	autofree char *usual = usual_text(total_s(st), speed);

	if (anew)
		row_text(tr("plan for stack %s: a new run"), stack);
	else
		row_text(tr("plan for stack %s: run %s goes on"), stack, st->run_id);
	if (near)
		row_text(tr("there is a stack '%s'"), near);
	for (size_t i = 0; i < st->n; i++)
		print_step(st, &st->history[i], speed);
	status_print_findings(st);
	row_text(tr("all together usually %s; nothing was changed"), usual);
	if (rehearsal) {
		autofree char *mark = rehearsal_text(speed);

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

struct rb_error *cmd_plan(struct cli *cli, int *status)
{
	auto_stack st;
	json_t *steps, *doc;
	bool rehearsal;
	double speed;

	(void)status;
	TRY(cli_open_stack(cli, STACK_READ, &st));
	if (!stack_has_run(&st)) { /* a run would begin anew, with these */
		for (size_t i = 0; i < st.state.n; i++)
			st.state.history[i].state = STEP_TODO;
		params_take(&st.state.params, &cli->params);
	}
	if (cli->diagram)
		return print_diagram(&st.state);
	rehearsal = cli->sandbox || (stack_has_run(&st) && st.state.rehearsal);
	speed = rehearsal ? cli->speed_n : 1;
	if (!cli->json) {
		autofree char *near = near_stack(cli);

		print_plan(&st.state, st.name, !stack_has_run(&st), near, rehearsal, speed);
		return NULL;
	}
	steps = json_array();
	for (size_t i = 0; i < st.state.n; i++)
		json_array_append_new(steps, step_json(&st.state, &st.state.history[i]));
	doc = json_pack("{s:s, s:s?, s:o, s:o, s:i, s:o}", "stack", st.name, "run",
			stack_has_run(&st) ? st.state.run_id : NULL, "rehearsal",
			rehearsal_to_json(rehearsal, speed), "parameters",
			params_to_json(&st.state.params), "usual_s", total_s(&st.state), "steps",
			steps);
	aftermath_drift_to_json(&st.state, doc);
	return cli_print_json(doc);
}
