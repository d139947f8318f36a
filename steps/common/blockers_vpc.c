/* SPDX-License-Identifier: Apache-2.0 */
/* What is in the way of a VPC's delete. */
#include "steps/common/blockers_int.h"

#include "aws/ec2/ec2.h"
#include "base/said.h"
#include "base/strv.h"
#include "base/text.h"
#include "steps/common/peering.h"
#include "steps/common/resource.h"

static struct rb_error *vpc_networks(struct step_ctx *ctx, const char *id, struct blockers *out)
{
	auto_ec2_subnets subnets = { 0 };
	auto_ec2_route_tables tables = { 0 };
	auto_ec2_groups groups = { 0 };
	struct aws_client *c = step_aws(ctx);

	TRY(ec2_describe_subnets(c, NULL, ONE_FILTER("vpc-id", id), &subnets));
	for (size_t i = 0; i < subnets.n; i++)
		blockers_add(blockers_list_for(out, blockers_is_of_run(ctx, subnets.v[i].subnet_id,
								       &subnets.v[i].tags)),
			     said_new("subnet %s", subnets.v[i].subnet_id));
	TRY(ec2_describe_route_tables(c, NULL, ONE_FILTER("vpc-id", id), &tables));
	for (size_t i = 0; i < tables.n; i++) {
		const struct ec2_route_table *t = &tables.v[i];
		bool main_one = false;

		for (size_t k = 0; k < t->associations.n; k++)
			main_one |= t->associations.v[k].main;
		if (!main_one)
			blockers_add(
				blockers_list_for(
					out, blockers_is_of_run(ctx, t->route_table_id, &t->tags)),
				said_new("route table %s", t->route_table_id));
	}
	TRY(ec2_describe_groups(c, NULL, ONE_FILTER("vpc-id", id), &groups));
	for (size_t i = 0; i < groups.n; i++) {
		const struct ec2_group *g = &groups.v[i];

		if (!text_eq(g->name, "default"))
			blockers_add(blockers_list_for(
					     out, blockers_is_of_run(ctx, g->group_id, &g->tags)),
				     said_new("security group %s ('%s')", g->group_id,
					      g->name ? g->name : ""));
	}
	return NULL;
}

static struct rb_error *vpc_peerings(struct step_ctx *ctx, const char *id, struct blockers *out)
{
	auto_ec2_peerings found = { 0 };

	TRY(ec2_describe_peerings(step_aws(ctx), NULL, NULL, &found));
	for (size_t i = 0; i < found.n; i++) {
		const struct ec2_peering *p = &found.v[i];
		bool fades = blockers_is_going(p->status) ||
			     blockers_is_of_run(ctx, p->peering_id, &p->tags);

		if ((text_eq(p->requester_vpc_id, id) || text_eq(p->accepter_vpc_id, id)) &&
		    !peering_is_dead(p->status))
			blockers_add(fades ? &out->fading : &out->peerings,
				     said_new("peering %s (%s)", p->peering_id, p->status));
	}
	return NULL;
}

struct rb_error *blockers_of_vpc(struct step_ctx *ctx, const char *id, struct blockers *out)
{
	auto_ec2_vpc_endpoints endpoints = { 0 };
	auto_strv gateways = { 0 };

	TRY(vpc_networks(ctx, id, out));
	TRY(ec2_describe_vpc_endpoints(step_aws(ctx), NULL, ONE_FILTER("vpc-id", id), &endpoints));
	for (size_t i = 0; i < endpoints.n; i++) {
		const struct ec2_vpc_endpoint *e = &endpoints.v[i];

		if (!text_eq_nocase(e->state, "deleted"))
			blockers_add(blockers_list_for(out, blockers_is_going(e->state) ||
								    blockers_is_of_run(
									    ctx, e->vpc_endpoint_id,
									    &e->tags)),
				     said_new("VPC endpoint %s (%s, %s)", e->vpc_endpoint_id,
					      e->service_name, e->state));
	}
	TRY(blockers_interfaces(ctx, "vpc-id", id, out));
	TRY(vpc_peerings(ctx, id, out));
	TRY(ec2_internet_gateways(step_aws(ctx), id, &gateways));
	for (size_t i = 0; i < gateways.n; i++) /* the procedure makes none */
		blockers_add(&out->foreign, said_new("gateway %s", gateways.v[i]));
	return NULL;
}
