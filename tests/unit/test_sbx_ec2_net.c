/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox's EC2: VPCs, subnets, tables, routes, groups, tags, lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/text.h"
#include "tests/lib/sbx_ec2_world.h"

/* ---- VPC ---------------------------------------------------------------- */

static void a_vpc_comes_with_a_table_a_group_and_an_acl(void **state)
{
	autofree char *id = ec2_made("vpcId", "CreateVpc&CidrBlock=10.0.0.1/16");

	(void)state;
	HAS("<state>pending</state>");
	HAS("<cidrBlock>10.0.0.0/16</cidrBlock>"); /* host bits cleared */
	assert_int_equal(strlen(id), strlen("vpc-") + 17);
	skip_s(2);
	GOOD(EC2("DescribeVpcs&VpcId.1=%s", id));
	HAS("<state>available</state>");
	GOOD(EC2("DescribeRouteTables&Filter.1.Name=association.main&Filter.1.Value.1=true"));
	HAS("<gatewayId>local</gatewayId>");
	assert_int_equal(ec2_count("<destinationCidrBlock>"), 1);
	GOOD(EC2("DescribeSecurityGroups&Filter.1.Name=group-name&Filter.1.Value.1=default"));
	HAS("<groupDescription>default VPC security group</groupDescription>");
	HAS("<cidrIp>0.0.0.0/0</cidrIp>");
	GOOD(EC2("DescribeNetworkAcls&Filter.1.Name=default&Filter.1.Value.1=true"));
	HAS("<ruleNumber>32767</ruleNumber>");
	GOOD(EC2("DeleteVpc&VpcId=%s", id));
	GOOD(EC2("DescribeRouteTables"));
	assert_int_equal(ec2_count("<routeTableId>"), 0);
	GOOD(EC2("DescribeSecurityGroupRules"));
	assert_int_equal(ec2_count("<groupId>"), 0);
	BAD("InvalidVpcID.NotFound", EC2("DescribeVpcs&VpcId.1=%s", id));
	BAD("InvalidVpcID.NotFound", EC2("DeleteVpc&VpcId=%s", id));
	BAD("InvalidVpcId.Malformed", EC2("DeleteVpc&VpcId=subnet-12345678"));
}

