/* SPDX-License-Identifier: Apache-2.0 */
/* Availability zones, subnets, route tables and routes. */
#include "aws/ec2/parse.h"

#include "base/text.h"

/* ---- zones -------------------------------------------------------------- */

static const struct ec2_field zone_fields[] = {
	EC2_TEXT(ec2_zone, name, "zoneName"),
	EC2_TEXT(ec2_zone, id, "zoneId"),
	EC2_TEXT(ec2_zone, state, "zoneState"),
	EC2_TEXT(ec2_zone, type, "zoneType"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_zone, ec2_zones, zone_fields)

struct rb_error *ec2_describe_zones(struct aws_client *c, const struct aws_filter *filters,
				    struct ec2_zones *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeAvailabilityZones",
		.items = "availabilityZoneInfo/item",
		.noun = N_("availability zone"),
		.type = &ec2_zones_type,
	};
	auto_ec2_zones found = { 0 };

	TRY(ec2_list(c, &how, NULL, NULL, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

/* ---- subnets ------------------------------------------------------------ */

static const struct ec2_field subnet_fields[] = {
	EC2_TEXT(ec2_subnet, subnet_id, "subnetId"),
	EC2_TEXT(ec2_subnet, state, "state"),
	EC2_TEXT(ec2_subnet, vpc_id, "vpcId"),
	EC2_TEXT(ec2_subnet, cidr_block, "cidrBlock"),
	EC2_TEXT(ec2_subnet, zone, "availabilityZone"),
	EC2_TEXT(ec2_subnet, zone_id, "availabilityZoneId"),
	EC2_BOOL(ec2_subnet, map_public_ip, "mapPublicIpOnLaunch"),
	EC2_TAGS(ec2_subnet, tags, "tagSet/item"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_subnet, ec2_subnets, subnet_fields)

struct rb_error *ec2_create_subnet(struct aws_client *c, const char *vpc_id, const char *cidr_block,
				   const char *zone, const struct aws_tags *tags,
				   char **ret_subnet_id, char **ret_zone_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_xml_reply reply = XML_REPLY_INIT;
	struct rb_error *err;

	params_add(&p, "VpcId", vpc_id);
	params_add(&p, "CidrBlock", cidr_block);
	params_add(&p, "AvailabilityZone", zone);
	params_add_tag_spec(&p, "subnet", tags);
	err = ec2_make(c, "CreateSubnet", &p, /* token= */ false, "subnet/subnetId", &reply,
		       ret_subnet_id);
	if (!err && ret_zone_id)
		*ret_zone_id = xml_text(reply.root, "subnet/availabilityZoneId");
	return rb_error_what(err, "cannot create subnet '%s' in VPC '%s'", cidr_block, vpc_id);
}

struct rb_error *ec2_describe_subnets(struct aws_client *c, const char *const *ids,
				      const struct aws_filter *filters, struct ec2_subnets *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeSubnets",
		.id_param = "SubnetId",
		.items = "subnetSet/item",
		.page = 1000,
		.noun = N_("subnet"),
		.type = &ec2_subnets_type,
	};
	auto_ec2_subnets found = { 0 };

	TRY(ec2_list(c, &how, NULL, ids, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

struct rb_error *ec2_delete_subnet(struct aws_client *c, const char *subnet_id)
{
	return rb_error_what(ec2_remove(c, "DeleteSubnet", "SubnetId", subnet_id),
			     "cannot delete subnet '%s'", subnet_id);
}

/* ---- route tables ------------------------------------------------------- */

static const struct ec2_field route_fields[] = {
	EC2_TEXT(ec2_route, state, "state"),
	EC2_TEXT(ec2_route, origin, "origin"),
	EC2_TEXT(ec2_route, destination, "destinationCidrBlock"),
	EC2_TEXT(ec2_route, destination, "destinationIpv6CidrBlock"),
	EC2_TEXT(ec2_route, destination, "destinationPrefixListId"),
	/* a route to an instance names its interface as well: the more telling id comes first */
	EC2_TEXT(ec2_route, target, "vpcPeeringConnectionId"),
	EC2_TEXT(ec2_route, target, "natGatewayId"),
	EC2_TEXT(ec2_route, target, "transitGatewayId"),
	EC2_TEXT(ec2_route, target, "localGatewayId"),
	EC2_TEXT(ec2_route, target, "carrierGatewayId"),
	EC2_TEXT(ec2_route, target, "coreNetworkArn"),
	EC2_TEXT(ec2_route, target, "egressOnlyInternetGatewayId"),
	EC2_TEXT(ec2_route, target, "odbNetworkArn"),
	EC2_TEXT(ec2_route, target, "instanceId"),
	EC2_TEXT(ec2_route, target, "networkInterfaceId"),
	EC2_TEXT(ec2_route, target, "gatewayId"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_route, ec2_routes, route_fields)

static const struct ec2_field association_fields[] = {
	EC2_TEXT(ec2_association, association_id, "routeTableAssociationId"),
	EC2_TEXT(ec2_association, subnet_id, "subnetId"),
	EC2_TEXT(ec2_association, gateway_id, "gatewayId"),
	EC2_TEXT(ec2_association, state, "associationState/state"),
	EC2_BOOL(ec2_association, main, "main"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_association, ec2_associations, association_fields)

static const struct ec2_field route_table_fields[] = {
	EC2_TEXT(ec2_route_table, route_table_id, "routeTableId"),
	EC2_TEXT(ec2_route_table, vpc_id, "vpcId"),
	EC2_LIST(ec2_route_table, routes, "routeSet/item", ec2_routes),
	EC2_LIST(ec2_route_table, associations, "associationSet/item", ec2_associations),
	EC2_TAGS(ec2_route_table, tags, "tagSet/item"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_route_table, ec2_route_tables, route_table_fields)

struct rb_error *ec2_create_route_table(struct aws_client *c, const char *vpc_id, const char *token,
					const struct aws_tags *tags, char **ret_route_table_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "VpcId", vpc_id);
	params_add(&p, "ClientToken", token);
	params_add_tag_spec(&p, "route-table", tags);
	return rb_error_what(ec2_make(c, "CreateRouteTable", &p, token != NULL,
				      "routeTable/routeTableId", NULL, ret_route_table_id),
			     "cannot create a route table in VPC '%s'", vpc_id);
}

struct rb_error *ec2_describe_route_tables(struct aws_client *c, const char *const *ids,
					   const struct aws_filter *filters,
					   struct ec2_route_tables *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeRouteTables",
		.id_param = "RouteTableId",
		.items = "routeTableSet/item",
		.page = 100,
		.noun = N_("route table"),
		.type = &ec2_route_tables_type,
	};
	auto_ec2_route_tables found = { 0 };

	TRY(ec2_list(c, &how, NULL, ids, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

struct rb_error *ec2_delete_route_table(struct aws_client *c, const char *route_table_id)
{
	return rb_error_what(ec2_remove(c, "DeleteRouteTable", "RouteTableId", route_table_id),
			     "cannot delete route table '%s'", route_table_id);
}

struct rb_error *ec2_associate_route_table(struct aws_client *c, const char *route_table_id,
					   const char *subnet_id, char **ret_association_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "RouteTableId", route_table_id);
	params_add(&p, "SubnetId", subnet_id);
	return rb_error_what(ec2_make(c, "AssociateRouteTable", &p, /* token= */ false,
				      "associationId", NULL, ret_association_id),
			     "cannot associate route table '%s' with subnet '%s'", route_table_id,
			     subnet_id);
}

struct rb_error *ec2_disassociate_route_table(struct aws_client *c, const char *association_id)
{
	return rb_error_what(
		ec2_remove(c, "DisassociateRouteTable", "AssociationId", association_id),
		"cannot undo route table association '%s'", association_id);
}

static void route_params(struct aws_params *p, const char *route_table_id, const char *destination,
			 const char *peering_id)
{
	params_add(p, "RouteTableId", route_table_id);
	params_add(p, "DestinationCidrBlock", destination);
	params_add(p, "VpcPeeringConnectionId", peering_id);
}

struct rb_error *ec2_create_peering_route(struct aws_client *c, const char *route_table_id,
					  const char *destination, const char *peering_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	route_params(&p, route_table_id, destination, peering_id);
	return rb_error_what(ec2_send(c, "CreateRoute", &p, AWS_CHANGES, NULL),
			     "cannot route '%s' to '%s' in route table '%s'", destination,
			     peering_id, route_table_id);
}

struct rb_error *ec2_replace_peering_route(struct aws_client *c, const char *route_table_id,
					   const char *destination, const char *peering_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	route_params(&p, route_table_id, destination, peering_id);
	return rb_error_what(ec2_change(c, "ReplaceRoute", &p),
			     "cannot turn the route '%s' to '%s' in route table '%s'", destination,
			     peering_id, route_table_id);
}

struct rb_error *ec2_delete_route(struct aws_client *c, const char *route_table_id,
				  const char *destination)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	route_params(&p, route_table_id, destination, NULL);
	return rb_error_what(ec2_change(c, "DeleteRoute", &p),
			     "cannot delete the route '%s' of route table '%s'", destination,
			     route_table_id);
}
