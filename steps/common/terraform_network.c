/* SPDX-License-Identifier: Apache-2.0 */
/* VPCs, subnets, tables, routes and peerings, as Terraform's AWS provider reads them. */
#include <string.h>

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/resource.h"
#include "steps/common/terraform.h"

static struct rb_error *read_vpc(struct aws_client *c, struct tf_look *look)
{
	bool support = false, hostnames = false;
	auto_ec2_vpcs list = { 0 };

	TRY(tf_unless_gone(ec2_describe_vpcs(c, ONE_ID(look->id), NULL, &list)));
	if (!list.n || text_eq(list.v[0].state, "deleting"))
		return NULL;
	TRY(ec2_describe_vpc_attribute(c, look->id, "enableDnsSupport", &support));
	TRY(ec2_describe_vpc_attribute(c, look->id, "enableDnsHostnames", &hostnames));
	look->found = json_pack("{s:b, s:b}", "enable_dns_support", (int)support,
				"enable_dns_hostnames", (int)hostnames);
	tf_set(look->found, "cidr_block", list.v[0].cidr_block);
	tf_set_tags(look->found, &list.v[0].tags);
	return NULL;
}

static struct rb_error *read_subnet(struct aws_client *c, struct tf_look *look)
{
	auto_ec2_subnets list = { 0 };

	TRY(tf_unless_gone(ec2_describe_subnets(c, ONE_ID(look->id), NULL, &list)));
	if (!list.n)
		return NULL;
	look->found = json_pack("{s:b}", "map_public_ip_on_launch", (int)list.v[0].map_public_ip);
	tf_set(look->found, "vpc_id", list.v[0].vpc_id);
	tf_set(look->found, "cidr_block", list.v[0].cidr_block);
	tf_set(look->found, "availability_zone", list.v[0].zone);
	tf_set_tags(look->found, &list.v[0].tags);
	return NULL;
}

static struct rb_error *read_route_table(struct aws_client *c, struct tf_look *look)
{
	auto_ec2_route_tables list = { 0 };

	TRY(tf_unless_gone(ec2_describe_route_tables(c, ONE_ID(look->id), NULL, &list)));
	if (!list.n)
		return NULL;
	look->found = json_object();
	tf_set(look->found, "vpc_id", list.v[0].vpc_id);
	tf_set_tags(look->found, &list.v[0].tags);
	return NULL;
}

/* The id is SUBNET/TABLE; the subnet may be associated with another table now. */
static struct rb_error *read_association(struct aws_client *c, struct tf_look *look)
{
	autofree char *subnet = xstrndup(look->id, strcspn(look->id, "/"));
	auto_ec2_route_tables list = { 0 };

	TRY(ec2_describe_route_tables(c, NULL, ONE_FILTER("association.subnet-id", subnet), &list));
	if (!list.n)
		return NULL;
	look->import_id = xasprintf("%s/%s", subnet, list.v[0].route_table_id);
	look->found = json_object();
	tf_set(look->found, "subnet_id", subnet);
	tf_set(look->found, "route_table_id", list.v[0].route_table_id);
	return NULL;
}

/* The id is TABLE_DESTINATION.  One that leads elsewhere is not this run's. */
static struct rb_error *read_route(struct aws_client *c, struct tf_look *look)
{
	size_t n = strcspn(look->id, "_");
	autofree char *table = xstrndup(look->id, n);
	const char *destination = look->id + n + (look->id[n] != '\0');
	auto_ec2_route_tables list = { 0 };

	TRY(tf_unless_gone(ec2_describe_route_tables(c, ONE_ID(table), NULL, &list)));
	for (size_t i = 0; list.n && i < list.v[0].routes.n; i++) {
		const struct ec2_route *r = &list.v[0].routes.v[i];

		if (!text_eq(r->destination, destination))
			continue;
		if (!r->target || !text_starts_with(r->target, "pcx-")) {
			look->left_out = N_("it leads elsewhere than the step made it lead");
			return NULL;
		}
		look->found = json_object();
		tf_set(look->found, "route_table_id", table);
		tf_set(look->found, "destination_cidr_block", destination);
		tf_set(look->found, "vpc_peering_connection_id", r->target);
	}
	return NULL;
}

static struct rb_error *find_peering(struct aws_client *c, const char *id,
				     const char *const *states, struct ec2_peerings *list,
				     const struct ec2_peering **ret)
{
	*ret = NULL;
	TRY(tf_unless_gone(ec2_describe_peerings(c, ONE_ID(id), NULL, list)));
	for (; list->n && *states; states++)
		if (text_eq(list->v[0].status, *states))
			*ret = &list->v[0];
	return NULL;
}

static struct rb_error *read_peering(struct aws_client *c, struct tf_look *look)
{
	static const char *const alive[] = { "initiating-request", "pending-acceptance",
					     "provisioning", "active", NULL };
	auto_ec2_peerings list = { 0 };
	const struct ec2_peering *p;

	TRY(find_peering(c, look->id, alive, &list, &p));
	if (!p)
		return NULL;
	look->found = json_object();
	tf_set(look->found, "vpc_id", p->requester_vpc_id);
	tf_set(look->found, "peer_vpc_id", p->accepter_vpc_id);
	tf_set(look->found, "peer_region", p->accepter_region);
	tf_set_tags(look->found, &p->tags);
	return NULL;
}

static struct rb_error *read_accepter(struct aws_client *c, struct tf_look *look)
{
	static const char *const accepted[] = { "provisioning", "active", NULL };
	auto_ec2_peerings list = { 0 };
	const struct ec2_peering *p;

	TRY(find_peering(c, look->id, accepted, &list, &p));
	if (!p)
		return NULL;
	look->found = json_object();
	tf_set(look->found, "vpc_peering_connection_id", p->peering_id);
	tf_set_tags(look->found, &p->tags);
	return NULL;
}

const struct tf_kind tf_vpc = { "aws_vpc", "id", read_vpc };
const struct tf_kind tf_subnet = { "aws_subnet", "id", read_subnet };
const struct tf_kind tf_route_table = { "aws_route_table", "id", read_route_table };
const struct tf_kind tf_association = { "aws_route_table_association", NULL, read_association };
const struct tf_kind tf_route = { "aws_route", NULL, read_route };
const struct tf_kind tf_peering = { "aws_vpc_peering_connection", "id", read_peering };
const struct tf_kind tf_peering_accepter = { "aws_vpc_peering_connection_accepter", NULL,
					     read_accepter };
