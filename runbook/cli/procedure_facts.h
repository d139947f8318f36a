/* SPDX-License-Identifier: Apache-2.0 */
/* What tells procedures apart, for who chooses one. */
#ifndef RUNBOOK_PROCEDURE_FACTS_H
#define RUNBOOK_PROCEDURE_FACTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "runbook/record/state.h"

struct procedure_facts {
	const struct procedure *procedure;
	size_t steps;
	size_t things;			     /* that it makes; 0: its steps do not say */
	size_t calls;			     /* that its steps name */
	int up_s, down_s;		     /* AWS's usual time for all of it */
	long hour_usd_micros, gb_usd_micros; /* -1: not known for these parameters */
};

/* Of the state's procedure and parameters. */
void procedure_facts_of(const struct run_state *st, struct procedure_facts *ret);

/* Machine output: English.  New reference. */
json_t *procedure_facts_json(const struct procedure_facts *f);
/* A table with a column for each, and below it what is said of each in words. */
void procedure_facts_print(const struct procedure_facts *facts, size_t n);

#endif
