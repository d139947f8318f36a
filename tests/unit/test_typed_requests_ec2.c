/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every request that a typed call of EC2 can send, against the API model; a function
 * that is added to the header and not here fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "tests/lib/request_check.h"

static const char *const ids[] = { "x-0123456789abcdef0", "x-0123456789abcdef1", NULL };
static const struct aws_filter by_tag[] = { { "tag:runbook:run", { "run 1/a&b", "run*" } }, { 0 } };

/* ---- EC2 ---------------------------------------------------------------- */

#define DESCRIBES(name, list, filters_)                                                            \
	static void run_##name(struct aws_client *c)                                               \
	{                                                                                          \
		auto_##list all = { 0 };                                                           \
		auto_##list some = { 0 };                                                          \
		auto_##list tagged = { 0 };                                                        \
                                                                                                   \
		sent(name(c, NULL, NULL, &all));                                                   \
		sent(name(c, ids, NULL, &some));                                                   \
		sent(name(c, NULL, (filters_), &tagged));                                          \
	}

static const struct aws_filter peering_filters[] = {
	{ "requester-vpc-info.vpc-id", { "vpc-1" } },
	{ "accepter-vpc-info.vpc-id", { "vpc-2" } },
	{ "status-code", { "initiating-request", "pending-acceptance", "provisioning", "active" } },
	{ 0 },
};
static const struct aws_filter instance_filters[] = {
	{ "tag:runbook:run", { "r" } },
	{ "instance-state-name", { "pending", "running", "stopping", "stopped", "shutting-down" } },
	{ 0 },
};
static const struct aws_filter interface_filters[] = {
	{ "subnet-id", { "subnet-1" } },
	{ "group-id", { "sg-1" } },
	{ 0 },
};
static const struct aws_filter table_filters[] = {
	{ "vpc-id", { "vpc-1" } },
	{ "association.main", { "true" } },
	{ 0 },
};
static const struct aws_filter group_filters[] = {
	{ "ip-permission.group-id", { "sg-1" } },
	{ 0 },
};

DESCRIBES(ec2_describe_vpcs, ec2_vpcs, by_tag)
DESCRIBES(ec2_describe_subnets, ec2_subnets, by_tag)
DESCRIBES(ec2_describe_route_tables, ec2_route_tables, table_filters)
DESCRIBES(ec2_describe_groups, ec2_groups, group_filters)
DESCRIBES(ec2_describe_connect_endpoints, ec2_connect_endpoints, by_tag)
DESCRIBES(ec2_describe_instances, ec2_instances, instance_filters)
DESCRIBES(ec2_describe_volumes, ec2_volumes, by_tag)
DESCRIBES(ec2_describe_vpc_endpoints, ec2_vpc_endpoints, by_tag)
DESCRIBES(ec2_describe_peerings, ec2_peerings, peering_filters)
DESCRIBES(ec2_describe_interfaces, ec2_interfaces, interface_filters)

static void run_ec2_create_vpc(struct aws_client *c)
{
	sent(ec2_create_vpc(c, "10.0.0.0/16", &request_tags, NULL));
	sent(ec2_create_vpc(c, "10.0.0.0/16", NULL, NULL));
}

static void run_ec2_delete_vpc(struct aws_client *c)
{
	sent(ec2_delete_vpc(c, "vpc-1"));
}

static void run_ec2_modify_vpc_attribute(struct aws_client *c)
{
	sent(ec2_modify_vpc_attribute(c, "vpc-1", "EnableDnsSupport", true));
	sent(ec2_modify_vpc_attribute(c, "vpc-1", "EnableDnsHostnames", false));
}

static void run_ec2_describe_vpc_attribute(struct aws_client *c)
{
	bool on;

	sent(ec2_describe_vpc_attribute(c, "vpc-1", "enableDnsSupport", &on));
	sent(ec2_describe_vpc_attribute(c, "vpc-1", "enableDnsHostnames", &on));
}

static void run_ec2_describe_zones(struct aws_client *c)
{
	const struct aws_filter filters[] = {
		{ "state", { "available" } },
		{ "zone-type", { "availability-zone" } },
		{ 0 },
	};
	auto_ec2_zones all = { 0 };
	auto_ec2_zones some = { 0 };

	sent(ec2_describe_zones(c, NULL, &all));
	sent(ec2_describe_zones(c, filters, &some));
}

