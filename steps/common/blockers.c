/* SPDX-License-Identifier: Apache-2.0 */
/* Who is in the way of a delete: interfaces, rules, endpoints, peerings, by name. */
#include "steps/common/blockers.h"

#include <string.h>

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/said.h"
#include "base/strv.h"
#include "base/text.h"
#include "steps/common/resource.h"
#include "steps/common/peering.h"

enum { REASON_ITEMS_MAX = 12 };

/* "FIRST; SECOND; ..." */
struct list {
	struct said *said; /* NULL: it is empty */
	size_t n;
};

/* What is in the way: what goes by itself or with another step's undo, and what never does. */
struct blockers {
	struct list fading;
	struct list foreign;
	struct list peerings; /* foreign, but a peering need not be what is in the way */
};

static void clear_blockers(struct blockers *b)
{
	said_free(b->fading.said);
	said_free(b->foreign.said);
	said_free(b->peerings.said);
}
#define auto_blockers CLEANUP(clear_blockers) struct blockers

static struct list *list_for(struct blockers *b, bool fades)
{
	return fades ? &b->fading : &b->foreign;
}

/* Takes `item`.  What is beyond the last that has room is not named. */
static void add(struct list *list, struct said *item)
{
	auto_said *before = list->said, *one = item;

	if (list->n < REASON_ITEMS_MAX)
		list->said = before ? said_new("%s; %s", said_english(before), said_english(one))
				    : said_copy(one);
	else if (list->n == REASON_ITEMS_MAX)
		list->said = said_new("%s; ...", said_english(before));
	else
		list->said = said_copy(before);
	list->n++;
}

static bool is_of_run(struct step_ctx *ctx, const char *id, const struct aws_tags *tags)
{
	return text_eq(aws_tags_get(tags, "runbook:run"), step_run_id(ctx)) ||
	       (id && step_run_made(ctx, id));
}

/* "deleting", "delete-in-progress", "deleted": it goes, whosever it is. */
static bool is_going(const char *state)
{
	return state && strlen(state) >= 6 && (state[0] == 'd' || state[0] == 'D') &&
	       text_starts_with(state + 1, "elet");
}

/* ---- interfaces ------------------------------------------------------------ */

/* The id that begins with `prefix` in a description; NULL: none.  Caller frees. */
static char *id_in(const char *description, const char *prefix)
{
	const char *at = description ? strstr(description, prefix) : NULL;

	return at ? xstrndup(at, strlen(prefix) + strspn(at + strlen(prefix), "0123456789abcdef"))
		  : NULL;
}

static struct rb_error *endpoint_fades(struct step_ctx *ctx, const char *id, bool *ret)
{
	auto_ec2_vpc_endpoints found = { 0 };

	TRY(resource_unless_gone(
		ec2_describe_vpc_endpoints(step_aws(ctx), ONE_ID(id), NULL, &found)));
	*ret = !found.n || is_going(found.v[0].state) || is_of_run(ctx, id, &found.v[0].tags);
	return NULL;
}

static struct rb_error *connect_endpoint_fades(struct step_ctx *ctx, const char *id, bool *ret)
{
	auto_ec2_connect_endpoints found = { 0 };

	TRY(resource_unless_gone(
		ec2_describe_connect_endpoints(step_aws(ctx), ONE_ID(id), NULL, &found)));
	*ret = !found.n || is_going(found.v[0].state) || is_of_run(ctx, id, &found.v[0].tags);
	return NULL;
}

static struct rb_error *instance_fades(struct step_ctx *ctx, const char *id, bool *ret)
{
	auto_ec2_instances found = { 0 };

	TRY(resource_unless_gone(ec2_describe_instances(step_aws(ctx), ONE_ID(id), NULL, &found)));
	*ret = !found.n || text_eq(found.v[0].state, "shutting-down") ||
	       text_eq(found.v[0].state, "terminated") || is_of_run(ctx, id, &found.v[0].tags);
	return NULL;
}

/*
 * AWS takes an interface away minutes after the endpoint or instance that it served, so what
 * counts is its owner: an owner that is the run's, or is on its way out, lets go of it.
 */
static struct rb_error *interface_fades(struct step_ctx *ctx, const struct ec2_interface *e,
					bool *ret)
{
	autofree char *endpoint = id_in(e->description, "vpce-");
	autofree char *connect = id_in(e->description, "eice-");

	*ret = is_of_run(ctx, e->interface_id, &e->tags) ||
	       (e->instance_id && step_run_made(ctx, e->instance_id)) ||
	       (endpoint && step_run_made(ctx, endpoint)) ||
	       (connect && step_run_made(ctx, connect));
	if (*ret)
		return NULL;
	if (e->instance_id)
		return instance_fades(ctx, e->instance_id, ret);
	if (endpoint)
		return endpoint_fades(ctx, endpoint, ret);
	return connect ? connect_endpoint_fades(ctx, connect, ret) : NULL;
}

