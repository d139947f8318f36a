/* SPDX-License-Identifier: Apache-2.0 */
/* Availability zones, subnets, route tables and routes. */
#include "aws/ec2/parse.h"

#include "base/text.h"

/* ---- zones -------------------------------------------------------------- */

static void ec2_zone_clear(struct ec2_zone *z)
{
	free(z->name);
	free(z->id);
	free(z->state);
	free(z->type);
}
EC2_DEFINE_LIST(ec2_zone, ec2_zones)

static struct rb_error *add_zone(void *list, const struct xml_node *item)
{
	struct ec2_zone *z = ec2_zones_push(list);

	z->name = xml_text(item, "zoneName");
	z->id = xml_text(item, "zoneId");
	z->state = xml_text(item, "zoneState");
	z->type = xml_text(item, "zoneType");
	return NULL;
}

struct rb_error *ec2_describe_zones(struct aws_client *c, const struct aws_filter *filters,
				    struct ec2_zones *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeAvailabilityZones",
		.items = "availabilityZoneInfo/item",
		.noun = "availability zone",
		.add = add_zone,
	};
	auto_ec2_zones found = { 0 };

	TRY(ec2_list(c, &how, NULL, NULL, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

/* ---- subnets ------------------------------------------------------------ */

static void ec2_subnet_clear(struct ec2_subnet *s)
{
	free(s->subnet_id);
	free(s->state);
	free(s->vpc_id);
	free(s->cidr_block);
	free(s->zone);
	free(s->zone_id);
	aws_tags_clear(&s->tags);
}
EC2_DEFINE_LIST(ec2_subnet, ec2_subnets)

static struct rb_error *add_subnet(void *list, const struct xml_node *item)
{
	struct ec2_subnet *s = ec2_subnets_push(list);

	s->subnet_id = xml_text(item, "subnetId");
	s->state = xml_text(item, "state");
	s->vpc_id = xml_text(item, "vpcId");
	s->cidr_block = xml_text(item, "cidrBlock");
	s->zone = xml_text(item, "availabilityZone");
	s->zone_id = xml_text(item, "availabilityZoneId");
	s->map_public_ip = xml_bool(item, "mapPublicIpOnLaunch");
	xml_tags(item, "tagSet/item", &s->tags);
	return NULL;
}

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
		.noun = "subnet",
		.add = add_subnet,
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

static void ec2_route_clear(struct ec2_route *r)
{
	free(r->destination);
	free(r->target);
	free(r->state);
	free(r->origin);
}
EC2_DEFINE_LIST(ec2_route, ec2_routes)

static void ec2_association_clear(struct ec2_association *a)
{
	free(a->association_id);
	free(a->subnet_id);
	free(a->gateway_id);
	free(a->state);
}
EC2_DEFINE_LIST(ec2_association, ec2_associations)

static void ec2_route_table_clear(struct ec2_route_table *t)
{
	free(t->route_table_id);
	free(t->vpc_id);
	ec2_routes_clear(&t->routes);
	ec2_associations_clear(&t->associations);
	aws_tags_clear(&t->tags);
}
EC2_DEFINE_LIST(ec2_route_table, ec2_route_tables)

/* The first of `names` (NULL-terminated) that the item has; NULL when it has none. */
static char *first_text(const struct xml_node *item, const char *const *names)
{
	char *text = NULL;

	for (; *names && !text; names++)
		text = xml_text(item, *names);
	return text;
}

/* A route to an instance names its interface as well: the more telling id comes first. */
static const char *const route_targets[] = {
	"vpcPeeringConnectionId",
	"natGatewayId",
	"transitGatewayId",
	"localGatewayId",
	"carrierGatewayId",
	"coreNetworkArn",
	"egressOnlyInternetGatewayId",
	"odbNetworkArn",
	"instanceId",
	"networkInterfaceId",
	"gatewayId",
	NULL,
};
static const char *const route_destinations[] = {
	"destinationCidrBlock",
	"destinationIpv6CidrBlock",
	"destinationPrefixListId",
	NULL,
};

static struct rb_error *add_route_table(void *list, const struct xml_node *item)
{
	struct ec2_route_table *t = ec2_route_tables_push(list);

	t->route_table_id = xml_text(item, "routeTableId");
	t->vpc_id = xml_text(item, "vpcId");
	xml_each(route, item, "routeSet/item") {
		struct ec2_route *r = ec2_routes_push(&t->routes);

		r->destination = first_text(route, route_destinations);
		r->target = first_text(route, route_targets);
		r->state = xml_text(route, "state");
		r->origin = xml_text(route, "origin");
	}
	xml_each(association, item, "associationSet/item") {
		struct ec2_association *a = ec2_associations_push(&t->associations);

		a->association_id = xml_text(association, "routeTableAssociationId");
		a->subnet_id = xml_text(association, "subnetId");
		a->gateway_id = xml_text(association, "gatewayId");
		a->main = xml_bool(association, "main");
		a->state = xml_text(association, "associationState/state");
	}
	xml_tags(item, "tagSet/item", &t->tags);
	return NULL;
}

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
		.noun = "route table",
		.add = add_route_table,
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
	return rb_error_what(aws_query_call(c, "ec2", "CreateRoute", &p, AWS_CHANGES, NULL),
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
