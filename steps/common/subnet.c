/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A private subnet: its block, its zone, a route table of its own that is
 * associated with it explicitly and knows the VPC alone.
 *
 * A subnet that is not associated uses the VPC's main table, and traffic for the
 * other side dies there without a word; so the association is a thing of its own
 * here, made, verified and undone.
 */
#include "steps/common/subnet_int.h"

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/offer.h"
#include "steps/common/resource.h"

struct rb_error *subnet_find(struct step_ctx *ctx, struct ec2_subnets *ret)
{
	const char *recorded = step_output(ctx, "subnet_id");

	if (recorded) {
		TRY(resource_unless_gone(
			ec2_describe_subnets(step_aws(ctx), ONE_ID(recorded), NULL, ret)));
		if (ret->n)
			return NULL;
		TRY(step_forget(ctx, "route_table_association_id")); /* it went with the subnet */
		TRY(step_forget(ctx, "subnet_id"));
	}
	if (step_is_fresh(ctx) || step_is_known_gone(ctx, "subnet_id", "DeleteSubnet"))
		return NULL;
	TRY(ec2_describe_subnets(step_aws(ctx), NULL, step_filters(ctx), ret));
	return resource_found_by_tag(ctx, N_("subnet"), ret->n, ret->n ? ret->v[0].subnet_id : NULL,
				     ret->n > 1 ? ret->v[1].subnet_id : NULL);
}

/* What a person made, borrowed from `list`; NULL: nothing, or it is not theirs. */
static struct rb_error *offered_subnet(struct step_ctx *ctx, const struct subnet_plan *plan,
				       struct ec2_subnets *list, const struct ec2_subnet **ret)
{
	struct aws_filter filters[3] = { { .name = "vpc-id" }, { .name = "cidr-block" } };
	const void *found;

	TRY(step_need_output(ctx, plan->vpc_step, "vpc_id", &filters[0].values[0]));
	filters[1].values[0] = step_param(ctx, plan->cidr_param);
	TRY(ec2_describe_subnets(step_aws(ctx), NULL, filters, list));
	TRY(offer_one(ctx, N_("subnet"), N_("its CIDR block in the VPC"),
		      &OFFER_LIST(list, struct ec2_subnet, subnet_id), NULL, NULL, &found));
	*ret = found;
	return NULL;
}

static struct rb_error *do_subnet(struct step_ctx *ctx, void *arg)
{
	const struct subnet_plan *plan = arg;
	auto_ec2_subnets found = { 0 }, offered = { 0 };
	autofree char *zone = NULL, *zone_id = NULL, *id = NULL;
	const struct ec2_subnet *s;
	const char *vpc_id;

	TRY(subnet_find(ctx, &found));
	if (step_waits(ctx))
		return NULL;
	s = found.n ? &found.v[0] : NULL;
	if (!s && step_is_by_hand(ctx))
		TRY(offered_subnet(ctx, plan, &offered, &s));
	if (s) {
		TRY(resource_adopt(ctx, "subnet_id", s->subnet_id));
		TRY(step_record(ctx, "availability_zone", s->zone));
		TRY(step_record(ctx, "availability_zone_id", s->zone_id));
		TRY(resource_restore_tags(ctx, step_aws(ctx), N_("subnet"), s->subnet_id, "subnet",
					  &s->tags));
		return s->map_public_ip
			       ? ec2_modify_subnet_public_ip(step_aws(ctx), s->subnet_id, false)
			       : NULL;
	}
	TRY(step_need_output(ctx, plan->vpc_step, "vpc_id", &vpc_id));
	TRY(subnet_choose_zone(ctx, plan, &zone));
	TRY(ec2_create_subnet(step_aws(ctx), vpc_id, step_param(ctx, plan->cidr_param), zone,
			      step_tags(ctx, "subnet"), &id, &zone_id));
	TRY(step_record(ctx, "subnet_id", id));
	TRY(step_record(ctx, "availability_zone", zone));
	return zone_id ? step_record(ctx, "availability_zone_id", zone_id) : NULL;
}

struct rb_error *subnet_try(struct step_ctx *ctx, const struct subnet_plan *plan)
{
	const char *vpc_id = step_output_of(ctx, plan->vpc_step, "vpc_id");
	const char *zone = step_param(ctx, plan->zone_param);
	autofree char *id = NULL, *zone_id = NULL;

	if (!vpc_id)
		return NULL;
	TRY(step_tried(ec2_create_subnet(step_aws_dry(ctx), vpc_id,
					 step_param(ctx, plan->cidr_param), *zone ? zone : NULL,
					 step_tags(ctx, "subnet"), &id, &zone_id)));
	return step_tried(ec2_create_route_table(step_aws_dry(ctx), vpc_id, NULL,
						 step_tags(ctx, "route-table"), &id));
}

struct rb_error *subnet_find_table(struct step_ctx *ctx, struct ec2_route_tables *ret)
{
	const char *recorded = step_output(ctx, "route_table_id");

	if (recorded) {
		TRY(resource_unless_gone(
			ec2_describe_route_tables(step_aws(ctx), ONE_ID(recorded), NULL, ret)));
		if (ret->n)
			return NULL;
		TRY(step_forget(ctx, "route_table_association_id"));
		TRY(step_retire_token(ctx, "route-table"));
		TRY(step_forget(ctx, "route_table_id"));
	}
	if (step_is_fresh(ctx) || step_is_known_gone(ctx, "route_table_id", "DeleteRouteTable"))
		return NULL;
	TRY(ec2_describe_route_tables(step_aws(ctx), NULL, step_filters(ctx), ret));
	return resource_found_by_tag(ctx, N_("route table"), ret->n,
				     ret->n ? ret->v[0].route_table_id : NULL,
				     ret->n > 1 ? ret->v[1].route_table_id : NULL);
}

