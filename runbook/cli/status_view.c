/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of `runbook status` about what came after the run was made. */
#include "runbook/cli/status_view.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/cli/standing.h"
#include "runbook/cli/ttl.h"
#include "runbook/cli/verify_view.h"
#include "runbook/record/aftermath.h"
#include "runbook/record/stack_busy.h"
#include "runbook/ui/by_hand_how.h"
#include "runbook/ui/hint.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

static void at_of(const json_t *rec, char at[CLOCK_ISO_SIZE])
{
	clock_iso8601(json_integer_value(json_object_get(rec, "at_ms")) / 1000, at);
}

void status_print_hands(const struct step_history *history)
{
	autofree char *made = by_hand_who(&history->made_by_hand, /* undone= */ false);
	autofree char *unmade = by_hand_who(&history->unmade_by_hand, /* undone= */ true);

	if (made)
		row_detail("%s", made);
	if (unmade)
		row_detail("%s", unmade);
}

void status_print_drift(const struct step_history *history)
{
	const char *verdict = history_drift(history);
	autofree char *missing = tr_recorded(text_of(history->evidence, "missing"));
	autofree char *safe = text_printable(missing, strlen(missing), 500);
	char at[CLOCK_ISO_SIZE];

	if (!verdict)
		return;
	at_of(history->evidence, at);
	row_detail(tr("! %s at the last look (%s)%s%s"), tr(verdict), at, *safe ? ": " : "", safe);
}

void status_print_step_aftermath(const struct step_history *history)
{
	for (size_t i = 0; i < history->n_outputs; i++) {
		const struct history_output *o = &history->outputs[i];

		if (o->value || !o->former)
			continue;
		{
			autofree char *safe = text_printable(o->former, strlen(o->former), 300);

			row_detail(tr("was %s %s"), o->name, safe);
		}
	}
	status_print_drift(history);
}

static void print_left(const json_t *sweep)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(sweep, "left"), i, item) {
		autofree char *text =
			xasprintf(tr("left: %s %s (%s%s%s)"), tr(text_of(item, "kind")),
				  text_of(item, "id"), text_of(item, "region"),
				  *text_of(item, "state") ? " " : "", text_of(item, "state"));
		autofree char *safe = text_printable(text, strlen(text), 500);

		row_detail("%s", safe);
	}
}

static void print_sweep(const struct run_state *st)
{
	size_t left = json_array_size(json_object_get(st->sweep, "left"));
	char at[CLOCK_ISO_SIZE];

	at_of(st->sweep, at);
	if (left)
		row_text(tr_n(left, "looked for leftovers at %s: %zu thing of run %s is left",
			      "looked for leftovers at %s: %zu things of run %s are left"),
			 at, left, st->run_id);
	else
		row_text(tr("looked for leftovers at %s: nothing of run %s is left"), at,
			 st->run_id);
	print_left(st->sweep);
}

void status_print_findings(const struct run_state *st)
{
	struct findings found = state_findings(st);
	auto_buf words = BUF_INIT;

	if (!found.any)
		return;
	verify_add_findings(&words, found.by_verdict);
	row_text(tr("the last look found: %s"), words.p);
}

void status_print_moved(const struct cli *cli, const char *to)
{
	const struct hint_place there = { .stack = cli->stack,
					  .home = to,
					  .profile = cli->profile };
	autofree char *command = hint_command(&there, RB_NEXT_STATUS, NULL);
	autofree char *text = xasprintf(
		tr("it was moved, and this is how it stood then; how it stands now: %s"), command);
	auto_strv commands = { 0 };

	strv_add(&commands, command);
	row_text_commands(text, &commands);
}

void status_print_aftermath(const struct cli *cli, const struct stack *stack)
{
	const struct run_state *st = &stack->state;
	autofree char *busy = stack_busy_process(stack);
	auto_strv next = { 0 };
	auto_strv commands = { 0 };
	autofree char *stands = standing_text(st);
	autofree char *so_far = standing_so_far_text(st);
	int64_t now_ms = clock_utc_ms();
	autofree char *ends = ttl_text(st, now_ms);

	if (st->sweep)
		print_sweep(st);
	if (stands)
		row_text("%s", stands);
	if (so_far)
		row_text("%s", so_far);
	if (ends && stands)
		row_text("%s%s", ttl_left_ms(st, now_ms) > 0 ? "" : "! ", ends);
	status_print_findings(st);
	if (busy)
		row_text(tr("process %s is at work on this stack now"), busy);
	else
		standing_next_lines(cli, st, &next, &commands);
	for (size_t i = 0; i < next.n; i++)
		row_text_commands(next.v[i], &commands);
}
