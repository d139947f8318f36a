/* SPDX-License-Identifier: Apache-2.0 */
/* What of a run is billed by the hour. */
#include "runbook/record/bill.h"

#include "base/text.h"
#include "runbook/record/aftermath.h"

bool bill_is_price_of(const struct step_price *price, const struct params *params)
{
	for (size_t i = 0; i < ARRAY_LEN(price->of) && price->of[i][0]; i++)
		if (!text_eq(params_get(params, price->of[i][0]), price->of[i][1]))
			return false;
	return true;
}

bool bill_stands(const struct step_history *history, const struct step_price *price)
{
	return history_output(history, price->output) &&
	       !history_output_seems_missing(history, price->output);
}

static struct bill sum(const struct run_state *st, bool stands)
{
	struct bill bill = { 0 };

	for (size_t i = 0; i < st->n; i++) {
		const struct step_history *history = &st->history[i];

		for (const struct step_price *p = history->step->prices; p && p->output; p++) {
			if (stands && !bill_stands(history, p))
				continue;
			bill.any = true;
			if (bill_is_price_of(p, &st->params))
				bill.usd_micros += p->usd_micros;
			else
				bill.unknown = true;
		}
	}
	return bill;
}

struct bill bill_of(const struct run_state *st)
{
	return sum(st, /* stands= */ true);
}

struct bill bill_of_all(const struct run_state *st)
{
	return sum(st, /* stands= */ false);
}
