/* SPDX-License-Identifier: Apache-2.0 */
/* What of a run is billed by the hour, and at which price. */
#ifndef RUNBOOK_BILL_H
#define RUNBOOK_BILL_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/record/state.h"

#define BILL_PRICES_OF "2026-11-28" /* the list prices are of that day, before tax */

enum { BILL_UNKNOWN_MAX = 4 };

struct bill {
	bool any;     /* something is billed by the hour */
	bool unknown; /* something of that has no price here */
	/* Names of such prices ("instance"), each once, NULL behind the last; static. */
	const char *unknown_names[BILL_UNKNOWN_MAX + 1];
	bool own; /* a price.NAME of the run's parameters is in it */
	long usd_micros;
	int64_t since_ms;	   /* when the oldest of it was made; 0: none of it stands */
	int64_t usd_micros_so_far; /* from when each was made */
};

/* What is recorded and was not last seen missing; `now_ms` ends what it came to so far.  What was
 * replaced or removed meanwhile is not in it. */
struct bill bill_of(const struct run_state *st, int64_t now_ms);
/* All that a run makes up to step `to` (NULL: the last), whether it stands or not. */
struct bill bill_of_all(const struct run_state *st, const struct step *to);

/* USD micros for each gigabyte that is uploaded; -1: it is not known for these parameters. */
long bill_gb_price(const struct procedure *procedure, const struct params *params);

/* USD micros an hour, by a price.NAME or the list; -1: it is not known for these parameters. */
long bill_price(const struct step_price *price, const struct params *params);
/* What the row prices stands, as far as is known. */
bool bill_stands(const struct step_history *history, const struct step_price *price);

#endif