static void a_vpcs_block_has_its_limits(void **state)
{
	static const char *const bad[] = { "10.0.0.0",	    "10.0.0.0/33",    "10.0.0/16",   "x",
					   "10.0.0.256/16", "10.0.0.0/16/16", "1e1.0.0.0/16" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		BAD("InvalidParameterValue", EC2("CreateVpc&CidrBlock=%s", bad[i]));
	BAD("InvalidVpc.Range", EC2("CreateVpc&CidrBlock=10.0.0.0/15"));
	BAD("InvalidVpc.Range", EC2("CreateVpc&CidrBlock=10.0.0.0/29"));
	BAD("MissingParameter", EC2("CreateVpc"));
	for (int i = 0; i < 5; i++)
		GOOD(EC2("CreateVpc&CidrBlock=10.%d.0.0/16", i));
	BAD("VpcLimitExceeded", EC2("CreateVpc&CidrBlock=10.9.0.0/16"));
	c.region = "eu-west-1"; /* each region has its own */
	GOOD(EC2("CreateVpc&CidrBlock=10.9.0.0/16"));
	GOOD(EC2("DescribeVpcs"));
	assert_int_equal(ec2_count("<vpcId>"), 1);
}

static void dns_attributes_are_set_one_at_a_time(void **state)
{
	autofree char *id = ec2_made("vpcId", "CreateVpc&CidrBlock=10.0.0.0/16");

	(void)state;
	GOOD(EC2("DescribeVpcAttribute&VpcId=%s&Attribute=enableDnsSupport", id));
	HAS("<enableDnsSupport><value>true</value></enableDnsSupport>");
	GOOD(EC2("DescribeVpcAttribute&VpcId=%s&Attribute=enableDnsHostnames", id));
	HAS("<enableDnsHostnames><value>false</value></enableDnsHostnames>");
	BAD("InvalidParameterCombination",
	    EC2("ModifyVpcAttribute&VpcId=%s&EnableDnsSupport.Value=true&"
		"EnableDnsHostnames.Value=true",
		id));
	BAD("MissingParameter", EC2("ModifyVpcAttribute&VpcId=%s", id));
	GOOD(EC2("ModifyVpcAttribute&VpcId=%s&EnableDnsHostnames.Value=true", id));
	GOOD(EC2("DescribeVpcAttribute&VpcId=%s&Attribute=enableDnsHostnames", id));
	HAS("<value>true</value>");
	BAD("InvalidParameterValue", EC2("DescribeVpcAttribute&VpcId=%s&Attribute=colour", id));
	GOOD(EC2("DescribeDhcpOptions"));
	HAS("<value>AmazonProvidedDNS</value>");
}

/* ---- subnets ------------------------------------------------------------ */

static void a_subnet_lies_in_its_vpc_beside_others(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");

	(void)state;
	GOOD(EC2("DescribeSubnets&SubnetId.1=%s", net.subnet));
	HAS("<state>pending</state>");
	HAS("<availableIpAddressCount>4091</availableIpAddressCount>");
	HAS("<mapPublicIpOnLaunch>false</mapPublicIpOnLaunch>");
	HAS("<availabilityZoneId>use1-az6</availabilityZoneId>");
	skip_s(1);
	GOOD(EC2("DescribeSubnets&SubnetId.1=%s", net.subnet));
	HAS("<state>available</state>");
	BAD("InvalidSubnet.Conflict", EC2("CreateSubnet&VpcId=%s&CidrBlock=10.0.8.0/24", net.vpc));
	BAD("InvalidSubnet.Range", EC2("CreateSubnet&VpcId=%s&CidrBlock=10.1.0.0/24", net.vpc));
	BAD("InvalidSubnet.Range", EC2("CreateSubnet&VpcId=%s&CidrBlock=10.0.64.0/29", net.vpc));
	BAD("InvalidVpcID.NotFound",
	    EC2("CreateSubnet&VpcId=vpc-0123456789abcdef0&CidrBlock=10.0.64.0/24"));
	BAD("InvalidParameterValue",
	    EC2("CreateSubnet&VpcId=%s&CidrBlock=10.0.64.0/24&AvailabilityZone=us-east-1z",
		net.vpc));
	HAS("Subnets can currently only be created in the following availability zones: "
	    "us-east-1a, us-east-1b,");
	GOOD(EC2("CreateSubnet&VpcId=%s&CidrBlock=10.0.64.0/24&AvailabilityZoneId=use1-az3",
		 net.vpc));
	HAS("<availabilityZone>us-east-1e</availabilityZone>");
	GOOD(EC2("ModifySubnetAttribute&SubnetId=%s&MapPublicIpOnLaunch.Value=true", net.subnet));
	GOOD(EC2("DescribeSubnets&Filter.1.Name=map-public-ip-on-launch&Filter.1.Value.1=true"));
	assert_int_equal(ec2_count("<subnetId>"), 1);
	BAD("DependencyViolation", EC2("DeleteVpc&VpcId=%s", net.vpc));
	HAS("has dependencies and cannot be deleted.");
}

/* ---- tables and routes -------------------------------------------------- */

static void a_table_is_associated_moved_and_freed(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	auto_net far = ec2_net_new("10.1.0.0/16", "10.1.0.0/20", "us-east-1a");
	autofree char *other = ec2_made("routeTableId", "CreateRouteTable&VpcId=%s", net.vpc);
	autofree char *id =
		ec2_made("associationId", "AssociateRouteTable&RouteTableId=%s&SubnetId=%s",
			 net.table, net.subnet);
	autofree char *again =
		ec2_made("associationId", "AssociateRouteTable&RouteTableId=%s&SubnetId=%s",
			 net.table, net.subnet);
	autofree char *moved = NULL, *main_id = NULL;

	(void)state;
	assert_string_equal(id, again);
	BAD("Resource.AlreadyAssociated",
	    EC2("AssociateRouteTable&RouteTableId=%s&SubnetId=%s", other, net.subnet));
	BAD("InvalidParameterValue",
	    EC2("AssociateRouteTable&RouteTableId=%s&SubnetId=%s", net.table, far.subnet));
	HAS("belong to different networks");
	BAD("DependencyViolation", EC2("DeleteRouteTable&RouteTableId=%s", net.table));
	moved = ec2_made("newAssociationId",
			 "ReplaceRouteTableAssociation&AssociationId=%s&RouteTableId=%s", id,
			 other);
	BAD("InvalidAssociationID.NotFound", EC2("DisassociateRouteTable&AssociationId=%s", id));
	GOOD(EC2("DescribeRouteTables&Filter.1.Name=association.subnet-id&Filter.1.Value.1=%s",
		 net.subnet));
	HAS(other);
	GOOD(EC2("DisassociateRouteTable&AssociationId=%s", moved));
	GOOD(EC2("DescribeRouteTables&Filter.1.Name=association.subnet-id&Filter.1.Value.1=%s",
		 net.subnet));
	HAS_NOT("<routeTableId>");
	GOOD(EC2("DeleteRouteTable&RouteTableId=%s", net.table));
	BAD("InvalidRouteTableID.NotFound", EC2("DeleteRouteTable&RouteTableId=%s", net.table));

	main_id = ec2_made("routeTableAssociationId",
			   "DescribeRouteTables&Filter.1.Name=vpc-id&Filter.1.Value.1=%s&"
			   "Filter.2.Name=association.main&Filter.2.Value.1=true",
			   net.vpc);
	BAD("InvalidParameterValue", EC2("DisassociateRouteTable&AssociationId=%s", main_id));
	GOOD(EC2("ReplaceRouteTableAssociation&AssociationId=%s&RouteTableId=%s", main_id, other));
	BAD("DependencyViolation",
	    EC2("DeleteRouteTable&RouteTableId=%s", other)); /* is main now */
}

static void deleting_a_subnet_takes_its_association_along(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");

	(void)state;
	GOOD(EC2("AssociateRouteTable&RouteTableId=%s&SubnetId=%s", net.table, net.subnet));
	GOOD(EC2("DeleteSubnet&SubnetId=%s", net.subnet));
	GOOD(EC2("DeleteRouteTable&RouteTableId=%s", net.table));
}

static void routes_go_where_something_is(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	auto_net far = ec2_net_new("10.1.0.0/16", "10.1.0.0/20", "us-east-1a");
	auto_net else_ = ec2_net_new("10.2.0.0/16", "10.2.0.0/20", "us-east-1a");
	autofree char *pcx =
		ec2_made("vpcPeeringConnectionId",
			 "CreateVpcPeeringConnection&VpcId=%s&PeerVpcId=%s", net.vpc, far.vpc);
#define ROUTE(action, table, cidr, target)                                                         \
	EC2(action "&RouteTableId=%s&DestinationCidrBlock=" cidr target, table, pcx)

	(void)state;
	BAD("InvalidParameterValue", /* too early */
	    ROUTE("CreateRoute", net.table, "10.1.0.0/16", "&VpcPeeringConnectionId=%s"));
	HAS("belong to different networks");
	skip_s(2);
	GOOD(ROUTE("CreateRoute", net.table, "10.1.0.0/16", "&VpcPeeringConnectionId=%s"));
	BAD("RouteAlreadyExists",
	    ROUTE("CreateRoute", net.table, "10.1.0.0/16", "&VpcPeeringConnectionId=%s"));
	BAD("RouteAlreadyExists",
	    ROUTE("CreateRoute", net.table, "10.0.0.0/16", "&VpcPeeringConnectionId=%s"));
	BAD("InvalidParameterValue",
	    ROUTE("CreateRoute", net.table, "10.0.1.0/24", "&VpcPeeringConnectionId=%s"));
	BAD("InvalidParameterValue",
	    ROUTE("CreateRoute", else_.table, "10.1.0.0/16", "&VpcPeeringConnectionId=%s"));
	GOOD(ROUTE("CreateRoute", net.table, "10.3.0.0/16",
		   "&GatewayId=%s")); /* as old clients do */
	BAD("InvalidVpcPeeringConnectionID.NotFound",
	    EC2("CreateRoute&RouteTableId=%s&DestinationCidrBlock=10.4.0.0/16&"
		"VpcPeeringConnectionId=pcx-0123456789abcdef0",
		net.table));
	BAD("InvalidGatewayID.NotFound",
	    EC2("CreateRoute&RouteTableId=%s&DestinationCidrBlock=0.0.0.0/0&"
		"GatewayId=igw-0123456789abcdef0",
		net.table));
	BAD("MissingParameter",
	    EC2("CreateRoute&RouteTableId=%s&DestinationCidrBlock=10.4.0.0/16", net.table));
	GOOD(EC2("DescribeRouteTables&RouteTableId.1=%s", net.table));
	assert_int_equal(ec2_count("<state>blackhole</state>"), 2);
	GOOD(EC2("AcceptVpcPeeringConnection&VpcPeeringConnectionId=%s", pcx));
	skip_s(10);
	GOOD(EC2("DescribeRouteTables&RouteTableId.1=%s", net.table));
	assert_int_equal(ec2_count("<state>active</state>"), 3);
	BAD("InvalidParameterValue",
	    ROUTE("ReplaceRoute", net.table, "10.7.0.0/16", "&VpcPeeringConnectionId=%s"));
	GOOD(ROUTE("ReplaceRoute", net.table, "10.3.0.0/16", "&VpcPeeringConnectionId=%s"));
	GOOD(EC2("DeleteVpcPeeringConnection&VpcPeeringConnectionId=%s", pcx));
	GOOD(EC2("DescribeRouteTables&RouteTableId.1=%s", net.table));
	assert_int_equal(ec2_count("<state>blackhole</state>"), 2);
	GOOD(EC2("DeleteRoute&RouteTableId=%s&DestinationCidrBlock=10.1.0.0/16", net.table));
	BAD("InvalidRoute.NotFound",
	    EC2("DeleteRoute&RouteTableId=%s&DestinationCidrBlock=10.1.0.0/16", net.table));
	BAD("InvalidParameterValue",
	    EC2("DeleteRoute&RouteTableId=%s&DestinationCidrBlock=10.0.0.0/16", net.table));
}

/* ---- groups ------------------------------------------------------------- */

#define INGRESS(rest) "AuthorizeSecurityGroupIngress&GroupId=%s&IpPermissions.1." rest

static void a_group_is_named_once_in_its_vpc(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	auto_net far = ec2_net_new("10.1.0.0/16", "10.1.0.0/20", "us-east-1a"); /* 'g' there too */

	(void)state;
	BAD("InvalidGroup.Duplicate",
	    EC2("CreateSecurityGroup&GroupName=g&GroupDescription=d&VpcId=%s", net.vpc));
	BAD("InvalidParameterValue",
	    EC2("CreateSecurityGroup&GroupName=sg-x&GroupDescription=d&VpcId=%s", net.vpc));
	BAD("InvalidParameterValue",
	    EC2("CreateSecurityGroup&GroupName=x&GroupDescription=%%E3%%81%%82&VpcId=%s", net.vpc));
	BAD("InvalidGroup.Reserved",
	    EC2("CreateSecurityGroup&GroupName=default&GroupDescription=d&VpcId=%s", net.vpc));
	BAD("VPCIdNotSpecified", EC2("CreateSecurityGroup&GroupName=x&GroupDescription=d"));
	BAD("InvalidGroupId.Malformed", EC2("DescribeSecurityGroups&GroupId.1=nonsense"));
	BAD("InvalidGroup.NotFound", EC2("DescribeSecurityGroups&GroupId.1=sg-12345678"));
	GOOD(EC2("DescribeSecurityGroups&GroupId.1=%s", net.group));
	HAS("<ipPermissions/>");
	assert_int_equal(ec2_count("<cidrIp>0.0.0.0/0</cidrIp>"), 1); /* all may leave */
	GOOD(EC2("DeleteSecurityGroup&GroupId=%s", net.group));
	BAD("InvalidGroup.NotFound", EC2("DeleteSecurityGroup&GroupId=%s", net.group));
	autofree char *own = ec2_made("groupId",
				      "DescribeSecurityGroups&Filter.1.Name=group-name&"
				      "Filter.1.Value.1=default&Filter.2.Name=vpc-id&"
				      "Filter.2.Value.1=%s",
				      net.vpc);
	BAD("CannotDelete", EC2("DeleteSecurityGroup&GroupId=%s", own));
	GOOD(EC2("GetSecurityGroupsForVpc&VpcId=%s", far.vpc));
	assert_int_equal(ec2_count("<groupId>"), 2);
}

static void rules_are_added_once_and_revoked_by_value_or_id(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *rule = ec2_made(
		"securityGroupRuleId",
		INGRESS("IpProtocol=tcp&IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443&"
			"IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/16&"
			"IpPermissions.1.IpRanges.1.Description=why&"
			"TagSpecification.1.ResourceType=security-group-rule&"
			"TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v"),
		net.group);

	(void)state;
	HAS("<description>why</description>");
	HAS("<isEgress>false</isEgress>");
	BAD("InvalidPermission.Duplicate", /* tcp is 6, descriptions do not count */
	    EC2(INGRESS("IpProtocol=6&IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443&"
			"IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/16"),
		net.group));
	HAS("peer: 10.0.0.0/16, TCP, from port: 443, to port: 443, ALLOW");
	BAD("InvalidPermission.Duplicate",
	    EC2("AuthorizeSecurityGroupEgress&GroupId=%s&IpPermissions.1.IpProtocol=-1&"
		"IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0",
		net.group));
	GOOD(EC2(INGRESS("IpProtocol=tcp&IpPermissions.1.FromPort=22&IpPermissions.1.ToPort=22&"
			 "IpPermissions.1.Groups.1.GroupId=%s"),
		 net.group, net.group));
	GOOD(EC2("DescribeSecurityGroupRules&Filter.1.Name=tag:k&Filter.1.Value.1=v"));
	assert_int_equal(ec2_count("<securityGroupRuleId>"), 1);
	GOOD(EC2("DescribeSecurityGroups&Filter.1.Name=ip-permission.group-id&Filter.1.Value.1=%s",
		 net.group));
	assert_int_equal(ec2_count("<groupName>g</groupName>"), 1);
	GOOD(EC2("ModifySecurityGroupRules&GroupId=%s&SecurityGroupRule.1.SecurityGroupRuleId=%s&"
		 "SecurityGroupRule.1.SecurityGroupRule.IpProtocol=tcp&"
		 "SecurityGroupRule.1.SecurityGroupRule.FromPort=8443&"
		 "SecurityGroupRule.1.SecurityGroupRule.ToPort=8443&"
		 "SecurityGroupRule.1.SecurityGroupRule.CidrIpv4=10.0.0.0/20",
		 net.group, rule));
	BAD("InvalidPermission.NotFound",
	    EC2("RevokeSecurityGroupIngress&GroupId=%s&IpPermissions.1.IpProtocol=tcp&"
		"IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443&"
		"IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/16",
		net.group));
	GOOD(EC2("RevokeSecurityGroupIngress&GroupId=%s&SecurityGroupRuleId.1=%s", net.group,
		 rule));
	HAS("<fromPort>8443</fromPort>");
	BAD("InvalidSecurityGroupRuleId.NotFound",
	    EC2("RevokeSecurityGroupIngress&GroupId=%s&SecurityGroupRuleId.1=%s", net.group, rule));
	GOOD(EC2("RevokeSecurityGroupEgress&GroupId=%s&IpPermissions.1.IpProtocol=-1&"
		 "IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0",
		 net.group));
	GOOD(EC2("DescribeSecurityGroups&GroupId.1=%s", net.group));
	HAS("<ipPermissionsEgress/>");
}

static void rules_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		const char *code, *permission;
	} cases[] = {
		{ "InvalidParameterValue",
		  "IpProtocol=tcp&IpPermissions.1.IpRanges.1.CidrIp=1.0.0.0/8" },
		{ "InvalidParameterValue",
		  "IpProtocol=tcp&IpPermissions.1.FromPort=2&IpPermissions.1.ToPort=1&"
		  "IpPermissions.1.IpRanges.1.CidrIp=1.0.0.0/8" },
		{ "InvalidParameterValue",
		  "IpProtocol=tcpp&IpPermissions.1.IpRanges.1.CidrIp=1.0.0.0/8" },
		{ "InvalidParameterValue",
		  "IpProtocol=256&IpPermissions.1.IpRanges.1.CidrIp=1.0.0.0/8" },
		{ "InvalidParameterValue",
		  "IpProtocol=-1&IpPermissions.1.IpRanges.1.CidrIp=1.0.0.0" },
		{ "InvalidParameterValue",
		  "IpProtocol=-1&IpPermissions.1.Ipv6Ranges.1.CidrIpv6=x" },
		{ "InvalidParameterValue", "IpProtocol=-1" },
		{ "MissingParameter", "IpRanges.1.CidrIp=1.0.0.0/8" },
		{ "InvalidGroup.NotFound",
		  "IpProtocol=-1&IpPermissions.1.Groups.1.GroupId=sg-12345678" },
	};
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	auto_net far = ec2_net_new("10.1.0.0/16", "10.1.0.0/20", "us-east-1a");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		BAD(cases[i].code, EC2(INGRESS("%s"), net.group, cases[i].permission));
	BAD("InvalidGroup.NotFound",
	    EC2(INGRESS("IpProtocol=-1&IpPermissions.1.Groups.1.GroupId=%s"), net.group,
		far.group));
	HAS("belong to different networks");
	BAD("MissingParameter", EC2("AuthorizeSecurityGroupIngress&GroupId=%s", net.group));
	for (int i = 0; i < 60; i++)
		GOOD(EC2(INGRESS("IpProtocol=-1&IpPermissions.1.IpRanges.1.CidrIp=10.%d.0.0/16"),
			 net.group, i));
	BAD("RulesPerSecurityGroupLimitExceeded",
	    EC2(INGRESS("IpProtocol=-1&IpPermissions.1.IpRanges.1.CidrIp=11.0.0.0/16"), net.group));
}

