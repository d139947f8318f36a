/* SPDX-License-Identifier: Apache-2.0 */
/* An S3 interface endpoint found again, with its group. */
#include "steps/common/s3_endpoint_int.h"

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"
#include "steps/common/pick.h"

struct rb_error *s3_endpoint_recover(struct step_ctx *ctx)
{
	auto_ec2_vpc_endpoints found = { 0 };
	const struct ec2_vpc_endpoint *e;
	autofree char *dns = NULL;
	bool has_group;

	TRY(group_recover(ctx, "s3", &has_group));
	TRY(s3_endpoint_find(ctx, &found, &e));
	if (!e || s3_endpoint_is_dying(e))
		return NULL;
	dns = pick_endpoint_dns(&e->dns_names, e->vpc_endpoint_id);
	TRY(step_recovered_at(ctx, "vpc_endpoint_id", e->vpc_endpoint_id, KNOWN_BY_TAG,
			      e->created_at));
	TRY(step_recovered(ctx, "vpc_endpoint_dns", dns, KNOWN_BY_SHAPE));
	step_recovered_tags(ctx, &e->tags);
	if (has_group)
		step_stands(ctx, KNOWN_BY_TAG);
	return NULL;
}
