/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What typed calls do besides sending a request and reading an answer: pages,
 * waiting for young things, refusals inside successes, S3's odd ways, and the
 * signed way into an Instance Connect Endpoint.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/ec2/ec2.h"
#include "aws/eic.h"
#include "aws/iam.h"
#include "aws/s3.h"
#include "aws/core/sign.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "tests/lib/aws_world.h"
#include "tests/lib/stub.h"

static struct stub *stub;
static struct aws_world world;

/* What the stub says, in this order; the last one for all that follow. */
struct said {
	int status;
	const char *body;
	const char *headers[3][2];
};
static const struct said *script;
static size_t n_script, at_script;

#define SCRIPT(...)                                                                                \
	static const struct said said[] = { __VA_ARGS__ };                                         \
	script = said;                                                                             \
	n_script = ARRAY_LEN(said);                                                                \
	at_script = 0;                                                                             \
	stub_reset(stub)

static void say_next(void *arg, const struct stub_request *req, struct stub_answer *answer)
{
	const struct said *s = &script[at_script];
	size_t i;

	(void)arg;
	(void)req;
	if (at_script + 1 < n_script)
		at_script++;
	answer->status = s->status;
	answer->body = xstrdup(s->body ? s->body : "");
	for (i = 0; i < ARRAY_LEN(s->headers) && s->headers[i][0]; i++)
		http_headers_add(&answer->headers, s->headers[i][0], s->headers[i][1]);
}

static bool sent(size_t i, const char *text)
{
	return strstr(stub_request(stub, i)->body.p, text) != NULL;
}

static const char *header_sent(size_t i, const char *name)
{
	return http_headers_get(&stub_request(stub, i)->headers, name);
}

static void assert_kind(struct rb_error *err, enum rb_kind kind)
{
	assert_non_null(err);
	if (err->kind != kind)
		fail_msg("%s: %s (%s)", rb_kind_name(err->kind), err->what, err->why);
	(void)rb_error_free(err);
}

static void assert_done(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what, err->why);
}

#define EC2_ERROR(code, message)                                                                   \
	"<Response><Errors><Error><Code>" code "</Code><Message>" message                          \
	"</Message></Error></Errors><RequestID>r-1</RequestID></Response>"

/* ---- pages -------------------------------------------------------------- */

static void an_empty_page_with_a_token_is_not_the_end(void **state)
{
	auto_ec2_vpcs found = { 0 };

	(void)state;
	SCRIPT({ 200,
		 "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>"
		 "<nextToken>a+b/c=</nextToken></DescribeVpcsResponse>",
		 { { 0 } } },
	       { 200,
		 "<DescribeVpcsResponse><vpcSet/><nextToken>t2</nextToken>"
		 "</DescribeVpcsResponse>",
		 { { 0 } } },
	       { 200,
		 "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-2</vpcId></item></vpcSet>"
		 "<nextToken/></DescribeVpcsResponse>",
		 { { 0 } } });
	assert_done(ec2_describe_vpcs(world.client, NULL, NULL, &found));
	assert_int_equal(found.n, 2);
	assert_string_equal(found.v[1].vpc_id, "vpc-2");
	assert_int_equal(stub_count(stub), 3);
	assert_true(sent(0, "MaxResults=1000"));
	assert_true(sent(1, "NextToken=a%2Bb%2Fc%3D"));
	assert_true(sent(2, "NextToken=t2"));
}

static void a_page_size_is_not_sent_with_ids(void **state)
{
	const char *const ids[] = { "vpc-1", NULL };
	auto_ec2_vpcs found = { 0 };

	(void)state;
	SCRIPT({ 200, "<DescribeVpcsResponse/>", { { 0 } } });
	assert_done(ec2_describe_vpcs(world.client, ids, NULL, &found));
	assert_true(sent(0, "VpcId.1=vpc-1"));
	assert_false(sent(0, "MaxResults"));
}

static void iam_lists_go_on_from_marker_while_truncated(void **state)
{
	auto_strv names = { 0 };

	(void)state;
	SCRIPT({ 200,
		 "<ListRolesResponse><ListRolesResult><Roles><member><RoleName>a</RoleName>"
		 "</member></Roles><IsTruncated>true</IsTruncated><Marker>m1</Marker>"
		 "</ListRolesResult></ListRolesResponse>",
		 { { 0 } } },
	       { 200,
		 "<ListRolesResponse><ListRolesResult><Roles><member><RoleName>b</RoleName>"
		 "</member></Roles><IsTruncated>false</IsTruncated><Marker>m2</Marker>"
		 "</ListRolesResult></ListRolesResponse>",
		 { { 0 } } });
	assert_done(iam_list_roles(world.client, "/runbook/", &names));
	assert_int_equal(names.n, 2);
	assert_int_equal(stub_count(stub), 2);
	assert_true(sent(1, "Marker=m1"));
	assert_true(sent(1, "PathPrefix=%2Frunbook%2F"));
}

