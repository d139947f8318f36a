/* SPDX-License-Identifier: Apache-2.0 */
/* Route tables and what they are associated with. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/quota.h"
#include "sandbox/ec2/ec2.h"

/* A peering that is not active leads nowhere, whatever made it so. */
static const char *route_state(const struct sec2_view_context *context, const json_t *route)
{
	const char *pcx = sec2_str(route, "vpcPeeringConnectionId");
	const char *eni = sec2_str(route, "networkInterfaceId");
	json_t *target = NULL;
	bool active = true;

	if (*pcx) {
		target = store_get(context->st, "vpc-peering-connection", "", pcx);
		active = target &&
			 !strcmp(sec2_peering_state(target, context->region, context->now_ms),
				 "active");
	} else if (*eni) {
		target = store_get(context->st, "network-interface", context->region, eni);
		active = target && !sec2_ms(target, "_gone_ms");
	}
	json_decref(target);
	return active ? "active" : "blackhole";
}

/* Gateway endpoints put a route into the tables they name. */
static void add_gateway_routes(const struct sec2_view_context *context, const char *table_id,
			       json_t *routes)
{
	json_t *all = store_list(context->st, "vpc-endpoint", context->region), *doc, *id;
	size_t i, j;

	json_array_foreach(all, i, doc) {
		if (sec2_ms(doc, "_delete_ms"))
			continue;
		json_array_foreach(json_object_get(doc, "routeTableIdSet"), j, id) {
			if (!strcmp(json_string_value(id), table_id))
				json_array_append_new(
					routes,
					json_pack("{s:s, s:s, s:s, s:s}", "destinationPrefixListId",
						  sec2_str(doc, "_prefix_list"), "gatewayId",
						  sec2_str(doc, "vpcEndpointId"), "origin",
						  "CreateRoute", "state", "active"));
		}
	}
	json_decref(all);
}

static json_t *view_table(const struct sec2_view_context *context, const json_t *doc)
{
	json_t *view = json_deep_copy(doc), *route;
	size_t i;

	json_array_foreach(json_object_get(view, "routeSet"), i, route)
		json_object_set_new(route, "state", json_string(route_state(context, route)));
	add_gateway_routes(context, sec2_str(doc, "routeTableId"),
			   json_object_get(view, "routeSet"));
	return view;
}

const struct sec2_kind EC2_ROUTE_TABLE = { .kind = "route-table",
					   .prefix = "rtb",
					   .id_member = "routeTableId",
					   .not_found = "InvalidRouteTableID.NotFound",
					   .malformed = "InvalidRouteTableId.Malformed",
					   .noun = "routeTable ID",
					   .view = view_table };

static json_t *new_association(const char *table_id, const char *subnet_id)
{
	autofree char *id = sbx_new_id("rtbassoc");

	return json_pack("{s:s, s:s, s:s*, s:b, s:{s:s}}", "routeTableAssociationId", id,
			 "routeTableId", table_id, "subnetId", subnet_id, "main", !subnet_id,
			 "associationState", "state", "associated");
}

static json_t *new_table(const char *id, const char *vpc_id, const char *cidr, json_t *tags)
{
	return json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:s, s:s}], s:[], s:[], s:o, s:b}",
			 "routeTableId", id, "vpcId", vpc_id, "ownerId", SANDBOX_ACCOUNT,
			 "routeSet", "destinationCidrBlock", cidr, "gatewayId", "local", "state",
			 "active", "origin", "CreateRouteTable", "associationSet",
			 "propagatingVgwSet", "tagSet", tags, "_main", 0);
}

void sec2_route_table_make_main(struct sec2 *c, const char *vpc_id, const char *cidr)
{
	autofree char *id = sbx_new_id("rtb");
	json_t *doc = new_table(id, vpc_id, cidr, json_array());

	json_object_set_new(doc, "_main", json_true());
	json_array_append_new(json_object_get(doc, "associationSet"), new_association(id, NULL));
	sec2_put(c, &EC2_ROUTE_TABLE, doc);
	json_decref(doc);
}

static size_t count_in_vpc(const json_t *all, const char *vpc_id)
{
	const json_t *doc;
	size_t i, n = 0;

	json_array_foreach(all, i, doc)
		n += !strcmp(sec2_str(doc, "vpcId"), vpc_id);
	return n;
}