static struct rb_error *interfaces_of(struct step_ctx *ctx, const char *filter, const char *id,
				      struct blockers *out)
{
	auto_ec2_interfaces found = { 0 };

	TRY(ec2_describe_interfaces(step_aws(ctx), NULL, ONE_FILTER(filter, id), &found));
	for (size_t i = 0; i < found.n; i++) {
		const struct ec2_interface *e = &found.v[i];
		autofree char *about =
			e->description ? text_printable(e->description, strlen(e->description),
							/* max= */ 80)
				       : NULL;
		const char *user = e->instance_id    ? e->instance_id
				   : e->requester_id ? e->requester_id
						     : N_("unknown");
		const char *status = e->status ? e->status : N_("unknown");
		bool fades = false;

		TRY(interface_fades(ctx, e, &fades));
		add(list_for(out, fades),
		    about && *about ? said_new("network interface %s ('%s', by %-s, %-s)",
					       e->interface_id, about, user, status)
				    : said_new("network interface %s (by %-s, %-s)",
					       e->interface_id, user, status));
	}
	return NULL;
}

/* ---- what else holds a group, a subnet, a route table ------------------------ */

static struct rb_error *groups_naming(struct step_ctx *ctx, const char *filter, const char *id,
				      struct blockers *out)
{
	auto_ec2_groups found = { 0 };

	TRY(ec2_describe_groups(step_aws(ctx), NULL, ONE_FILTER(filter, id), &found));
	for (size_t i = 0; i < found.n; i++) {
		const struct ec2_group *g = &found.v[i];

		if (!text_eq(g->group_id, id))
			add(list_for(out, is_of_run(ctx, g->group_id, &g->tags)),
			    said_new("a rule of group %s ('%s') names it", g->group_id,
				     g->name ? g->name : ""));
	}
	return NULL;
}

static struct rb_error *blockers_of_group(struct step_ctx *ctx, const char *id,
					  struct blockers *out)
{
	TRY(interfaces_of(ctx, "group-id", id, out));
	TRY(groups_naming(ctx, "ip-permission.group-id", id, out));
	return groups_naming(ctx, "egress.ip-permission.group-id", id, out);
}

static struct rb_error *blockers_of_subnet(struct step_ctx *ctx, const char *id,
					   struct blockers *out)
{
	auto_ec2_connect_endpoints connect = { 0 };

	TRY(interfaces_of(ctx, "subnet-id", id, out));
	TRY(ec2_describe_connect_endpoints(step_aws(ctx), NULL, ONE_FILTER("subnet-id", id),
					   &connect));
	for (size_t i = 0; i < connect.n; i++)
		add(list_for(out,
			     is_going(connect.v[i].state) ||
				     is_of_run(ctx, connect.v[i].endpoint_id, &connect.v[i].tags)),
		    said_new("instance connect endpoint %s (%s)", connect.v[i].endpoint_id,
			     connect.v[i].state));
	return NULL;
}

static struct rb_error *blockers_of_table(struct step_ctx *ctx, const char *id,
					  struct blockers *out)
{
	auto_ec2_route_tables found = { 0 };

	TRY(resource_unless_gone(
		ec2_describe_route_tables(step_aws(ctx), ONE_ID(id), NULL, &found)));
	for (size_t i = 0; i < found.n; i++)
		for (size_t k = 0; k < found.v[i].associations.n; k++) {
			const struct ec2_association *a = &found.v[i].associations.v[k];
			bool fades = text_starts_with(a->state ? a->state : "", "disassociat") ||
				     (a->subnet_id && step_run_made(ctx, a->subnet_id));

			add(list_for(out, fades),
			    said_new("association %s with %-s (%-s)", a->association_id,
				     a->subnet_id    ? a->subnet_id
				     : a->gateway_id ? a->gateway_id
						     : N_("the VPC"),
				     a->state ? a->state : N_("unknown")));
		}
	return NULL;
}

/* ---- what else holds a VPC ----------------------------------------------------- */

static struct rb_error *vpc_networks(struct step_ctx *ctx, const char *id, struct blockers *out)
{
	auto_ec2_subnets subnets = { 0 };
	auto_ec2_route_tables tables = { 0 };
	auto_ec2_groups groups = { 0 };
	struct aws_client *c = step_aws(ctx);

