/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two sides of a procedure that leads from an instance in one region to a bucket in another:
 * the first two rows of its `sides`, in this order.
 */
#ifndef STEPS_SIDES_H
#define STEPS_SIDES_H

#include "runbook/contract/step.h"

enum { SIDE_SOURCE, SIDE_DESTINATION };

static inline struct aws_client *step_aws_source(struct step_ctx *ctx)
{
	return step_aws_of(ctx, SIDE_SOURCE);
}

static inline struct aws_client *step_aws_destination(struct step_ctx *ctx)
{
	return step_aws_of(ctx, SIDE_DESTINATION);
}

#endif