void sec2_create_route_table(struct sec2 *c)
{
	const char *vpc_id = sec2_arg(c, "VpcId");
	autofree char *id = sbx_new_id("rtb");
	json_t *vpc, *tags, *doc, *all;

	if (sec2_token_settles(c, &EC2_ROUTE_TABLE, "routeTable"))
		return;
	vpc = sec2_need(c, &EC2_VPC, vpc_id);
	if (!vpc)
		return;
	all = sec2_all(c, &EC2_ROUTE_TABLE);
	if (count_in_vpc(all, vpc_id) >= sbx_quota(c->st, SBX_QUOTA_ROUTE_TABLES))
		sec2_fail(c, "RouteTableLimitExceeded",
			  "The maximum number of route tables has been reached.");
	json_decref(all);
	tags = sec2_failed(c) ? NULL : sec2_tags(c, "route-table", NULL);
	if (tags) {
		doc = new_table(id, vpc_id, sec2_str(vpc, "cidrBlock"), tags);
		sec2_put(c, &EC2_ROUTE_TABLE, doc);
		sec2_token_bind(c, "", id);
		sec2_reply_created(c, &EC2_ROUTE_TABLE, "routeTable", doc);
		json_decref(doc);
	}
	json_decref(vpc);
}

static const struct sec2_filter TABLE_FILTERS[] = {
	{ "association.gateway-id", "associationSet/gatewayId" },
	{ "association.route-table-association-id", "associationSet/routeTableAssociationId" },
	{ "association.route-table-id", "associationSet/routeTableId" },
	{ "association.subnet-id", "associationSet/subnetId" },
	{ "association.main", "associationSet/main" },
	{ "owner-id", "ownerId" },
	{ "route-table-id", "routeTableId" },
	{ "route.destination-cidr-block", "routeSet/destinationCidrBlock" },
	{ "route.destination-ipv6-cidr-block", "routeSet/destinationIpv6CidrBlock" },
	{ "route.destination-prefix-list-id", "routeSet/destinationPrefixListId" },
	{ "route.egress-only-internet-gateway-id", "routeSet/egressOnlyInternetGatewayId" },
	{ "route.gateway-id", "routeSet/gatewayId" },
	{ "route.instance-id", "routeSet/instanceId" },
	{ "route.nat-gateway-id", "routeSet/natGatewayId" },
	{ "route.transit-gateway-id", "routeSet/transitGatewayId" },
	{ "route.origin", "routeSet/origin" },
	{ "route.state", "routeSet/state" },
	{ "route.vpc-peering-connection-id", "routeSet/vpcPeeringConnectionId" },
	{ "tag-key", "tagSet/key" },
	{ "vpc-id", "vpcId" },
	{ 0 },
};

void sec2_describe_route_tables(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "routeTableSet",
					       .ids = "RouteTableId",
					       .kind = &EC2_ROUTE_TABLE,
					       .filters = TABLE_FILTERS,
					       .default_page = 100 };

	sec2_describe(c, &list);
}

void sec2_delete_route_table(struct sec2 *c)
{
	const char *id = sec2_arg(c, "RouteTableId");
	json_t *doc = sec2_need(c, &EC2_ROUTE_TABLE, id);

	if (!doc)
		return;
	if (json_array_size(json_object_get(doc, "associationSet"))) {
		sec2_fail(c, "DependencyViolation",
			  "The routeTable '%s' has dependencies and cannot be deleted.", id);
	} else {
		sec2_drop(c, &EC2_ROUTE_TABLE, id);
		sec2_reply_true(c);
	}
	json_decref(doc);
}

/* ---- associations ------------------------------------------------------- */

/* The table whose association has `value` in `member`, and which one it is; NULL when none. */
static json_t *find_association(const struct sec2 *c, const char *member, const char *value,
				size_t *ret_at)
{
	json_t *all = sec2_all(c, &EC2_ROUTE_TABLE), *table, *association, *found = NULL;
	size_t i, j;

	json_array_foreach(all, i, table) {
		json_array_foreach(json_object_get(table, "associationSet"), j, association) {
			if (!found && !strcmp(sec2_str(association, member), value)) {
				found = json_incref(table);
				*ret_at = j;
			}
		}
	}
	json_decref(all);
	return found;
}

static json_t *association_at(const json_t *table, size_t at)
{
	return json_array_get(json_object_get(table, "associationSet"), at);
}

static void take_association(struct sec2 *c, json_t *table, size_t at)
{
	json_array_remove(json_object_get(table, "associationSet"), at);
	sec2_put(c, &EC2_ROUTE_TABLE, table);
}

void sec2_subnet_disassociate(struct sec2 *c, const char *subnet_id)
{
	size_t at = 0;
	json_t *table = find_association(c, "subnetId", subnet_id, &at);

	if (table)
		take_association(c, table, at);
	json_decref(table);
}

