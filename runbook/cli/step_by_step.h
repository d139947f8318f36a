/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --step-by-step: the operator is asked before each step, at a terminal, in the procedure's order.
 *
 * A step is shown with what it makes, why, its usual time and price; then it is done, done by hand,
 * waited with, or the command stops there, once those that are going hold.  Each decision is in the
 * journal with operator and witness.  The question needs no record: what has begun and what has not
 * is one, so the next command comes to the same question, however this one ended.
 */
#ifndef RUNBOOK_STEP_BY_STEP_H
#define RUNBOOK_STEP_BY_STEP_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/cli.h"
#include "runbook/engine/engine.h"

struct step_by_step;

/* All is borrowed; events go on to the sink that `run` has now. */
NODISCARD struct step_by_step *step_by_step_new(struct run *run, const struct cli *cli);
struct step_by_step *step_by_step_free(struct step_by_step *s);

/* To be given the command's events: shows a step's evidence once it holds, and leaves out what
 * would only hide an open question. */
const struct event_sink *step_by_step_sink(const struct step_by_step *s);
/*
 * For the engine, with `in_order`; asks `next` (NULL: nobody) when the operator agrees.
 *   fails  INTERRUPTED  they stop here
 *          USAGE        the input ended
 */
const struct engine_gate *step_by_step_gate(struct step_by_step *s, const struct engine_gate *next);

/*
 * What was decided about a step (NULL: the command as a whole), by the command's operator: synced.
 * `what`: "begin", "undo", "do", "by-hand", "wait", "look", "stop".
 */
NODISCARD struct rb_error *decision_record(struct stack *stack, const char *witness,
					   const struct step *step, bool undoing, const char *what);

#endif
