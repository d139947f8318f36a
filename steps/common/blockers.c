/* Who is in the way of a delete: interfaces, rules, endpoints, peerings, by name. */
#include "steps/common/blockers.h"

#include <string.h>

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/strv.h"
#include "base/text.h"
#include "steps/common/common.h"
#include "steps/common/peering.h"

enum { REASON_ITEMS_MAX = 12 };

static void list_interfaces(const struct ec2_interfaces *l, struct strv *out)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct ec2_interface *e = &l->v[i];
		autofree char *about = e->description ? text_printable(e->description,
								       strlen(e->description),
								       /* max= */ 80)
						      : NULL;

		strv_addf(out, "network interface %s ('%s', by %s, %s)", e->interface_id,
			  about ? about : "",
			  e->instance_id    ? e->instance_id
			  : e->requester_id ? e->requester_id
					    : "unknown",
			  e->status ? e->status : "unknown");
	}
}

static struct rb_error *interfaces_of(struct step_ctx *ctx, const char *filter, const char *id,
				      struct strv *out)
{
	auto_ec2_interfaces found = { 0 };

	TRY(ec2_describe_interfaces(step_aws(ctx), NULL, ONE_FILTER(filter, id), &found));
	list_interfaces(&found, out);
	return NULL;
}

static struct rb_error *groups_naming(struct step_ctx *ctx, const char *filter, const char *id,
				      struct strv *out)
{
	auto_ec2_groups found = { 0 };

	TRY(ec2_describe_groups(step_aws(ctx), NULL, ONE_FILTER(filter, id), &found));
	for (size_t i = 0; i < found.n; i++)
		if (!text_eq(found.v[i].group_id, id))
			strv_addf(out, "a rule of group %s ('%s') names it", found.v[i].group_id,
				  found.v[i].name ? found.v[i].name : "");
	return NULL;
}

static struct rb_error *blockers_of_group(struct step_ctx *ctx, const char *id, struct strv *out)
{
	TRY(interfaces_of(ctx, "group-id", id, out));
	if (out->n)
		return NULL; /* they go by themselves; if a rule is in the way too, that is told next */
	TRY(groups_naming(ctx, "ip-permission.group-id", id, out));
	return groups_naming(ctx, "egress.ip-permission.group-id", id, out);
}

static struct rb_error *blockers_of_subnet(struct step_ctx *ctx, const char *id, struct strv *out)
{
	auto_ec2_connect_endpoints connect = { 0 };

	TRY(interfaces_of(ctx, "subnet-id", id, out));
	TRY(ec2_describe_connect_endpoints(step_aws(ctx), NULL, ONE_FILTER("subnet-id", id),
					   &connect));
	for (size_t i = 0; i < connect.n; i++)
		strv_addf(out, "instance connect endpoint %s (%s)", connect.v[i].endpoint_id,
			  connect.v[i].state);
	return NULL;
}

static struct rb_error *blockers_of_table(struct step_ctx *ctx, const char *id, struct strv *out)
{
	auto_ec2_route_tables found = { 0 };

	TRY(unless_gone(
		ec2_describe_route_tables(step_aws(ctx), ONE_ID(id), NULL, &found)));
	for (size_t i = 0; i < found.n; i++)
		for (size_t k = 0; k < found.v[i].associations.n; k++) {
			const struct ec2_association *a = &found.v[i].associations.v[k];

			strv_addf(out, "association %s with %s (%s)", a->association_id,
				  a->subnet_id	  ? a->subnet_id
				  : a->gateway_id ? a->gateway_id
						  : "the VPC",
				  a->state ? a->state : "unknown");
		}
	return NULL;
}

static struct rb_error *vpc_networks(struct step_ctx *ctx, const char *id, struct strv *out)
{
	auto_ec2_subnets subnets = { 0 };
	auto_ec2_route_tables tables = { 0 };
	auto_ec2_groups groups = { 0 };
	struct aws_client *c = step_aws(ctx);

