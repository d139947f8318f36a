/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The peering, seen from either region, and the routes that lead into it.
 *
 * The procedure routes before it accepts: until then the route is a "blackhole",
 * which is what is right, and a step that waited for "active" would wait for ever.
 */
#include "steps/common/peering.h"

#include <string.h>

#include "base/alloc.h"
#include "base/said.h"
#include "base/text.h"
#include "steps/common/resource.h"
#include "steps/common/sides.h"

static bool is_one_of(const char *status, const char *const *list)
{
	for (; *list; list++)
		if (text_eq(status, *list))
			return true;
	return false;
}

bool peering_is_dead(const char *status)
{
	static const char *const dead[] = { "deleted", "rejected", "failed", "expired", NULL };

	return is_one_of(status, dead);
}

bool peering_is_moving(const char *status)
{
	static const char *const moving[] = { "initiating-request", "provisioning", NULL };

	return is_one_of(status, moving);
}

struct rb_error *peering_describe(struct aws_client *client, const char *peering_id,
				  struct ec2_peerings *ret)
{
	return resource_unless_gone(ec2_describe_peerings(client, ONE_ID(peering_id), NULL, ret));
}

static struct rb_error *describe_in_source(struct step_ctx *ctx, void *arg)
{
	struct peering_sides *sides = arg;

	return peering_describe(step_aws_source(ctx), sides->id, &sides->source);
}

static struct rb_error *describe_in_destination(struct step_ctx *ctx, void *arg)
{
	struct peering_sides *sides = arg;

	return peering_describe(step_aws_destination(ctx), sides->id, &sides->destination);
}

struct rb_error *peering_describe_sides(struct step_ctx *ctx, struct peering_sides *sides)
{
	const struct step_branch both[] = { { describe_in_source, sides },
					    { describe_in_destination, sides },
					    { 0 } };

	return step_together(ctx, both);
}

void peering_sides_clear(struct peering_sides *sides)
{
	ec2_peerings_clear(&sides->source);
	ec2_peerings_clear(&sides->destination);
}

/* ---- routes --------------------------------------------------------------- */

static const struct ec2_route *route_to(const struct ec2_route_table *table,
					const char *destination)
{
	for (size_t i = 0; i < table->routes.n; i++)
		if (text_eq(table->routes.v[i].destination, destination))
			return &table->routes.v[i];
	return NULL;
}

static struct rb_error *describe_table(struct step_ctx *ctx, struct aws_client *client,
				       const char *table_id, struct ec2_route_tables *ret)
{
	(void)ctx;
	return resource_unless_gone(ec2_describe_route_tables(client, ONE_ID(table_id), NULL, ret));
}

/* Whether the route that is in the way leads nowhere, or to a peering of this run. */
static struct rb_error *may_replace(struct step_ctx *ctx, const struct ec2_route *route, bool *ret)
{
	auto_ec2_peerings found = { 0 };

	*ret = text_eq(route->state, "blackhole");
	if (*ret || !route->target || !text_starts_with(route->target, "pcx-"))
		return NULL;
	TRY(peering_describe(step_aws(ctx), route->target, &found));
	*ret = !found.n || peering_is_dead(found.v[0].status) ||
	       text_eq(aws_tags_get(&found.v[0].tags, "runbook:run"), step_run_id(ctx));
	return NULL;
}