static void run_ec2_create_subnet(struct aws_client *c)
{
	sent(ec2_create_subnet(c, "vpc-1", "10.0.0.0/20", "ap-northeast-1a", &request_tags, NULL,
			       NULL));
	sent(ec2_create_subnet(c, "vpc-1", "10.0.0.0/20", NULL, NULL, NULL, NULL));
}

static void run_ec2_delete_subnet(struct aws_client *c)
{
	sent(ec2_delete_subnet(c, "subnet-1"));
}

static void run_ec2_create_route_table(struct aws_client *c)
{
	sent(ec2_create_route_table(c, "vpc-1", "token", &request_tags, NULL));
	sent(ec2_create_route_table(c, "vpc-1", NULL, NULL, NULL));
}

static void run_ec2_delete_route_table(struct aws_client *c)
{
	sent(ec2_delete_route_table(c, "rtb-1"));
}

static void run_ec2_associate_route_table(struct aws_client *c)
{
	sent(ec2_associate_route_table(c, "rtb-1", "subnet-1", NULL));
}

static void run_ec2_disassociate_route_table(struct aws_client *c)
{
	sent(ec2_disassociate_route_table(c, "rtbassoc-1"));
}

static void run_ec2_create_peering_route(struct aws_client *c)
{
	sent(ec2_create_peering_route(c, "rtb-1", "10.1.0.0/16", "pcx-1"));
}

static void run_ec2_replace_peering_route(struct aws_client *c)
{
	sent(ec2_replace_peering_route(c, "rtb-1", "10.1.0.0/16", "pcx-1"));
}

static void run_ec2_delete_route(struct aws_client *c)
{
	sent(ec2_delete_route(c, "rtb-1", "10.1.0.0/16"));
}

static void run_ec2_create_group(struct aws_client *c)
{
	sent(ec2_create_group(c, "vpc-1", "runbook", "For the endpoint", &request_tags, NULL));
	sent(ec2_create_group(c, "vpc-1", "runbook", "For the endpoint", NULL, NULL));
}

static void run_ec2_delete_group(struct aws_client *c)
{
	sent(ec2_delete_group(c, "sg-1"));
}

static void run_ec2_describe_rules(struct aws_client *c)
{
	const struct aws_filter filters[] = { { "group-id", { "sg-1" } }, { 0 } };
	auto_ec2_rules all = { 0 };
	auto_ec2_rules some = { 0 };

	sent(ec2_describe_rules(c, NULL, &all));
	sent(ec2_describe_rules(c, filters, &some));
}

static void run_ec2_authorize(struct aws_client *c)
{
	static char tcp[] = "tcp", all[] = "-1", icmp[] = "icmp", cidr[] = "10.0.0.0/16",
		    cidr6[] = "::/0", group[] = "sg-2", list[] = "pl-1", why[] = "SSH, from there";
	const struct ec2_rule rules[] = {
		{ .protocol = tcp,
		  .from_port = 22,
		  .to_port = 22,
		  .group_id = group,
		  .description = why },
		{ .protocol = tcp, .from_port = 443, .to_port = 443, .cidr = cidr },
		{ .protocol = all, .from_port = -1, .to_port = -1, .cidr = cidr6 },
		{ .protocol = icmp, .from_port = -1, .to_port = -1, .prefix_list_id = list },
		{ .egress = true,
		  .protocol = tcp,
		  .from_port = 0,
		  .to_port = 65535,
		  .cidr = cidr,
		  .description = why },
		{ .egress = true,
		  .protocol = all,
		  .from_port = -1,
		  .to_port = -1,
		  .group_id = group },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rules); i++)
		sent(ec2_authorize(c, "sg-1", &rules[i], i % 2 ? &request_tags : NULL, NULL));
}

static void run_ec2_revoke(struct aws_client *c)
{
	sent(ec2_revoke(c, "sg-1", false, "sgr-1"));
	sent(ec2_revoke(c, "sg-1", true, "sgr-1"));
}

static void run_ec2_create_connect_endpoint(struct aws_client *c)
{
	sent(ec2_create_connect_endpoint(c, "subnet-1", "sg-1", false, "token", &request_tags,
					 NULL));
	sent(ec2_create_connect_endpoint(c, "subnet-1", "sg-1", true, NULL, NULL, NULL));
}

