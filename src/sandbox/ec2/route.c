/* SPDX-License-Identifier: Apache-2.0 */
/* Routes. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/quota.h"
#include "sandbox/ec2/ec2.h"

/* Arguments that name a target, and the error when there is no such thing here. */
static const struct {
	const char *argument, *member, *not_found, *noun;
} TARGETS[] = {
	{ "VpcPeeringConnectionId", "vpcPeeringConnectionId",
	  "InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection ID" },
	{ "NetworkInterfaceId", "networkInterfaceId", "InvalidNetworkInterfaceID.NotFound",
	  "networkInterface ID" },
	{ "GatewayId", "gatewayId", "InvalidGatewayID.NotFound", "gateway ID" },
	{ "NatGatewayId", "natGatewayId", "InvalidNatGatewayID.NotFound", "natGateway ID" },
	{ "TransitGatewayId", "transitGatewayId", "InvalidTransitGatewayID.NotFound",
	  "transitGateway ID" },
	{ "InstanceId", "instanceId", "InvalidInstanceID.NotFound", "instance ID" },
	{ "EgressOnlyInternetGatewayId", "egressOnlyInternetGatewayId", "InvalidGatewayID.NotFound",
	  "gateway ID" },
	{ "LocalGatewayId", "localGatewayId", "InvalidGatewayID.NotFound", "gateway ID" },
	{ "CarrierGatewayId", "carrierGatewayId", "InvalidGatewayID.NotFound", "gateway ID" },
	{ "VpcEndpointId", "gatewayId", "InvalidVpcEndpointId.NotFound", "Vpc Endpoint Id" },
};

/* May this table route to the peering?  False and failed when not. */
static bool check_peering(struct sec2 *c, const json_t *table, const char *id)
{
	static const char *const routable[] = { "pending-acceptance", "provisioning", "active" };
	json_t *doc = store_get(c->st, "vpc-peering-connection", "", id);
	const char *state = doc ? sec2_peering_state(doc, c->region, c->now_ms) : "";
	const char *vpc_id = sec2_str(table, "vpcId");
	const char *ends[2] = { sec2_str(json_object_get(doc, "requesterVpcInfo"), "vpcId"),
				sec2_str(json_object_get(doc, "accepterVpcInfo"), "vpcId") };
	bool good = false;

	for (size_t i = 0; i < ARRAY_LEN(routable); i++)
		good = good || !strcmp(state, routable[i]);
	if (!*state || (!good && strcmp(state, "initiating-request") != 0))
		sec2_fail_not_found(c, &EC2_PEERING, id);
	else if (!good || (strcmp(vpc_id, ends[0]) != 0 && strcmp(vpc_id, ends[1]) != 0))
		sec2_fail(c, "InvalidParameterValue",
			  "route table %s and network gateway %s belong to different networks",
			  sec2_str(table, "routeTableId"), id);
	json_decref(doc);
	return !sec2_failed(c);
}

static bool check_eni(struct sec2 *c, const json_t *table, const char *id)
{
	json_t *doc = sec2_need(c, &EC2_ENI, id);

	if (doc && strcmp(sec2_str(doc, "vpcId"), sec2_str(table, "vpcId")) != 0)
		sec2_fail(c, "InvalidParameterValue",
			  "route table %s and interface %s belong to different networks",
			  sec2_str(table, "routeTableId"), id);
	json_decref(doc);
	return !sec2_failed(c);
}

/* A route without destination to the one target asked for; NULL and failed otherwise. */
static json_t *target_of(struct sec2 *c, const json_t *table)
{
	json_t *route = NULL;
	size_t given = 0;

	for (size_t i = 0; i < ARRAY_LEN(TARGETS); i++) {
		const char *id = sec2_arg(c, TARGETS[i].argument);
		/* Old clients send a peering as a gateway. */
		bool peering = id && !strncmp(id, "pcx-", 4);

		if (!id || !*id || sec2_failed(c))
			continue;
		given++;
		if (peering ? check_peering(c, table, id)
			    : !strcmp(TARGETS[i].argument, "NetworkInterfaceId") &&
				      check_eni(c, table, id)) {
			json_decref(route);
			route = json_pack("{s:s}",
					  peering ? "vpcPeeringConnectionId" : TARGETS[i].member,
					  id);
		} else if (!sec2_failed(c)) {
			sec2_fail(c, TARGETS[i].not_found, "The %s '%s' does not exist",
				  TARGETS[i].noun, id);
		}
	}
	if (!given)
		sec2_fail(c, "MissingParameter",
			  "The request must contain exactly one of gatewayId, natGatewayId, "
			  "networkInterfaceId, vpcPeeringConnectionId or transitGatewayId");
	else if (given > 1 && !sec2_failed(c))
		sec2_fail(c, "InvalidParameterCombination",
			  "The request must contain only one target");
	if (sec2_failed(c)) {
		json_decref(route);
		return NULL;
	}
	return route;
}

