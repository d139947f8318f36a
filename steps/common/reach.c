/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the hops of the two paths in the order that a packet meets them; reach_access.c, those
 * that say who may. */
#include "steps/common/reach_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/sides.h"

/* Where answers to the instance go: the ports that Linux gives (net.ipv4.ip_local_port_range). */
enum { ANSWERS_FROM = 32768, ANSWERS_TO = 60999 };

static struct reach_path path_of(struct step_ctx *ctx)
{
	return (struct reach_path){
		.ctx = ctx,
		.source = step_aws_source(ctx),
		.destination = step_aws_destination(ctx),
		.instance_id = step_output_of(ctx, "1-4", "instance_id"),
		.instance_ip = step_output_of(ctx, "1-4", "private_ip"),
		.instance_group = step_output_of(ctx, "1-4", "security_group_id"),
		.source_vpc = step_output_of(ctx, "1-1", "vpc_id"),
		.source_subnet = step_output_of(ctx, "1-2", "subnet_id"),
		.endpoint_id = step_output_of(ctx, "2-3", "vpc_endpoint_id"),
		.endpoint_group = step_output_of(ctx, "2-3", "security_group_id"),
		.destination_subnet = step_output_of(ctx, "2-2", "subnet_id"),
		.destination_vpc = step_output_of(ctx, "2-1", "vpc_id"),
		.peering_id = step_output_of(ctx, "3-1", "vpc_peering_connection_id"),
	};
}

struct reach_mend reach_mend_instance(const char *state)
{
	if (text_eq(state, "stopped") || text_eq(state, "stopping"))
		return (struct reach_mend){ N_("this starts it again:"), RB_NEXT_RESUME, NULL };
	if (text_eq(state, "terminated") || text_eq(state, "shutting-down"))
		return (struct reach_mend){ N_("this makes another one:"), RB_NEXT_RESUME, NULL };
	return (struct reach_mend){ 0 };
}

struct rb_error *reach_advise(struct rb_error *err, const struct reach_mend *mend)
{
	if (mend->hint)
		err = rb_error_hint(err, "%-s", mend->hint);
	return rb_error_next(err, mend->verb, mend->args);
}

struct rb_error *reach_gone_is_broken(struct rb_error *err, struct said **hop, const char *name,
				      const char *id)
{
	if (!rb_error_is(err, RB_GONE))
		return err;
	*hop = said_new("%-s: '%s' is not there", name, id);
	return rb_error_free(err);
}

static struct rb_error *check_instance(struct reach_path *p, struct said **hop)
{
	auto_ec2_instances found = { 0 };
	const char *ids[] = { p->instance_id, NULL };

	TRY(reach_gone_is_broken(ec2_describe_instances(p->source, ids, NULL, &found), hop,
				 N_("the instance"), p->instance_id));
	if (!*hop && (!found.n || !text_eq(found.v[0].state, "running")))
		*hop = said_new("the instance: '%s' is %-s, not running", p->instance_id,
				found.n && found.v[0].state ? found.v[0].state : N_("not there"));
	if (*hop)
		p->mend = found.n ? reach_mend_instance(found.v[0].state)
				  : reach_mend_instance("terminated");
	return NULL;
}

static struct rb_error *check_names(struct reach_path *p, struct said **hop)
{
	bool on = false;

	TRY(reach_gone_is_broken(
		ec2_describe_vpc_attribute(p->source, p->source_vpc, "enableDnsSupport", &on), hop,
		N_("the name"), p->source_vpc));
	if (!*hop && !on)
		*hop = said_new("the name: DNS support of VPC '%s' is off, so the endpoint's name "
				"does not resolve there",
				p->source_vpc);
	return NULL;
}

static struct rb_error *rules_of(struct aws_client *c, const char *group_id, struct ec2_rules *ret)
{
	const struct aws_filter filters[] = { { "group-id", { group_id, NULL } }, { 0 } };

	return ec2_describe_rules(c, filters, ret);
}

static struct rb_error *check_instance_egress(struct reach_path *p, struct said **hop)
{
	auto_ec2_rules rules = { 0 };

	TRY(rules_of(p->source, p->instance_group, &rules));
	if (!reach_rules_allow(&rules, /* egress= */ true, 443, p->endpoint_ip, NULL))
		*hop = said_new("the instance's group: '%s' lets nothing out to %s port 443",
				p->instance_group, p->endpoint_ip);
	return NULL;
}

static struct rb_error *check_acl(struct reach_path *p, struct said **hop, bool source_side)
{
	const char *subnet = source_side ? p->source_subnet : p->destination_subnet;
	const char *other = source_side ? p->endpoint_ip : p->instance_ip;
	auto_ec2_acl_entries acl = { 0 };
	auto_said *what = NULL;