static void a_group_that_another_one_names_stays(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *other = ec2_made(
		"groupId", "CreateSecurityGroup&GroupName=h&GroupDescription=d&VpcId=%s", net.vpc);

	(void)state;
	/* its own rule does not hold it */
	GOOD(EC2(INGRESS("IpProtocol=-1&IpPermissions.1.Groups.1.GroupId=%s"), net.group,
		 net.group));
	GOOD(EC2(INGRESS("IpProtocol=-1&IpPermissions.1.Groups.1.GroupId=%s"), other, net.group));
	BAD("DependencyViolation", EC2("DeleteSecurityGroup&GroupId=%s", net.group));
	{
		autofree char *message = xasprintf("resource %s has a dependent object", net.group);

		HAS(message);
	}
	GOOD(EC2("DeleteSecurityGroup&GroupId=%s", other));
	GOOD(EC2("DeleteSecurityGroup&GroupId=%s", net.group));
	BAD("InvalidGroup.NotFound",
	    EC2("DescribeSecurityGroupReferences&GroupId.1=%s", net.group));
}

/* ---- tags and lists ----------------------------------------------------- */

#define TAG(n, k, v) "TagSpecification.1.Tag." n ".Key=" k "&TagSpecification.1.Tag." n ".Value=" v

static void tags_have_rules(void **state)
{
	autofree char *id = NULL;

	(void)state;
	BAD("InvalidParameterValue",
	    EC2("CreateVpc&CidrBlock=10.0.0.0/16&TagSpecification.1.ResourceType=subnet&" TAG(
		    "1", "k", "v")));
	HAS("'subnet' is not a valid taggable resource type for this operation.");
	BAD("InvalidParameterValue",
	    EC2("CreateVpc&CidrBlock=10.0.0.0/16&TagSpecification.1.ResourceType=vpc"));
	BAD("InvalidTagKey.Malformed",
	    EC2("CreateVpc&CidrBlock=10.0.0.0/16&TagSpecification.1.ResourceType=vpc&" TAG(
		    "1", "aws:k", "v")));
	BAD("InvalidParameterValue",
	    EC2("CreateVpc&CidrBlock=10.0.0.0/16&TagSpecification.1.ResourceType=vpc&" TAG(
		    "1", "k", "v") "&" TAG("2", "k", "w")));
	id = ec2_made("vpcId",
		      "CreateVpc&CidrBlock=10.0.0.0/16&TagSpecification.1.ResourceType=vpc&" TAG(
			      "1", "k", "v") "&" TAG("2", "empty", ""));
	GOOD(EC2(
		"CreateTags&ResourceId.1=%s&Tag.1.Key=k&Tag.1.Value=w&Tag.2.Key=n&Tag.2.Value=%%3C",
		id));
	GOOD(EC2("DescribeTags&Filter.1.Name=resource-id&Filter.1.Value.1=%s", id));
	assert_int_equal(ec2_count("<resourceType>vpc</resourceType>"), 3);
	HAS("<key>k</key><resourceId>");
	HAS("<value>&lt;</value>");
	GOOD(EC2("DeleteTags&ResourceId.1=%s&Tag.1.Key=k&Tag.1.Value=other&Tag.2.Key=n", id));
	GOOD(EC2("DescribeTags&Filter.1.Name=tag:k&Filter.1.Value.1=w"));
	assert_int_equal(ec2_count("<resourceId>"), 1);
	GOOD(EC2("DescribeTags&Filter.1.Name=key&Filter.1.Value.1=n"));
	assert_int_equal(ec2_count("<resourceId>"), 0);
	for (int i = 0; i < 48; i++)
		GOOD(EC2("CreateTags&ResourceId.1=%s&Tag.1.Key=x%d&Tag.1.Value=", id, i));
	BAD("TagLimitExceeded", EC2("CreateTags&ResourceId.1=%s&Tag.1.Key=y&Tag.1.Value=", id));
	BAD("InvalidID", EC2("CreateTags&ResourceId.1=nonsense&Tag.1.Key=y&Tag.1.Value="));
	BAD("InvalidSubnetID.NotFound",
	    EC2("CreateTags&ResourceId.1=subnet-12345678&Tag.1.Key=y&Tag.1.Value="));
	GOOD(EC2("DeleteTags&ResourceId.1=%s", id));
	GOOD(EC2("DescribeTags"));
	assert_int_equal(ec2_count("<resourceId>"), 0);
}