static void run_ec2_delete_connect_endpoint(struct aws_client *c)
{
	sent(ec2_delete_connect_endpoint(c, "eice-1"));
}

static void run_ec2_describe_images(struct aws_client *c)
{
	const struct aws_filter filters[] = {
		{ "name", { "al2023-ami-2023.*-x86_64" } },
		{ "architecture", { "x86_64" } },
		{ "state", { "available" } },
		{ "root-device-type", { "ebs" } },
		{ "virtualization-type", { "hvm" } },
		{ 0 },
	};
	auto_ec2_images named = { 0 };
	auto_ec2_images newest = { 0 };

	sent(ec2_describe_images(c, ids, NULL, NULL, &named));
	sent(ec2_describe_images(c, NULL, "amazon", filters, &newest));
}

static void run_ec2_type_offered(struct aws_client *c)
{
	bool offered;

	sent(ec2_type_offered(c, "t3.micro", "ap-northeast-1a", &offered));
}

static void run_ec2_run_instance(struct aws_client *c)
{
	struct ec2_run_instance launch = {
		.image_id = "ami-1",
		.instance_type = "t3.micro",
		.subnet_id = "subnet-1",
		.group_id = "sg-1",
		.profile_name = "runbook-profile",
		.token = "token",
		.tags = &request_tags,
	};

	sent(ec2_run_instance(c, &launch, NULL));
	launch.root_device_name = "/dev/xvda";
	sent(ec2_run_instance(c, &launch, NULL));
	sent(ec2_run_instance(c, &(struct ec2_run_instance){ .image_id = "ami-1" }, NULL));
}

static void run_ec2_terminate_instance(struct aws_client *c)
{
	sent(ec2_terminate_instance(c, "i-1"));
}

static void run_ec2_describe_instance_status(struct aws_client *c)
{
	autofree char *instance = NULL;
	autofree char *system = NULL;

	sent(ec2_describe_instance_status(c, "i-1", &instance, &system));
}

static void run_ec2_find_profile_association(struct aws_client *c)
{
	autofree char *id = NULL;

	sent(ec2_find_profile_association(c, "i-1", &id));
}

static void run_ec2_describe_profile_association(struct aws_client *c)
{
	autofree char *state = NULL;
	autofree char *arn = NULL;

	sent(ec2_describe_profile_association(c, "i-1", &state, &arn));
}

static void run_ec2_get_console_output(struct aws_client *c)
{
	autofree char *text = NULL;

	sent(ec2_get_console_output(c, "i-1", &text));
}

static void run_ec2_delete_volume(struct aws_client *c)
{
	sent(ec2_delete_volume(c, "vol-1"));
}

static void run_ec2_create_interface_endpoint(struct aws_client *c)
{
	struct ec2_interface_endpoint wanted = { .vpc_id = "vpc-1",
						 .service_name = "com.amazonaws.us-east-1.s3",
						 .subnet_id = "subnet-1",
						 .group_id = "sg-1" };

	sent(ec2_create_interface_endpoint(c, &wanted, "token", &request_tags, NULL));
	wanted.service_region = "us-east-1";
	sent(ec2_create_interface_endpoint(c, &wanted, NULL, NULL, NULL));
}

static void run_ec2_delete_vpc_endpoint(struct aws_client *c)
{
	sent(ec2_delete_vpc_endpoint(c, "vpce-1"));
}

static void run_ec2_interface_service_zones(struct aws_client *c)
{
	auto_strv zones = { 0 };

	sent(ec2_interface_service_zones(c, "com.amazonaws.us-east-1.s3", &zones));
}

static void run_ec2_interface_service_offered(struct aws_client *c)
{
	bool offered = false;

	sent(ec2_interface_service_offered(c, "com.amazonaws.us-east-1.s3", "us-east-1", &offered));
}

static void run_ec2_create_peering(struct aws_client *c)
{
	sent(ec2_create_peering(c, "vpc-1", "vpc-2", "us-east-1", &request_tags, NULL));
	sent(ec2_create_peering(c, "vpc-1", "vpc-2", NULL, NULL, NULL));
}