/* The table has a route to the other side already: ours, a dead one to replace, or a stranger's. */
static struct rb_error *settle_route(struct step_ctx *ctx, const char *table_id,
				     const char *destination, const char *peering_id,
				     bool *ret_present)
{
	auto_ec2_route_tables tables = { 0 };
	const struct ec2_route *route;
	bool replace = false;

	*ret_present = false;
	TRY(describe_table(ctx, step_aws(ctx), table_id, &tables));
	if (!tables.n)
		return rb_error_next(
			rb_error_hint(rb_error_new(RB_GONE, "route table '%s' is gone", table_id),
				      "see which step to go back to:"),
			RB_NEXT_VERIFY, NULL);
	route = route_to(&tables.v[0], destination);
	if (!route)
		return NULL;
	*ret_present = true;
	if (text_eq(route->target, peering_id))
		return NULL;
	TRY(may_replace(ctx, route, &replace));
	if (!replace)
		return rb_error_hint(
			rb_error_new(RB_DRIFT,
				     "route table '%s' leads '%s' to '%s', which is not this run's",
				     table_id, destination, route->target),
			"delete that route");
	TRY(ec2_replace_peering_route(step_aws(ctx), table_id, destination, peering_id));
	step_note(ctx, "replaced the route of %s to %s, which led to %s", table_id, destination,
		  route->target);
	return NULL;
}

struct rb_error *route_do(struct step_ctx *ctx, const struct route_plan *plan)
{
	const char *destination = step_param(ctx, plan->cidr_param);
	const char *table_id, *peering_id;
	struct rb_error *err;
	bool present = false;

	TRY(step_need_output(ctx, plan->subnet_step, "route_table_id", &table_id));
	TRY(step_need_output(ctx, "3-1", "vpc_peering_connection_id", &peering_id));
	if (!step_is_fresh(ctx)) {
		TRY(settle_route(ctx, table_id, destination, peering_id, &present));
		if (present)
			return NULL;
	}
	err = ec2_create_peering_route(step_aws(ctx), table_id, destination, peering_id);
	if (rb_error_is(err, RB_EXISTS)) {
		(void)rb_error_free(err);
		TRY(settle_route(ctx, table_id, destination, peering_id, &present));
		if (!present)
			step_waiting(ctx, table_id, N_("route not listed"),
				     N_("EC2 says that the route exists"), /* usual_s= */ 5);
		return NULL;
	}
	if (rb_error_is(err, RB_CONSISTENCY)) {
		/* both ids are ours: routing does not know the peering yet */
		step_waiting(ctx, peering_id, N_("not known to routing"), err->why,
			     /* usual_s= */ 10);
		err = rb_error_free(err);
	}
	return err;
}

struct rb_error *route_verify(struct step_ctx *ctx, struct aws_client *client,
			      const struct route_plan *plan, const char *thing, bool must_be_active,
			      bool settling)
{
	const char *table_id = step_output_of(ctx, plan->subnet_step, "route_table_id");
	const char *peering_id = step_output_of(ctx, "3-1", "vpc_peering_connection_id");
	autofree char *target = xasprintf("%s.target", thing);
	autofree char *state = xasprintf("%s.state", thing);
	const struct ec2_route *route = NULL;
	auto_ec2_route_tables tables = { 0 };

	if (!table_id || !peering_id) {
		step_missing(ctx, "no %-s is recorded",
			     table_id ? N_("peering") : N_("route table"));
		return NULL;
	}
	TRY(describe_table(ctx, client, table_id, &tables));
	if (tables.n)
		route = route_to(&tables.v[0], step_param(ctx, plan->cidr_param));
	if (!route) {
		step_missing(ctx, "route table '%s' has no route to %s", table_id,
			     step_param(ctx, plan->cidr_param));
		return NULL;
	}
	if (must_be_active && settling && text_eq(route->target, peering_id) &&
	    step_still(ctx, table_id, "blackhole", route->state, /* usual_s= */ 10))
		return NULL;
	step_expect(ctx, target, peering_id, route->target);
	if (must_be_active)
		step_expect_state(ctx, text_eq(route->state, "active"), state, "active",
				  route->state);
	else
		step_expect_that(
			ctx, text_eq(route->state, "blackhole") || text_eq(route->state, "active"),
			state, N_("blackhole until the peering is accepted, then active"),
			route->state);
	return NULL;
}

