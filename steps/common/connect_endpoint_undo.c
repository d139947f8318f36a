/* SPDX-License-Identifier: Apache-2.0 */
/* The Instance Connect Endpoint goes, then its group. */
#include "steps/common/connect_endpoint_int.h"

#include "aws/ec2/ec2.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"
#include "steps/common/resource.h"

enum { FREE_USUAL_S = CONNECT_ENDPOINT_UNDO_USUAL_S + 30 };

static struct rb_error *undo_endpoint(struct step_ctx *ctx)
{
	auto_ec2_connect_endpoints found = { 0 };
	const struct ec2_connect_endpoint *e;
	struct rb_error *err;

	TRY(connect_endpoint_find(ctx, &found, &e));
	if (!e)
		return NULL;
	if (!step_owns(ctx, &e->tags))
		return resource_is_not_ours(ctx, N_("instance connect endpoint"), e->endpoint_id,
					    &e->tags);
	/* recorded, so that its token is retired when it is gone */
	TRY(resource_adopt(ctx, "instance_connect_endpoint_id", e->endpoint_id));
	step_note_kept(ctx, "service-linked role AWSServiceRoleForEC2InstanceConnect: free, "
			    "and other endpoints may use it");
	if (connect_endpoint_is_dying(e) || text_eq(e->state, "create-in-progress") ||
	    text_eq(e->state, "update-in-progress")) {
		/* one that is still being made cannot be deleted: AWS must finish first */
		step_pending(ctx, e->endpoint_id, e->state, e->state_message,
			     CONNECT_ENDPOINT_UNDO_USUAL_S);
		return NULL;
	}
	err = ec2_delete_connect_endpoint(step_aws(ctx), e->endpoint_id);
	if (rb_error_is(err, RB_GONE)) {
		(void)rb_error_free(err);
		return connect_endpoint_forget(ctx);
	}
	if (rb_error_is(err, RB_DEPENDENCY)) { /* "incorrect state", whatever that one is called */
		step_pending(ctx, e->endpoint_id, e->state ? e->state : err->aws_code, err->why,
			     CONNECT_ENDPOINT_UNDO_USUAL_S);
		return rb_error_free(err);
	}
	if (!err && text_eq(e->state, "delete-failed"))
		step_pending(ctx, e->endpoint_id, e->state, e->state_message,
			     CONNECT_ENDPOINT_UNDO_USUAL_S);
	else if (!err)
		step_pending(ctx, e->endpoint_id, "delete-in-progress", NULL,
			     CONNECT_ENDPOINT_UNDO_USUAL_S);
	return err;
}

struct rb_error *connect_endpoint_undo(struct step_ctx *ctx,
				       const struct connect_endpoint_plan *plan)
{
	TRY(undo_endpoint(ctx));
	if (step_waits(ctx))
		return NULL;
	if (step_output_of(ctx, plan->instance_step, "security_group_id") &&
	    step_output(ctx, "security_group_id")) {
		step_pending_undo(ctx, step_output(ctx, "security_group_id"),
				  "the instance's group names it", plan->instance_step,
				  FREE_USUAL_S);
		return NULL;
	}
	return group_undo(ctx, FREE_USUAL_S);
}