static void run_ec2_accept_peering(struct aws_client *c)
{
	sent(ec2_accept_peering(c, "pcx-1"));
}

static void run_ec2_delete_peering(struct aws_client *c)
{
	sent(ec2_delete_peering(c, "pcx-1"));
}

static void run_ec2_describe_subnet_acl(struct aws_client *c)
{
	auto_ec2_acls acls = { 0 };

	sent(ec2_describe_subnet_acl(c, "subnet-1", &acls));
}

static void run_ec2_describe_tags(struct aws_client *c)
{
	static const char *const keys[] = { "runbook:run", "runbook:step", NULL };
	auto_ec2_tags l = { 0 };

	sent(ec2_describe_tags(c, keys, &l));
}

static void run_ec2_describe_tagged(struct aws_client *c)
{
	auto_ec2_taggeds l = { 0 };

	sent(ec2_describe_tagged(c, "runbook:run", "r", &l));
}

static void run_ec2_create_tags(struct aws_client *c)
{
	sent(ec2_create_tags(c, "pcx-1", &request_tags));
}

static void run_ec2_internet_gateways(struct aws_client *c)
{
	auto_strv found = { 0 };

	sent(ec2_internet_gateways(c, "vpc-1", &found));
}

static void run_ec2_modify_subnet_public_ip(struct aws_client *c)
{
	sent(ec2_modify_subnet_public_ip(c, "subnet-1", false));
}

static void run_ec2_modify_interface_endpoint(struct aws_client *c)
{
	struct ec2_endpoint_change change = { .private_dns_off = true, .reset_policy = true };

	strv_add(&change.add_groups, "sg-1");
	strv_add(&change.remove_groups, "sg-2");
	strv_add(&change.remove_groups, "sg-3");
	sent(ec2_modify_interface_endpoint(c, "vpce-1", &change));
	strv_clear(&change.add_groups);
	strv_clear(&change.remove_groups);
}

static void run_ec2_modify_instance_group(struct aws_client *c)
{
	sent(ec2_modify_instance_group(c, "i-1", "sg-1"));
}

static void run_ec2_require_metadata_tokens(struct aws_client *c)
{
	sent(ec2_require_metadata_tokens(c, "i-1"));
}

static void run_ec2_start_instance(struct aws_client *c)
{
	sent(ec2_start_instance(c, "i-1"));
}

static void run_ec2_associate_profile(struct aws_client *c)
{
	sent(ec2_associate_profile(c, "i-1", "runbook-profile"));
}

/* ---- the table ---------------------------------------------------------- */

