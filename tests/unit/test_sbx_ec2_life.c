/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox's EC2 in time: endpoints, peering, instances, and what holds up a delete. */
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
#include "sandbox/ec2/ami.h"
#include "tests/lib/sbx_ec2_world.h"

static void add_fault(const char *spec)
{
	assert_null(faults_add(sbx_faults(c.sbx), spec));
}

/* ---- EC2 Instance Connect Endpoint -------------------------------------- */

static void a_connect_endpoint_takes_three_minutes_each_way(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *id =
		ec2_made("instanceConnectEndpointId",
			 "CreateInstanceConnectEndpoint&SubnetId=%s&SecurityGroupId.1=%s",
			 net.subnet, net.group);

	(void)state;
	HAS("<state>create-in-progress</state>");
	HAS("<preserveClientIp>false</preserveClientIp>");
	HAS_NOT("<dnsName>");
	BAD("IncorrectState",
	    EC2("DeleteInstanceConnectEndpoint&InstanceConnectEndpointId=%s", id));
	skip_s(179);
	GOOD(EC2("DescribeInstanceConnectEndpoints&InstanceConnectEndpointId.1=%s", id));
	HAS("<state>create-in-progress</state>");
	skip_s(2);
	GOOD(EC2("DescribeInstanceConnectEndpoints&Filter.1.Name=state&"
		 "Filter.1.Value.1=create-complete"));
	HAS(".ec2-instance-connect-endpoint.us-east-1.amazonaws.com</dnsName>");
	GOOD(EC2("DescribeNetworkInterfaces&Filter.1.Name=description&Filter.1.Value.1=*%s*", id));
	HAS("<requesterManaged>true</requesterManaged>");
	{
		autofree char *eni = sbx_answer_element(&c, "networkInterfaceId");

		BAD("OperationNotPermitted",
		    EC2("DeleteNetworkInterface&NetworkInterfaceId=%s", eni));
	}
	BAD("InstanceConnectEndpointLimitExceeded",
	    EC2("CreateInstanceConnectEndpoint&SubnetId=%s", net.subnet));
	BAD("DependencyViolation", EC2("DeleteSubnet&SubnetId=%s", net.subnet));
	BAD("DependencyViolation", EC2("DeleteSecurityGroup&GroupId=%s", net.group));
	GOOD(EC2("DeleteInstanceConnectEndpoint&InstanceConnectEndpointId=%s", id));
	HAS("<state>delete-in-progress</state>");
	GOOD(EC2("DeleteInstanceConnectEndpoint&InstanceConnectEndpointId=%s", id)); /* twice */
	skip_s(181);
	BAD("InvalidInstanceConnectEndpointId.NotFound",
	    EC2("DescribeInstanceConnectEndpoints&InstanceConnectEndpointId.1=%s", id));
	BAD("DependencyViolation", EC2("DeleteSecurityGroup&GroupId=%s", net.group)); /* its ENI */
	skip_s(31);
	GOOD(EC2("DeleteSecurityGroup&GroupId=%s", net.group));
	GOOD(EC2("DeleteSubnet&SubnetId=%s", net.subnet));
}

static void a_connect_endpoint_may_fail(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *id = NULL;

	(void)state;
	add_fault("CreateInstanceConnectEndpoint:1=state=create-failed");
	id = ec2_made("instanceConnectEndpointId", "CreateInstanceConnectEndpoint&SubnetId=%s",
		      net.subnet);
	HAS("<state>create-in-progress</state>");
	skip_s(181);
	GOOD(EC2("DescribeInstanceConnectEndpoints"));
	HAS("<state>create-failed</state>");
	HAS_NOT("<stateMessage></stateMessage>");
	BAD("InstanceConnectEndpointLimitExceeded", /* the corpse counts */
	    EC2("CreateInstanceConnectEndpoint&SubnetId=%s", net.subnet));
	GOOD(EC2("DeleteInstanceConnectEndpoint&InstanceConnectEndpointId=%s", id));
	skip_s(181);
	GOOD(EC2("CreateInstanceConnectEndpoint&SubnetId=%s", net.subnet));
}

static void a_connect_endpoint_can_be_changed(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *id = ec2_made("instanceConnectEndpointId",
				     "CreateInstanceConnectEndpoint&SubnetId=%s", net.subnet);

	(void)state;
	BAD("IncorrectState",
	    EC2("ModifyInstanceConnectEndpoint&InstanceConnectEndpointId=%s&PreserveClientIp=true",
		id));
	skip_s(181);
	GOOD(EC2("ModifyInstanceConnectEndpoint&InstanceConnectEndpointId=%s&PreserveClientIp=true&"
		 "SecurityGroupId.1=%s",
		 id, net.group));
	GOOD(EC2("DescribeInstanceConnectEndpoints"));
	HAS("<state>update-in-progress</state>");
	HAS("<preserveClientIp>true</preserveClientIp>");
	HAS(net.group);
	skip_s(31);
	GOOD(EC2("DescribeInstanceConnectEndpoints"));
	HAS("<state>update-complete</state>");
}

/* ---- client tokens ------------------------------------------------------ */

static void a_token_makes_one_thing(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *table =
		ec2_made("routeTableId", "CreateRouteTable&VpcId=%s&ClientToken=t", net.vpc);
	autofree char *again =
		ec2_made("routeTableId", "CreateRouteTable&ClientToken=t&VpcId=%s", net.vpc);
	autofree char *other =
		ec2_made("routeTableId", "CreateRouteTable&VpcId=%s&ClientToken=T", net.vpc);

	(void)state;
	assert_string_equal(table, again);
	assert_string_not_equal(table, other);
	BAD("IdempotentParameterMismatch",
	    EC2("CreateRouteTable&VpcId=%s&ClientToken=t&TagSpecification.1.ResourceType=route-"
		"table&"
		"TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v",
		net.vpc));
	BAD("InvalidParameterValue",
	    EC2("CreateRouteTable&VpcId=%s&ClientToken="
		"12345678901234567890123456789012345678901234567890123456789012345",
		net.vpc));
	GOOD(EC2("DeleteRouteTable&RouteTableId=%s", table));
	again = (free(again),
		 ec2_made("routeTableId", "CreateRouteTable&VpcId=%s&ClientToken=t", net.vpc));
	assert_string_not_equal(table, again); /* what is gone is not answered */
}

