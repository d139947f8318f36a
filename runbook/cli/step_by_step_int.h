/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the operator's gate share. */
#ifndef RUNBOOK_STEP_BY_STEP_INT_H
#define RUNBOOK_STEP_BY_STEP_INT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"
#include "runbook/cli/step_by_step.h"

enum { STEP_BY_STEP_TURN_MS = 20 };

/* What this command has seen of a step. */
struct step_seen {
	bool begun; /* it does not hold yet, so its evidence is news */
	bool slow;  /* AWS said that it still works on it */
};

struct step_by_step {
	struct run *run;
	const struct cli *cli;
	const struct event_sink *shown; /* the display */
	const struct engine_gate *next;
	struct engine_gate gate;
	struct event_sink sink;
	const struct step *asked; /* whose question is open; NULL: none is */
	bool undoing;
	bool busy;		/* with a step: others wait for their turn */
	bool stopped;		/* by the operator */
	bool failed;		/* by a step, so that nothing is begun any more */
	struct step_seen *seen; /* as the procedure's steps */
};

struct step_history *step_by_step_history(const struct step_by_step *s, const struct step *step);
/* The steps that AWS still works on, of this command. */
void step_by_step_pending(const struct step_by_step *s, const struct step *but, struct strv *ret);

/* Shows the step and asks until the operator agrees to it; fails as the gate does. */
NODISCARD struct rb_error *step_by_step_ask(struct step_by_step *s, const struct step *step);

#endif
