/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A procedure as one shell script of AWS CLI commands: the same that `runbook steps` prints
 * (runbook/contract/by_hand.h), one after the other, so that they can be run, stopped, run again
 * and taken back.  It is made of parameters alone; no run is needed, and none is made.
 */
#ifndef RUNBOOK_EXPORT_SCRIPT_H
#define RUNBOOK_EXPORT_SCRIPT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "runbook/record/state.h"

struct script_subject {
	const struct run_state *state; /* its parameters and procedure; it has no run */
	const char *stack;
};

/*
 * The script that builds it, or with `undo` the one that takes down what that has built, added to
 * `out`, with its comments in the chosen language.
 *   fails  USAGE  a step of the procedure has no commands; or no bucket can be named
 */
NODISCARD struct rb_error *script_write(const struct script_subject *subject, bool undo,
					struct buf *out);

#endif