/* ---- VPC endpoints ------------------------------------------------------ */

#define ENDPOINT                                                                                   \
	"CreateVpcEndpoint&VpcEndpointType=Interface&PrivateDnsEnabled=false&"                     \
	"ServiceName=com.amazonaws.us-east-1.s3"

static void an_interface_endpoint_takes_two_minutes(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *id = ec2_made("vpcEndpointId",
				     ENDPOINT "&VpcId=%s&SubnetId.1=%s&SecurityGroupId.1=%s&"
					      "ClientToken=t",
				     net.vpc, net.subnet, net.group);
	autofree char *again = ec2_made("vpcEndpointId",
					ENDPOINT "&VpcId=%s&SubnetId.1=%s&SecurityGroupId.1=%s&"
						 "ClientToken=t",
					net.vpc, net.subnet, net.group);

	(void)state;
	assert_string_equal(id, again);
	HAS("<state>pending</state>");
	HAS("<dnsEntrySet/>");
	skip_s(121);
	GOOD(EC2("DescribeVpcEndpoints&VpcEndpointId.1=%s", id));
	HAS("<state>available</state>");
	HAS(".s3.us-east-1.vpce.amazonaws.com</dnsName>");
	assert_int_equal(ec2_count("<dnsName>*.vpce-"), 2); /* regional, and the one zone's */
	HAS("-us-east-1a.s3.");
	GOOD(EC2("DescribeNetworkInterfaces&Filter.1.Name=interface-type&"
		 "Filter.1.Value.1=vpc_endpoint"));
	HAS("<description>VPC Endpoint Interface vpce-");
	HAS("<privateIpAddress>10.0.");
	BAD("DependencyViolation", EC2("DeleteSubnet&SubnetId=%s", net.subnet));
	GOOD(EC2("DeleteVpcEndpoints&VpcEndpointId.1=%s&VpcEndpointId.2=vpce-12345678", id));
	HAS("<code>InvalidVpcEndpoint.NotFound</code>");
	HAS("<resourceId>vpce-12345678</resourceId>");
	GOOD(EC2("DescribeVpcEndpoints&VpcEndpointId.1=%s", id));
	HAS("<state>deleting</state>");
	skip_s(61);
	BAD("InvalidVpcEndpointId.NotFound", EC2("DescribeVpcEndpoints&VpcEndpointId.1=%s", id));
	BAD("DependencyViolation", EC2("DeleteSecurityGroup&GroupId=%s", net.group));
	skip_s(30);
	GOOD(EC2("DeleteSecurityGroup&GroupId=%s", net.group));
	GOOD(EC2("DeleteSubnet&SubnetId=%s", net.subnet));
}

static void an_interface_endpoint_is_checked(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1e");
	auto_net far = ec2_net_new("10.1.0.0/16", "10.1.0.0/20", "us-east-1a");
	autofree char *second =
		ec2_made("subnetId",
			 "CreateSubnet&VpcId=%s&CidrBlock=10.1.16.0/20&AvailabilityZone=us-east-1a",
			 far.vpc);

	(void)state;
	BAD("InvalidParameter", EC2(ENDPOINT "&VpcId=%s&SubnetId.1=%s", net.vpc, net.subnet));
	HAS("does not support the availability zone of the subnet");
	BAD("InvalidParameter", EC2(ENDPOINT "&VpcId=%s&SubnetId.1=%s", net.vpc, far.subnet));
	BAD("DuplicateSubnetsInSameZone",
	    EC2(ENDPOINT "&VpcId=%s&SubnetId.1=%s&SubnetId.2=%s", far.vpc, far.subnet, second));
	BAD("InvalidParameter", EC2(ENDPOINT "&VpcId=%s&SubnetId.1=%s&SecurityGroupId.1=%s",
				    far.vpc, far.subnet, net.group));
	BAD("InvalidServiceName",
	    EC2("CreateVpcEndpoint&VpcId=%s&ServiceName=com.amazonaws.us-east-1.s4", far.vpc));
	BAD("InvalidServiceName",
	    EC2("CreateVpcEndpoint&VpcId=%s&ServiceName=com.amazonaws.eu-west-1.s3", far.vpc));
	BAD("MissingParameter", EC2("CreateVpcEndpoint&VpcId=%s", far.vpc));
	BAD("InvalidPolicyDocument",
	    EC2(ENDPOINT "&VpcId=%s&SubnetId.1=%s&PolicyDocument=nonsense", far.vpc, far.subnet));
	/* private DNS is on unless one says otherwise, and S3's wants a gateway endpoint beside it
	 */
#define PRIVATE                                                                                    \
	EC2("CreateVpcEndpoint&VpcEndpointType=Interface&ServiceName=com.amazonaws.us-east-1.s3&"  \
	    "VpcId=%s&SubnetId.1=%s",                                                              \
	    far.vpc, far.subnet)
	BAD("InvalidParameter", PRIVATE);
	HAS("Enabling private DNS requires both enableDnsSupport and enableDnsHostnames");
	GOOD(EC2("ModifyVpcAttribute&VpcId=%s&EnableDnsHostnames.Value=true", far.vpc));
	BAD("InvalidParameter", PRIVATE);
	HAS("must have a Gateway endpoint for the service.");
	GOOD(EC2("CreateVpcEndpoint&ServiceName=com.amazonaws.us-east-1.s3&VpcId=%s&"
		 "RouteTableId.1=%s",
		 far.vpc, far.table));
	HAS("<vpcEndpointType>Gateway</vpcEndpointType>");
	HAS("<state>available</state>");
	GOOD(EC2("DescribeRouteTables&RouteTableId.1=%s", far.table));
	HAS("<destinationPrefixListId>pl-");
	GOOD(PRIVATE);
	HAS("<privateDnsEnabled>true</privateDnsEnabled>");
}

