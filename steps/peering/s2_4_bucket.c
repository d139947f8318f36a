/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 2-4  The bucket, which takes objects through 2-3's endpoint alone.
 */
#include "runbook/contract/step.h"
#include "steps/common/bucket.h"
#include "steps/common/sides.h"
#include "steps/peering/by_hand.h"
#include "steps/peering/terraform.h"

static const struct bucket_plan plan = {
	.own_step = "2-4",
	.endpoint_step = "2-3",
	.upload_step = "4-2",
};

static struct rb_error *do_bucket(struct step_ctx *ctx)
{
	return bucket_do(ctx, &plan);
}

static struct rb_error *verify_bucket(struct step_ctx *ctx)
{
	return bucket_verify(ctx, &plan);
}

static struct rb_error *undo_bucket(struct step_ctx *ctx)
{
	return bucket_undo(ctx, &plan);
}

const struct step step_2_4_bucket = {
	.id = "2-4",
	.title = N_("Create the bucket and its policy"),
	.why = N_("The bucket that receives the file. Its policy denies every upload that "
		  "does not come through the endpoint of 2-3, and allows those that do."),
	.side = SIDE_DESTINATION,
	.needs = (const struct step_need[]){ { "2-3", WHEN_BEGUN, "vpc_endpoint_id" }, { 0 } },
	.params = (const char *const[]){ BUCKET_PARAMS, NULL },
	.gives = (const char *const[]){ BUCKET_GIVES, NULL },
	.calls = (const char *const[]){ BUCKET_CALLS, NULL },
	.usual_s = 2,
	.by_hand = &by_hand_2_4,
	.terraform = terraform_2_4,
	.do_ = do_bucket,
	.verify = verify_bucket,
	.undo = undo_bucket,
	.recover = bucket_recover,
};