	TRY(ec2_describe_subnet_acl(source_side ? p->source : p->destination, subnet, &acl));
	if (!reach_acl_allows(&acl, source_side, 443, 443, other))
		what = said_new("port 443");
	else if (!reach_acl_allows(&acl, !source_side, ANSWERS_FROM, ANSWERS_TO, other))
		what = said_new("the answers (to ports %d-%d)", ANSWERS_FROM, ANSWERS_TO);
	if (!what)
		return NULL;
	*hop = said_new("the network ACL: that of subnet '%s' stops %s", subnet,
			said_english(what));
	p->mend.hint = N_("no step makes the network ACL, so put it right by hand");
	return NULL;
}

static struct rb_error *check_route(struct reach_path *p, struct said **hop, bool there)
{
	const char *vpc = there ? p->source_vpc : p->destination_vpc;
	const char *subnet = there ? p->source_subnet : p->destination_subnet;
	const char *ip = there ? p->endpoint_ip : p->instance_ip;
	const char *name = there ? N_("the route there") : N_("the route back");
	const struct aws_filter filters[] = { { "vpc-id", { vpc, NULL } }, { 0 } };
	auto_ec2_route_tables tables = { 0 };
	const struct ec2_route_table *table;
	const struct ec2_route *route;

	TRY(ec2_describe_route_tables(there ? p->source : p->destination, NULL, filters, &tables));
	table = reach_effective_table(&tables, subnet);
	route = reach_route_for(table, ip);
	if (!table)
		*hop = said_new("%-s: subnet '%s' has no route table", name, subnet);
	else if (!text_eq(table->route_table_id,
			  step_output_of(p->ctx, there ? "1-2" : "2-2", "route_table_id")))
		*hop = said_new("the association: subnet '%s' goes by table '%s', not by the one "
				"of step %s",
				subnet, table->route_table_id, there ? "1-2" : "2-2");
	else if (!route || !text_eq(route->target, p->peering_id))
		*hop = said_new("%-s: table '%s' sends %s to %s, not to the peering", name,
				table->route_table_id, ip,
				route && route->target ? route->target : "nowhere");
	else if (!text_eq(route->state, "active"))
		*hop = said_new("%-s: the route to the peering is %-s", name,
				route->state ? route->state : N_("of unknown state"));
	return NULL;
}

static struct rb_error *check_peering(struct reach_path *p, struct said **hop)
{
	struct aws_client *const sides[] = { p->source, p->destination };
	const char *ids[] = { p->peering_id, NULL };

	for (size_t i = 0; i < 2 && !*hop; i++) {
		auto_ec2_peerings found = { 0 };

		TRY(reach_gone_is_broken(ec2_describe_peerings(sides[i], ids, NULL, &found), hop,
					 N_("the peering"), p->peering_id));
		if (!*hop && (!found.n || !text_eq(found.v[0].status, "active")))
			*hop = said_new("the peering: '%s' is %-s in %s", p->peering_id,
					found.n && found.v[0].status ? found.v[0].status
								     : N_("not there"),
					aws_client_region(sides[i]));
	}
	return NULL;
}

/* The endpoint first, because the other hops need its address. */
static struct rb_error *check_endpoint(struct reach_path *p, struct said **hop)
{
	const char *ids[] = { p->endpoint_id, NULL };
	auto_ec2_vpc_endpoints found = { 0 };
	auto_ec2_interfaces interfaces = { 0 };
	const struct ec2_vpc_endpoint *e;

	TRY(reach_gone_is_broken(ec2_describe_vpc_endpoints(p->destination, ids, NULL, &found), hop,
				 N_("the endpoint"), p->endpoint_id));
	if (*hop)
		return NULL;
	e = found.n ? &found.v[0] : NULL;
	if (!e || !e->state || !text_eq_nocase(e->state, "available")) {
		*hop = said_new("the endpoint: '%s' is %-s", p->endpoint_id,
				e && e->state ? e->state : N_("not there"));
		return NULL;
	}
	if (e->interface_ids.n)
		TRY(ec2_describe_interfaces(p->destination, strv_list(&e->interface_ids), NULL,
					    &interfaces));
	for (size_t i = 0; i < interfaces.n; i++)
		if (text_eq(interfaces.v[i].subnet_id, p->destination_subnet))
			set_str(&p->endpoint_ip, interfaces.v[i].private_ip);
	if (!p->endpoint_ip)
		*hop = said_new("the endpoint: '%s' has no address in subnet '%s'", p->endpoint_id,
				p->destination_subnet);
	return NULL;
}

static struct rb_error *check_endpoint_ingress(struct reach_path *p, struct said **hop)
{
	auto_ec2_rules rules = { 0 };