static void a_listing_of_versions_goes_on_from_both_markers(void **state)
{
	auto_s3_objects found = { 0 };

	(void)state;
	SCRIPT({ 200,
		 "<ListVersionsResult><EncodingType>url</EncodingType>"
		 "<IsTruncated>true</IsTruncated><NextKeyMarker>a%2Bb+c</NextKeyMarker>"
		 "<NextVersionIdMarker>v1</NextVersionIdMarker><Version><Key>a%2Bb+c</Key>"
		 "<VersionId>v1</VersionId><Size>7</Size></Version></ListVersionsResult>",
		 { { 0 } } },
	       { 200,
		 "<ListVersionsResult><EncodingType>url</EncodingType>"
		 "<IsTruncated>false</IsTruncated><DeleteMarker><Key>z%01</Key>"
		 "<VersionId>null</VersionId><IsLatest>true</IsLatest></DeleteMarker>"
		 "</ListVersionsResult>",
		 { { 0 } } });
	assert_done(s3_list_object_versions(world.client, "bucket", NULL, NULL, &found));
	assert_int_equal(found.n, 2);
	assert_string_equal(found.v[0].key, "a+b c");
	assert_int_equal(found.v[0].size_bytes, 7);
	assert_string_equal(found.v[1].key, "z\x01");
	assert_true(found.v[1].delete_marker);
	assert_non_null(strstr(stub_request(stub, 1)->query, "key-marker=a%2Bb%20c"));
	assert_non_null(strstr(stub_request(stub, 1)->query, "version-id-marker=v1"));
}

static void keys_that_are_not_encoded_are_left_as_they_are(void **state)
{
	auto_s3_objects found = { 0 };

	(void)state;
	SCRIPT({ 200,
		 "<ListVersionsResult><IsTruncated>false</IsTruncated><Version>"
		 "<Key>100%25+1 </Key></Version></ListVersionsResult>",
		 { { 0 } } });
	assert_done(s3_list_object_versions(world.client, "bucket", NULL, NULL, &found));
	assert_string_equal(found.v[0].key, "100%25+1 ");
}

static void a_listing_that_never_moves_on_is_refused(void **state)
{
	auto_s3_uploads found = { 0 };

	(void)state;
	SCRIPT({ 200,
		 "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>"
		 "<NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>"
		 "</ListMultipartUploadsResult>",
		 { { 0 } } });
	assert_kind(s3_list_multipart_uploads(world.client, "bucket", NULL, &found), RB_PROTOCOL);
	assert_int_equal(stub_count(stub), 2);
}

/* ---- young things ------------------------------------------------------- */

#define NO_PROFILE                                                                                 \
	EC2_ERROR("InvalidParameterValue", "Value (p) for parameter iamInstanceProfile.name is "   \
					   "invalid. Invalid IAM Instance Profile name")
#define NO_ROLE                                                                                    \
	EC2_ERROR("InvalidParameterValue", "IAM Instance Profile \"arn:aws:iam::1:"                \
					   "instance-profile/p\" has no associated IAM Roles")

static void a_launch_waits_for_its_new_profile_with_the_same_token(void **state)
{
	const struct ec2_run_instance launch = { .image_id = "ami-1",
						 .subnet_id = "subnet-1",
						 .profile_name = "p",
						 .token = "token-1" };
	autofree char *id = NULL;
	size_t i;

	(void)state;
	SCRIPT({ 400, NO_PROFILE, { { 0 } } }, { 400, NO_ROLE, { { 0 } } },
	       { 400, NO_PROFILE, { { 0 } } }, { 400, NO_PROFILE, { { 0 } } },
	       { 400, NO_PROFILE, { { 0 } } }, { 400, NO_PROFILE, { { 0 } } },
	       { 200,
		 "<RunInstancesResponse><instancesSet><item><instanceId>i-1</instanceId></item>"
		 "</instancesSet></RunInstancesResponse>",
		 { { 0 } } });
	assert_done(ec2_run_instance(world.client, &launch, &id));
	assert_string_equal(id, "i-1");
	assert_int_equal(stub_count(stub), 7);
	for (i = 0; i < 7; i++)
		assert_true(sent(i, "ClientToken=token-1"));
}

static void any_other_wrong_value_in_a_launch_is_final(void **state)
{
	const struct ec2_run_instance launch = { .image_id = "ami-1",
						 .subnet_id = "subnet-1",
						 .token = "token-1" };

	(void)state;
	SCRIPT({ 400,
		 EC2_ERROR("InvalidParameterValue", "Invalid availability zone: [x]"),
		 { { 0 } } });
	assert_kind(ec2_run_instance(world.client, &launch, NULL), RB_FAILED);
	assert_int_equal(stub_count(stub), 1);
}

static void what_was_just_made_is_asked_for_again_and_what_was_removed_is_not(void **state)
{
	const char *const ids[] = { "vpc-7", NULL };
	auto_ec2_vpcs found = { 0 };
	autofree char *id = NULL;

	(void)state;
	SCRIPT({ 200,
		 "<CreateVpcResponse><vpc><vpcId>vpc-7</vpcId></vpc></CreateVpcResponse>",
		 { { 0 } } },
	       { 400,
		 EC2_ERROR("InvalidVpcID.NotFound", "The vpc ID 'vpc-7' does not exist"),
		 { { 0 } } },
	       { 200,
		 "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-7</vpcId></item></vpcSet>"
		 "</DescribeVpcsResponse>",
		 { { 0 } } },
	       { 200, "<DeleteVpcResponse><return>true</return></DeleteVpcResponse>", { { 0 } } },
	       { 400,
		 EC2_ERROR("InvalidVpcID.NotFound", "The vpc ID 'vpc-7' does not exist"),
		 { { 0 } } });
	assert_done(ec2_create_vpc(world.client, "10.0.0.0/16", NULL, &id));
	assert_done(ec2_describe_vpcs(world.client, ids, NULL, &found));
	assert_int_equal(found.n, 1);
	assert_done(ec2_delete_vpc(world.client, id));
	ec2_vpcs_clear(&found);
	assert_kind(ec2_describe_vpcs(world.client, ids, NULL, &found), RB_GONE);
	assert_int_equal(stub_count(stub), 5);
}