static void an_endpoint_may_fail_and_be_changed(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *id = NULL, *good = NULL;

	(void)state;
	add_fault("CreateVpcEndpoint:1=state=failed");
	id = ec2_made("vpcEndpointId", ENDPOINT "&VpcId=%s&SubnetId.1=%s", net.vpc, net.subnet);
	good = ec2_made("vpcEndpointId", ENDPOINT "&VpcId=%s&SubnetId.1=%s", net.vpc, net.subnet);
	BAD("IncorrectState", EC2("ModifyVpcEndpoint&VpcEndpointId=%s&ResetPolicy=true", good));
	skip_s(121);
	GOOD(EC2("DescribeVpcEndpoints&Filter.1.Name=vpc-endpoint-state&Filter.1.Value.1=failed"));
	HAS(id);
	HAS("<lastError><message>");
	GOOD(EC2("ModifyVpcEndpoint&VpcEndpointId=%s&AddSecurityGroupId.1=%s&"
		 "PolicyDocument={%%22Statement%%22:%%5B%%5D}",
		 good, net.group));
	GOOD(EC2("DescribeVpcEndpoints&VpcEndpointId.1=%s", good));
	HAS("<policyDocument>{&quot;Statement&quot;:[]}</policyDocument>");
	assert_int_equal(ec2_count("<groupId>"), 2);
	GOOD(EC2("DescribeNetworkInterfaces&Filter.1.Name=group-id&Filter.1.Value.1=%s",
		 net.group));
	assert_int_equal(ec2_count("<networkInterfaceId>"), 1);
	GOOD(EC2("ModifyVpcEndpoint&VpcEndpointId=%s&RemoveSecurityGroupId.1=%s&ResetPolicy=true",
		 good, net.group));
	GOOD(EC2("DescribeVpcEndpoints&VpcEndpointId.1=%s", good));
	HAS("&quot;Effect&quot;: &quot;Allow&quot;");
	assert_int_equal(ec2_count("<groupId>"), 1);
}

/* ---- peering ------------------------------------------------------------ */

struct pair {
	struct ec2_net near, far;
	char *pcx;
};

static void pair_clear(struct pair *p)
{
	ec2_net_clear(&p->near);
	ec2_net_clear(&p->far);
	free(p->pcx);
}
#define auto_pair CLEANUP(pair_clear) struct pair

static void at(const char *region)
{
	c.region = region;
}
#define NEAR "ap-northeast-1"
#define FAR "us-east-1"
#define PEER "CreateVpcPeeringConnection&VpcId=%s&PeerVpcId=%s&PeerRegion=" FAR

static struct pair pair_new(const char *far_cidr)
{
	struct pair p = { 0 };
	autofree char *far_subnet = xstrdup(far_cidr);

	memcpy(strchr(far_subnet, '/'), "/20", 3);
	at(FAR);
	p.far = ec2_net_new(far_cidr, far_subnet, "us-east-1a");
	at(NEAR);
	p.near = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "ap-northeast-1a");
	p.pcx = ec2_made("vpcPeeringConnectionId",
			 PEER "&TagSpecification.1.ResourceType=vpc-peering-connection&"
			      "TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v",
			 p.near.vpc, p.far.vpc);
	return p;
}

/* The code of the peering's status as the region sees it; caller frees. */
static char *status_at(const char *region, const char *pcx)
{
	at(region);
	GOOD(EC2("DescribeVpcPeeringConnections&Filter.1.Name=vpc-peering-connection-id&"
		 "Filter.1.Value.1=%s",
		 pcx));
	return sbx_answer_element(&c, "code");
}

static void assert_status(const char *pcx, const char *near, const char *far)
{
	autofree char *here = status_at(NEAR, pcx);
	autofree char *there = status_at(FAR, pcx);

	assert_true(text_eq(here, near));
	assert_true(text_eq(there, far));
}

/* Readers lag, but none is shown a state before one that an answer told. */
static void what_an_answer_told_of_a_peering_is_seen(void **state)
{
	auto_pair p = pair_new("10.1.0.0/16");

	(void)state;
	skip_s(4);
	at(FAR);
	GOOD(EC2("AcceptVpcPeeringConnection&VpcPeeringConnectionId=%s", p.pcx));
	HAS("<code>provisioning</code>");
	GOOD(EC2("DescribeVpcPeeringConnections&VpcPeeringConnectionId.1=%s", p.pcx));
	HAS("<code>provisioning</code>");
}

static void what_an_answer_told_of_a_connect_endpoint_is_seen(void **state)
{
	auto_net net = { 0 };
	autofree char *id = NULL;

	(void)state;
	net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	id = ec2_made("instanceConnectEndpointId",
		      "CreateInstanceConnectEndpoint&SubnetId=%s&SecurityGroupId.1=%s", net.subnet,
		      net.group);
	skip_s(200);
	GOOD(EC2("DescribeInstanceConnectEndpoints&InstanceConnectEndpointId.1=%s", id));
	HAS("<state>create-complete</state>");
	GOOD(EC2("DeleteInstanceConnectEndpoint&InstanceConnectEndpointId=%s", id));
	HAS("<state>delete-in-progress</state>");
	GOOD(EC2("DescribeInstanceConnectEndpoints&InstanceConnectEndpointId.1=%s", id));
	HAS("<state>delete-in-progress</state>");
}

/* On a bad day the other region learns of it seconds after the requester may accept. */
static void a_peering_may_be_seen_late_from_the_other_side(void **state)
{
	auto_pair p = pair_new("10.1.0.0/16");

	(void)state;
	skip_s(3);
	assert_status(p.pcx, "pending-acceptance", NULL);
	at(FAR);
	BAD("InvalidVpcPeeringConnectionID.NotFound",
	    EC2("AcceptVpcPeeringConnection&VpcPeeringConnectionId=%s", p.pcx));
	skip_s(8);
	assert_status(p.pcx, "pending-acceptance", "pending-acceptance");
}