static void filters_know_wildcards(void **state)
{
	static const struct {
		const char *value;
		size_t found;
	} cases[] = { { "a", 0 },      { "a*", 2 },    { "*", 3 },	{ "ab?", 2 }, { "a*c", 1 },
		      { "*b*", 3 },    { "b%5C*", 1 }, { "b?", 1 },	{ "?", 0 },   { "*c", 1 },
		      { "ab%5C?", 0 }, { "**d", 1 },   { "abcabc*", 0 } };

	(void)state;
	GOOD(EC2("CreateVpc&CidrBlock=10.0.0.0/16&TagSpecification.1.ResourceType=vpc&" TAG(
		"1", "n", "abc")));
	GOOD(EC2("CreateVpc&CidrBlock=10.1.0.0/16&TagSpecification.1.ResourceType=vpc&" TAG(
		"1", "n", "abd")));
	GOOD(EC2("CreateVpc&CidrBlock=10.2.0.0/16&TagSpecification.1.ResourceType=vpc&" TAG(
		"1", "n", "b*")));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		GOOD(EC2("DescribeVpcs&Filter.1.Name=tag:n&Filter.1.Value.1=%s", cases[i].value));
		if (ec2_count("<vpcId>") != cases[i].found)
			fail_msg("'%s' finds %zu", cases[i].value, ec2_count("<vpcId>"));
	}
	/* values are ORed, filters ANDed */
	GOOD(EC2("DescribeVpcs&Filter.1.Name=tag:n&Filter.1.Value.1=abc&Filter.1.Value.2=abd&"
		 "Filter.2.Name=cidr&Filter.2.Value.1=10.1.*"));
	assert_int_equal(ec2_count("<vpcId>"), 1);
	GOOD(EC2("DescribeVpcs&Filter.1.Name=tag-key&Filter.1.Value.1=n"));
	assert_int_equal(ec2_count("<vpcId>"), 3);
}

