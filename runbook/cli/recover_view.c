/* SPDX-License-Identifier: Apache-2.0 */
/* The runs that were found, as rows and as a document. */
#include "runbook/cli/recover_view.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/ui/hint.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"
#include "runbook/ui/ui.h"

/* "whole": each step's things are all there; else "partial". */
static const char *state_of(const struct recovery *r)
{
	for (size_t i = 0; i < r->stack.state.n; i++)
		if (!r->steps[i].stands)
			return N_("partial");
	return N_("whole");
}

static bool has_something(const struct recovered_step *step)
{
	return step->stands || json_object_size(step->known);
}

/* ---- where to ask for it ------------------------------------------------------- */

/* The region in which the steps of a side have left their tags; NULL: none has. */
static const char *region_of_side(const struct found_run *found, const struct procedure *procedure,
				  int side)
{
	for (size_t i = 0; i < found->n_places; i++) {
		const struct step *step = procedure_step(procedure, found->places[i].step);

		if (step && step->side == side)
			return found->places[i].region;
	}
	return NULL;
}

char *recover_command_of(const struct cli *cli, const struct recover_row *row)
{
	const struct procedure *procedure = cli->params.procedure;
	const struct hint_place place = cli_place(cli);
	auto_buf args = BUF_INIT;

	buf_addf(&args, "--run %s", row->found->run_id);
	if (row->procedures.n > 1)
		buf_addf(&args, " --procedure %s", row->procedures.v[0]);
	for (int i = 0; row->elsewhere && procedure->sides[i].name; i++) {
		const char *region = region_of_side(row->found, procedure, i);

		if (region)
			buf_addf(&args, " --set %s=%s", procedure->sides[i].region, region);
	}
	return hint_command(&place, RB_NEXT_RECOVER, args.p);
}

/* ---- for people ---------------------------------------------------------------- */

static char *long_time(int64_t ms)
{
	int64_t hours = ms / 3600000;

	if (hours < 2)
		return ui_duration(ms);
	return hours < 48 ? xasprintf(tr("%lld hours"), (long long)hours)
			  : xasprintf(tr("%lld days"), (long long)(hours / 24));
}

static char *age_of(const struct found_run *found)
{
	char since[CLOCK_ISO_SIZE];
	autofree char *age = NULL;

	if (!found->since_ms)
		return xstrdup(tr("since when is not known"));
	clock_iso8601(found->since_ms / 1000, since);
	if (found->since_is_day)
		return xasprintf(tr("begun on %.10s"), since);
	age = long_time(clock_utc_ms() - found->since_ms);
	return xasprintf(tr("since %s (%s)"), since, age);
}

static void print_words(const char *label, const struct recover_words *w)
{
	for (size_t i = 0; i < w->n; i++) {
		autofree char *text = tr_said(w->v[i].said);
		autofree char *safe = text_printable(text, strlen(text), 1000);

		row_detail("%s: %s", label, safe);
	}
}

static void print_steps(const struct recovery *r)
{
	auto_strv whole = { 0 }, half = { 0 }, none = { 0 };

	for (size_t i = 0; i < r->stack.state.n; i++) {
		const struct recovered_step *step = &r->steps[i];

		strv_add(step->stands	       ? &whole
			 : has_something(step) ? &half
					       : &none,
			 step->step->id);
	}
	row_list(tr("stand:"), strv_list(&whole));
	row_list(tr("stand in part:"), strv_list(&half));
	row_list(tr("not there:"), strv_list(&none));
	print_words(tr("two for one place"), &r->candidates);
	print_words(tr("no value of a parameter"), &r->unfit);
	for (size_t i = 0; i < r->stack.state.n; i++) {
		print_words(tr("left alone"), &r->steps[i].alone);
		print_words(tr("not seen"), &r->steps[i].blind);
	}
}