	TRY(ec2_describe_subnets(c, NULL, ONE_FILTER("vpc-id", id), &subnets));
	for (size_t i = 0; i < subnets.n; i++)
		add(list_for(out, is_of_run(ctx, subnets.v[i].subnet_id, &subnets.v[i].tags)),
		    said_new("subnet %s", subnets.v[i].subnet_id));
	TRY(ec2_describe_route_tables(c, NULL, ONE_FILTER("vpc-id", id), &tables));
	for (size_t i = 0; i < tables.n; i++) {
		const struct ec2_route_table *t = &tables.v[i];
		bool main_one = false;

		for (size_t k = 0; k < t->associations.n; k++)
			main_one |= t->associations.v[k].main;
		if (!main_one)
			add(list_for(out, is_of_run(ctx, t->route_table_id, &t->tags)),
			    said_new("route table %s", t->route_table_id));
	}
	TRY(ec2_describe_groups(c, NULL, ONE_FILTER("vpc-id", id), &groups));
	for (size_t i = 0; i < groups.n; i++) {
		const struct ec2_group *g = &groups.v[i];

		if (!text_eq(g->name, "default"))
			add(list_for(out, is_of_run(ctx, g->group_id, &g->tags)),
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
		bool fades = is_going(p->status) || is_of_run(ctx, p->peering_id, &p->tags);

		if ((text_eq(p->requester_vpc_id, id) || text_eq(p->accepter_vpc_id, id)) &&
		    !peering_is_dead(p->status))
			add(fades ? &out->fading : &out->peerings,
			    said_new("peering %s (%s)", p->peering_id, p->status));
	}
	return NULL;
}

static struct rb_error *blockers_of_vpc(struct step_ctx *ctx, const char *id, struct blockers *out)
{
	auto_ec2_vpc_endpoints endpoints = { 0 };
	auto_strv gateways = { 0 };

	TRY(vpc_networks(ctx, id, out));
	TRY(ec2_describe_vpc_endpoints(step_aws(ctx), NULL, ONE_FILTER("vpc-id", id), &endpoints));
	for (size_t i = 0; i < endpoints.n; i++) {
		const struct ec2_vpc_endpoint *e = &endpoints.v[i];

		if (!text_eq_nocase(e->state, "deleted"))
			add(list_for(out, is_going(e->state) ||
						  is_of_run(ctx, e->vpc_endpoint_id, &e->tags)),
			    said_new("VPC endpoint %s (%s, %s)", e->vpc_endpoint_id,
				     e->service_name, e->state));
	}
	TRY(interfaces_of(ctx, "vpc-id", id, out));
	TRY(vpc_peerings(ctx, id, out));
	TRY(ec2_internet_gateways(step_aws(ctx), id, &gateways));
	for (size_t i = 0; i < gateways.n; i++) /* the procedure makes none */
		add(&out->foreign, said_new("gateway %s", gateways.v[i]));
	return NULL;
}

/* Nobody waits for what never goes. */
static struct rb_error *held_by_others(struct rb_error *blocked, const struct said *foreign,
				       const char *id)
{
	struct rb_error *err = rb_error_new(RB_DRIFT, "%-s", blocked->what ? blocked->what : id);

	err = rb_error_why(err, "it is in use by what is not the run's: %s", said_english(foreign));
	(void)rb_error_free(blocked);
	return rb_error_next(rb_error_hint(err, "not the run's: remove it, then:"), RB_NEXT_UNDO,
			     NULL);
}

struct rb_error *blockers_after_delete(struct step_ctx *ctx, struct rb_error *err,
				       enum blocked_kind kind, const char *id, int usual_s,
				       bool *ret_gone)
{
	static struct rb_error *(*const finders[])(struct step_ctx *, const char *,
						   struct blockers *) = {
		[BLOCKED_GROUP] = blockers_of_group,
		[BLOCKED_SUBNET] = blockers_of_subnet,
		[BLOCKED_ROUTE_TABLE] = blockers_of_table,
		[BLOCKED_VPC] = blockers_of_vpc,
	};
	auto_error struct rb_error *blocked = err;
	auto_blockers by = { 0 };

	*ret_gone = false;
	if (!blocked || rb_error_is(blocked, RB_GONE)) {
		*ret_gone = true;
		return NULL;
	}
	if (!rb_error_is(blocked, RB_DEPENDENCY)) {
		struct rb_error *failed = blocked;

		blocked = NULL;
		return failed;
	}
	/* The diagnosis is a help, not the work: what it may not read is left out of it. */
	err = finders[kind](ctx, id, &by);
	if (rb_error_is(err, RB_INTERRUPTED))
		return err;
	(void)rb_error_free(err);
	if (!by.fading.n && by.peerings.n)
		add(&by.foreign, said_copy(by.peerings.said));
	if (by.foreign.n) {
		struct rb_error *failed = blocked;

		blocked = NULL;
		return held_by_others(failed, by.foreign.said, id);
	}
	step_pending_undo(ctx, id,
			  by.fading.n	 ? said_english(by.fading.said)
			  : blocked->why ? blocked->why
					 : N_("AWS does not say by what"),
			  /* step_id= */ NULL, usual_s);
	return NULL;
}