static void a_peering_is_seen_and_accepted_from_the_other_side(void **state)
{
	auto_pair p = pair_new("10.1.0.0/16");

	(void)state;
	HAS("<code>initiating-request</code>");
	HAS_NOT("<cidrBlock>10.1.0.0/16</cidrBlock>"); /* told once it is up */
	assert_status(p.pcx, "initiating-request", NULL);
	skip_s(3);
	assert_status(p.pcx, "pending-acceptance", "pending-acceptance");
	at("eu-west-1");
	GOOD(EC2("DescribeVpcPeeringConnections")); /* nobody else's business */
	HAS_NOT(p.pcx);
	at(NEAR);
	BAD("OperationNotPermitted",
	    EC2("AcceptVpcPeeringConnection&VpcPeeringConnectionId=%s", p.pcx));
	HAS("Incorrect region (ap-northeast-1) specified");
	at(FAR);
	GOOD(EC2("AcceptVpcPeeringConnection&VpcPeeringConnectionId=%s", p.pcx));
	HAS("<code>provisioning</code>");
	assert_status(p.pcx, "provisioning", "provisioning");
	skip_s(5);
	assert_status(p.pcx, "provisioning", "active"); /* the ends do not learn of it together */
	skip_s(2);
	assert_status(p.pcx, "active", "active");
	HAS("<cidrBlock>10.1.0.0/16</cidrBlock>");
	BAD("InvalidStateTransition",
	    EC2("AcceptVpcPeeringConnection&VpcPeeringConnectionId=%s", p.pcx));
	at(NEAR);
	BAD("VpcPeeringConnectionAlreadyExists", EC2(PEER, p.near.vpc, p.far.vpc));
}

static void tags_of_a_peering_are_each_sides_own(void **state)
{
	auto_pair p = pair_new("10.1.0.0/16");

	(void)state;
	skip_s(11);
	at(NEAR);
	GOOD(EC2("DescribeVpcPeeringConnections&Filter.1.Name=tag:k&Filter.1.Value.1=v"));
	HAS(p.pcx);
	at(FAR);
	GOOD(EC2("DescribeVpcPeeringConnections&Filter.1.Name=tag:k&Filter.1.Value.1=v"));
	HAS_NOT(p.pcx);
	GOOD(EC2("CreateTags&ResourceId.1=%s&Tag.1.Key=k&Tag.1.Value=w", p.pcx));
	GOOD(EC2("DescribeVpcPeeringConnections&Filter.1.Name=tag:k&Filter.1.Value.1=w"));
	HAS(p.pcx);
	at(NEAR);
	GOOD(EC2("DescribeVpcPeeringConnections"));
	HAS("<value>v</value>");
	HAS_NOT("<value>w</value>");
}

static void a_deleted_peering_stays_listed_for_two_hours(void **state)
{
	auto_pair p = pair_new("10.1.0.0/16");

	(void)state;
	skip_s(11);
	at(FAR); /* only the requester takes a request back */
	BAD("OperationNotPermitted",
	    EC2("DeleteVpcPeeringConnection&VpcPeeringConnectionId=%s", p.pcx));
	GOOD(EC2("AcceptVpcPeeringConnection&VpcPeeringConnectionId=%s", p.pcx));
	skip_s(10);
	GOOD(EC2("DeleteSubnet&SubnetId=%s", p.far.subnet));
	GOOD(EC2("DeleteRouteTable&RouteTableId=%s", p.far.table));
	GOOD(EC2("DeleteSecurityGroup&GroupId=%s", p.far.group));
	BAD("DependencyViolation", EC2("DeleteVpc&VpcId=%s", p.far.vpc)); /* the peering holds it */
	GOOD(EC2("DeleteVpcPeeringConnection&VpcPeeringConnectionId=%s", p.pcx));
	assert_status(p.pcx, "deleting", "deleting");
	BAD("InvalidStateTransition",
	    EC2("DeleteVpcPeeringConnection&VpcPeeringConnectionId=%s", p.pcx));
	HAS("attempted to transition from deleting to deleting");
	skip_s(4);
	assert_status(p.pcx, "deleted", "deleted");
	at(FAR);
	GOOD(EC2("DeleteVpc&VpcId=%s", p.far.vpc));
	skip_s(7195);
	assert_status(p.pcx, "deleted", "deleted");
	skip_s(10);
	assert_status(p.pcx, NULL, NULL);
	BAD("InvalidVpcPeeringConnectionID.NotFound",
	    EC2("DescribeVpcPeeringConnections&VpcPeeringConnectionId.1=%s", p.pcx));
}

static void overlapping_blocks_make_a_peering_fail(void **state)
{
	auto_pair p = pair_new("10.0.0.0/16");

	(void)state;
	assert_status(p.pcx, "initiating-request", NULL);
	skip_s(3);
	assert_status(p.pcx, "failed", "failed");
	at(NEAR);
	BAD("InvalidStateTransition",
	    EC2("DeleteVpcPeeringConnection&VpcPeeringConnectionId=%s", p.pcx));
	HAS("attempted to transition from failed to deleting");
	GOOD(EC2(PEER, p.near.vpc, p.far.vpc)); /* a dead one is in nobody's way */
	BAD("InvalidVpcID.NotFound", EC2(PEER, p.near.vpc, "vpc-12345678"));
}

static void a_request_is_rejected_or_expires(void **state)
{
	auto_pair p = pair_new("10.1.0.0/16");
	autofree char *second = NULL;

	(void)state;
	skip_s(11);
	at(NEAR);
	BAD("OperationNotPermitted",
	    EC2("RejectVpcPeeringConnection&VpcPeeringConnectionId=%s", p.pcx));
	at(FAR);
	GOOD(EC2("RejectVpcPeeringConnection&VpcPeeringConnectionId=%s", p.pcx));
	assert_status(p.pcx, "rejected", "rejected");
	at(NEAR);
	second = ec2_made("vpcPeeringConnectionId", PEER, p.near.vpc, p.far.vpc);
	skip_s(7 * 24 * 3600 - 10);
	assert_status(second, "pending-acceptance", "pending-acceptance");
	skip_s(11);
	assert_status(second, "expired", "expired");
	BAD("InvalidStateTransition",
	    EC2("AcceptVpcPeeringConnection&VpcPeeringConnectionId=%s", second));
}