static void lists_come_in_pages(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *token = NULL, *victim = NULL;
	size_t found = 0;

	(void)state;
	for (int i = 0; i < 11; i++) {
		free(victim);
		victim = ec2_made("subnetId", "CreateSubnet&VpcId=%s&CidrBlock=10.0.%d.0/24",
				  net.vpc, 100 + i);
	}
	GOOD(EC2("DescribeSubnets&MaxResults=5"));
	found += ec2_count("<subnetId>");
	token = sbx_answer_element(&c, "nextToken");
	assert_non_null(token);
	GOOD(EC2("DeleteSubnet&SubnetId=%s", net.subnet)); /* on the first page: nothing shifts */
	for (int page = 0; page < 9 && token; page++) {
		GOOD(EC2("DescribeSubnets&MaxResults=5&NextToken=%s", token));
		found += ec2_count("<subnetId>");
		free(token);
		token = sbx_answer_element(&c, "nextToken");
	}
	assert_null(token);
	assert_int_equal(found, 12);
	BAD("InvalidNextToken", EC2("DescribeSubnets&NextToken=bm9uc2Vuc2U="));
	BAD("InvalidParameterCombination",
	    EC2("DescribeSubnets&MaxResults=5&SubnetId.1=%s", victim));
	HAS("The parameter subnetIds cannot be used with the parameter maxResults");
}