static void a_create_whose_answer_names_nothing_may_have_happened(void **state)
{
	autofree char *id = NULL;

	(void)state;
	SCRIPT({ 200, "<CreateVpcResponse/>", { { 0 } } });
	assert_kind(ec2_create_vpc(world.client, "10.0.0.0/16", NULL, &id), RB_LOST);
	assert_null(id);
	assert_int_equal(stub_count(stub), 1);
}

static void a_create_without_a_token_is_not_sent_again_after_a_500(void **state)
{
	autofree char *id = NULL;

	(void)state;
	SCRIPT({ 500, EC2_ERROR("InternalError", "An internal error has occurred"), { { 0 } } });
	assert_kind(ec2_create_vpc(world.client, "10.0.0.0/16", NULL, &id), RB_LOST);
	assert_int_equal(stub_count(stub), 1);
}

static void a_create_with_a_token_is_sent_again_after_a_500(void **state)
{
	autofree char *id = NULL;

	(void)state;
	SCRIPT({ 500, EC2_ERROR("InternalError", "An internal error has occurred"), { { 0 } } },
	       { 200,
		 "<CreateRouteTableResponse><routeTable><routeTableId>rtb-1</routeTableId>"
		 "</routeTable></CreateRouteTableResponse>",
		 { { 0 } } });
	assert_done(ec2_create_route_table(world.client, "vpc-1", "token", NULL, &id));
	assert_string_equal(id, "rtb-1");
	assert_int_equal(stub_count(stub), 2);
}

/* ---- VPC endpoints ------------------------------------------------------ */

#define REFUSED(code)                                                                              \
	"<DeleteVpcEndpointsResponse><unsuccessful><item><resourceId>vpce-1</resourceId><error>"   \
	"<code>" code "</code><message>because</message></error></item></unsuccessful>"            \
	"<requestId>r-9</requestId></DeleteVpcEndpointsResponse>"
#define ENDPOINT(state)                                                                             \
	"<DescribeVpcEndpointsResponse><vpcEndpointSet><item><vpcEndpointId>vpce-1</vpcEndpointId>" \
	"<state>" state "</state></item></vpcEndpointSet></DescribeVpcEndpointsResponse>"

/* S3's gateway is in every zone, and its interface endpoints are not. */
static void the_zones_are_those_of_the_interface_service(void **state)
{
	auto_strv zones = { 0 };

	(void)state;
	SCRIPT({ 200,
		 "<DescribeVpcEndpointServicesResponse><serviceDetailSet>"
		 "<item><serviceName>com.amazonaws.us-east-1.s3</serviceName><serviceType><item>"
		 "<serviceType>Gateway</serviceType></item></serviceType><availabilityZoneSet>"
		 "<item>us-east-1a</item><item>us-east-1e</item></availabilityZoneSet></item>"
		 "<item><serviceName>com.amazonaws.us-east-1.s3</serviceName><serviceType><item>"
		 "<serviceType>Interface</serviceType></item></serviceType><availabilityZoneSet>"
		 "<item>us-east-1b</item></availabilityZoneSet></item>"
		 "<item><serviceName>com.amazonaws.us-east-1.s3-outposts</serviceName><serviceType>"
		 "<item><serviceType>Interface</serviceType></item></serviceType>"
		 "<availabilityZoneSet><item>us-east-1c</item></availabilityZoneSet></item>"
		 "</serviceDetailSet></DescribeVpcEndpointServicesResponse>",
		 { { 0 } } });
	assert_done(
		ec2_interface_service_zones(world.client, "com.amazonaws.us-east-1.s3", &zones));
	assert_int_equal(zones.n, 1);
	assert_string_equal(zones.v[0], "us-east-1b");
}

static void a_refusal_inside_a_success_is_an_error(void **state)
{
	struct rb_error *err;

	(void)state;
	SCRIPT({ 200, REFUSED("OperationNotPermitted"), { { 0 } } });
	err = ec2_delete_vpc_endpoint(world.client, "vpce-1");
	assert_non_null(err);
	assert_true(rb_error_is_aws(err, "OperationNotPermitted"));
	assert_string_equal(err->request_id, "r-9");
	assert_string_equal(err->what, "cannot delete VPC endpoint 'vpce-1'");
	(void)rb_error_free(err);
}

static void an_endpoint_that_is_truly_gone_is_gone(void **state)
{
	(void)state;
	SCRIPT({ 200, REFUSED("InvalidVpcEndpointId.NotFound"), { { 0 } } },
	       { 400, EC2_ERROR("InvalidVpcEndpointId.NotFound", "no such"), { { 0 } } });
	assert_kind(ec2_delete_vpc_endpoint(world.client, "vpce-1"), RB_GONE);
	assert_int_equal(stub_count(stub), 2);
}

static void an_endpoint_that_is_only_too_young_is_deleted_all_the_same(void **state)
{
	(void)state;
	SCRIPT({ 200, REFUSED("InvalidVpcEndpoint.NotFound"), { { 0 } } },
	       { 200, ENDPOINT("Pending"), { { 0 } } },
	       { 200,
		 "<DeleteVpcEndpointsResponse><unsuccessful/></DeleteVpcEndpointsResponse>",
		 { { 0 } } });
	assert_done(ec2_delete_vpc_endpoint(world.client, "vpce-1"));
	assert_int_equal(stub_count(stub), 3);
}

/* ---- other readings ----------------------------------------------------- */

