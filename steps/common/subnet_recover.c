/* SPDX-License-Identifier: Apache-2.0 */
/* A subnet and its route table found again, and the association that carries no tag. */
#include "steps/common/subnet_int.h"

#include "aws/ec2/ec2.h"
#include "steps/common/resource.h"

struct rb_error *subnet_recover(struct step_ctx *ctx, const struct subnet_plan *plan)
{
	auto_ec2_route_tables tables = { 0 };
	auto_ec2_subnets subnets = { 0 };
	const struct ec2_association *a = NULL;
	const struct ec2_route_table *t;
	const struct ec2_subnet *s;

	TRY(subnet_find(ctx, &subnets));
	TRY(subnet_find_table(ctx, &tables));
	s = subnets.n ? subnets.v : NULL;
	t = tables.n ? tables.v : NULL;
	if (s) {
		TRY(step_recovered(ctx, "subnet_id", s->subnet_id, KNOWN_BY_TAG));
		TRY(step_recovered(ctx, "availability_zone", s->zone, KNOWN_BY_SHAPE));
		TRY(step_recovered(ctx, "availability_zone_id", s->zone_id, KNOWN_BY_SHAPE));
		step_recovered_param(ctx, plan->cidr_param, s->cidr_block, KNOWN_BY_SHAPE);
		step_recovered_param(ctx, plan->zone_param, s->zone, KNOWN_BY_SHAPE);
		step_recovered_tags(ctx, &s->tags);
	}
	if (t) {
		TRY(step_recovered(ctx, "route_table_id", t->route_table_id, KNOWN_BY_TAG));
		step_recovered_tags(ctx, &t->tags);
	}
	if (s && t)
		a = subnet_association(t, s->subnet_id);
	if (!a)
		return NULL;
	TRY(step_recovered(ctx, "route_table_association_id", a->association_id, KNOWN_BY_SHAPE));
	step_stands(ctx, KNOWN_BY_BOTH);
	return NULL;
}
