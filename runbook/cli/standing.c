/* SPDX-License-Identifier: Apache-2.0 */
/* What of a run stands, what that costs, and which command comes next. */
#include "runbook/cli/standing.h"

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/record/aftermath.h"
#include "runbook/ui/lang.h"

#define PRICES_OF "2026-11-28"

struct bill {
	bool any;     /* something is billed by the hour */
	bool unknown; /* something of that has no price here */
	long usd_micros;
};

static bool is_price_of(const struct step_price *p, const struct params *params)
{
	for (size_t i = 0; i < ARRAY_LEN(p->of) && p->of[i][0]; i++)
		if (!text_eq(params_get(params, p->of[i][0]), p->of[i][1]))
			return false;
	return true;
}

static struct bill bill_of(const struct run_state *st)
{
	struct bill bill = { 0 };

	for (size_t i = 0; i < st->n; i++) {
		const struct step_history *history = &st->history[i];

		for (const struct step_price *p = history->step->prices; p && p->output; p++) {
			if (!history_output(history, p->output))
				continue;
			bill.any = true;
			if (is_price_of(p, &st->params))
				bill.usd_micros += p->usd_micros;
			else
				bill.unknown = true;
		}
	}
	return bill;
}

/* Caller frees. */
static char *cost_text(const struct run_state *st)
{
	struct bill bill = bill_of(st);
	double usd = (double)bill.usd_micros / 1e6;

	if (!bill.any)
		return xstrdup(tr("nothing of that is billed by the hour"));
	if (bill.unknown)
		return xstrdup(tr("that is billed by the hour, at prices that are not known here"));
	if (st->rehearsal)
		return xasprintf(
			tr("that costs nothing here, and on an account about %.3f USD an hour"),
			usd);
	return xasprintf(tr("that costs about %.3f USD an hour (list prices of %s)"), usd,
			 PRICES_OF);
}

/* Caller frees. */
static char *rest_text(size_t half_made, size_t half_undone)
{
	autofree char *made = half_made ? xasprintf(tr(", %zu half made"), half_made) : NULL;
	autofree char *undone =
		half_undone ? xasprintf(tr(", %zu half undone"), half_undone) : NULL;

	return xasprintf("%s%s", made ? made : "", undone ? undone : "");
}

char *standing_text(const struct run_state *st)
{
	size_t made = 0, half_made = 0, half_undone = 0;
	autofree char *rest = NULL, *cost = NULL;

	for (size_t i = 0; i < st->n; i++) {
		const struct step_history *history = &st->history[i];

		if (history_is_half_undone(history))
			half_undone++;
		else if (history_is_made(history))
			made++;
		else
			half_made += history->started_ms != 0; /* else only a look at it failed */
	}
	if (!st->run_id || !(made + half_made + half_undone))
		return NULL;
	cost = cost_text(st);
	rest = rest_text(half_made, half_undone);
	return xasprintf(
		tr_n(made, "%zu of %zu steps stands%s; %s", "%zu of %zu steps stand%s; %s"), made,
		st->n, rest, cost);
}

enum standing_next standing_next(const struct run_state *st)
{
	bool touched = false, coming_down = false, all_held = true;

	if (!st->run_id || st->undone)
		return NEXT_NOTHING;
	for (size_t i = 0; i < st->n; i++) {
		enum step_state state = st->history[i].state;

		touched |= state != STEP_TODO;
		coming_down |= state == STEP_UNDONE || history_is_half_undone(&st->history[i]);
		all_held &= state == STEP_HELD;
	}
	if (coming_down)
		return NEXT_TAKE_DOWN;
	if (state_drifted(st))
		return NEXT_REPAIR;
	return all_held || !touched ? NEXT_NOTHING : NEXT_CARRY_ON;
}

char *standing_next_command(const struct cli *cli, const struct run_state *st)
{
	switch (standing_next(st)) {
	case NEXT_REPAIR:
	case NEXT_CARRY_ON:
		return cli_next_command(cli, RB_NEXT_RESUME);
	case NEXT_TAKE_DOWN:
		return cli_next_command(cli, RB_NEXT_UNDO);
	case NEXT_NOTHING:
		break;
	}
	return NULL;
}

char *standing_next_text(const struct cli *cli, const struct run_state *st)
{
	autofree char *next = standing_next_command(cli, st);

	switch (standing_next(st)) {
	case NEXT_REPAIR:
		return xasprintf(tr("to put it right: %s"), next);
	case NEXT_CARRY_ON:
		return xasprintf(tr("to carry on: %s"), next);
	case NEXT_TAKE_DOWN:
		return xasprintf(tr("to take down the rest: %s"), next);
	case NEXT_NOTHING:
		break;
	}
	return NULL;
}