static void the_profile_in_force_is_told_when_older_ones_are_listed(void **state)
{
	autofree char *association = NULL;
	autofree char *arn = NULL;

	(void)state;
	SCRIPT({ 200,
		 "<DescribeIamInstanceProfileAssociationsResponse><iamInstanceProfileAssociationSet>"
		 "<item><state>disassociated</state><iamInstanceProfile><arn>old</arn>"
		 "</iamInstanceProfile></item>"
		 "<item><state>associated</state><iamInstanceProfile><arn>new</arn>"
		 "</iamInstanceProfile></item>"
		 "<item><state>disassociating</state><iamInstanceProfile><arn>odd</arn>"
		 "</iamInstanceProfile></item></iamInstanceProfileAssociationSet>"
		 "</DescribeIamInstanceProfileAssociationsResponse>",
		 { { 0 } } });
	assert_done(ec2_describe_profile_association(world.client, "i-1", &association, &arn));
	assert_string_equal(association, "associated");
	assert_string_equal(arn, "new");
}

static void security_group_rules_are_read_whole(void **state)
{
	auto_ec2_rules found = { 0 };

	(void)state;
	SCRIPT({ 200,
		 "<DescribeSecurityGroupRulesResponse><securityGroupRuleSet>"
		 "<item><securityGroupRuleId>sgr-1</securityGroupRuleId><isEgress>false</isEgress>"
		 "<ipProtocol>tcp</ipProtocol><fromPort>22</fromPort><toPort>22</toPort>"
		 "<referencedGroupInfo><groupId>sg-2</groupId></referencedGroupInfo>"
		 "<description>SSH</description>"
		 "<tagSet><item><key>k</key><value>v</value></item></tagSet></item>"
		 "<item><securityGroupRuleId>sgr-2</securityGroupRuleId><isEgress>true</isEgress>"
		 "<ipProtocol>-1</ipProtocol><fromPort>-1</fromPort><toPort>-1</toPort>"
		 "<cidrIpv4>0.0.0.0/0</cidrIpv4></item>"
		 "<item><securityGroupRuleId>sgr-3</securityGroupRuleId><ipProtocol>tcp</ipProtocol>"
		 "<fromPort>99999999999</fromPort><cidrIpv6>::/0</cidrIpv6></item>"
		 "</securityGroupRuleSet></DescribeSecurityGroupRulesResponse>",
		 { { 0 } } });
	assert_done(ec2_describe_rules(world.client, NULL, &found));
	assert_int_equal(found.n, 3);
	assert_string_equal(found.v[0].group_id, "sg-2");
	assert_string_equal(found.v[0].description, "SSH");
	assert_string_equal(aws_tags_get(&found.v[0].tags, "k"), "v");
	assert_int_equal(found.v[0].from_port, 22);
	assert_false(found.v[0].egress);
	assert_true(found.v[1].egress);
	assert_int_equal(found.v[1].to_port, -1);
	assert_string_equal(found.v[1].cidr, "0.0.0.0/0");
	assert_string_equal(found.v[2].cidr, "::/0");
	assert_int_equal(found.v[2].from_port, -1);
}

static void an_instance_type_is_offered_only_when_its_own_name_comes_back(void **state)
{
	bool offered = true;

	(void)state;
	SCRIPT({ 200,
		 "<DescribeInstanceTypeOfferingsResponse><instanceTypeOfferingSet/>"
		 "</DescribeInstanceTypeOfferingsResponse>",
		 { { 0 } } },
	       { 200,
		 "<DescribeInstanceTypeOfferingsResponse><instanceTypeOfferingSet><item>"
		 "<instanceType>t3.micro</instanceType></item></instanceTypeOfferingSet>"
		 "</DescribeInstanceTypeOfferingsResponse>",
		 { { 0 } } });
	assert_done(ec2_type_offered(world.client, "t3.micro", "us-east-1e", &offered));
	assert_false(offered);
	assert_done(ec2_type_offered(world.client, "t3.micro", "us-east-1a", &offered));
	assert_true(offered);
}

static void a_console_without_latest_is_asked_for_plainly(void **state)
{
	autofree char *text = NULL;

	(void)state;
	SCRIPT({ 400, EC2_ERROR("UnsupportedOperation", "not for this type"), { { 0 } } },
	       { 200,
		 "<GetConsoleOutputResponse><output>aGVs\n bG8=\n</output>"
		 "</GetConsoleOutputResponse>",
		 { { 0 } } });
	assert_done(ec2_get_console_output(world.client, "i-1", &text));
	assert_string_equal(text, "hello");
	assert_true(sent(0, "Latest=true"));
	assert_false(sent(1, "Latest"));
}

static void policies_in_iam_answers_are_decoded_whichever_way_they_come(void **state)
{
	auto_iam_role encoded = { 0 };
	auto_iam_role plain = { 0 };

	(void)state;
	SCRIPT({ 200,
		 "<GetRoleResponse><GetRoleResult><Role><RoleName>r</RoleName>"
		 "<AssumeRolePolicyDocument>%7B%22a%22%3A%22b+c%25%22%7D"
		 "</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>",
		 { { 0 } } },
	       { 200,
		 "<GetRoleResponse><GetRoleResult><Role><RoleName>r</RoleName>"
		 "<AssumeRolePolicyDocument>{\"a\":\"100%25\"}</AssumeRolePolicyDocument>"
		 "</Role></GetRoleResult></GetRoleResponse>",
		 { { 0 } } });
	assert_done(iam_get_role(world.client, "r", &encoded));
	assert_string_equal(encoded.trust_policy, "{\"a\":\"b+c%\"}");
	assert_done(iam_get_role(world.client, "r", &plain));
	assert_string_equal(plain.trust_policy, "{\"a\":\"100%25\"}");
}

/* ---- S3 ----------------------------------------------------------------- */

