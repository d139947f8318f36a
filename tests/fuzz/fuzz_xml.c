/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML answers: the parser, the error envelopes, and each typed call that reads
 * one.  The call is picked by the answer's root element; what is no root that we
 * know goes to the call that the first byte picks.
 */
#include <string.h>

#include "aws/ec2/ec2.h"
#include "aws/iam.h"
#include "aws/core/reply.h"
#include "aws/core/xml.h"
#include "aws/s3.h"
#include "aws/sts.h"
#include "base/text.h"
#include "tests/fuzz/answers.h"

/* An answer that is taken must hold something; one that is not must say why. */
static void judge(struct rb_error *err)
{
	if (err && (!err->what || (!err->why && !err->sys_errno)))
		abort();
	(void)rb_error_free(err);
}

#define READS(name, call)                                                                          \
	static void name(struct aws_client *c)                                                     \
	{                                                                                          \
		judge(call);                                                                       \
	}
#define LISTS(name, list, call)                                                                    \
	static void name(struct aws_client *c)                                                     \
	{                                                                                          \
		auto_##list l = { 0 };                                                             \
                                                                                                   \
		judge(call);                                                                       \
	}
#define TEXTS(name, call)                                                                          \
	static void name(struct aws_client *c)                                                     \
	{                                                                                          \
		autofree char *a = NULL;                                                           \
		autofree char *b = NULL;                                                           \
                                                                                                   \
		judge(call);                                                                       \
		(void)a;                                                                           \
		if (b && !*b)                                                                      \
			abort(); /* empty means absent */                                          \
	}

static const struct ec2_run_instance launch = { .image_id = "ami-1", .token = "t" };

LISTS(vpcs, ec2_vpcs, ec2_describe_vpcs(c, NULL, NULL, &l))
LISTS(zones, ec2_zones, ec2_describe_zones(c, NULL, &l))
LISTS(subnets, ec2_subnets, ec2_describe_subnets(c, NULL, NULL, &l))
LISTS(route_tables, ec2_route_tables, ec2_describe_route_tables(c, NULL, NULL, &l))
LISTS(groups, ec2_groups, ec2_describe_groups(c, NULL, NULL, &l))
LISTS(rules, ec2_rules, ec2_describe_rules(c, NULL, &l))
LISTS(connect_endpoints, ec2_connect_endpoints, ec2_describe_connect_endpoints(c, NULL, NULL, &l))
LISTS(images, ec2_images, ec2_describe_images(c, NULL, "amazon", NULL, &l))
LISTS(instances, ec2_instances, ec2_describe_instances(c, NULL, NULL, &l))
LISTS(volumes, ec2_volumes, ec2_describe_volumes(c, NULL, NULL, &l))
LISTS(endpoints, ec2_vpc_endpoints, ec2_describe_vpc_endpoints(c, NULL, NULL, &l))
LISTS(service_zones, strv, ec2_interface_service_zones(c, "com.amazonaws.us-east-1.s3", &l))
LISTS(peerings, ec2_peerings, ec2_describe_peerings(c, NULL, NULL, &l))
LISTS(interfaces, ec2_interfaces, ec2_describe_interfaces(c, NULL, NULL, &l))
LISTS(acl, ec2_acls, ec2_describe_subnet_acl(c, "subnet-1", &l))
LISTS(role, iam_role, iam_get_role(c, "r", &l))
LISTS(roles, strv, iam_list_roles(c, "/", &l))
LISTS(profile, iam_profile, iam_get_instance_profile(c, "p", &l))
LISTS(identity, sts_identity, sts_get_caller_identity(c, &l))
LISTS(versions, s3_objects, s3_list_object_versions(c, "bucket", NULL, NULL, &l))
LISTS(uploads, s3_uploads, s3_list_multipart_uploads(c, "bucket", NULL, &l))
TEXTS(create_vpc, ec2_create_vpc(c, "10.0.0.0/16", NULL, &b))
TEXTS(create_subnet, ec2_create_subnet(c, "vpc-1", "10.0.0.0/20", NULL, NULL, &a, &b))
TEXTS(run_instance, ec2_run_instance(c, &launch, &b))
TEXTS(status, ec2_describe_instance_status(c, "i-1234567890abcdef0", &a, &b))
TEXTS(association, ec2_describe_profile_association(c, "i-1", &a, &b))
TEXTS(console, ec2_get_console_output(c, "i-1", &a))
TEXTS(encryption, s3_get_bucket_encryption(c, "bucket", NULL, &a))
TEXTS(versioning, s3_get_bucket_versioning(c, "bucket", NULL, &a))
TEXTS(decode, sts_decode_authorization_message(c, "e", &b))
READS(delete_endpoint, ec2_delete_vpc_endpoint(c, "vpce-1"))
READS(delete_vpc, ec2_delete_vpc(c, "vpc-1"))

