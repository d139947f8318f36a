/* SPDX-License-Identifier: Apache-2.0 */
/* May what a step has just made be removed again? */
#ifndef STEPS_TRY_UNDO_H
#define STEPS_TRY_UNDO_H

#include "runbook/contract/step.h"

/*
 * For struct procedure: tries dry the deletes of what the step has recorded, those that EC2 takes
 * as dry runs.  IAM, S3 and the routes of a table know none, or are tried with the step itself.
 *   fails  DENIED  the first that would be denied
 */
NODISCARD struct rb_error *undo_try(struct step_ctx *ctx);

#endif