/* A filter that AWS has is never unknown here, whatever it finds. */
static void every_filter_of_the_model_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < sbx_n_models; i++) {
		const struct sbx_model *m = &sbx_models[i];

		for (size_t k = 0; m->filters && m->filters[k]; k++) {
			const char *name =
				text_eq(m->filters[k], "tag:KEY") ? "tag:x" : m->filters[k];
			const char *extra = text_eq(m->action, "GetSecurityGroupsForVpc")
						    ? "&VpcId=vpc-12345678"
						    : "";
			const char *code = EC2("%s&Filter.1.Name=%s&Filter.1.Value.1=x%s",
					       m->action, name, extra);

			if (code && !text_eq(code, "InvalidVpcID.NotFound"))
				fail_msg("%s %s: %s", m->action, name, c.rep.body.p);
		}
	}
}

/* ---- what reaches readers late ------------------------------------------ */

static void readers_lag_behind_writers(void **state)
{
	autofree char *id = ec2_made("vpcId", "CreateVpc&CidrBlock=10.0.0.0/16");

	(void)state;
	BAD("InvalidVpcID.NotFound", EC2("DescribeVpcs&VpcId.1=%s", id));
	GOOD(EC2("DescribeVpcs"));
	assert_int_equal(ec2_count("<vpcId>"), 0);
	GOOD(EC2("CreateSubnet&VpcId=%s&CidrBlock=10.0.0.0/20", id)); /* writers know it */
	skip_s(2);
	GOOD(EC2("DescribeVpcs&VpcId.1=%s", id));
	GOOD(EC2("CreateTags&ResourceId.1=%s&Tag.1.Key=k&Tag.1.Value=v", id));
	GOOD(EC2("DescribeVpcs&Filter.1.Name=tag:k&Filter.1.Value.1=v"));
	assert_int_equal(ec2_count("<vpcId>"), 0);
	skip_s(1);
	GOOD(EC2("DescribeVpcs&Filter.1.Name=tag:k&Filter.1.Value.1=v"));
	assert_int_equal(ec2_count("<vpcId>"), 1);
}

