/* SPDX-License-Identifier: Apache-2.0 */
/* The S3 interface endpoint goes, then its group. */
#include "steps/common/s3_endpoint_int.h"

#include "aws/ec2/ec2.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"
#include "steps/common/resource.h"

static struct rb_error *undo_endpoint(struct step_ctx *ctx)
{
	auto_ec2_vpc_endpoints found = { 0 };
	const struct ec2_vpc_endpoint *e;
	struct rb_error *err;

	TRY(s3_endpoint_find(ctx, &found, &e));
	if (!e)
		return NULL;
	if (!step_owns(ctx, &e->tags))
		return resource_is_not_ours(ctx, N_("VPC endpoint"), e->vpc_endpoint_id, &e->tags);
	/* recorded, so that its token is retired when it is gone */
	TRY(resource_adopt(ctx, "vpc_endpoint_id", e->vpc_endpoint_id));
	if (s3_endpoint_is_dying(e)) {
		step_pending(ctx, e->vpc_endpoint_id, e->state, NULL, S3_ENDPOINT_DELETE_USUAL_S);
		return NULL;
	}
	err = ec2_delete_vpc_endpoint(step_aws(ctx), e->vpc_endpoint_id);
	if (rb_error_is(err, RB_GONE)) {
		(void)rb_error_free(err);
		return s3_endpoint_forget(ctx);
	}
	if (!err)
		step_pending(ctx, e->vpc_endpoint_id, "deleting", NULL, S3_ENDPOINT_DELETE_USUAL_S);
	return err;
}

struct rb_error *s3_endpoint_undo(struct step_ctx *ctx)
{
	TRY(undo_endpoint(ctx));
	return step_waits(ctx) ? NULL : group_undo(ctx, S3_ENDPOINT_UNDO_USUAL_S);
}
