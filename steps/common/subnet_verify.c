/* SPDX-License-Identifier: Apache-2.0 */
/* A subnet and its route table as they should be. */
#include "steps/common/subnet_int.h"

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/resource.h"
#include "steps/common/vpc.h"

static struct rb_error *verify_subnet(struct step_ctx *ctx, void *arg)
{
	const char *subnet_id = step_output(ctx, "subnet_id");
	const struct subnet_plan *plan = arg;
	auto_ec2_subnets found = { 0 };
	const struct ec2_subnet *s;

	TRY(resource_unless_gone(
		ec2_describe_subnets(step_aws(ctx), ONE_ID(subnet_id), NULL, &found)));
	if (!found.n) {
		step_missing_output(ctx, "subnet_id", "subnet '%s' is gone", subnet_id);
		return NULL;
	}
	s = &found.v[0];
	if (step_still(ctx, subnet_id, "pending", s->state, /* usual_s= */ 2))
		return NULL;
	if (!step_output(ctx, "availability_zone_id") && s->zone_id)
		TRY(step_record(ctx, "availability_zone_id", s->zone_id));
	step_expect_state(ctx, text_eq(s->state, "available"), "subnet.state", "available",
			  s->state);
	step_expect(ctx, "subnet.vpc", step_output_of(ctx, plan->vpc_step, "vpc_id"), s->vpc_id);
	step_expect(ctx, "subnet.cidr_block", step_param(ctx, plan->cidr_param), s->cidr_block);
	step_expect(ctx, "subnet.zone",
		    *step_param(ctx, plan->zone_param) ? step_param(ctx, plan->zone_param)
						       : step_output(ctx, "availability_zone"),
		    s->zone);
	step_expect(ctx, "subnet.zone_id", step_output(ctx, "availability_zone_id"), s->zone_id);
	step_expect_bool(ctx, "subnet.public_ip_on_launch", false, s->map_public_ip);
	resource_expect_tags(ctx, "subnet", "subnet", &s->tags);
	return NULL;
}

static struct rb_error *verify_table(struct step_ctx *ctx, void *arg)
{
	const char *subnet_id = step_output(ctx, "subnet_id");
	const char *table_id = step_output(ctx, "route_table_id");
	const struct subnet_plan *plan = arg;
	autofree char *local_route =
		xasprintf("%s -> local (active)", step_param(ctx, plan->vpc_cidr_param));
	const struct ec2_association *a;
	const char *state;
	auto_ec2_route_tables found = { 0 };
	auto_strv routes = { 0 };

	TRY(resource_unless_gone(
		ec2_describe_route_tables(step_aws(ctx), ONE_ID(table_id), NULL, &found)));
	if (!found.n) {
		step_missing_output(ctx, "route_table_id", "route table '%s' is gone", table_id);
		return NULL;
	}
	a = subnet_association(&found.v[0], subnet_id);
	if (a && step_still(ctx, a->association_id, "associating", a->state, /* usual_s= */ 5))
		return NULL;
	step_expect(ctx, "route_table.vpc", step_output_of(ctx, plan->vpc_step, "vpc_id"),
		    found.v[0].vpc_id);
	step_expect(ctx, "route_table.association", step_output(ctx, "route_table_association_id"),
		    a ? a->association_id : NULL);
	/* moto and old answers have no state of an association that is there */
	state = a && !a->state ? "associated" : a ? a->state : NULL;
	step_expect_state(ctx, text_eq(state, "associated"), "route_table.association_state",
			  "associated", state);
	step_expect_bool(ctx, "route_table.is_main", false, a && a->main);
	/* a peering's route is another step's; any other would lead out of the private net */
	vpc_list_routes(&found.v[0],
			plan->peer_cidr_param ? step_param(ctx, plan->peer_cidr_param) : NULL,
			&routes);
	resource_expect_only(ctx, "route_table.routes", local_route, &routes);
	resource_expect_tags(ctx, "route_table", "route-table", &found.v[0].tags);
	return NULL;
}

struct rb_error *subnet_verify(struct step_ctx *ctx, const struct subnet_plan *plan)
{
	const char *subnet_id = step_output(ctx, "subnet_id");
	const char *table_id = step_output(ctx, "route_table_id");
	void *arg = (void *)(uintptr_t)plan; /* read by the branches */
	const struct step_branch all[] = {
		{ verify_subnet, arg }, { subnet_verify_zone, arg }, { verify_table, arg }, { 0 }
	};

	if (!subnet_id || !table_id) {
		step_missing(ctx, "no %-s is recorded",
			     subnet_id ? N_("route table") : N_("subnet"));
		return NULL;
	}
	return step_together(ctx, all);
}