static void a_bucket_in_us_east_1_is_made_without_a_constraint_and_elsewhere_with_it(void **state)
{
	struct aws_client *tokyo = aws_world_client(&world, "ap-northeast-1");

	(void)state;
	SCRIPT({ 200, "", { { 0 } } });
	assert_done(s3_create_bucket(world.client, "bucket-a", NULL, NULL));
	assert_int_equal(stub_request(stub, 0)->body.n, 0);
	assert_done(s3_create_bucket(tokyo, "bucket-b", NULL, NULL));
	assert_true(sent(1, "<LocationConstraint>ap-northeast-1</LocationConstraint>"));
	aws_session_forget_id(world.session, "bucket-a");
	aws_session_forget_id(world.session, "bucket-b");
	aws_client_free(tokyo);
}

static void a_head_without_a_body_is_judged_by_its_status(void **state)
{
	static const struct {
		int status;
		enum rb_kind kind;
	} cases[] = { { 404, RB_GONE }, { 403, RB_DENIED } };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const struct said says = { cases[i].status, "", { { 0 } } };
		autofree char *region = NULL;

		script = &says;
		n_script = 1;
		at_script = 0;
		stub_reset(stub);
		assert_kind(s3_head_bucket(world.client, "bucket", "123456789012", &region),
			    cases[i].kind);
		assert_null(region);
		assert_string_equal(header_sent(0, "x-amz-expected-bucket-owner"), "123456789012");
	}
}

static void a_bucket_elsewhere_is_asked_for_there_once_and_its_region_told(void **state)
{
	autofree char *region = NULL;

	(void)state;
	SCRIPT({ 301, "", { { "x-amz-bucket-region", "eu-west-1" } } },
	       { 200, "", { { "x-amz-bucket-region", "eu-west-1" } } });
	assert_done(s3_head_bucket(world.client, "bucket", NULL, &region));
	assert_string_equal(region, "eu-west-1");
	assert_int_equal(stub_count(stub), 2);
	assert_non_null(strstr(header_sent(0, "Authorization"), "/us-east-1/s3/"));
	assert_non_null(strstr(header_sent(1, "Authorization"), "/eu-west-1/s3/"));
}

static void a_bucket_of_somebody_else_elsewhere_is_denied_and_its_region_known(void **state)
{
	autofree char *region = NULL;
	struct rb_error *err;

	(void)state;
	SCRIPT({ 400, "", { { "x-amz-bucket-region", "eu-west-1" } } },
	       { 403, "", { { "x-amz-bucket-region", "eu-west-1" } } });
	err = s3_head_bucket(world.client, "bucket", NULL, &region);
	assert_non_null(err);
	assert_int_equal(err->kind, RB_DENIED);
	assert_string_equal(err->region, "eu-west-1");
	(void)rb_error_free(err);
}

static void a_refusal_of_head_without_a_reason_says_what_it_may_be(void **state)
{
	auto_error struct rb_error *err = NULL;

	(void)state;
	SCRIPT({ 400, "", { { 0 } } });
	err = s3_head_bucket(world.client, "bucket", NULL, NULL);
	assert_non_null(err);
	assert_int_equal(err->kind, RB_FAILED);
	assert_non_null(strstr(err->hint, "credentials have expired"));
}

static void no_public_access_block_blocks_nothing(void **state)
{
	struct s3_public_access_block block = { true, true, true, true };

	(void)state;
	SCRIPT({ 404,
		 "<Error><Code>NoSuchPublicAccessBlockConfiguration</Code>"
		 "<Message>none</Message></Error>",
		 { { 0 } } });
	assert_done(s3_get_public_access_block(world.client, "bucket", NULL, &block));
	assert_false(block.block_public_acls || block.ignore_public_acls ||
		     block.block_public_policy || block.restrict_public_buckets);
}

static void a_missing_policy_or_tag_set_is_gone_by_its_own_code(void **state)
{
	struct aws_tags tags = { 0 };
	autofree char *json = NULL;
	struct rb_error *err;

	(void)state;
	SCRIPT({ 404,
		 "<Error><Code>NoSuchBucketPolicy</Code><Message>m</Message></Error>",
		 { { 0 } } },
	       { 404, "<Error><Code>NoSuchTagSet</Code><Message>m</Message></Error>", { { 0 } } });
	err = s3_get_bucket_policy(world.client, "bucket", NULL, &json);
	assert_true(rb_error_is_aws(err, "NoSuchBucketPolicy"));
	assert_kind(err, RB_GONE);
	err = s3_get_bucket_tagging(world.client, "bucket", NULL, &tags);
	assert_true(rb_error_is_aws(err, "NoSuchTagSet"));
	assert_kind(err, RB_GONE);
}

