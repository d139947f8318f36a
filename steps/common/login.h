/* SPDX-License-Identifier: Apache-2.0 */
/* The proof that the instance can be reached by SSH through the Instance Connect Endpoint. */
#ifndef STEPS_COMMON_LOGIN_H
#define STEPS_COMMON_LOGIN_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"
#include "runbook/contract/way.h"

struct login_plan {
	const char *instance_step; /* gives instance_id */
	const char
		*connect_step; /* makes the endpoint, whose name is not known everywhere at first */
	const struct hop_way *way; /* by which a failure is explained */
};

/* For the row of a step. */
#define LOGIN_CALLS "ec2-instance-connect SendSSHPublicKey", "ec2-instance-connect OpenTunnel"

NODISCARD struct rb_error *login_do(struct step_ctx *ctx, const struct login_plan *plan);
NODISCARD struct rb_error *login_verify(struct step_ctx *ctx, const struct login_plan *plan);
NODISCARD struct rb_error *login_undo(struct step_ctx *ctx);
NODISCARD struct rb_error *login_recover(struct step_ctx *ctx, const struct login_plan *plan);

#endif
