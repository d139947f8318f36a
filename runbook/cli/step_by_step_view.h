/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown around a question of --step-by-step, on stderr, as wide as the terminal. */
#ifndef RUNBOOK_STEP_BY_STEP_VIEW_H
#define RUNBOOK_STEP_BY_STEP_VIEW_H

#include "base/attr.h"
#include "base/strv.h"
#include "runbook/record/state.h"

/* Whom and at which speed; borrowed. */
struct step_people {
	const char *operator_name, *witness; /* NULL: unknown, none */
	double speed;
};

/* What the step makes, or deletes, why, its usual time and price, who decides. */
void step_view_show(const struct run_state *st, const struct step_history *history, bool undoing,
		    const struct step_people *people);
/* The choices, a row each, and the prompt; `pending` are the steps that AWS still works on. */
void step_view_choices(const struct step *step, bool undoing, const struct strv *pending);
/* The prompt alone. */
void step_view_prompt(const struct step *step, const struct strv *pending);
/* What was seen of a step that holds: its claims, the first of them in full. */
void step_view_evidence(const struct step_history *history);
/* A row for a step that was looked at again: what it is, and claims that do not agree. */
void step_view_verdict(const struct step_history *history, const char *verdict);
/* A row of text about a step. */
void step_view_say(const struct step *step, const char *text);

#endif
