/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the upload and of its proofs share. */
#ifndef STEPS_COMMON_UPLOAD_PROOF_INT_H
#define STEPS_COMMON_UPLOAD_PROOF_INT_H

#include "base/attr.h"
#include "base/error.h"
#include "steps/common/upload.h"
#include "steps/common/upload_proof.h"

enum {
	UPLOAD_LOOKUP_TIMEOUT_MS = 30000, /* of a short command on the instance */
	UPLOAD_SHA256_HEX = 64,
	UPLOAD_MD5_HEX = 32,
};

/* The upload of this run, with its strings borrowed; fails while the bucket or the endpoint is not
 * recorded. */
NODISCARD struct rb_error *upload_of(struct step_ctx *ctx, const struct upload_plan *plan,
				     struct upload *ret);

#endif