	TRY(ec2_describe_subnets(c, NULL, ONE_FILTER("vpc-id", id), &subnets));
	for (size_t i = 0; i < subnets.n; i++)
		strv_addf(out, "subnet %s", subnets.v[i].subnet_id);
	TRY(ec2_describe_route_tables(c, NULL, ONE_FILTER("vpc-id", id), &tables));
	for (size_t i = 0; i < tables.n; i++) {
		bool main_one = false;

		for (size_t k = 0; k < tables.v[i].associations.n; k++)
			main_one |= tables.v[i].associations.v[k].main;
		if (!main_one)
			strv_addf(out, "route table %s", tables.v[i].route_table_id);
	}
	TRY(ec2_describe_groups(c, NULL, ONE_FILTER("vpc-id", id), &groups));
	for (size_t i = 0; i < groups.n; i++)
		if (!text_eq(groups.v[i].name, "default"))
			strv_addf(out, "security group %s ('%s')", groups.v[i].group_id,
				  groups.v[i].name ? groups.v[i].name : "");
	return NULL;
}

static struct rb_error *vpc_peerings(struct step_ctx *ctx, const char *id, struct strv *out)
{
	auto_ec2_peerings found = { 0 };

	TRY(ec2_describe_peerings(step_aws(ctx), NULL, NULL, &found));
	for (size_t i = 0; i < found.n; i++)
		if ((text_eq(found.v[i].requester_vpc_id, id) ||
		     text_eq(found.v[i].accepter_vpc_id, id)) &&
		    !peering_is_dead(found.v[i].status))
			strv_addf(out, "peering %s (%s)", found.v[i].peering_id,
				  found.v[i].status);
	return NULL;
}

static struct rb_error *blockers_of_vpc(struct step_ctx *ctx, const char *id, struct strv *out)
{
	auto_ec2_vpc_endpoints endpoints = { 0 };
	auto_strv gateways = { 0 };

	TRY(vpc_networks(ctx, id, out));
	TRY(ec2_describe_vpc_endpoints(step_aws(ctx), NULL, ONE_FILTER("vpc-id", id), &endpoints));
	for (size_t i = 0; i < endpoints.n; i++)
		if (!text_eq_nocase(endpoints.v[i].state, "deleted"))
			strv_addf(out, "VPC endpoint %s (%s, %s)", endpoints.v[i].vpc_endpoint_id,
				  endpoints.v[i].service_name, endpoints.v[i].state);
	TRY(interfaces_of(ctx, "vpc-id", id, out));
	TRY(vpc_peerings(ctx, id, out));
	TRY(ec2_internet_gateways(step_aws(ctx), id, &gateways));
	for (size_t i = 0; i < gateways.n; i++)
		strv_addf(out, "gateway %s", gateways.v[i]);
	return NULL;
}

struct rb_error *after_delete(struct step_ctx *ctx, struct rb_error *err, enum blocked_kind kind,
			      const char *id, int usual_s, bool *ret_gone)
{
	static struct rb_error *(*const look[])(struct step_ctx *, const char *, struct strv *) = {
		[BLOCKED_GROUP] = blockers_of_group,
		[BLOCKED_SUBNET] = blockers_of_subnet,
		[BLOCKED_ROUTE_TABLE] = blockers_of_table,
		[BLOCKED_VPC] = blockers_of_vpc,
	};
	auto_error struct rb_error *blocked = err;
	auto_strv by = { 0 };
	autofree char *reason = NULL;

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
	err = look[kind](ctx, id, &by);
	if (rb_error_is(err, RB_INTERRUPTED))
		return err;
	(void)rb_error_free(err);
	if (by.n > REASON_ITEMS_MAX) {
		for (size_t i = REASON_ITEMS_MAX; i < by.n; i++)
			free(by.v[i]);
		by.n = REASON_ITEMS_MAX;
		by.v[by.n] = NULL;
		strv_add(&by, "...");
	}
	reason = by.n ? strv_join(&by, "; ")
		      : xstrdup(blocked->why ? blocked->why : "AWS does not say by what");
	step_pending_undo(ctx, id, reason, /* step_id= */ NULL, usual_s);
	return NULL;
}
