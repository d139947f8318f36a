/* SPDX-License-Identifier: Apache-2.0 */
/* What the program's own parts that work for a step (ssh) ask of its pass; a step does not. */
#ifndef RUNBOOK_STEP_HOST_H
#define RUNBOOK_STEP_HOST_H

#include "base/attr.h"
#include "runbook/contract/procedure.h"
#include "runbook/contract/step.h"

/* The path of a file in the stack's folder.  Caller frees. */
NODISCARD char *step_host_path(const struct step_ctx *ctx, const char *name);
/* The profile that was asked for; NULL: none.  Borrowed. */
const char *step_host_profile(const struct step_ctx *ctx);
/* What is laid over the environment of a child, "NAME=value"; NULL: nothing.  Borrowed. */
const char *const *step_host_environment(const struct step_ctx *ctx);
/* The run's procedure.  Borrowed. */
const struct procedure *step_host_procedure(const struct step_ctx *ctx);

/*
 * What steps really read, record and call, for the test that compares it with what they declare
 * (tests/py/declarations.py).  RUNBOOK_STEP_LOG=FILE names a file that gets a line each:
 *
 *   1-2 do param source.zone          1-2 do call ec2 CreateSubnet
 *   1-2 do need 1-1 vpc_id            1-2 do look ec2 DescribeSubnets
 *   1-2 verify give subnet_id
 *
 * Names only, never values; `more` may be NULL.  Without the variable a note costs one comparison.
 */
void step_log(const struct step_ctx *ctx, const char *what, const char *name, const char *more);

#endif