static void bucket_tags(struct aws_client *c)
{
	struct aws_tags tags = { 0 };

	judge(s3_get_bucket_tagging(c, "bucket", NULL, &tags));
	aws_tags_clear(&tags);
}

static const struct {
	const char *root;
	void (*read)(struct aws_client *c);
} rows[] = {
	{ "DescribeVpcsResponse", vpcs },
	{ "DescribeAvailabilityZonesResponse", zones },
	{ "DescribeSubnetsResponse", subnets },
	{ "DescribeRouteTablesResponse", route_tables },
	{ "DescribeSecurityGroupsResponse", groups },
	{ "DescribeSecurityGroupRulesResponse", rules },
	{ "DescribeInstanceConnectEndpointsResponse", connect_endpoints },
	{ "DescribeImagesResponse", images },
	{ "DescribeInstancesResponse", instances },
	{ "DescribeVolumesResponse", volumes },
	{ "DescribeVpcEndpointsResponse", endpoints },
	{ "DescribeVpcEndpointServicesResponse", service_zones },
	{ "DescribeVpcPeeringConnectionsResponse", peerings },
	{ "DescribeNetworkInterfacesResponse", interfaces },
	{ "DescribeNetworkAclsResponse", acl },
	{ "GetRoleResponse", role },
	{ "ListRolesResponse", roles },
	{ "GetInstanceProfileResponse", profile },
	{ "GetCallerIdentityResponse", identity },
	{ "ListVersionsResult", versions },
	{ "ListMultipartUploadsResult", uploads },
	{ "CreateVpcResponse", create_vpc },
	{ "CreateSubnetResponse", create_subnet },
	{ "RunInstancesResponse", run_instance },
	{ "DescribeInstanceStatusResponse", status },
	{ "DescribeIamInstanceProfileAssociationsResponse", association },
	{ "GetConsoleOutputResponse", console },
	{ "ServerSideEncryptionConfiguration", encryption },
	{ "VersioningConfiguration", versioning },
	{ "DecodeAuthorizationMessageResponse", decode },
	{ "DeleteVpcEndpointsResponse", delete_endpoint },
	{ "DeleteVpcResponse", delete_vpc },
	{ "Tagging", bucket_tags },
};

/* The whole tree, by the functions that typed calls use. */
static void walk(const struct xml_node *node, int depth)
{
	autofree char *text = xml_text(node, "");
	struct aws_tags tags = { 0 };
	auto_strv texts = { 0 };

	if (depth > 64)
		abort(); /* the parser promises less */
	if (text && !*text)
		abort();
	xml_strv(node, "item", &texts);
	xml_tags(node, "tagSet/item", &tags);
	(void)xml_int(node, "ruleNumber", 0);
	aws_tags_clear(&tags);
	xml_each(child, node, "item")
		walk(child, depth + 1);
}

static void errors(const uint8_t *data, size_t n)
{
	static const enum aws_protocol protocols[] = { AWS_PROTOCOL_EC2, AWS_PROTOCOL_QUERY,
						       AWS_PROTOCOL_S3, AWS_PROTOCOL_JSON };
	auto_http_response res = HTTP_RESPONSE_INIT;
	size_t i;

	res.status = 400;
	(void)buf_add(&res.body, data, n);
	for (i = 0; i < ARRAY_LEN(protocols); i++)
		(void)rb_error_free(reply_error(protocols[i], "ec2", "DescribeVpcs", &res));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	auto_xml_reply reply = XML_REPLY_INIT;
	auto_error struct rb_error *err = xml_parse((const char *)data, n, &reply);
	size_t i, chosen = n ? data[0] % ARRAY_LEN(rows) : 0;

	if (!err) {
		walk(reply.root, 0);
		for (i = 0; i < ARRAY_LEN(rows); i++)
			if (text_eq(xml_name(reply.root), rows[i].root))
				chosen = i;
	}
	errors(data, n);
	answer.status = n % 7 == 3 ? 400 : 200;
	answer.body = data;
	answer.n = n;
	answer.type = "text/xml";
	answer.asked = 0;
	rows[chosen].read(client());
	return 0;
}