struct rb_error *route_expect_active(struct step_ctx *ctx, struct aws_client *client,
				     const struct route_plan *plan, const char *thing,
				     const char *route_step)
{
	const char *table_id = step_output_of(ctx, plan->subnet_step, "route_table_id");
	const char *peering_id = step_output_of(ctx, "3-1", "vpc_peering_connection_id");
	autofree char *state = xasprintf("%s.state", thing);
	auto_said *whose = said_new("see step %s", route_step);
	const struct ec2_route *route = NULL;
	auto_ec2_route_tables tables = { 0 };

	if (table_id)
		TRY(describe_table(ctx, client, table_id, &tables));
	if (tables.n)
		route = route_to(&tables.v[0], step_param(ctx, plan->cidr_param));
	if (!route || !text_eq(route->target, peering_id)) {
		step_waiting(ctx, N_("the route there"),
			     route ? N_("leads elsewhere") : N_("is not there"),
			     said_english(whose),
			     /* usual_s= */ 10);
		return NULL;
	}
	if (!step_still(ctx, table_id, "blackhole", route->state, /* usual_s= */ 10))
		step_expect_state(ctx, text_eq(route->state, "active"), state, "active",
				  route->state);
	return NULL;
}

struct rb_error *route_try(struct step_ctx *ctx, const struct route_plan *plan)
{
	const char *table_id = step_output_of(ctx, plan->subnet_step, "route_table_id");
	const char *peering_id = step_output_of(ctx, "3-1", "vpc_peering_connection_id");
	const char *to = step_param(ctx, plan->cidr_param);

	if (!table_id || !peering_id)
		return NULL;
	TRY(step_tried(ec2_create_peering_route(step_aws_dry(ctx), table_id, to, peering_id)));
	return step_tried(ec2_delete_route(step_aws_dry(ctx), table_id, to));
}

struct rb_error *route_undo(struct step_ctx *ctx, const struct route_plan *plan)
{
	const char *table_id = step_output_of(ctx, plan->subnet_step, "route_table_id");
	const char *peering_id = step_output_of(ctx, "3-1", "vpc_peering_connection_id");
	const char *destination = step_param(ctx, plan->cidr_param);
	auto_ec2_route_tables tables = { 0 };
	const struct ec2_route *route;

	/* Without a table or a peering no route was made, or it went with them. */
	if (step_is_fresh(ctx) || !table_id || !peering_id)
		return NULL;
	TRY(describe_table(ctx, step_aws(ctx), table_id, &tables));
	route = tables.n ? route_to(&tables.v[0], destination) : NULL;
	if (!route)
		return NULL;
	if (!step_owned_by(ctx, plan->subnet_step, &tables.v[0].tags))
		return resource_is_not_ours(ctx, N_("route table"), table_id, &tables.v[0].tags);
	/* somebody led it elsewhere meanwhile: that route goes with our table, in that step's undo
	 */
	if (!text_eq(route->target, peering_id)) {
		step_note(ctx, "left the route of %s to %s alone: it leads to %s", table_id,
			  destination, route->target);
		return NULL;
	}
	return resource_unless_gone(ec2_delete_route(step_aws(ctx), table_id, destination));
}

struct rb_error *route_recover(struct step_ctx *ctx, const struct route_plan *plan)
{
	const char *table_id = step_output_of(ctx, plan->subnet_step, "route_table_id");
	const char *peering_id = step_output_of(ctx, "3-1", "vpc_peering_connection_id");
	auto_ec2_route_tables tables = { 0 };

	if (!table_id || !peering_id)
		return NULL;
	TRY(describe_table(ctx, step_aws(ctx), table_id, &tables));
	for (size_t i = 0; tables.n && i < tables.v[0].routes.n; i++) {
		const struct ec2_route *r = &tables.v[0].routes.v[i];

		if (!text_eq(r->target, peering_id))
			continue;
		step_recovered_param(ctx, plan->cidr_param, r->destination, KNOWN_BY_SHAPE);
		if (text_eq(r->destination, step_param(ctx, plan->cidr_param)))
			step_stands(ctx, KNOWN_BY_SHAPE);
	}
	return NULL;
}
