/* SPDX-License-Identifier: Apache-2.0 */
/* An Instance Connect Endpoint found again, with its group. */
#include "steps/common/connect_endpoint_int.h"

#include "aws/ec2/ec2.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"

struct rb_error *connect_endpoint_recover(struct step_ctx *ctx)
{
	auto_ec2_connect_endpoints found = { 0 };
	const struct ec2_connect_endpoint *e;
	bool has_group;

	TRY(group_recover(ctx, "connect", &has_group));
	TRY(connect_endpoint_find(ctx, &found, &e));
	if (!e || connect_endpoint_is_dying(e))
		return NULL;
	TRY(step_recovered_at(ctx, "instance_connect_endpoint_id", e->endpoint_id, KNOWN_BY_TAG,
			      e->created_at));
	TRY(step_recovered(ctx, "instance_connect_endpoint_dns", connect_endpoint_name(ctx, e),
			   KNOWN_BY_SHAPE));
	step_recovered_tags(ctx, &e->tags);
	if (has_group)
		step_stands(ctx, KNOWN_BY_TAG);
	return NULL;
}
