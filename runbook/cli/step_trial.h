/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before a run begins a step: would its do and its undo be allowed?  IAM is asked as preflight asks
 * it, and where it does not cover the do, EC2 is asked by dry runs of what the step names
 * already. What would be denied stops the run there, so that nothing is made that undo may not
 * remove.  Where IAM does not cover the undo, dry runs of the deletes tell right after the do,
 * before anything is built on it.  What stays unknown stops nothing: IAM and S3 have no dry runs.
 */
#ifndef RUNBOOK_STEP_TRIAL_H
#define RUNBOOK_STEP_TRIAL_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/cli.h"
#include "runbook/engine/engine.h"

struct step_trial;

/* By --try auto, always or never: auto is AWS itself, and no endpoint of somebody's own.  `config`
 * is not looked at for a rehearsal.
 *   fails  as the configuration does */
NODISCARD struct rb_error *step_trial_wanted(const struct cli *cli, const struct aws_config *config,
					     bool *ret);
/* Tries each step of `run` as its gate, and then asks `next` (NULL: nobody).  All is borrowed;
 * `caller` is the ARN that STS returned. */
NODISCARD struct step_trial *step_trial_new(struct run *run, const char *caller,
					    const struct engine_gate *next);
const struct engine_gate *step_trial_gate(const struct step_trial *t);
struct step_trial *step_trial_free(struct step_trial *t);

#endif
