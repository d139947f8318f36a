/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 3-2  Upload a file from the instance into the other region's bucket, and prove that no other way
 *      is open.
 */
#include "runbook/contract/step.h"
#include "steps/common/upload_proof.h"
#include "steps/common/sides.h"
#include "steps/direct/by_hand.h"
#include "steps/common/login.h"
#include "steps/direct/ways.h"

static const struct upload_plan plan = {
	.bucket_step = "2-2",
	.bucket_again = "--from 2-2",
	.endpoint_step = "2-1",
	.endpoint_cidr_param = "source.subnet_cidr",
	.way = &ways_direct[WAY_UPLOAD],
	.login = &ways_direct[WAY_LOGIN],
};

static struct rb_error *do_upload(struct step_ctx *ctx)
{
	return upload_do(ctx, &plan);
}

static struct rb_error *verify_upload(struct step_ctx *ctx)
{
	return upload_verify(ctx, &plan);
}

static struct rb_error *undo_upload(struct step_ctx *ctx)
{
	return upload_undo(ctx, &plan);
}

static struct rb_error *recover_upload(struct step_ctx *ctx)
{
	return upload_recover(ctx, &plan);
}

const struct step direct_3_2_upload = {
	.id = "3-2",
	.title = N_("Upload a file from the instance through the endpoint"),
	.why = N_("Proves the whole path: the instance uploads a file through the "
		  "endpoint, and the object is compared; the same upload from outside has "
		  "to be refused."),
	.side = SIDE_LOCAL,
	.needs = (const struct step_need[]){ { "2-1", WHEN_HELD, NULL },
					     { "2-2", WHEN_HELD, NULL },
					     { "3-1", WHEN_HELD, NULL },
					     { "1-3", WHEN_HELD, NULL },
					     { "1-4", WHEN_HELD, NULL },
					     { 0 } },
	.params = (const char *const[]){ "upload.key", "upload.bytes", "destination.region",
					 "source.subnet_cidr", "source.os_user", NULL },
	.gives = (const char *const[]){ UPLOAD_GIVES, NULL },
	.calls = (const char *const[]){ LOGIN_CALLS, UPLOAD_CALLS, NULL },
	.usual_s = 20,
	.by_hand = &direct_by_hand_3_2,
	.do_ = do_upload,
	.verify = verify_upload,
	.undo = undo_upload,
	.recover = recover_upload,
};
