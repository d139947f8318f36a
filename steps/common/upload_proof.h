/* SPDX-License-Identifier: Apache-2.0 */
/* The upload from the instance, and the two proofs: it came by the endpoint, and no other way is
 * open. */
#ifndef STEPS_COMMON_UPLOAD_PROOF_H
#define STEPS_COMMON_UPLOAD_PROOF_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"
#include "runbook/contract/way.h"

struct upload_plan {
	const char *bucket_step;	   /* gives bucket */
	const char *bucket_again;	   /* "--from STEP": what writes its policy again */
	const char *endpoint_step;	   /* gives vpc_endpoint_dns */
	const char *endpoint_cidr_param;   /* where the endpoint's addresses are */
	const struct hop_way *way, *login; /* by which a failure, of the login too, is explained */
};

/* For the row of a step, beside LOGIN_CALLS. */
#define UPLOAD_GIVES "object_key", "object_checksum", "object_md5"
#define UPLOAD_CALLS N_("s3 PutObject (on the instance)")

NODISCARD struct rb_error *upload_do(struct step_ctx *ctx, const struct upload_plan *plan);
NODISCARD struct rb_error *upload_verify(struct step_ctx *ctx, const struct upload_plan *plan);
NODISCARD struct rb_error *upload_undo(struct step_ctx *ctx, const struct upload_plan *plan);
NODISCARD struct rb_error *upload_recover(struct step_ctx *ctx, const struct upload_plan *plan);

#endif
