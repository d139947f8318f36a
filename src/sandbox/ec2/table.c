/* SPDX-License-Identifier: Apache-2.0 */
/* Route tables. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sandbox/core/quota.h"
#include "sandbox/ec2/table_inner.h"

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
	json_array_append_new(json_object_get(doc, "associationSet"),
			      sec2_new_association(id, NULL));
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
