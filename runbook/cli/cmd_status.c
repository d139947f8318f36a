/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook status`: what the journal says; no calls, no credentials. */
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/standing.h"
#include "runbook/cli/status_all.h"
#include "runbook/cli/status_view.h"
#include "runbook/cli/ttl.h"
#include "runbook/record/stack_busy.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"
#include "runbook/ui/width.h"
#include "runbook/ui/ui.h"

static void print_error(const json_t *error)
{
	autofree char *what = tr_recorded(json_string_value(json_object_get(error, "what")));
	autofree char *why = tr_recorded(json_string_value(json_object_get(error, "why")));
	autofree char *safe_what = text_printable(what, strlen(what), 500);
	autofree char *safe_why = text_printable(why, strlen(why), 500);

	row_detail("! %s%s%s", safe_what, *why ? ": " : "", safe_why);
}

/* What the widest state of this run takes. */
static int state_columns(const struct run_state *st)
{
	int most = 0;

	for (size_t i = 0; i < st->n; i++) {
		int width = text_width(ui_state_name(st->history[i].state));

		most = width > most ? width : most;
	}
	return most;
}

static void print_step(const struct step_history *history, int columns)
{
	char at[CLOCK_ISO_SIZE] = "";

	if (history->held_ms)
		clock_iso8601(history->held_ms / 1000, at);
	row_print(history->step->id, step_title(history->step), ui_state_name(history->state),
		  columns, at);
	for (size_t i = 0; i < history->n_outputs; i++)
		if (history->outputs[i].value) {
			const char *v = history->outputs[i].value;
			autofree char *safe = text_printable(v, strlen(v), 300);

			row_detail("%s %s", history->outputs[i].name, safe);
		}
	status_print_hands(history);
	status_print_step_aftermath(history);
	if (history->error)
		print_error(history->error);
}

/* `moved_to`: where the stack is now; NULL: here. */
static void print_status(const struct cli *cli, const struct stack *stack, const char *moved_to)
{
	const struct run_state *st = &stack->state;
	int columns = state_columns(st);

	autofree char *regions = ui_regions(&st->params);

	row_text(tr("stack %s: %s"), st->stack, tr(state_summary(st)));
	if (moved_to)
		status_print_moved(cli, moved_to);
	row_text(tr("run %s in account %s, %s"), st->run_id, st->account, regions);
	if (st->recovered_ms) {
		char at[CLOCK_ISO_SIZE];

		clock_iso8601(st->recovered_ms / 1000, at);
		row_text(tr("its journal was lost, and written anew at %s"), at);
	}
	if (standing_is_unknown(st))
		row_text("%s", tr("run.json is here and no journal: what AWS has of it is not "
				  "known"));
	if (st->rehearsal) {
		autofree char *mark = rehearsal_text(st->speed > 0 ? st->speed : 1);

		row_text("%s", mark);
	}
	if (st->handed_over)
		row_text(tr("handed over to %s"), st->handed_over);
	for (size_t i = 0; i < st->n; i++)
		print_step(&st->history[i], columns);
	if (!moved_to)
		status_print_aftermath(cli, stack);
}

static json_t *status_json(const struct cli *cli, const struct stack *stack, const char *moved_to)
{
	const struct run_state *st = &stack->state;
	autofree char *next = standing_next_command(cli, st);
	autofree char *busy = stack_busy_process(stack);
	json_t *doc = state_to_json(st), *billing = standing_billing_json(st);

	if (st->expires) {
		bool expired = ttl_left_ms(st, clock_utc_ms()) <= 0;

		json_object_set_new(doc, "expires_at", json_string(st->expires));
		json_object_set_new(doc, "expired", json_boolean(expired));
	}
	if (moved_to) { /* what it costs and what comes next is known there */
		json_decref(billing);
		json_object_set_new(doc, "moved_to", json_string(moved_to));
		return doc;
	}
	if (billing)
		json_object_set_new(doc, "billing", billing);
	if (busy)
		json_object_set_new(doc, "process", json_string(busy));
	else if (next)
		json_object_set_new(doc, "next", json_string(next));
	return doc;
}

struct rb_error *cmd_status(struct cli *cli, int *status)
{
	autofree char *moved_to = NULL;
	auto_stack st = { 0 };

	(void)status;
	if (cli->all)
		return status_print_all(cli);
	TRY(cli_open_run(
		cli, STACK_READ,
		rb_error_new(RB_USAGE, "stack '%s' has no run to show", cli_stack_name(cli)), &st));
	TRY(stack_find_moved(&st, &moved_to));
	if (cli->json)
		return cli_print_json(status_json(cli, &st, moved_to));
	print_status(cli, &st, moved_to);
	return NULL;
}