static void an_error_document_under_200_is_an_error(void **state)
{
	autofree char *algorithm = NULL;

	(void)state;
	SCRIPT({ 200, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>", { { 0 } } });
	assert_kind(s3_get_bucket_encryption(world.client, "bucket", NULL, &algorithm), RB_DENIED);
	assert_null(algorithm);
}

static void an_objects_head_is_read_whole(void **state)
{
	auto_s3_head head = { 0 };

	(void)state;
	SCRIPT({ 200,
		 "12345",
		 { { "ETag", "\"abc\"" },
		   { "x-amz-checksum-sha256", "c2hh" },
		   { "x-amz-version-id", "" } } });
	assert_done(s3_head_object(world.client, "bucket", NULL, "a b+c/d.txt", &head));
	assert_int_equal(head.size_bytes, 5);
	assert_string_equal(head.etag, "abc");
	assert_string_equal(head.checksum_sha256, "c2hh");
	assert_null(head.version_id);
	assert_string_equal(header_sent(0, "x-amz-checksum-mode"), "ENABLED");
	assert_string_equal(stub_request(stub, 0)->path, "/bucket/a%20b%2Bc/d.txt");
}

static void an_object_is_read_from_its_start_and_no_further(void **state)
{
	auto_buf body = BUF_INIT;

	(void)state;
	SCRIPT({ 206, "hel", { { 0 } } }, { 200, "hello", { { 0 } } },
	       { 416, "<Error><Code>InvalidRange</Code><Message>m</Message></Error>", { { 0 } } });
	assert_done(s3_get_object(world.client, "bucket", NULL, "k", 3, &body));
	assert_string_equal(body.p, "hel");
	assert_string_equal(header_sent(0, "Range"), "bytes=0-2");
	assert_done(s3_get_object(world.client, "bucket", NULL, "k", 3, &body));
	assert_string_equal(body.p, "hel");
	assert_done(s3_get_object(world.client, "bucket", NULL, "k", 3, &body));
	assert_string_equal(body.p, "");
}

static void a_written_object_tells_its_version_if_it_has_one(void **state)
{
	autofree char *version = NULL;
	autofree char *none = NULL;

	(void)state;
	SCRIPT({ 200, "", { { "x-amz-version-id", "v1" } } }, { 200, "", { { 0 } } });
	assert_done(s3_put_object(world.client, "bucket", NULL, "k", "hello", 5, &version));
	assert_string_equal(version, "v1");
	assert_done(s3_put_object(world.client, "bucket", NULL, "k", "", 0, &none));
	assert_null(none);
}

/* ---- the way into an Instance Connect Endpoint -------------------------- */

struct vector {
	const char *key_id, *secret, *token;
	int64_t utc_s;
	const char *region, *host, *endpoint_id, *address;
	int duration_s;
	const char *signature;
};

static void the_tunnel_url_is_signed_as_the_aws_cli_signs_it(void **state)
{
	/* A is the AWS CLI's own published test; B and C were made with another signer. */
	static const struct vector vectors[] = {
		{ "access_key", "secret_key", NULL, 1577840461, "us-west-2",
		  "eice-123.ec2-instance-connect-endpoint.us-west-2.amazonaws.com", "eice-123",
		  "10.0.0.0", 1,
		  "3a56740422a5b9aebd22d860b7a30c729e459a6f71a83bc0de3a2b44b7353f28" },
		{ "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
		  "IQoJb3JpZ2luX2VjEXAMPLE//token+with/specials==", 1795435200, "ap-northeast-1",
		  "eice-0123456789abcdef0.b1946ac9.ec2-instance-connect-endpoint.ap-northeast-1."
		  "amazonaws.com",
		  "eice-0123456789abcdef0", "10.0.1.23", 0,
		  "54403a26016e2be05f7da515e42cee4537d77c6e9109c0edeab16a15dc9ccca3" },
		{ "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL, 1795435200,
		  "ap-northeast-1",
		  "eice-0123456789abcdef0.b1946ac9.ec2-instance-connect-endpoint.ap-northeast-1."
		  "amazonaws.com",
		  "eice-0123456789abcdef0", "2600:1f10:4f8e:db01:73f5:6b9d:c0da:1c27", 0,
		  "9768d3b6ee675e706dd119820436233bbac900f482441936b87223d79959a4d4" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(vectors); i++) {
		const struct vector *v = &vectors[i];
		const struct sigv4_scope scope = { v->utc_s, v->region, "ec2-instance-connect" };
		auto_http_request req = HTTP_REQUEST_INIT;
		auto_cred cred = { .access_key_id = xstrdup(v->key_id) };
		const char *signature;

		secret_set_str(&cred.secret_key, v->secret);
		if (v->token)
			secret_set_str(&cred.session_token, v->token);
		eic_tunnel_request(&req, v->host, v->endpoint_id, v->address, 22, v->duration_s);
		sign_presign(&req, &cred, &scope, /* expires_s= */ 60);
		assert_true(text_starts_with(req.query, "instanceConnectEndpointId=eice-"));
		signature = strstr(req.query, "&X-Amz-Signature=");
		assert_non_null(signature);
		assert_string_equal(signature + strlen("&X-Amz-Signature="), v->signature);
	}
}

static void a_tunnel_url_holds_what_the_service_asks_for(void **state)
{
	const char *host = "eice-1.0.ec2-instance-connect-endpoint.us-east-1.amazonaws.com";
	autofree char *got_host = NULL;
	autofree char *path = NULL;
	static const char *const parts[] = {
		("/openTunnel?instanceConnectEndpointId=eice-1&remotePort=22&privateIpAddress="
		 "10.0.0.4&maxTunnelDuration=3600&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="),
		"%2Fus-east-1%2Fec2-instance-connect%2Faws4_request&X-Amz-Date=",
		"&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=",
	};
	size_t i;

	(void)state;
	assert_done(eic_open_tunnel_url(world.client, host, "eice-1", "10.0.0.4", 22, 3600,
					&got_host, &path));
	assert_string_equal(got_host, host);
	for (i = 0; i < ARRAY_LEN(parts); i++)
		if (!strstr(path, parts[i]))
			fail_msg("'%s' is not in '%s'", parts[i], path);
}

static void a_tunnel_that_cannot_be_right_is_not_signed(void **state)
{
	static const struct {
		const char *host;
		int port, duration_s;
	} cases[] = {
		{ "eice-1.0.ec2-instance-connect-endpoint.eu-west-1.amazonaws.com", 22, 3600 },
		{ "eice-1/..?x", 22, 3600 },
		{ "", 22, 3600 },
		{ "eice-1.0.ec2-instance-connect-endpoint.us-east-1.amazonaws.com", 0, 3600 },
		{ "eice-1.0.ec2-instance-connect-endpoint.us-east-1.amazonaws.com", 22, 3601 },
		{ "eice-1.0.ec2-instance-connect-endpoint.us-east-1.amazonaws.com", 22, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *host = NULL;
		autofree char *path = NULL;
		struct rb_error *err =
			eic_open_tunnel_url(world.client, cases[i].host, "eice-1", "10.0.0.4",
					    cases[i].port, cases[i].duration_s, &host, &path);

		assert_non_null(err);
		assert_null(path);
		(void)rb_error_free(err);
	}
}

static int set_up(void **state)
{
	(void)state;
	stub = stub_new(say_next, NULL);
	aws_world_start(&world, stub_url(stub), "us-east-1");
	aws_session_set_speed(world.session, 1000);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	aws_world_stop(&world);
	stub = stub_free(stub);
	return 0;
}

#define EICE(members)                                                                              \
	"<DescribeInstanceConnectEndpointsResponse><instanceConnectEndpointSet><item><"            \
	"instanceConnectEndpointId>eice-1"                                                         \
	"</instanceConnectEndpointId><state>create-complete</state>" members                       \
	"</item></instanceConnectEndpointSet></DescribeInstanceConnectEndpointsResponse>"
#define V4 "<ipv4><dnsName>v4</dnsName><fipsDnsName>v4-fips</fipsDnsName></ipv4>"
#define DUAL "<dualstack><dnsName>dual</dnsName><fipsDnsName>dual-fips</fipsDnsName></dualstack>"

static void an_endpoints_name_stands_in_one_of_three_places(void **state)
{
	static const struct {
		const char *name, *fips;
	} expected[] = { { "old", "old-fips" },	  { "v4", "v4-fips" },	  { "v4", "v4-fips" },
			 { "dual", "dual-fips" }, { "old", "dual-fips" }, { NULL, NULL },
			 { NULL, NULL } };

	(void)state;
	SCRIPT({ 200,
		 EICE("<dnsName>old</dnsName><fipsDnsName>old-fips</fipsDnsName>"
		      "<publicDnsNames>" V4 DUAL "</publicDnsNames>"
		      "<ipAddressType>dualstack</ipAddressType>"
		      "<availabilityZoneId>apne1-az4</availabilityZoneId>"),
		 { { 0 } } },
	       { 200, EICE("<publicDnsNames>" V4 DUAL "</publicDnsNames>"), { { 0 } } },
	       { 200,
		 EICE("<dnsName/><fipsDnsName></fipsDnsName><publicDnsNames>" V4
		      "</publicDnsNames>"),
		 { { 0 } } },
	       { 200, EICE("<publicDnsNames>" DUAL "</publicDnsNames>"), { { 0 } } },
	       { 200,
		 EICE("<dnsName>old</dnsName><publicDnsNames><dualstack><fipsDnsName>"
		      "dual-fips</fipsDnsName></dualstack></publicDnsNames>"),
		 { { 0 } } },
	       { 200, EICE("<publicDnsNames/>"), { { 0 } } }, { 200, EICE(""), { { 0 } } });
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		auto_ec2_connect_endpoints found = { 0 };

		assert_done(ec2_describe_connect_endpoints(world.client, NULL, NULL, &found));
		assert_int_equal(found.n, 1);
		assert_true(text_eq(found.v[0].dns_name, expected[i].name));
		assert_true(text_eq(found.v[0].fips_dns_name, expected[i].fips));
	}
}

static void an_image_tells_its_types_and_whether_it_is_allowed(void **state)
{
	auto_ec2_images found = { 0 };

	(void)state;
	SCRIPT({ 200,
		 "<DescribeImagesResponse><imagesSet>"
		 "<item><imageId>ami-1</imageId></item>"
		 "<item><imageId>ami-2</imageId><imageAllowed>true</imageAllowed>"
		 "<instanceTypeSpecification><supportedInstanceTypeSet><item><instanceType>m7i."
		 "large"
		 "</instanceType></item><item><instanceType>t3.*</instanceType></item>"
		 "</supportedInstanceTypeSet></instanceTypeSpecification></item>"
		 "<item><imageId>ami-3</imageId><imageAllowed>false</imageAllowed>"
		 "<instanceTypeSpecification><unsupportedInstanceTypeSet><item><instanceType>t3."
		 "micro"
		 "</instanceType></item></unsupportedInstanceTypeSet></instanceTypeSpecification>"
		 "</item></imagesSet></DescribeImagesResponse>",
		 { { 0 } } });
	assert_done(ec2_describe_images(world.client, NULL, NULL, NULL, &found));
	assert_int_equal(found.n, 3);
	assert_false(found.v[0].not_allowed);
	assert_int_equal(found.v[0].supported_types.n + found.v[0].unsupported_types.n, 0);
	assert_false(found.v[1].not_allowed);
	assert_int_equal(found.v[1].supported_types.n, 2);
	assert_string_equal(found.v[1].supported_types.v[1], "t3.*");
	assert_true(found.v[2].not_allowed);
	assert_string_equal(found.v[2].unsupported_types.v[0], "t3.micro");
}

static void what_services_manage_is_asked_for(void **state)
{
	auto_ec2_interfaces interfaces = { 0 };
	auto_ec2_instances instances = { 0 };
	auto_ec2_volumes volumes = { 0 };
	char *one = NULL, *other = NULL;

	(void)state;
	SCRIPT({ 200, "<DescribeNetworkInterfacesResponse/>", { { 0 } } },
	       { 200, "<DescribeInstancesResponse/>", { { 0 } } },
	       { 200, "<DescribeVolumesResponse/>", { { 0 } } },
	       { 200, "<DescribeInstanceStatusResponse/>", { { 0 } } });
	assert_done(ec2_describe_interfaces(world.client, NULL, NULL, &interfaces));
	assert_done(ec2_describe_instances(world.client, NULL, NULL, &instances));
	assert_done(ec2_describe_volumes(world.client, NULL, NULL, &volumes));
	assert_done(ec2_describe_instance_status(world.client, "i-1", &one, &other));
	for (size_t i = 0; i < 4; i++)
		assert_true(sent(i, "IncludeManagedResources=true"));
}

/* ---- dry runs ------------------------------------------------------------ */

static struct rb_error *revoke(struct aws_client *c, const char *id)
{
	return ec2_revoke(c, "sg-1", /* egress= */ false, id);
}

static struct rb_error *authorize(struct aws_client *c, const char *id)
{
	char tcp[] = "tcp";
	const struct ec2_rule rule = { .protocol = tcp, .from_port = 22, .to_port = 22 };

	return ec2_authorize(c, id, &rule, NULL, NULL);
}

static struct rb_error *associate(struct aws_client *c, const char *id)
{
	return ec2_associate_profile(c, id, "p");
}

static void a_dry_client_changes_nothing(void **state)
{
	static struct rb_error *(*const changes[])(struct aws_client *, const char *) = {
		ec2_delete_vpc,
		ec2_delete_subnet,
		ec2_delete_route_table,
		ec2_disassociate_route_table,
		ec2_delete_group,
		ec2_delete_connect_endpoint,
		ec2_terminate_instance,
		ec2_delete_vpc_endpoint,
		ec2_delete_peering,
		revoke,
		authorize,
		associate,
	};
	struct aws_client *dry = aws_client_new(world.session, "eu-west-1");

	(void)state;
	aws_client_set_dry(dry);
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		SCRIPT({ 412, EC2_ERROR("DryRunOperation", "would have succeeded"), { { 0 } } });
		assert_kind(changes[i](dry, "id-1"), RB_FAILED);
		assert_int_equal(stub_count(stub), 1);
		assert_true(sent(0, "DryRun=true"));
	}
	/* where there are no dry runs, nothing is sent */
	SCRIPT({ 200, "", { { 0 } } });
	assert_kind(s3_delete_bucket(dry, "bucket", "123456789012"), RB_PROTOCOL);
	assert_kind(iam_delete_role(dry, "role"), RB_PROTOCOL);
	assert_int_equal(stub_count(stub), 0);
	aws_client_free(dry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_endpoints_name_stands_in_one_of_three_places),
		cmocka_unit_test(an_image_tells_its_types_and_whether_it_is_allowed),
		cmocka_unit_test(what_services_manage_is_asked_for),
		cmocka_unit_test(an_empty_page_with_a_token_is_not_the_end),
		cmocka_unit_test(a_page_size_is_not_sent_with_ids),
		cmocka_unit_test(iam_lists_go_on_from_marker_while_truncated),
		cmocka_unit_test(a_listing_of_versions_goes_on_from_both_markers),
		cmocka_unit_test(keys_that_are_not_encoded_are_left_as_they_are),
		cmocka_unit_test(a_listing_that_never_moves_on_is_refused),
		cmocka_unit_test(a_launch_waits_for_its_new_profile_with_the_same_token),
		cmocka_unit_test(any_other_wrong_value_in_a_launch_is_final),
		cmocka_unit_test(what_was_just_made_is_asked_for_again_and_what_was_removed_is_not),
		cmocka_unit_test(a_create_whose_answer_names_nothing_may_have_happened),
		cmocka_unit_test(a_create_without_a_token_is_not_sent_again_after_a_500),
		cmocka_unit_test(a_create_with_a_token_is_sent_again_after_a_500),
		cmocka_unit_test(the_zones_are_those_of_the_interface_service),
		cmocka_unit_test(a_refusal_inside_a_success_is_an_error),
		cmocka_unit_test(an_endpoint_that_is_truly_gone_is_gone),
		cmocka_unit_test(an_endpoint_that_is_only_too_young_is_deleted_all_the_same),
		cmocka_unit_test(the_profile_in_force_is_told_when_older_ones_are_listed),
		cmocka_unit_test(security_group_rules_are_read_whole),
		cmocka_unit_test(an_instance_type_is_offered_only_when_its_own_name_comes_back),
		cmocka_unit_test(a_console_without_latest_is_asked_for_plainly),
		cmocka_unit_test(policies_in_iam_answers_are_decoded_whichever_way_they_come),
		cmocka_unit_test(
			a_bucket_in_us_east_1_is_made_without_a_constraint_and_elsewhere_with_it),
		cmocka_unit_test(a_head_without_a_body_is_judged_by_its_status),
		cmocka_unit_test(a_bucket_elsewhere_is_asked_for_there_once_and_its_region_told),
		cmocka_unit_test(
			a_bucket_of_somebody_else_elsewhere_is_denied_and_its_region_known),
		cmocka_unit_test(a_refusal_of_head_without_a_reason_says_what_it_may_be),
		cmocka_unit_test(no_public_access_block_blocks_nothing),
		cmocka_unit_test(a_missing_policy_or_tag_set_is_gone_by_its_own_code),
		cmocka_unit_test(an_error_document_under_200_is_an_error),
		cmocka_unit_test(an_objects_head_is_read_whole),
		cmocka_unit_test(an_object_is_read_from_its_start_and_no_further),
		cmocka_unit_test(a_written_object_tells_its_version_if_it_has_one),
		cmocka_unit_test(the_tunnel_url_is_signed_as_the_aws_cli_signs_it),
		cmocka_unit_test(a_tunnel_url_holds_what_the_service_asks_for),
		cmocka_unit_test(a_tunnel_that_cannot_be_right_is_not_signed),
		cmocka_unit_test(a_dry_client_changes_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