static void print_row(const struct cli *cli, const struct recover_row *row)
{
	const struct found_run *found = row->found;
	autofree char *regions = strv_join(&found->regions, ", ");
	autofree char *age = age_of(found);
	const char *stack = found->stack ? found->stack : tr("(no tag says)");

	if (row->recovery) {
		const struct recovery *r = row->recovery;

		row_text(tr("run %s of stack %s: %s, %zu of %zu steps stand, %s; %s"),
			 found->run_id, stack, tr(state_of(r)), r->n_standing, r->stack.state.n,
			 regions, age);
		print_steps(r);
		if (row->procedures.n > 1)
			row_list(tr("may be of these procedures:"), strv_list(&row->procedures));
		return;
	}
	row_text(row->elsewhere
			 ? tr("run %s of stack %s: in other regions than were asked for: %s; %s")
			 : tr("run %s of stack %s: of another procedure (--procedure), %s; %s"),
		 found->run_id, stack, regions, age);
	if (row->elsewhere) {
		autofree char *command = recover_command_of(cli, row);

		row_detail("%s", command);
	}
}

void recover_print(const struct cli *cli, const struct recover_list *l, const char *account)
{
	(void)account;
	for (size_t i = 0; i < l->n; i++)
		print_row(cli, &l->v[i]);
	for (size_t i = 0; i < l->found.blind.n; i++) {
		autofree char *text = tr_said(l->found.blind.v[i].said);
		autofree char *safe = text_printable(text, strlen(text), 1000);

		row_text(tr("not seen: %s"), safe);
	}
}

/* ---- for programs -------------------------------------------------------------- */

static json_t *strv_json(const struct strv *list)
{
	json_t *a = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(a, json_string(list->v[i]));
	return a;
}

static json_t *step_json(const struct recovery *r, size_t i)
{
	const struct recovered_step *step = &r->steps[i];
	const struct step_history *history = &r->stack.state.history[i];
	json_t *outputs = json_object(), *missing = json_array();

	for (const char *const *g = step->step->gives; g && *g; g++) {
		const char *value = history_output(history, *g);

		if (value)
			json_object_set_new(outputs, *g, json_string(value));
		else
			json_array_append_new(missing, json_string(*g));
	}
	return json_pack("{s:s, s:s, s:b, s:o, s:O, s:o, s:o, s:o}", "id", step->step->id, "state",
			 step_state_name(history->state), "stands", step->stands != 0, "outputs",
			 outputs, "known", step->known, "missing", missing, "left_alone",
			 recover_words_json(&step->alone), "not_seen",
			 recover_words_json(&step->blind));
}

static json_t *row_json(const struct cli *cli, const struct recover_row *row)
{
	const struct found_run *found = row->found;
	char since[CLOCK_ISO_SIZE] = "";
	json_t *o, *steps;

	if (found->since_ms)
		clock_iso8601(found->since_ms / 1000, since);
	o = json_pack("{s:s, s:s?, s:s?, s:o}", "run", found->run_id, "stack", found->stack,
		      "since", *since ? since : NULL, "regions", strv_json(&found->regions));
	if (!row->recovery) {
		autofree char *command = recover_command_of(cli, row);

		json_object_set_new(o, "state",
				    json_string(row->elsewhere ? "elsewhere" : "other procedure"));
		if (row->elsewhere)
			json_object_set_new(o, "next", json_string(command));
		return o;
	}
	steps = json_array();
	for (size_t i = 0; i < row->recovery->stack.state.n; i++)
		json_array_append_new(steps, step_json(row->recovery, i));
	json_object_set_new(o, "state", json_string(state_of(row->recovery)));
	json_object_set_new(o, "procedures", strv_json(&row->procedures));
	json_object_set_new(o, "parameters", params_to_json(&row->recovery->stack.state.params));
	json_object_set(o, "known", row->recovery->params);
	json_object_set_new(o, "candidates", recover_words_json(&row->recovery->candidates));
	json_object_set_new(o, "unfit", recover_words_json(&row->recovery->unfit));
	json_object_set_new(o, "steps", steps);
	return o;
}

json_t *recover_to_json(const struct cli *cli, const struct recover_list *l, const char *account)
{
	json_t *runs = json_array();

	for (size_t i = 0; i < l->n; i++)
		json_array_append_new(runs, row_json(cli, &l->v[i]));
	return json_pack("{s:s, s:o, s:o}", "account", account, "runs", runs, "not_seen",
			 recover_words_json(&l->found.blind));
}
