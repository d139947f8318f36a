/* SPDX-License-Identifier: Apache-2.0 */
/* What is gathered of a run that is known by its things alone. */
#ifndef RUNBOOK_ENGINE_FOUND_RUN_H
#define RUNBOOK_ENGINE_FOUND_RUN_H

#include <stdint.h>

#include "runbook/engine/recover.h"

/* The run of that id, added when it is new; NULL: the text can be no run's id. */
struct found_run *found_runs_get(struct found_runs *l, const char *run_id);
/* Something of the step is in the region.  `step` NULL: it carries no step's tag. */
void found_run_add_place(struct found_run *f, const char *region, const char *step);
/* The stack that a tag names, NULL: none does. */
void found_run_take_stack(struct found_run *f, const char *stack);
/* It is at least so old; NULL: nobody says. */
void found_run_take_since(struct found_run *f, const char *iso);
/* The day that the run's id begins with, in milliseconds of UTC; 0: it has none. */
int64_t found_run_day(const char *run_id);

#endif
