/* SPDX-License-Identifier: Apache-2.0 */
/* What of a run is billed by the hour, and at which price. */
#ifndef RUNBOOK_BILL_H
#define RUNBOOK_BILL_H

#include <stdbool.h>

#include "runbook/record/state.h"

#define BILL_PRICES_OF "2026-11-28" /* the list prices are of that day, before tax */

struct bill {
	bool any;     /* something is billed by the hour */
	bool unknown; /* something of that has no price here */
	long usd_micros;
};

/* What is recorded and was not last seen missing. */
struct bill bill_of(const struct run_state *st);
/* All that a run makes, whether it stands or not. */
struct bill bill_of_all(const struct run_state *st);

/* The price row is of these parameters' values. */
bool bill_is_price_of(const struct step_price *price, const struct params *params);
/* What the row prices stands, as far as is known. */
bool bill_stands(const struct step_history *history, const struct step_price *price);

#endif