/* ---- parameters --------------------------------------------------------- */

/* Clients send what they have no value for; EC2 takes it as not sent. */
static void an_optional_parameter_without_a_value_is_none(void **state)
{
	autofree char *vpc = ec2_made("vpcId", "CreateVpc&CidrBlock=10.0.0.0/16&InstanceTenancy=");
	autofree char *subnet = NULL;

	(void)state;
	subnet = ec2_made("subnetId",
			  "CreateSubnet&VpcId=%s&CidrBlock=10.0.0.0/20&AvailabilityZone=us-east-1a&"
			  "AvailabilityZoneId=&OutpostArn=",
			  vpc);
	HAS("<availabilityZone>us-east-1a</availabilityZone>");
	/* A tag's value may be empty, and what is required may not. */
	GOOD(EC2("CreateTags&ResourceId.1=%s&Tag.1.Key=a&Tag.1.Value=", subnet));
	GOOD(EC2("DescribeTags&Filter.1.Name=resource-id&Filter.1.Value.1=%s", subnet));
	HAS("<key>a</key>");
	if (!EC2("CreateSubnet&VpcId=&CidrBlock=10.0.16.0/20"))
		fail_msg("a required parameter was left empty: %s", c.rep.body.p);
}

/* ---- zones and offers --------------------------------------------------- */