static void a_peering_may_be_made_to_end_badly(void **state)
{
	static const char *const ends[] = { "failed", "rejected", "expired", "pending-acceptance" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		autofree char *spec = xasprintf("CreateVpcPeeringConnection:1=state=%s", ends[i]);

		add_fault(spec);
		auto_pair p = pair_new(i % 2 ? "10.1.0.0/16" : "10.2.0.0/16");
		skip_s(11);
		assert_status(p.pcx, ends[i], ends[i]);
		faults_clear(sbx_faults(c.sbx), NULL);
	}
}

static void peering_options_wait_for_active(void **state)
{
	auto_pair p = pair_new("10.1.0.0/16");
#define OPTIONS(side)                                                                              \
	EC2("ModifyVpcPeeringConnectionOptions&VpcPeeringConnectionId=%s&" side                    \
	    "PeeringConnectionOptions.AllowDnsResolutionFromRemoteVpc=true",                       \
	    p.pcx)

	(void)state;
	skip_s(11);
	BAD("OperationNotPermitted", OPTIONS("Requester"));
	at(FAR);
	GOOD(EC2("AcceptVpcPeeringConnection&VpcPeeringConnectionId=%s", p.pcx));
	skip_s(10);
	BAD("OperationNotPermitted", OPTIONS("Requester"));
	GOOD(OPTIONS("Accepter"));
	HAS("<allowDnsResolutionFromRemoteVpc>true</allowDnsResolutionFromRemoteVpc>");
}

/* ---- instances ---------------------------------------------------------- */

static char *image(const char *architecture)
{
	struct ami ami;
	autofree char *name =
		xasprintf(AMI_PARAMETERS "al2023-ami-kernel-default-%s", architecture);
	int version;

	assert_true(ami_by_parameter(c.region, name, 0, &ami, &version));
	return xstrdup(ami.id);
}

#define RUN                                                                                        \
	"RunInstances&MinCount=1&MaxCount=1&InstanceType=t3.micro&SubnetId=%s&"                    \
	"SecurityGroupId.1=%s&ImageId=%s"

static void what_an_answer_told_of_an_instance_is_seen(void **state)
{
	auto_net net = { 0 };
	autofree char *ami = image("x86_64");
	autofree char *id = NULL, *association = NULL;

	(void)state;
	net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	ec2_profile_new();
	id = ec2_made("instanceId", RUN "&IamInstanceProfile.Name=p", net.subnet, net.group, ami);
	skip_s(60);
	GOOD(EC2("ModifyInstanceMetadataOptions&InstanceId=%s&HttpTokens=required", id));
	HAS("<httpTokens>required</httpTokens>");
	GOOD(EC2("DescribeInstances&InstanceId.1=%s", id));
	HAS("<httpTokens>required</httpTokens>");
	GOOD(EC2("DescribeIamInstanceProfileAssociations&Filter.1.Name=instance-id&"
		 "Filter.1.Value.1=%s",
		 id));
	association = sbx_answer_element(&c, "associationId");
	GOOD(EC2("DisassociateIamInstanceProfile&AssociationId=%s", association));
	HAS("<state>disassociating</state>");
	GOOD(EC2("DescribeIamInstanceProfileAssociations&Filter.1.Name=instance-id&"
		 "Filter.1.Value.1=%s",
		 id));
	HAS_NOT("<state>associated</state>");
	GOOD(EC2("TerminateInstances&InstanceId.1=%s", id));
	HAS("<currentState><code>32</code>");
	GOOD(EC2("DescribeInstances&InstanceId.1=%s", id));
	HAS("<name>shutting-down</name>");
}

static void an_instance_boots_is_checked_and_ends(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *ami = image("x86_64");
	autofree char *id = NULL;

	(void)state;
	ec2_profile_new();
	id = ec2_made("instanceId",
		      RUN "&IamInstanceProfile.Name=p&MetadataOptions.HttpTokens=required&"
			  "TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=k&"
			  "TagSpecification.1.Tag.1.Value=v&TagSpecification.2.ResourceType=volume&"
			  "TagSpecification.2.Tag.1.Key=k&TagSpecification.2.Tag.1.Value=v",
		      net.subnet, net.group, ami);
	HAS("<name>pending</name>");
	HAS("<stateReason><code>pending</code><message>pending</message></stateReason>");
	GOOD(EC2("DescribeInstanceStatus&InstanceId.1=%s", id));
	HAS_NOT("<instanceId>"); /* running ones alone */
	GOOD(EC2("DescribeInstanceStatus&InstanceId.1=%s&IncludeAllInstances=true", id));
	HAS("<status>not-applicable</status>");
	skip_s(26);
	GOOD(EC2("DescribeInstanceStatus&InstanceId.1=%s", id));
	HAS("<name>running</name>");
	HAS("<status>initializing</status>");
	skip_s(120);
	GOOD(EC2("DescribeInstanceStatus&InstanceId.1=%s", id));
	assert_int_equal(ec2_count("<status>ok</status>"), 3);
	GOOD(EC2("DescribeInstances&Filter.1.Name=tag:k&Filter.1.Value.1=v&"
		 "Filter.2.Name=instance-state-name&Filter.2.Value.1=running"));
	HAS("<arn>arn:aws:iam::123456789012:instance-profile/p</arn>");
	HAS_NOT("<stateReason>");
	HAS("<httpTokens>required</httpTokens>");
	HAS_NOT("<ipAddress>");
	GOOD(EC2("DescribeVolumes&Filter.1.Name=attachment.instance-id&Filter.1.Value.1=%s", id));
	HAS("<status>in-use</status>");
	GOOD(EC2("DescribeIamInstanceProfileAssociations"));
	HAS("<state>associated</state>");
	GOOD(EC2("GetConsoleOutput&InstanceId=%s", id));
	HAS_NOT("<output></output>");
	BAD("DependencyViolation", EC2("DeleteSecurityGroup&GroupId=%s", net.group));
	GOOD(EC2("TerminateInstances&InstanceId.1=%s", id));
	HAS("<currentState><code>32</code><name>shutting-down</name></currentState>");
	HAS("<previousState><code>16</code><name>running</name></previousState>");
	skip_s(41);
	GOOD(EC2("TerminateInstances&InstanceId.1=%s", id)); /* again is fine */
	GOOD(EC2("DescribeInstances&InstanceId.1=%s", id));
	HAS("<name>terminated</name>");
	HAS("<code>Client.UserInitiatedShutdown</code>");
	HAS("<reason>User initiated (20");
	HAS_NOT("<subnetId>");
	GOOD(EC2("DescribeVolumes"));
	HAS_NOT("<volumeId>");
	BAD("DependencyViolation",
	    EC2("DeleteSubnet&SubnetId=%s", net.subnet)); /* its ENI lingers */
	skip_s(30);
	GOOD(EC2("DeleteSubnet&SubnetId=%s", net.subnet));
	GOOD(EC2("DeleteSecurityGroup&GroupId=%s", net.group));
	skip_s(3600);
	BAD("InvalidInstanceID.NotFound", EC2("DescribeInstances&InstanceId.1=%s", id));
}

