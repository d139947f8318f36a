/* SPDX-License-Identifier: Apache-2.0 */
/* What bucket.c, bucket_verify.c and bucket_undo.c share. */
#ifndef STEPS_COMMON_BUCKET_INT_H
#define STEPS_COMMON_BUCKET_INT_H

#include "aws/s3.h"
#include "base/attr.h"
#include "base/error.h"
#include "steps/common/bucket.h"

enum bucket_whose {
	BUCKET_NOBODYS,
	BUCKET_OURS,
	BUCKET_UNFINISHED, /* ours, by the journal alone: not tagged yet */
	BUCKET_MISTAGGED, /* ours, by the journal; somebody took a tag off, or changed the step's */
};

/* An error when the bucket is there and not this run's. */
NODISCARD struct rb_error *bucket_whose(struct step_ctx *ctx, const char *bucket,
					enum bucket_whose *ret);
/* Its tags; none when it is gone. */
NODISCARD struct rb_error *bucket_tags(struct step_ctx *ctx, const char *bucket,
				       struct aws_tags *ret);
/* The policy that `bucket` should have, as JSON.  Caller frees *ret. */
NODISCARD struct rb_error *bucket_wanted_policy(struct step_ctx *ctx,
						const struct bucket_plan *plan, const char *bucket,
						char **ret);

#endif