	TRY(rules_of(p->destination, p->endpoint_group, &rules));
	if (!reach_rules_allow(&rules, /* egress= */ false, 443, p->instance_ip, NULL))
		*hop = said_new("the endpoint's group: '%s' does not admit port 443 from %s",
				p->endpoint_group, p->instance_ip);
	return NULL;
}

static const char *first_unmade(const struct reach_path *p)
{
	const struct {
		const char *id;
		const char *step;
	} parts[] = { { p->source_vpc, "1-1" },		{ p->source_subnet, "1-2" },
		      { p->instance_id, "1-4" },	{ p->instance_ip, "1-4" },
		      { p->instance_group, "1-4" },	{ p->destination_vpc, "2-1" },
		      { p->destination_subnet, "2-2" }, { p->endpoint_id, "2-3" },
		      { p->endpoint_group, "2-3" },	{ p->peering_id, "3-1" } };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (!parts[i].id)
			return parts[i].step;
	return NULL;
}

static struct rb_error *check_upload_path(struct reach_path *p, struct said **hop)
{
	TRY(check_instance(p, hop));
	if (!*hop)
		TRY(check_endpoint(p, hop));
	if (!*hop)
		TRY(check_names(p, hop));
	if (!*hop)
		TRY(check_instance_egress(p, hop));
	if (!*hop)
		TRY(check_acl(p, hop, /* source_side= */ true));
	/* Before the routes: without the peering they are black holes, and it is the cause. */
	if (!*hop)
		TRY(check_peering(p, hop));
	if (!*hop)
		TRY(check_route(p, hop, /* there= */ true));
	if (!*hop)
		TRY(check_acl(p, hop, /* source_side= */ false));
	if (!*hop)
		TRY(check_endpoint_ingress(p, hop));
	if (!*hop)
		TRY(check_route(p, hop, /* there= */ false));
	if (!*hop)
		TRY(reach_check_endpoint_policy(p, hop));
	if (!*hop)
		TRY(reach_check_bucket(p, hop));
	if (!*hop)
		TRY(reach_check_role(p, hop));
	if (!*hop)
		TRY(reach_check_other_statements(p, hop));
	return NULL;
}

struct rb_error *reach_upload(struct step_ctx *ctx, struct said **ret_hop,
			      struct reach_mend *ret_mend)
{
	struct reach_path p = path_of(ctx);
	const char *unmade = first_unmade(&p);
	struct said *hop = NULL;
	struct rb_error *err = NULL;

	if (unmade)
		hop = said_new("step %s: it has not been made", unmade);
	else
		err = check_upload_path(&p, &hop);
	free(p.endpoint_ip);
	if (err) {
		said_free(hop);
		return err;
	}
	*ret_hop = hop;
	*ret_mend = hop ? p.mend : (struct reach_mend){ 0 };
	return NULL;
}

static struct rb_error *check_ssh_path(struct reach_path *p, const char *connect_group,
				       struct said **hop)
{
	auto_ec2_rules rules = { 0 };
	auto_ec2_rules own = { 0 };

	TRY(check_instance(p, hop));
	if (*hop)
		return NULL;
	p->mend = (struct reach_mend){ N_("this puts the rules right:"), RB_NEXT_RESUME,
				       "--from 1-3" };
	TRY(rules_of(p->source, connect_group, &own));
	if (!reach_rules_allow(&own, /* egress= */ true, 22, p->instance_ip, p->instance_group)) {
		*hop = said_new("the endpoint's group: '%s' lets nothing out to port 22 of the "
				"instance",
				connect_group);
		return NULL;
	}
	TRY(rules_of(p->source, p->instance_group, &rules));
	if (!reach_rules_allow(&rules, /* egress= */ false, 22, NULL, connect_group))
		*hop = said_new("the instance's group: '%s' does not admit port 22 from the "
				"endpoint's group '%s'",
				p->instance_group, connect_group);
	return NULL;
}

struct rb_error *reach_ssh(struct step_ctx *ctx, struct said **ret_hop, struct reach_mend *ret_mend)
{
	const char *connect_group = step_output_of(ctx, "1-3", "security_group_id");
	struct reach_path p = path_of(ctx);
	struct said *hop = NULL;
	struct rb_error *err = NULL;

	if (!p.instance_id || !p.instance_ip || !p.instance_group || !connect_group)
		hop = said_new("the instance: steps 1-3 and 1-4 have not been made");
	else
		err = check_ssh_path(&p, connect_group, &hop);
	if (err) {
		said_free(hop);
		return err;
	}
	*ret_hop = hop;
	*ret_mend = hop ? p.mend : (struct reach_mend){ 0 };
	return NULL;
}