static void zones_regions_and_offers_fit_together(void **state)
{
	(void)state;
	GOOD(EC2("DescribeAvailabilityZones&Filter.1.Name=state&Filter.1.Value.1=available"));
	assert_int_equal(ec2_count("<zoneName>"), 6);
	GOOD(EC2("DescribeVpcEndpointServices&ServiceName.1=com.amazonaws.us-east-1.s3"));
	assert_int_equal(ec2_count("<serviceName>"), 2);
	/* The interface has a name that is resolved in its VPC; the gateway has no address. */
	assert_int_equal(ec2_count("<privateDnsName>s3.us-east-1.amazonaws.com</privateDnsName>"),
			 2);
	assert_int_equal(ec2_count("<privateDnsNameSet>"), 1);
	HAS("<privateDnsNameVerificationState>verified</privateDnsNameVerificationState>");
	HAS("<item>us-east-1a</item>");
	HAS_NOT("<item>us-east-1e</item>");
	BAD("InvalidServiceName",
	    EC2("DescribeVpcEndpointServices&ServiceName.1=com.amazonaws.us-east-1.nothing"));
	GOOD(EC2("DescribeInstanceTypeOfferings&LocationType=availability-zone&"
		 "Filter.1.Name=instance-type&Filter.1.Value.1=t3.micro"));
	assert_int_equal(ec2_count("<location>"), 5);
	GOOD(EC2("DescribeInstanceTypes&InstanceType.1=t4g.micro&InstanceType.2=m5.large"));
	assert_int_equal(ec2_count("<instanceType>"), 2);
	assert_int_equal(ec2_count("<burstablePerformanceSupported>true"), 1);
	HAS("<supportedArchitectures><item>arm64</item></supportedArchitectures>");
	GOOD(EC2("DescribeInstanceTypes&Filter.1.Name=instance-type&Filter.1.Value.1=t3.*"));
	assert_int_equal(ec2_count("<instanceType>"), 7);
	BAD("InvalidInstanceType", EC2("DescribeInstanceTypes&InstanceType.1=t9.micro"));
	GOOD(EC2("DescribeRegions&RegionName.1=ap-northeast-1"));
	HAS("<regionEndpoint>ec2.ap-northeast-1.amazonaws.com</regionEndpoint>");
	BAD("InvalidParameterValue", EC2("DescribeRegions&RegionName.1=x"));
	GOOD(EC2("DescribeAccountAttributes&AttributeName.1=supported-platforms"));
	HAS("<attributeValue>VPC</attributeValue>");
	GOOD(EC2("DescribePrefixLists"));
	assert_int_equal(ec2_count("<prefixListId>"), 2);
	GOOD(EC2("DescribeManagedPrefixLists&Filter.1.Name=prefix-list-name&"
		 "Filter.1.Value.1=com.amazonaws.us-east-1.s3"));
	assert_int_equal(ec2_count("<prefixListId>"), 1);
	GOOD(EC2("DescribeInternetGateways"));
	GOOD(EC2("DescribeNatGateways"));
	BAD("InvalidInternetGatewayID.NotFound",
	    EC2("DescribeInternetGateways&InternetGatewayId.1=igw-1"));
	c.region = "ap-northeast-1";
	GOOD(EC2("DescribeAvailabilityZones"));
	assert_int_equal(ec2_count("<zoneName>"), 3);
	HAS("<zoneId>apne1-az4</zoneId>");
	c.region = "cn-north-1";
	GOOD(EC2("DescribeRegions"));
	HAS("<regionEndpoint>ec2.cn-northwest-1.amazonaws.com.cn</regionEndpoint>");
	GOOD(EC2("CreateVpc&CidrBlock=10.0.0.0/16"));
	GOOD(EC2("DescribeSecurityGroups"));
	HAS("<securityGroupArn>arn:aws-cn:ec2:cn-north-1:123456789012:security-group/sg-");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, ec2_world_setup, ec2_world_teardown)
	const struct CMUnitTest tests[] = {
		T(a_vpc_comes_with_a_table_a_group_and_an_acl),
		T(a_vpcs_block_has_its_limits),
		T(dns_attributes_are_set_one_at_a_time),
		T(a_subnet_lies_in_its_vpc_beside_others),
		T(a_table_is_associated_moved_and_freed),
		T(deleting_a_subnet_takes_its_association_along),
		T(routes_go_where_something_is),
		T(a_group_is_named_once_in_its_vpc),
		T(rules_are_added_once_and_revoked_by_value_or_id),
		T(rules_that_make_no_sense_are_refused),
		T(a_group_that_another_one_names_stays),
		T(tags_have_rules),
		T(filters_know_wildcards),
		T(lists_come_in_pages),
		T(every_filter_of_the_model_is_taken),
		cmocka_unit_test_setup_teardown(readers_lag_behind_writers, ec2_world_setup_lag,
						ec2_world_teardown),
		T(an_optional_parameter_without_a_value_is_none),
		T(zones_regions_and_offers_fit_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