/* Canonical; NULL and failed.  Caller frees. */
static char *destination_of(struct sec2 *c)
{
	const char *asked = sec2_arg(c, "DestinationCidrBlock");
	char *cidr;

	if (!asked &&
	    (sec2_arg(c, "DestinationIpv6CidrBlock") || sec2_arg(c, "DestinationPrefixListId"))) {
		sec2_fail(c, "UnsupportedOperation",
			  "This sandbox routes by IPv4 CIDR blocks only");
		return NULL;
	}
	if (!sec2_require(c, "DestinationCidrBlock"))
		return NULL;
	cidr = sec2_cidr(asked, NULL);
	if (!cidr)
		sec2_fail(c, "InvalidParameterValue",
			  "Value (%s) for parameter destinationCidrBlock is invalid. This is not a "
			  "valid CIDR block.",
			  asked);
	return cidr;
}

/* The place of the route to `cidr`; the set's size when there is none. */
static size_t find_route(const json_t *table, const char *cidr)
{
	const json_t *routes = json_object_get(table, "routeSet"), *route;
	size_t i;

	json_array_foreach(routes, i, route) {
		if (!strcmp(sec2_str(route, "destinationCidrBlock"), cidr))
			return i;
	}
	return json_array_size(routes);
}

static bool is_local(const json_t *table, size_t at)
{
	const json_t *route = json_array_get(json_object_get(table, "routeSet"), at);

	return !strcmp(sec2_str(route, "gatewayId"), "local");
}

static json_t *with_destination(json_t *target, const char *cidr)
{
	json_t *route = json_pack("{s:s}", "destinationCidrBlock", cidr);

	json_object_update(route, target);
	json_object_set_new(route, "origin", json_string("CreateRoute"));
	json_decref(target);
	return route;
}

void sec2_create_route(struct sec2 *c)
{
	json_t *table = sec2_need(c, &EC2_ROUTE_TABLE, sec2_arg(c, "RouteTableId"));
	autofree char *cidr = table ? destination_of(c) : NULL;
	json_t *routes = json_object_get(table, "routeSet"), *target = NULL;
	size_t n = json_array_size(routes);

	if (cidr && find_route(table, cidr) < n)
		sec2_fail(c, "RouteAlreadyExists", "The route identified by %s already exists.",
			  cidr);
	else if (cidr && text_cidr_within(
				 cidr, sec2_str(json_array_get(routes, 0), "destinationCidrBlock")))
		sec2_fail(c, "InvalidParameterValue",
			  "Route destination doesn't match any subnet CIDR blocks.");
	else if (cidr && n >= sbx_quota(c->st, SBX_QUOTA_ROUTES))
		sec2_fail(c, "RouteLimitExceeded",
			  "The maximum number of routes in a route table has been reached.");
	else if (cidr)
		target = target_of(c, table);
	if (target) {
		json_array_append_new(routes, with_destination(target, cidr));
		sec2_put(c, &EC2_ROUTE_TABLE, table);
		sec2_reply_true(c);
	}
	json_decref(table);
}

void sec2_replace_route(struct sec2 *c)
{
	json_t *table = sec2_need(c, &EC2_ROUTE_TABLE, sec2_arg(c, "RouteTableId"));
	autofree char *cidr = table ? destination_of(c) : NULL;
	json_t *routes = json_object_get(table, "routeSet"), *target = NULL;
	size_t at = cidr ? find_route(table, cidr) : 0;

	if (cidr && at >= json_array_size(routes))
		sec2_fail(c, "InvalidParameterValue",
			  "There is no route defined for '%s' in the route table. Use CreateRoute "
			  "instead.",
			  cidr);
	else if (cidr && is_local(table, at))
		sec2_fail(c, "InvalidParameterValue",
			  "cannot replace local route %s in route table %s", cidr,
			  sec2_arg(c, "RouteTableId"));
	else if (cidr)
		target = target_of(c, table);
	if (target) {
		json_array_set_new(routes, at, with_destination(target, cidr));
		sec2_put(c, &EC2_ROUTE_TABLE, table);
		sec2_reply_true(c);
	}
	json_decref(table);
}

void sec2_delete_route(struct sec2 *c)
{
	json_t *table = sec2_need(c, &EC2_ROUTE_TABLE, sec2_arg(c, "RouteTableId"));
	autofree char *cidr = table ? destination_of(c) : NULL;
	json_t *routes = json_object_get(table, "routeSet");
	size_t at = cidr ? find_route(table, cidr) : 0;

	if (cidr && at >= json_array_size(routes)) {
		sec2_fail(c, "InvalidRoute.NotFound",
			  "no route with destination-cidr-block %s in route table %s", cidr,
			  sec2_arg(c, "RouteTableId"));
	} else if (cidr && is_local(table, at)) {
		sec2_fail(c, "InvalidParameterValue",
			  "cannot remove local route %s in route table %s", cidr,
			  sec2_arg(c, "RouteTableId"));
	} else if (cidr) {
		json_array_remove(routes, at);
		sec2_put(c, &EC2_ROUTE_TABLE, table);
		sec2_reply_true(c);
	}
	json_decref(table);
}
