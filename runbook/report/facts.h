/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts of a run as one document: what `report --output json` prints, and all that the page is
 * made of.  docs/report.schema.json describes it.
 */
#ifndef RUNBOOK_REPORT_FACTS_H
#define RUNBOOK_REPORT_FACTS_H

#include <jansson.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/record/stack.h"
#include "runbook/report/chronicle.h"

/*
 * Of the stack's run, its journal read once more for the times.  *ret is a new object.
 *   fails  DAMAGED, IO: the journal
 */
NODISCARD struct rb_error *report_facts(const struct stack *st, json_t **ret);

/* The same of a state and what was read of its journal.  A new object. */
NODISCARD json_t *report_facts_of(const struct run_state *st, struct chronicle *chronicle);

#endif
