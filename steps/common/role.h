/* SPDX-License-Identifier: Apache-2.0 */
/* The role of 1-4's instance, and the instance profile that carries it there. */
#ifndef STEPS_COMMON_ROLE_H
#define STEPS_COMMON_ROLE_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"

/* What stands in the names and tags of both, for step_name and step_tags. */
#define ROLE_NAME_PART "instance"
/* The policy of AWS's that is attached. */
#define ROLE_POLICY_NAME "AmazonS3FullAccess"

/* Records role_name and instance_profile_name. */
NODISCARD struct rb_error *role_do(struct step_ctx *ctx);
NODISCARD struct rb_error *role_verify(struct step_ctx *ctx);
NODISCARD struct rb_error *role_undo(struct step_ctx *ctx);
/* *ret_found: role and profile are there. */
NODISCARD struct rb_error *role_recover(struct step_ctx *ctx, bool *ret_found);

#endif
