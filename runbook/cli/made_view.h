/* SPDX-License-Identifier: Apache-2.0 */
/* The things of a run: how many it makes of each kind, and which it has made. */
#ifndef RUNBOOK_MADE_VIEW_H
#define RUNBOOK_MADE_VIEW_H

#include <stdbool.h>

#include "base/attr.h"
#include "runbook/record/state.h"

/* "VPC (2), subnet (2), instance (1)" of the steps up to `to` (NULL: all); NULL: no step says what
 * it makes.  Caller frees. */
NODISCARD char *made_counts_text(const struct procedure *procedure, const struct step *to);

/* A row for each place with the number of things that are recorded there, each of them with its id,
 * of `from` (NULL: the first step) and later steps. */
void made_print(const struct run_state *st, const struct step *from);

/* A row for each thing that the step is recorded to have made; false: there is none. */
bool made_print_step(const struct run_state *st, const struct step_history *history);

#endif