static void a_launch_is_checked(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1e");
	auto_net far = ec2_net_new("10.1.0.0/16", "10.1.0.0/20", "us-east-1a");
	autofree char *ami = image("x86_64");
	autofree char *arm = image("arm64");
#define LAUNCH(type, image, subnet, rest)                                                          \
	EC2("RunInstances&MinCount=1&MaxCount=1&InstanceType=" type                                \
	    "&ImageId=%s&SubnetId=%s" rest,                                                        \
	    image, subnet)

	(void)state;
	BAD("Unsupported", LAUNCH("t3.micro", ami, net.subnet, ""));
	HAS("choosing us-east-1a, us-east-1b");
	GOOD(LAUNCH("t2.micro", ami, net.subnet, ""));
	BAD("InvalidParameterValue", LAUNCH("t4g.micro", ami, far.subnet, ""));
	HAS("The architecture 'arm64' of the specified instance type does not match");
	GOOD(LAUNCH("t4g.micro", arm, far.subnet, ""));
	BAD("InvalidParameterValue", LAUNCH("zz.big", ami, far.subnet, ""));
	BAD("InvalidAMIID.NotFound", LAUNCH("t3.micro", "ami-0123456789abcdef0", far.subnet, ""));
	BAD("InvalidAMIID.Malformed", LAUNCH("t3.micro", "x", far.subnet, ""));
	BAD("InvalidSubnetID.NotFound", LAUNCH("t3.micro", ami, "subnet-12345678", ""));
	BAD("InvalidKeyPair.NotFound", LAUNCH("t3.micro", ami, far.subnet, "&KeyName=k"));
	BAD("InvalidParameterCombination",
	    LAUNCH("t3.micro", ami, far.subnet, "&NetworkInterface.1.DeviceIndex=0"));
	BAD("InvalidParameterValue",
	    EC2("RunInstances&MinCount=2&MaxCount=1&ImageId=%s&SubnetId=%s&InstanceType=t3.micro",
		ami, far.subnet));
	BAD("VPCIdNotSpecified",
	    EC2("RunInstances&MinCount=1&MaxCount=1&ImageId=%s&InstanceType=t3.micro", ami));
	BAD("VcpuLimitExceeded", EC2("RunInstances&MinCount=1&MaxCount=15&ImageId=%s&SubnetId=%s&"
				     "InstanceType=t3.2xlarge",
				     ami, far.subnet));
	GOOD(EC2(
		"RunInstances&MinCount=1&MaxCount=1&InstanceType=t3.micro&NetworkInterface.1."
		"DeviceIndex=0&NetworkInterface.1.SubnetId=%s&"
		"NetworkInterface.1.AssociatePublicIpAddress=true&ImageId=resolve:ssm:/aws/service/"
		"ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
		far.subnet));
	HAS("<ipAddress>203.0.113.");
	HAS(ami);
}

static void a_profile_is_known_to_ec2_late(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *ami = image("x86_64");
#define WITH_PROFILE(rest) EC2(RUN "&IamInstanceProfile." rest, net.subnet, net.group, ami)

	(void)state;
	BAD("InvalidParameterValue", WITH_PROFILE("Name=p"));
	HAS("Value (p) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance "
	    "Profile name");
	GOOD(sbx_query_call(&c, "iam", "CreateInstanceProfile&InstanceProfileName=p"));
	BAD("InvalidParameterValue", WITH_PROFILE("Name=p"));
	HAS("Invalid IAM Instance Profile name");
	skip_s(11);
	BAD("InvalidParameterValue", WITH_PROFILE("Name=p"));
	HAS("has no associated IAM Roles");
	BAD("InvalidParameterValue",
	    WITH_PROFILE("Arn=arn:aws:iam::123456789012:instance-profile/q"));
	HAS("Invalid IAM Instance Profile ARN");
	GOOD(sbx_query_call(&c, "iam", "DeleteInstanceProfile&InstanceProfileName=p"));
	ec2_profile_new();
	/* a dry run tells, and makes nothing */
	assert_string_equal(WITH_PROFILE("Name=p&DryRun=true"), "DryRunOperation");
	BAD("InvalidParameterValue", WITH_PROFILE("Name=q&DryRun=true"));
	GOOD(EC2("DescribeInstances"));
	HAS_NOT("<instanceId>");
	GOOD(WITH_PROFILE("Arn=arn:aws:iam::123456789012:instance-profile/p"));
}

