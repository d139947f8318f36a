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

/* For the row of a step. */
#define BUCKET_PARAMS "destination.bucket", "destination.bucket_namespace", "upload.key", "tags."
#define BUCKET_GIVES "bucket", "bucket_origin"
#define BUCKET_CALLS                                                                               \
	"s3 HeadBucket", "s3 CreateBucket", "s3 PutBucketTagging", "s3 PutPublicAccessBlock",      \
		"s3 PutBucketPolicy"

NODISCARD struct rb_error *bucket_do(struct step_ctx *ctx, const struct bucket_plan *plan);
NODISCARD struct rb_error *bucket_verify(struct step_ctx *ctx, const struct bucket_plan *plan);
NODISCARD struct rb_error *bucket_undo(struct step_ctx *ctx, const struct bucket_plan *plan);
NODISCARD struct rb_error *bucket_recover(struct step_ctx *ctx);

#endif