static void associate(struct sec2 *c, json_t *table, const char *subnet_id)
{
	const char *table_id = sec2_str(table, "routeTableId");
	size_t at = 0;
	json_t *other = find_association(c, "subnetId", subnet_id, &at);
	json_t *association;

	if (other && strcmp(sec2_str(other, "routeTableId"), table_id) != 0) {
		sec2_fail(c, "Resource.AlreadyAssociated",
			  "the specified association for route table %s conflicts with an existing "
			  "association",
			  table_id);
		json_decref(other);
		return;
	}
	if (other) {
		association = json_incref(association_at(other, at));
	} else {
		association = new_association(table_id, subnet_id);
		json_array_append(json_object_get(table, "associationSet"), association);
		sec2_put(c, &EC2_ROUTE_TABLE, table);
	}
	sec2_reply(c,
		   json_pack("{s:O, s:O}", "associationId",
			     json_object_get(association, "routeTableAssociationId"),
			     "associationState", json_object_get(association, "associationState")));
	json_decref(association);
	json_decref(other);
}

void sec2_associate_route_table(struct sec2 *c)
{
	const char *subnet_id;
	json_t *table, *subnet;

	if (!sec2_require(c, "SubnetId"))
		return;
	subnet_id = sec2_arg(c, "SubnetId");
	table = sec2_need(c, &EC2_ROUTE_TABLE, sec2_arg(c, "RouteTableId"));
	subnet = table ? sec2_need(c, &EC2_SUBNET, subnet_id) : NULL;
	if (subnet && strcmp(sec2_str(subnet, "vpcId"), sec2_str(table, "vpcId")) != 0)
		sec2_fail(c, "InvalidParameterValue",
			  "route table %s and subnet %s belong to different networks",
			  sec2_str(table, "routeTableId"), subnet_id);
	else if (subnet)
		associate(c, table, subnet_id);
	json_decref(table);
	json_decref(subnet);
}

/* The table of AssociationId, or NULL and failed. */
static json_t *need_association(struct sec2 *c, size_t *ret_at)
{
	const char *id = sec2_arg(c, "AssociationId");
	json_t *table = find_association(c, "routeTableAssociationId", id, ret_at);

	if (!table)
		sec2_fail(c, "InvalidAssociationID.NotFound",
			  "The association ID '%s' does not exist", id);
	return table;
}

void sec2_disassociate_route_table(struct sec2 *c)
{
	size_t at = 0;
	json_t *table = need_association(c, &at);

	if (!table)
		return;
	if (json_is_true(json_object_get(association_at(table, at), "main"))) {
		sec2_fail(c, "InvalidParameterValue",
			  "cannot disassociate the main route table association %s",
			  sec2_arg(c, "AssociationId"));
	} else {
		take_association(c, table, at);
		sec2_reply_true(c);
	}
	json_decref(table);
}

void sec2_replace_route_table_association(struct sec2 *c)
{
	size_t at = 0;
	json_t *from = need_association(c, &at);
	json_t *to = from ? sec2_need(c, &EC2_ROUTE_TABLE, sec2_arg(c, "RouteTableId")) : NULL;
	autofree char *subnet_id = NULL;
	json_t *association;

	if (!to) {
		json_decref(from);
		return;
	}
	if (strcmp(sec2_str(from, "vpcId"), sec2_str(to, "vpcId")) != 0) {
		sec2_fail(c, "InvalidParameterValue",
			  "route table %s and association %s belong to different networks",
			  sec2_str(to, "routeTableId"), sec2_arg(c, "AssociationId"));
		goto out;
	}
	if (!json_is_true(json_object_get(association_at(from, at), "main"))) {
		subnet_id = xstrdup(sec2_str(association_at(from, at), "subnetId"));
	} else {
		json_object_set_new(from, "_main", json_false());
		json_object_set_new(to, "_main", json_true());
	}
	association = new_association(sec2_str(to, "routeTableId"), subnet_id);
	if (strcmp(sec2_str(from, "routeTableId"), sec2_str(to, "routeTableId")) != 0)
		take_association(c, from, at);
	else
		json_array_remove(json_object_get(to, "associationSet"), at);
	json_array_append_new(json_object_get(to, "associationSet"), association);
	if (!subnet_id)
		json_object_set_new(to, "_main", json_true());
	sec2_put(c, &EC2_ROUTE_TABLE, to);
	sec2_reply(c,
		   json_pack("{s:O, s:O}", "newAssociationId",
			     json_object_get(association, "routeTableAssociationId"),
			     "associationState", json_object_get(association, "associationState")));
out:
	json_decref(from);
	json_decref(to);
}
