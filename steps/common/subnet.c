/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A private subnet: its block, its zone, a route table of its own that is
 * associated with it explicitly and knows the VPC alone.
 *
 * A subnet that is not associated uses the VPC's main table, and traffic for the
 * other side dies there without a word; so the association is a thing of its own
 * here, made, verified and undone.
 */
#include "steps/common/subnet.h"

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "steps/common/resource.h"
#include "steps/common/blockers.h"
#include "steps/common/pick.h"
#include "steps/common/vpc.h"

char *s3_service_name(struct aws_client *client)
{
	return xasprintf("com.amazonaws.%s.s3", aws_client_region(client));
}

/* ---- the zone ----------------------------------------------------------- */

static struct rb_error *describe_zones(struct step_ctx *ctx, struct ec2_zones *ret)
{
	static const struct aws_filter usable[] = {
		{ .name = "state", .values = { "available" } },
		{ .name = "zone-type", .values = { "availability-zone" } },
		{ .name = NULL },
	};

	return ec2_describe_zones(step_aws(ctx), usable, ret);
}

/* What AWS says about zones, asked side by side. */
struct zone_answers {
	struct strv offered; /* by the S3 service; empty: AWS does not say */
	struct ec2_zones zones;
};

static struct rb_error *read_offer(struct step_ctx *ctx, void *arg)
{
	autofree char *service = s3_service_name(step_aws(ctx));
	struct zone_answers *answers = arg;

	return ec2_interface_service_zones(step_aws(ctx), service, &answers->offered);
}

static struct rb_error *read_zones(struct step_ctx *ctx, void *arg)
{
	struct zone_answers *answers = arg;

	return describe_zones(ctx, &answers->zones);
}

static void zone_answers_clear(struct zone_answers *answers)
{
	strv_clear(&answers->offered);
	ec2_zones_clear(&answers->zones);
}

/* The zone asked for, or the first that will do. */
static struct rb_error *choose_zone(struct step_ctx *ctx, const struct subnet_plan *plan,
				    char **ret_zone)
{
	const char *asked = step_param(ctx, plan->zone_param);
	const char *recorded = step_output(ctx, "availability_zone");
	CLEANUP(zone_answers_clear) struct zone_answers answers = { 0 };
	struct step_branch reads[3] = { { 0 } };
	const struct ec2_zone *zone;
	size_t n = 0;

	if (recorded) {
		*ret_zone = xstrdup(recorded);
		return NULL;
	}
	if (plan->for_s3)
		reads[n++] = (struct step_branch){ read_offer, &answers };
	if (!*asked)
		reads[n++] = (struct step_branch){ read_zones, &answers };
	TRY(step_together(ctx, reads));
	if (*asked && answers.offered.n && !strv_has(&answers.offered, asked)) {
		autofree char *service = s3_service_name(step_aws(ctx));
		autofree char *names = strv_join(&answers.offered, ", ");

		return rb_error_next(
			rb_error_hint(
				rb_error_new(
					RB_USAGE,
					"'%s' is '%s', but '%s' has no interface endpoint there",
					plan->zone_param, asked, service),
				"zones that offer it: %s", names),
			RB_NEXT_SET, plan->zone_param);
	}
	if (*asked) {
		*ret_zone = xstrdup(asked);
		return NULL;
	}
	zone = pick_zone(&answers.zones, &answers.offered);
	if (!zone) {
		autofree char *names = zone_names(&answers.zones);

		return rb_error_next(
			rb_error_hint(rb_error_new(RB_FAILED, "no zone of '%s' will do",
						   aws_client_region(step_aws(ctx))),
				      "available zones: %s", names),
			RB_NEXT_SET, plan->zone_param);
	}
	*ret_zone = xstrdup(zone->name);
	return NULL;
}

/* ---- the subnet ---------------------------------------------------------- */

static struct rb_error *find_subnet(struct step_ctx *ctx, struct ec2_subnets *ret)
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

static struct rb_error *do_subnet(struct step_ctx *ctx, void *arg)
{
	const struct subnet_plan *plan = arg;
	auto_ec2_subnets found = { 0 };
	autofree char *zone = NULL, *zone_id = NULL, *id = NULL;
	const char *vpc_id;

	TRY(find_subnet(ctx, &found));
	if (step_waits(ctx))
		return NULL;
	if (found.n) {
		const struct ec2_subnet *s = &found.v[0];

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
	TRY(choose_zone(ctx, plan, &zone));
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

/* ---- its route table ------------------------------------------------------ */

static struct rb_error *find_table(struct step_ctx *ctx, struct ec2_route_tables *ret)
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
		    text_eq(r->destination, step_param(ctx, plan->peer_cidr_param)))
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

static struct rb_error *do_table(struct step_ctx *ctx, void *arg)
{
	const struct subnet_plan *plan = arg;
	auto_ec2_route_tables found = { 0 };
	autofree char *id = NULL;
	struct rb_error *err;
	const char *vpc_id;