static const struct request_row rows[] = {
	REQUEST_ROW(ec2_create_vpc, "CreateVpc"),
	REQUEST_ROW(ec2_describe_vpcs, "DescribeVpcs"),
	REQUEST_ROW(ec2_delete_vpc, "DeleteVpc"),
	REQUEST_ROW(ec2_modify_vpc_attribute, "ModifyVpcAttribute"),
	REQUEST_ROW(ec2_describe_vpc_attribute, "DescribeVpcAttribute"),
	REQUEST_ROW(ec2_describe_zones, "DescribeAvailabilityZones"),
	REQUEST_ROW(ec2_create_subnet, "CreateSubnet"),
	REQUEST_ROW(ec2_describe_subnets, "DescribeSubnets"),
	REQUEST_ROW(ec2_delete_subnet, "DeleteSubnet"),
	REQUEST_ROW(ec2_create_route_table, "CreateRouteTable"),
	REQUEST_ROW(ec2_describe_route_tables, "DescribeRouteTables"),
	REQUEST_ROW(ec2_delete_route_table, "DeleteRouteTable"),
	REQUEST_ROW(ec2_associate_route_table, "AssociateRouteTable"),
	REQUEST_ROW(ec2_disassociate_route_table, "DisassociateRouteTable"),
	REQUEST_ROW(ec2_create_peering_route, "CreateRoute"),
	REQUEST_ROW(ec2_replace_peering_route, "ReplaceRoute"),
	REQUEST_ROW(ec2_delete_route, "DeleteRoute"),
	REQUEST_ROW(ec2_create_group, "CreateSecurityGroup"),
	REQUEST_ROW(ec2_describe_groups, "DescribeSecurityGroups"),
	REQUEST_ROW(ec2_delete_group, "DeleteSecurityGroup"),
	REQUEST_ROW(ec2_describe_rules, "DescribeSecurityGroupRules"),
	REQUEST_ROW(ec2_authorize, "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress"),
	REQUEST_ROW(ec2_revoke, "RevokeSecurityGroupIngress RevokeSecurityGroupEgress"),
	REQUEST_ROW(ec2_create_connect_endpoint, "CreateInstanceConnectEndpoint"),
	REQUEST_ROW(ec2_describe_connect_endpoints, "DescribeInstanceConnectEndpoints"),
	REQUEST_ROW(ec2_delete_connect_endpoint, "DeleteInstanceConnectEndpoint"),
	REQUEST_ROW(ec2_describe_images, "DescribeImages"),
	REQUEST_ROW(ec2_type_offered, "DescribeInstanceTypeOfferings"),
	REQUEST_ROW(ec2_run_instance, "RunInstances"),
	REQUEST_ROW(ec2_describe_instances, "DescribeInstances"),
	REQUEST_ROW(ec2_terminate_instance, "TerminateInstances"),
	REQUEST_ROW(ec2_describe_instance_status, "DescribeInstanceStatus"),
	REQUEST_ROW(ec2_find_profile_association, "DescribeIamInstanceProfileAssociations"),
	REQUEST_ROW(ec2_describe_profile_association, "DescribeIamInstanceProfileAssociations"),
	REQUEST_ROW(ec2_get_console_output, "GetConsoleOutput"),
	REQUEST_ROW(ec2_describe_volumes, "DescribeVolumes"),
	REQUEST_ROW(ec2_delete_volume, "DeleteVolume"),
	REQUEST_ROW(ec2_create_interface_endpoint, "CreateVpcEndpoint"),
	REQUEST_ROW(ec2_describe_vpc_endpoints, "DescribeVpcEndpoints"),
	REQUEST_ROW(ec2_delete_vpc_endpoint, "DeleteVpcEndpoints"),
	REQUEST_ROW(ec2_interface_service_zones, "DescribeVpcEndpointServices"),
	REQUEST_ROW(ec2_interface_service_offered, "DescribeVpcEndpointServices"),
	REQUEST_ROW(ec2_create_peering, "CreateVpcPeeringConnection"),
	REQUEST_ROW(ec2_describe_peerings, "DescribeVpcPeeringConnections"),
	REQUEST_ROW(ec2_accept_peering, "AcceptVpcPeeringConnection"),
	REQUEST_ROW(ec2_delete_peering, "DeleteVpcPeeringConnection"),
	REQUEST_ROW(ec2_describe_interfaces, "DescribeNetworkInterfaces"),
	REQUEST_ROW(ec2_describe_subnet_acl, "DescribeNetworkAcls"),
	REQUEST_ROW(ec2_describe_tags, "DescribeTags"),
	REQUEST_ROW(ec2_describe_tagged, "DescribeTags"),
	REQUEST_ROW(ec2_create_tags, "CreateTags"),
	REQUEST_ROW(ec2_internet_gateways, "DescribeInternetGateways DescribeNatGateways"),
	REQUEST_ROW(ec2_modify_subnet_public_ip, "ModifySubnetAttribute"),
	REQUEST_ROW(ec2_modify_interface_endpoint, "ModifyVpcEndpoint"),
	REQUEST_ROW(ec2_modify_instance_group, "ModifyInstanceAttribute"),
	REQUEST_ROW(ec2_require_metadata_tokens, "ModifyInstanceMetadataOptions"),
	REQUEST_ROW(ec2_start_instance, "StartInstances"),
	REQUEST_ROW(ec2_associate_profile, "AssociateIamInstanceProfile"),
};

static void every_request_fits_the_api_model(void **state)
{
	(void)state;
	requests_fit_the_model(rows, ARRAY_LEN(rows), /* at_least= */ 120);
}

static void every_typed_function_has_a_row(void **state)
{
	static const char *const headers[] = { "src/aws/ec2/ec2.h", NULL };

	(void)state;
	functions_have_rows(rows, ARRAY_LEN(rows), headers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_request_fits_the_api_model),
		cmocka_unit_test(every_typed_function_has_a_row),
	};

	return cmocka_run_group_tests(tests, requests_start, requests_stop);
}
