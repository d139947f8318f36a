/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook steps [STEP]`: the table of contents, or one of its rows in full. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/cli/by_hand_view.h"
#include "runbook/cli/cli.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"
#include "runbook/ui/ui.h"

static json_t *list_json(const char *const *list)
{
	json_t *a = json_array();

	for (; list && *list; list++)
		json_array_append_new(a, json_string(*list));
	return a;
}

static json_t *step_json(const struct procedure *procedure, const struct step *step)
{
	json_t *needs = json_array();

	for (const struct step_need *n = step->needs; n && n->step; n++)
		json_array_append_new(needs, json_pack("{s:s, s:s}", "step", n->step, "when",
						       n->when == WHEN_HELD    ? "held"
						       : n->when == WHEN_BEGUN ? "begun"
									       : "made"));
	return json_pack(
		"{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:i}", "id", step->id, "title", step->title,
		"side", step->side == SIDE_LOCAL ? "local" : procedure->sides[step->side].name,
		"needs", needs, "parameters", list_json(step->params), "gives",
		list_json(step->gives), "calls", list_json(step->calls), "usual_s", step->usual_s);
}

static void print_step(const struct step *step)
{
	auto_buf needs = BUF_INIT;

	row_text("%s  %s", step->id, step_title(step));
	for (const struct step_need *n = step->needs; n && n->step; n++)
		(void)buf_addf(&needs, "%s%s%s", n->step, n->when == WHEN_HELD ? tr(" (held)") : "",
			       n[1].step ? ", " : "");
	if (needs.n)
		row_detail("%s %s", tr("needs"), needs.p);
	row_list(tr("makes"), step->gives);
}

/* A family, as "tags.", stands for any of its members: tags.KEY. */
static void print_params(const struct step *step)
{
	auto_strv names = { 0 };

	for (const char *const *p = step->params; p && *p; p++)
		strv_addf(&names, "%s%s", *p, text_ends_with(*p, ".") ? "KEY" : "");
	row_list(tr("parameters"), strv_list(&names));
}

/* What the table of contents leaves out. */
static void print_rest(const struct step *step)
{
	autofree char *usual = ui_duration((int64_t)step->usual_s * 1000);

	print_params(step);
	row_list(tr("calls"), step->calls);
	if (step->usual_s)
		row_detail(tr("usually holds after %s"), usual);
}

/* That which is asked for, else the stack's, else the default. */
static const struct procedure *procedure_of(const struct cli *cli, const struct stack *st)
{
	return cli->procedure ? cli->params.procedure : st->state.procedure;
}

/* A stack that cannot be read has no table of contents. */
static struct rb_error *open_stack(const struct cli *cli, struct stack *st)
{
	autofree char *home = NULL;
	struct rb_error *err;

	TRY(cli_home(cli, &home));
	err = stack_open(st, home, cli_stack_name(cli), STACK_READ, all_procedures);
	if (!err)
		return NULL;
	stack_close(st);
	stack_init(st, home, cli_stack_name(cli), all_procedures);
	return rb_error_free(err);
}

/*
 * The values for one step: those of the run, and without one those that are given now.  A run of
 * another procedure than the one that was asked for has none to give.
 */
static struct rb_error *take_values(struct cli *cli, struct stack *st)
{
	const struct procedure *procedure = procedure_of(cli, st);
	bool live = stack_has_run(st);

	if (live && st->state.procedure == procedure)
		return NULL;
	if (live) {
		autofree char *home = xstrdup(st->home);

		stack_close(st);
		stack_init(st, home, cli_stack_name(cli), all_procedures);
		state_choose(&st->state, procedure);
		return params_finish(&st->state.params);
	}
	stack_close(st);
	TRY(cli_open_stack(cli, STACK_READ, st));
	params_take(&st->state.params, &cli->params);
	return NULL;
}

static struct rb_error *print_one(struct cli *cli, struct stack *st, const struct step *one)
{
	struct by_hand_values values = { &st->state, cli_stack_name(cli), one, &cli->reach };
	json_t *doc;

	cli_find_reach(cli, st);
	if (!cli->json) {
		print_step(one);
		print_rest(one);
		by_hand_print(&values);
		return NULL;
	}
	doc = step_json(st->state.procedure, one);
	by_hand_add_json(&values, doc);
	return cli_print_json(json_pack("{s:[o]}", "steps", doc));
}

struct rb_error *cmd_steps(struct cli *cli, int *status)
{
	const struct procedure *procedure;
	const struct step *one = NULL;
	auto_stack st;
	json_t *doc;

	(void)status;
	TRY(open_stack(cli, &st));
	procedure = procedure_of(cli, &st);
	if (cli->operands.n) {
		TRY(cli_find_step(procedure, cli->operands.v[0], &one));
		TRY(take_values(cli, &st));
		return print_one(cli, &st, one);
	}
	doc = json_array();
	for (const struct step *const *s = procedure->steps; *s; s++) {
		if (cli->json)
			json_array_append_new(doc, step_json(procedure, *s));
		else
			print_step(*s);
	}
	if (cli->json)
		return cli_print_json(json_pack("{s:o}", "steps", doc));
	json_decref(doc);
	return NULL;
}
