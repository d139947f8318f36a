/* SPDX-License-Identifier: Apache-2.0 */
/* What of a run is billed by the hour. */
#include "runbook/record/bill.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "runbook/record/aftermath.h"

#define MICROS 1e6
#define HOUR_MS 3600e3

static const char *own_price(const struct step_price *price, const struct params *params)
{
	const struct param_member *m;
	size_t i = 0;

	while ((m = params_next(params, PARAM_PRICES, &i)))
		if (text_eq(m->name + strlen(PARAM_PRICES), price->name))
			return m->value;
	return NULL;
}

/* `of`: n pairs of parameter and value, or fewer. */
static bool is_of(const char *const (*of)[2], size_t n, const struct params *params)
{
	for (size_t i = 0; i < n && of[i][0]; i++)
		if (!text_eq(params_get(params, of[i][0]), of[i][1]))
			return false;
	return true;
}

long bill_gb_price(const struct procedure *procedure, const struct params *params)
{
	const struct procedure_about *about = procedure->about;
	long sum = 0;

	if (!about || !about->gb_prices)
		return -1;
	for (const struct procedure_gb_price *p = about->gb_prices; p->usd_micros; p++) {
		if (!is_of(p->of, ARRAY_LEN(p->of), params))
			return -1;
		sum += p->usd_micros;
	}
	return sum;
}

long bill_price(const struct step_price *price, const struct params *params)
{
	const char *own = own_price(price, params);

	if (own)
		return (long)(strtod(own, NULL) * MICROS + 0.5);
	return is_of(price->of, ARRAY_LEN(price->of), params) ? price->usd_micros : -1;
}

bool bill_stands(const struct step_history *history, const struct step_price *price)
{
	return history_output(history, price->output) &&
	       !history_output_seems_missing(history, price->output);
}

static void add_so_far(struct bill *bill, long usd_micros, int64_t since_ms, int64_t now_ms)
{
	if (!bill->since_ms || since_ms < bill->since_ms)
		bill->since_ms = since_ms;
	if (now_ms > since_ms && usd_micros > 0)
		bill->usd_micros_so_far +=
			(int64_t)((double)usd_micros * (double)(now_ms - since_ms) / HOUR_MS);
}

static void add_unknown(struct bill *bill, const char *name)
{
	bill->unknown = true;
	for (size_t i = 0; i < BILL_UNKNOWN_MAX; i++) {
		if (text_eq(bill->unknown_names[i], name))
			return;
		if (!bill->unknown_names[i]) {
			bill->unknown_names[i] = name;
			return;
		}
	}
}

/* `now_ms` 0: all that a run makes, whether it stands or not. */
static struct bill sum(const struct run_state *st, const struct step *to, int64_t now_ms)
{
	struct bill bill = { 0 };

	for (size_t i = 0; i < st->n; i++) {
		const struct step_history *history = &st->history[i];

		for (const struct step_price *p = history->step->prices; p && p->output; p++) {
			long micros = bill_price(p, &st->params);

			if (now_ms && !bill_stands(history, p))
				continue;
			bill.any = true;
			if (micros < 0)
				add_unknown(&bill, p->name);
			bill.own |= own_price(p, &st->params) != NULL;
			bill.usd_micros += micros < 0 ? 0 : micros;
			if (now_ms)
				add_so_far(&bill, micros,
					   history_output_row(history, p->output)->at_ms, now_ms);
		}
		if (history->step == to)
			break;
	}
	return bill;
}

struct bill bill_of(const struct run_state *st, int64_t now_ms)
{
	return sum(st, NULL, now_ms);
}

struct bill bill_of_all(const struct run_state *st, const struct step *to)
{
	return sum(st, to, 0);
}