	TRY(find_table(ctx, &found));
	if (step_waits(ctx))
		return NULL;
	if (found.n) {
		const struct ec2_route_table *t = &found.v[0];

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

static const struct ec2_association *association_of(const struct ec2_route_table *table,
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
			const struct ec2_association *a = association_of(&tables.v[i], subnet_id);

			if (!a)
				continue;
			if (text_eq(tables.v[i].route_table_id, table_id))
				return step_record(ctx, "route_table_association_id",
						   a->association_id);
			/* our subnet, another's table: a subnet has one association only */
			step_note(ctx, "replaced the association of %s with %s", subnet_id,
				  tables.v[i].route_table_id);
			TRY(resource_unless_gone(
				ec2_disassociate_route_table(step_aws(ctx), a->association_id)));
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

/* ---- verify ---------------------------------------------------------------- */

static struct rb_error *verify_zone(struct step_ctx *ctx, void *arg)
{
	const char *zone = step_output(ctx, "availability_zone");
	const struct subnet_plan *plan = arg;
	autofree char *service = NULL, *all = NULL;
	auto_strv offered = { 0 };

	if (!plan->for_s3)
		return NULL;
	service = s3_service_name(step_aws(ctx));
	TRY(ec2_interface_service_zones(step_aws(ctx), service, &offered));
	all = offered.n ? strv_join(&offered, " ") : xstrdup(N_("AWS does not say"));
	step_expect_that(ctx, !offered.n || strv_has(&offered, zone ? zone : ""),
			 "subnet.zone_offers_s3", zone, all);
	return NULL;
}

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
	a = association_of(&found.v[0], subnet_id);
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
	/* the peering's route is 3-2's and 3-4's; any other would lead out of the private net */
	vpc_list_routes(&found.v[0], step_param(ctx, plan->peer_cidr_param), &routes);
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
		{ verify_subnet, arg }, { verify_zone, arg }, { verify_table, arg }, { 0 }
	};

	if (!subnet_id || !table_id) {
		step_missing(ctx, "no %-s is recorded",
			     subnet_id ? N_("route table") : N_("subnet"));
		return NULL;
	}
	return step_together(ctx, all);
}

/* ---- undo ------------------------------------------------------------------- */

/* What exists, read side by side. */
struct net_answers {
	struct ec2_subnets subnets;
	struct ec2_route_tables tables;
};

static struct rb_error *read_subnet(struct step_ctx *ctx, void *arg)
{
	struct net_answers *answers = arg;

	return find_subnet(ctx, &answers->subnets);
}

static struct rb_error *read_table(struct step_ctx *ctx, void *arg)
{
	struct net_answers *answers = arg;

	return find_table(ctx, &answers->tables);
}

static void net_answers_clear(struct net_answers *answers)
{
	ec2_subnets_clear(&answers->subnets);
	ec2_route_tables_clear(&answers->tables);
}

/* The association of our subnet with our table: a subnet or table by itself is freed of no other.
 */
static struct rb_error *undo_association(struct step_ctx *ctx, const struct net_answers *answers)
{
	const struct ec2_route_table *t = answers->tables.n ? answers->tables.v : NULL;
	const char *recorded = step_output(ctx, "route_table_association_id");
	/* a journal that lost its end names neither the subnet nor the association */
	const char *subnet_id = answers->subnets.n && step_owns(ctx, &answers->subnets.v[0].tags)
					? answers->subnets.v[0].subnet_id
					: step_output(ctx, "subnet_id");

	for (size_t i = 0; t && step_owns(ctx, &t->tags) && i < t->associations.n; i++) {
		const struct ec2_association *a = &t->associations.v[i];

		if (!a->main &&
		    (text_eq(a->subnet_id, subnet_id) || text_eq(a->association_id, recorded)))
			TRY(resource_unless_gone(
				ec2_disassociate_route_table(step_aws(ctx), a->association_id)));
	}
	return step_forget(ctx, "route_table_association_id");
}

static struct rb_error *undo_table(struct step_ctx *ctx, void *arg)
{
	const struct net_answers *answers = arg;
	const struct ec2_route_table *t = answers->tables.v;
	bool gone;

	if (!answers->tables.n)
		return NULL;
	if (!step_owns(ctx, &t->tags))
		return resource_is_not_ours(ctx, N_("route table"), t->route_table_id, &t->tags);
	/* recorded, so that its token is retired when it is gone */
	TRY(resource_adopt(ctx, "route_table_id", t->route_table_id));
	TRY(blockers_after_delete(ctx, ec2_delete_route_table(step_aws(ctx), t->route_table_id),
				  BLOCKED_ROUTE_TABLE, t->route_table_id, /* usual_s= */ 10,
				  &gone));
	if (!gone)
		return NULL;
	TRY(step_retire_token(ctx, "route-table"));
	return step_forget(ctx, "route_table_id");
}

static struct rb_error *undo_subnet(struct step_ctx *ctx, void *arg)
{
	const struct net_answers *answers = arg;
	const struct ec2_subnet *s = answers->subnets.v;
	bool gone;

	if (!answers->subnets.n)
		return NULL;
	if (!step_owns(ctx, &s->tags))
		return resource_is_not_ours(ctx, N_("subnet"), s->subnet_id, &s->tags);
	TRY(blockers_after_delete(ctx, ec2_delete_subnet(step_aws(ctx), s->subnet_id),
				  BLOCKED_SUBNET, s->subnet_id, /* usual_s= */ 10, &gone));
	return gone ? step_forget(ctx, "subnet_id") : NULL;
}

struct rb_error *subnet_undo(struct step_ctx *ctx)
{
	CLEANUP(net_answers_clear) struct net_answers answers = { 0 };
	const struct step_branch reads[] = { { read_subnet, &answers },
					     { read_table, &answers },
					     { 0 } };
	const struct step_branch deletes[] = { { undo_subnet, &answers },
					       { undo_table, &answers },
					       { 0 } };

	TRY(step_together(ctx, reads));
	if (step_waits(ctx))
		return NULL;
	TRY(undo_association(ctx, &answers));
	TRY(step_together(ctx, deletes));
	if (step_waits(ctx))
		return NULL;
	TRY(step_forget(ctx, "availability_zone"));
	return step_forget(ctx, "availability_zone_id");
}
