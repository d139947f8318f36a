/* SPDX-License-Identifier: Apache-2.0 */
/* A bucket that takes objects through one interface endpoint alone. */
#ifndef STEPS_COMMON_BUCKET_H
#define STEPS_COMMON_BUCKET_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"

struct bucket_plan {
	const char *own_step;	   /* the step itself */
	const char *endpoint_step; /* gives vpc_endpoint_id */
	const char *upload_step;   /* gives object_key */
};

NODISCARD struct rb_error *bucket_do(struct step_ctx *ctx, const struct bucket_plan *plan);
NODISCARD struct rb_error *bucket_verify(struct step_ctx *ctx, const struct bucket_plan *plan);
NODISCARD struct rb_error *bucket_undo(struct step_ctx *ctx, const struct bucket_plan *plan);

#endif