static void a_launch_token_counts_in_its_zone(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *elsewhere =
		ec2_made("subnetId",
			 "CreateSubnet&VpcId=%s&CidrBlock=10.0.16.0/20&AvailabilityZone=us-east-1b",
			 net.vpc);
	autofree char *ami = image("x86_64");
	autofree char *id =
		ec2_made("instanceId", RUN "&ClientToken=t", net.subnet, net.group, ami);
	autofree char *again =
		ec2_made("instanceId", RUN "&ClientToken=t", net.subnet, net.group, ami);
	autofree char *other =
		ec2_made("instanceId", RUN "&ClientToken=t", elsewhere, net.group, ami);

	(void)state;
	assert_string_equal(id, again);
	assert_string_not_equal(id, other);
	BAD("IdempotentParameterMismatch",
	    EC2(RUN "&ClientToken=t&EbsOptimized=true", net.subnet, net.group, ami));
	GOOD(EC2("TerminateInstances&InstanceId.1=%s", id));
	BAD("IdempotentInstanceTerminated", EC2(RUN "&ClientToken=t", net.subnet, net.group, ami));
}

static void instances_stop_start_and_resist(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *ami = image("x86_64");
	autofree char *id = ec2_made("instanceId", RUN "&DisableApiTermination=true", net.subnet,
				     net.group, ami);

	(void)state;
	BAD("IncorrectInstanceState", EC2("StopInstances&InstanceId.1=%s", id)); /* pending */
	skip_s(26);
	BAD("OperationNotPermitted", EC2("TerminateInstances&InstanceId.1=%s", id));
	HAS("Modify its 'disableApiTermination' instance attribute and try again.");
	GOOD(EC2("DescribeInstanceAttribute&InstanceId=%s&Attribute=disableApiTermination", id));
	HAS("<value>true</value>");
	BAD("IncorrectInstanceState",
	    EC2("ModifyInstanceAttribute&InstanceId=%s&InstanceType.Value=t3.small", id));
	GOOD(EC2("StopInstances&InstanceId.1=%s", id));
	HAS("<name>stopping</name>");
	skip_s(31);
	GOOD(EC2("DescribeInstances&InstanceId.1=%s", id));
	HAS("<name>stopped</name>");
	HAS("<privateIpAddress>10.0."); /* keeps its address */
	GOOD(EC2("ModifyInstanceAttribute&InstanceId=%s&InstanceType.Value=t3.small", id));
	GOOD(EC2("StartInstances&InstanceId.1=%s", id));
	HAS("<name>pending</name>");
	skip_s(26);
	GOOD(EC2("DescribeInstances&Filter.1.Name=instance-type&Filter.1.Value.1=t3.small"));
	HAS("<name>running</name>");
	GOOD(EC2("ModifyInstanceMetadataOptions&InstanceId=%s&HttpTokens=optional&"
		 "HttpPutResponseHopLimit=1",
		 id));
	HAS("<state>pending</state>");
	skip_s(4);
	GOOD(EC2("DescribeInstances&Filter.1.Name=metadata-options.http-tokens&"
		 "Filter.1.Value.1=optional"));
	HAS("<state>applied</state>");
	autofree char *group = ec2_made(
		"groupId", "CreateSecurityGroup&GroupName=h&GroupDescription=d&VpcId=%s", net.vpc);
	GOOD(EC2("ModifyInstanceAttribute&InstanceId=%s&GroupId.1=%s", id, group));
	GOOD(EC2("DeleteSecurityGroup&GroupId=%s", net.group)); /* nobody carries it now */
	GOOD(EC2("DescribeInstances&Filter.1.Name=instance.group-id&Filter.1.Value.1=%s", group));
	HAS(id);
	GOOD(EC2("ModifyInstanceAttribute&InstanceId=%s&DisableApiTermination.Value=false", id));
	GOOD(EC2("TerminateInstances&InstanceId.1=%s", id));
	BAD("IncorrectInstanceState", EC2("StartInstances&InstanceId.1=%s", id));
	BAD("InvalidInstanceID.NotFound",
	    EC2("TerminateInstances&InstanceId.1=%s&InstanceId.2=i-12345678", id));
	BAD("InvalidInstanceID.Malformed", EC2("DescribeInstances&InstanceId.1=foobar"));
	HAS("Invalid id: &quot;foobar&quot;");
}

static void a_launch_may_fail_after_it_was_answered(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *ami = image("x86_64");
	autofree char *id = NULL;

	(void)state;
	add_fault("RunInstances:1=state=terminated");
	add_fault("RunInstances:2=state=impaired");
	id = ec2_made("instanceId", RUN, net.subnet, net.group, ami);
	HAS("<name>pending</name>");
	GOOD(EC2(RUN, net.subnet, net.group, ami));
	skip_s(26);
	GOOD(EC2("DescribeInstances&InstanceId.1=%s", id));
	HAS("<name>terminated</name>");
	HAS("<code>Client.InternalError</code>");
	skip_s(120);
	GOOD(EC2("DescribeInstanceStatus"));
	HAS("<status>impaired</status>");
	assert_int_equal(ec2_count("<instanceId>"), 1);
}

static void profiles_come_and_go_while_it_runs(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *ami = image("x86_64");
	autofree char *id = ec2_made("instanceId", RUN, net.subnet, net.group, ami);
	autofree char *association = NULL;

	(void)state;
	ec2_profile_new();
	association =
		ec2_made("associationId",
			 "AssociateIamInstanceProfile&InstanceId=%s&IamInstanceProfile.Name=p", id);
	HAS("<state>associating</state>");
	BAD("IncorrectState",
	    EC2("AssociateIamInstanceProfile&InstanceId=%s&IamInstanceProfile.Name=p", id));
	skip_s(4);
	GOOD(EC2("DescribeIamInstanceProfileAssociations&Filter.1.Name=instance-id&"
		 "Filter.1.Value.1=%s",
		 id));
	HAS("<state>associated</state>");
	GOOD(EC2("DisassociateIamInstanceProfile&AssociationId=%s", association));
	GOOD(EC2("DescribeIamInstanceProfileAssociations"));
	HAS_NOT("<associationId>");
	GOOD(EC2("DescribeInstances&InstanceId.1=%s", id));
	HAS_NOT("<iamInstanceProfile>");
	BAD("NoSuchAssociation",
	    EC2("DisassociateIamInstanceProfile&AssociationId=%s", association));
}