/* A route of somebody else's in our table is not ours to remove, and not to be lived with. */
static struct rb_error *check_routes(struct step_ctx *ctx, const struct subnet_plan *plan,
				     const struct ec2_route_table *table)
{
	for (size_t i = 0; i < table->routes.n; i++) {
		const struct ec2_route *r = &table->routes.v[i];

		if (text_eq(r->target, "local") ||
		    (plan->peer_cidr_param &&
		     text_eq(r->destination, step_param(ctx, plan->peer_cidr_param))))
			continue;
		return rb_error_hint(
			rb_error_new(RB_DRIFT,
				     "route table '%s' has a route that this run did not make: "
				     "'%s' to '%s'",
				     table->route_table_id, r->destination, r->target),
			"delete that route");
	}
	return NULL;
}

/* The VPC's own main table is nobody's. */
static bool is_no_main_table(const void *thing, const void *arg)
{
	const struct ec2_route_table *t = thing;

	(void)arg;
	for (size_t i = 0; i < t->associations.n; i++)
		if (t->associations.v[i].main)
			return false;
	return true;
}

static struct rb_error *offered_table(struct step_ctx *ctx, const struct subnet_plan *plan,
				      struct ec2_route_tables *list,
				      const struct ec2_route_table **ret)
{
	const char *vpc_id;
	const void *found;

	TRY(step_need_output(ctx, plan->vpc_step, "vpc_id", &vpc_id));
	TRY(ec2_describe_route_tables(step_aws(ctx), NULL, ONE_FILTER("vpc-id", vpc_id), list));
	TRY(offer_one(ctx, N_("route table"), N_("its VPC"),
		      &OFFER_LIST(list, struct ec2_route_table, route_table_id), is_no_main_table,
		      NULL, &found));
	*ret = found;
	return NULL;
}

static struct rb_error *do_table(struct step_ctx *ctx, void *arg)
{
	const struct subnet_plan *plan = arg;
	auto_ec2_route_tables found = { 0 }, offered = { 0 };
	const struct ec2_route_table *t;
	autofree char *id = NULL;
	struct rb_error *err;
	const char *vpc_id;

	TRY(subnet_find_table(ctx, &found));
	if (step_waits(ctx))
		return NULL;
	t = found.n ? &found.v[0] : NULL;
	if (!t && step_is_by_hand(ctx))
		TRY(offered_table(ctx, plan, &offered, &t));
	if (t) {
		TRY(resource_adopt(ctx, "route_table_id", t->route_table_id));
		TRY(resource_restore_tags(ctx, step_aws(ctx), N_("route table"), t->route_table_id,
					  "route-table", &t->tags));
		return check_routes(ctx, plan, t);
	}
	TRY(step_need_output(ctx, plan->vpc_step, "vpc_id", &vpc_id));
	err = ec2_create_route_table(step_aws(ctx), vpc_id, step_token(ctx, "route-table"),
				     step_tags(ctx, "route-table"), &id);
	if (resource_token_is_spent(ctx, err)) {
		(void)rb_error_free(err);
		TRY(step_retire_token(ctx, "route-table"));
		err = ec2_create_route_table(step_aws(ctx), vpc_id, step_token(ctx, "route-table"),
					     step_tags(ctx, "route-table"), &id);
	}
	TRY(err);
	return step_record(ctx, "route_table_id", id);
}

/* ---- the association of both ----------------------------------------------- */

const struct ec2_association *subnet_association(const struct ec2_route_table *table,
						 const char *subnet_id)
{
	for (size_t i = 0; i < table->associations.n; i++)
		if (text_eq(table->associations.v[i].subnet_id, subnet_id) &&
		    !text_eq(table->associations.v[i].state, "disassociated"))
			return &table->associations.v[i];
	return NULL;
}

static struct rb_error *do_association(struct step_ctx *ctx)
{
	const char *subnet_id = step_output(ctx, "subnet_id");
	const char *table_id = step_output(ctx, "route_table_id");
	autofree char *id = NULL;

	if (!step_is_fresh(ctx)) {
		auto_ec2_route_tables tables = { 0 };

		TRY(ec2_describe_route_tables(step_aws(ctx), NULL,
					      ONE_FILTER("association.subnet-id", subnet_id),
					      &tables));
		for (size_t i = 0; i < tables.n; i++) {
			const struct ec2_association *a =
				subnet_association(&tables.v[i], subnet_id);

			if (!a)
				continue;
			if (text_eq(tables.v[i].route_table_id, table_id))
				return step_record(ctx, "route_table_association_id",
						   a->association_id);
			/* our subnet, another's table: a subnet has one association only */
			TRY(resource_unless_gone(
				ec2_disassociate_route_table(step_aws(ctx), a->association_id)));
			step_note(ctx, "replaced the association of %s with %s", subnet_id,
				  tables.v[i].route_table_id);
		}
	}
	TRY(ec2_associate_route_table(step_aws(ctx), table_id, subnet_id, &id));
	return step_record(ctx, "route_table_association_id", id);
}

struct rb_error *subnet_do(struct step_ctx *ctx, const struct subnet_plan *plan)
{
	void *arg = (void *)(uintptr_t)plan; /* read by the branches */
	const struct step_branch both[] = { { do_subnet, arg }, { do_table, arg }, { 0 } };

	TRY(step_together(ctx, both));
	return step_waits(ctx) ? NULL : do_association(ctx);
}
