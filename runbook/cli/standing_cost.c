/* SPDX-License-Identifier: Apache-2.0 */
/* What a run costs: so far, by the hour, and as planned. */
#include "runbook/cli/standing.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/strv.h"
#include "runbook/record/bill.h"
#include "runbook/ui/hint.h"
#include "runbook/ui/lang.h"

/* "price.instance, price.volume": those that are not known.  Caller frees. */
static char *unknown_prices(const struct bill *bill)
{
	auto_strv names = { 0 };

	for (const char *const *name = bill->unknown_names; *name; name++)
		strv_addf(&names, "price.%s", *name);
	return strv_join(&names, ", ");
}

char *standing_cost_text(const struct run_state *st)
{
	struct bill bill = bill_of(st, clock_utc_ms());
	double usd = (double)bill.usd_micros / 1e6;
	autofree char *unknown = unknown_prices(&bill);

	if (!bill.any)
		return xstrdup(tr("nothing of that is billed by the hour"));
	if (bill.unknown && st->rehearsal)
		return xasprintf(
			tr("that costs nothing here, and is billed by the hour on an "
			   "account, at prices that are not known here (to set with a new run: "
			   "%s)"),
			unknown);
	if (bill.unknown)
		return xasprintf(tr("that is billed by the hour, at prices that are not known here "
				    "(to set with a new run: %s)"),
				 unknown);
	if (bill.own && !st->rehearsal)
		return xasprintf(tr("that costs about %.3f USD an hour (your prices)"), usd);
	if (st->rehearsal)
		return xasprintf(
			tr("that costs nothing here, and on an account about %.3f USD an hour"),
			usd);
	return xasprintf(tr("that costs about %.3f USD an hour (list prices of %s)"), usd,
			 BILL_PRICES_OF);
}

char *standing_so_far_text(const struct run_state *st)
{
	struct bill bill = bill_of(st, clock_utc_ms());
	double usd = (double)bill.usd_micros_so_far / 1e6;
	autofree char *unknown = unknown_prices(&bill);
	char since[CLOCK_ISO_SIZE];

	if (!bill.any)
		return NULL;
	clock_iso8601(bill.since_ms / 1000, since);
	if (bill.unknown && (st->rehearsal || !bill.usd_micros_so_far))
		return xasprintf(
			st->rehearsal ? tr("on an account that would be billed since %s; not known "
					   "here: %s")
				      : tr("billed since %s; not known here: %s"),
			since, unknown);
	if (st->rehearsal)
		return xasprintf(tr("on an account that would be billed since %s: about %.3f USD "
				    "so far"),
				 since, usd);
	if (bill.unknown)
		return xasprintf(tr("billed since %s: more than %.3f USD so far; not known here: "
				    "%s"),
				 since, usd, unknown);
	return xasprintf(tr("billed since %s: about %.3f USD so far"), since, usd);
}

json_t *standing_billing_json(const struct run_state *st)
{
	struct bill bill = bill_of(st, clock_utc_ms());
	char since[CLOCK_ISO_SIZE];

	if (!bill.any)
		return NULL;
	clock_iso8601(bill.since_ms / 1000, since);
	return json_pack("{s:s, s:f, s:f, s:b, s:s}", "since", since, "usd_per_hour",
			 (double)bill.usd_micros / 1e6, "usd_so_far",
			 (double)bill.usd_micros_so_far / 1e6, "some_unknown", (int)bill.unknown,
			 "list_prices_of", BILL_PRICES_OF);
}

char *standing_planned_cost_text(const struct run_state *st, const struct step *to, bool rehearsal)
{
	struct bill bill = bill_of_all(st, to);
	double usd = (double)bill.usd_micros / 1e6;
	autofree char *unknown = unknown_prices(&bill);

	if (!bill.any)
		return NULL;
	if (bill.unknown && rehearsal)
		return xasprintf(
			tr("what it makes costs nothing here, and is billed by the hour on an "
			   "account, at prices that are not known here (to set: %s)"),
			unknown);
	if (bill.unknown)
		return xasprintf(
			tr("what it makes is billed by the hour, at prices that are not known "
			   "here (to set: %s)"),
			unknown);
	if (rehearsal)
		return xasprintf(
			tr("what it makes costs nothing here, and on an account about %.3f "
			   "USD an hour (list prices of %s)"),
			usd, BILL_PRICES_OF);
	return xasprintf(tr("what it makes costs about %.3f USD an hour as long as it stands (list "
			    "prices of %s)"),
			 usd, BILL_PRICES_OF);
}

json_t *standing_planned_cost_json(const struct run_state *st)
{
	struct bill bill = bill_of_all(st, NULL);

	return bill.unknown ? json_null() : json_real((double)bill.usd_micros / 1e6);
}

char *standing_undo_command(const struct cli *cli)
{
	struct hint_place place = cli_place(cli);

	place.to = NULL; /* what else stands is billed, too */
	return hint_command(&place, RB_NEXT_UNDO, NULL);
}

char *standing_until_text(const struct run_state *st, const char *undo)
{
	autofree char *cost = NULL;

	if (!bill_of(st, clock_utc_ms()).any)
		return NULL;
	cost = standing_cost_text(st);
	return xasprintf(tr("%s, until: %s"), cost, undo);
}
