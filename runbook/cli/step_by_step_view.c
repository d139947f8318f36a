/* SPDX-License-Identifier: Apache-2.0 */
/* The rows around a question; see step_by_step_view.h. */
#include "runbook/cli/step_by_step_view.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/by_hand_view.h"
#include "runbook/cli/made_view.h"
#include "runbook/cli/status_view.h"
#include "runbook/record/aftermath.h"
#include "runbook/record/bill.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"
#include "runbook/ui/ui.h"

enum { CLAIMS_SHOWN = 3 };

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

/* What was seen otherwise at the last look. */
static void show_drift(const struct step_history *history)
{
	const json_t *claims = json_object_get(history->evidence, "claims"), *claim;
	size_t i;

	if (!history_drift(history))
		return;
	status_print_drift(history);
	json_array_foreach(claims, i, claim) {
		if (!json_is_true(json_object_get(claim, "agrees")))
			row_detail(tr("differs: %s: expected '%s', found '%s'"),
				   text_of(claim, "claim"), text_of(claim, "expected"),
				   text_of(claim, "found"));
	}
}

/* ---- before ------------------------------------------------------------------------ */

static void show_price(const struct run_state *st, const struct step *step)
{
	long micros = 0;
	bool unknown = false;

	for (const struct step_price *p = step->prices; p && p->output; p++) {
		long one = bill_price(p, &st->params);

		unknown |= one < 0;
		micros += one < 0 ? 0 : one;
	}
	if (!step->prices || !step->prices->output)
		row_detail("%s", tr("nothing of it is billed by the hour"));
	else if (unknown)
		row_detail("%s", tr("it is billed by the hour, at a price that is not known here"));
	else if (st->rehearsal)
		row_detail(tr("on an account it costs about %.4f USD an hour (list prices of %s)"),
			   (double)micros / 1e6, BILL_PRICES_OF);
	else
		row_detail(tr("it costs about %.4f USD an hour as long as it stands (list prices "
			      "of %s)"),
			   (double)micros / 1e6, BILL_PRICES_OF);
}

static void show_do(const struct run_state *st, const struct step_history *history, double speed)
{
	const struct by_hand_values values = { .state = st,
					       .stack = st->stack,
					       .step = history->step };
	const struct step *step = history->step;

	if (step->by_hand) {
		if (step->by_hand->makes->kind)
			row_detail("%s", tr("What it makes:"));
		by_hand_print_makes(&values);
	} else {
		row_list(tr("makes"), step->gives);
	}
	row_list(tr("calls"), step->calls);
	if (step->usual_s > 0) {
		autofree char *usual = ui_duration((int64_t)(step->usual_s * 1000.0 / speed));

		row_detail(tr("usually holds after %s"), usual);
	}
	show_price(st, step);
}

static void show_undo(const struct run_state *st, const struct step_history *history)
{
	row_detail("%s", tr("What it deletes:"));
	if (!made_print_step(st, history))
		row_detail("%s", tr("what of it is found by the run's tag"));
}

void step_view_show(const struct run_state *st, const struct step_history *history, bool undoing,
		    const struct step_people *people)
{
	const struct step *step = history->step;

	rows_go_to(ROWS_ON_STDERR);
	row_text("%s", "");
	row_text("%s  %s", step->id, step_title(step));
	if (step->side != SIDE_LOCAL)
		row_detail(tr("region %s"), params_region(&st->params, step->side));
	if (undoing) {
		show_undo(st, history);
	} else {
		if (step->why)
			row_detail("%s", tr(step->why));
		show_drift(history);
		show_do(st, history, people->speed);
	}
	if (history_hand((struct step_history *)(uintptr_t)history, undoing)->chosen)
		row_detail("%s", tr("it is left to a person (--by-hand)"));
	if (people->operator_name)
		row_detail(tr("operator: %s"), people->operator_name);
	if (people->witness)
		row_detail(tr("witness: %s"), people->witness);
	rows_go_to(ROWS_ON_STDOUT);
}

void step_view_prompt(const struct step *step, const struct strv *pending)
{
	fprintf(stderr, "%s [%s] ", step->id, pending->n ? "d/h/w/l/s" : "d/h/l/s");
	(void)fflush(stderr);
}

void step_view_choices(const struct step *step, bool undoing, const struct strv *pending)
{
	autofree char *others = strv_join(pending, ", ");

	rows_go_to(ROWS_ON_STDERR);
	if (pending->n && undoing)
		row_detail(tr("d  undo it, and go on while AWS works on %s"), others);
	else if (pending->n)
		row_detail(tr("d  do it, and go on while AWS works on %s"), others);
	else
		row_detail("%s", undoing ? tr("d  undo it") : tr("d  do it"));
	row_detail("%s", undoing ? tr("h  undo it by hand") : tr("h  do it by hand"));
	if (pending->n)
		row_detail(undoing ? tr("w  wait until %s is gone") : tr("w  wait until %s holds"),
			   others);
	row_detail("%s", tr("l  look again whether the others hold"));
	row_detail("%s", undoing ? tr("s  stop here; the next undo goes on at this question")
				 : tr("s  stop here; resume goes on at this question"));
	rows_go_to(ROWS_ON_STDOUT);
	step_view_prompt(step, pending);
}

/* ---- after ------------------------------------------------------------------------- */

void step_view_evidence(const struct step_history *history)
{
	const json_t *claims = json_object_get(history->evidence, "claims"), *claim;
	size_t i, n = json_array_size(claims);

	rows_go_to(ROWS_ON_STDERR);
	if (n)
		row_detail(tr_n(n, "evidence: %zu claim agrees", "evidence: %zu claims agree"), n);
	json_array_foreach(claims, i, claim) {
		if (i == CLAIMS_SHOWN)
			break;
		row_detail("%s = %s", text_of(claim, "claim"), text_of(claim, "found"));
	}
	if (n > CLAIMS_SHOWN)
		row_detail(tr("and %zu more, in the report"), n - CLAIMS_SHOWN);
	rows_go_to(ROWS_ON_STDOUT);
}

void step_view_verdict(const struct step_history *history, const char *verdict)
{
	rows_go_to(ROWS_ON_STDERR);
	row_text("%s  %s", history->step->id, tr(verdict));
	show_drift(history);
	rows_go_to(ROWS_ON_STDOUT);
}

void step_view_say(const struct step *step, const char *text)
{
	rows_go_to(ROWS_ON_STDERR);
	row_text("%s  %s", step->id, text);
	rows_go_to(ROWS_ON_STDOUT);
}