static void a_full_subnet_takes_no_more(void **state)
{
	autofree char *vpc = ec2_made("vpcId", "CreateVpc&CidrBlock=10.0.0.0/28");
	autofree char *subnet =
		ec2_made("subnetId", "CreateSubnet&VpcId=%s&CidrBlock=10.0.0.0/28", vpc);
	autofree char *ami = image("x86_64");
#define FILL(n)                                                                                    \
	EC2("RunInstances&MinCount=1&MaxCount=%d&InstanceType=t2.micro&SubnetId=%s&ImageId=%s", n, \
	    subnet, ami)

	(void)state;
	BAD("InsufficientFreeAddressesInSubnet", FILL(12)); /* 16, less AWS's five */
	GOOD(EC2("DescribeNetworkInterfaces"));
	HAS_NOT("<networkInterfaceId>"); /* all or nothing */
	GOOD(FILL(11));
	GOOD(EC2("DescribeSubnets"));
	HAS("<availableIpAddressCount>0</availableIpAddressCount>");
	BAD("InsufficientFreeAddressesInSubnet", FILL(1));
}

static void images_are_found_by_name_and_architecture(void **state)
{
	(void)state;
	GOOD(EC2("DescribeImages&Owner.1=amazon&Filter.1.Name=name&"
		 "Filter.1.Value.1=al2023-ami-2023.*-x86_64&Filter.2.Name=architecture&"
		 "Filter.2.Value.1=x86_64&Filter.3.Name=state&Filter.3.Value.1=available&"
		 "Filter.4.Name=virtualization-type&Filter.4.Value.1=hvm&"
		 "Filter.5.Name=root-device-type&Filter.5.Value.1=ebs"));
	HAS("<imageOwnerAlias>amazon</imageOwnerAlias>");
	HAS("<imdsSupport>v2.0</imdsSupport>");
	HAS_NOT("arm64");
	GOOD(EC2("DescribeImages&Owner.1=self"));
	HAS_NOT("<imageId>");
	BAD("InvalidAMIID.NotFound", EC2("DescribeImages&ImageId.1=ami-0123456789abcdef0"));
}

/* ---- speed, and the world after a restart ------------------------------- */

static void speed_divides_every_duration(void **state)
{
	(void)state;
	sbx_client_stop(&c);
	sbx_client_start_with(&c, &(struct sbx_options){ .speed = 0.5 });
	autofree char *id = ec2_made("vpcId", "CreateVpc&CidrBlock=10.0.0.0/16");
	skip_s(3);
	GOOD(EC2("DescribeVpcs&VpcId.1=%s", id));
	HAS("<state>pending</state>");
	skip_s(2);
	GOOD(EC2("DescribeVpcs&VpcId.1=%s", id));
	HAS("<state>available</state>");
}

/* A wait that rounds to nothing is still over only after the call that began it. */
static void no_speed_ends_a_wait_in_the_call_that_begins_it(void **state)
{
	(void)state;
	sbx_client_stop(&c);
	sbx_client_start_with(&c, &(struct sbx_options){ .speed = 1e6 });
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *id =
		ec2_made("instanceConnectEndpointId",
			 "CreateInstanceConnectEndpoint&SubnetId=%s&SecurityGroupId.1=%s",
			 net.subnet, net.group);

	skip_s(1);
	GOOD(EC2("DeleteInstanceConnectEndpoint&InstanceConnectEndpointId=%s", id));
	HAS("<state>delete-in-progress</state>");
}

/* Who polls every few seconds has to see how it ended. */
static void no_speed_takes_what_has_ended_off_the_list_at_once(void **state)
{
	(void)state;
	sbx_client_stop(&c);
	sbx_client_start_with(&c, &(struct sbx_options){ .speed = 1000 });
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *ami = image("x86_64");
	autofree char *id = ec2_made("instanceId", RUN, net.subnet, net.group, ami);

	skip_s(1);
	GOOD(EC2("TerminateInstances&InstanceId.1=%s", id));
	skip_s(50);
	GOOD(EC2("DescribeInstances&InstanceId.1=%s", id));
	HAS("<name>terminated</name>");
	skip_s(20);
	BAD("InvalidInstanceID.NotFound", EC2("DescribeInstances&InstanceId.1=%s", id));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, ec2_world_setup, ec2_world_teardown)
#define LAG(name) cmocka_unit_test_setup_teardown(name, ec2_world_setup_lag, ec2_world_teardown)
	const struct CMUnitTest tests[] = {
		T(a_connect_endpoint_takes_three_minutes_each_way),
		T(a_connect_endpoint_may_fail),
		T(a_connect_endpoint_can_be_changed),
		T(a_token_makes_one_thing),
		T(an_interface_endpoint_takes_two_minutes),
		T(an_interface_endpoint_is_checked),
		T(an_endpoint_may_fail_and_be_changed),
		T(a_peering_is_seen_and_accepted_from_the_other_side),
		cmocka_unit_test_setup_teardown(a_peering_may_be_seen_late_from_the_other_side,
						ec2_world_setup_harsh, ec2_world_teardown),
		LAG(what_an_answer_told_of_a_peering_is_seen),
		LAG(what_an_answer_told_of_an_instance_is_seen),
		LAG(what_an_answer_told_of_a_connect_endpoint_is_seen),
		T(tags_of_a_peering_are_each_sides_own),
		T(a_deleted_peering_stays_listed_for_two_hours),
		T(overlapping_blocks_make_a_peering_fail),
		T(a_request_is_rejected_or_expires),
		T(a_peering_may_be_made_to_end_badly),
		T(peering_options_wait_for_active),
		T(an_instance_boots_is_checked_and_ends),
		T(a_launch_is_checked),
		T(a_profile_is_known_to_ec2_late),
		T(a_launch_token_counts_in_its_zone),
		T(instances_stop_start_and_resist),
		T(a_launch_may_fail_after_it_was_answered),
		T(profiles_come_and_go_while_it_runs),
		T(a_full_subnet_takes_no_more),
		T(images_are_found_by_name_and_architecture),
		T(speed_divides_every_duration),
		T(no_speed_ends_a_wait_in_the_call_that_begins_it),
		T(no_speed_takes_what_has_ended_off_the_list_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
