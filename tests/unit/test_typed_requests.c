/*
 * Every request that any typed call can send, caught on its way and compared with
 * the API models: names, required members, types, enums, lengths, filters,
 * checksums.  The table below names every function of the six headers; a function
 * that is added there and not here fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/ec2.h"
#include "aws/eic.h"
#include "aws/iam.h"
#include "aws/s3.h"
#include "aws/ssm.h"
#include "aws/sts.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/lib/aws_world.h"
#include "tests/lib/model_check.h"
#include "tests/lib/stub.h"

static struct stub *stub;
static struct aws_world world;
static struct model *model;
static struct aws_tags tags;

static const char *const ids[] = { "x-0123456789abcdef0", "x-0123456789abcdef1", NULL };
static const struct aws_filter by_tag[] = { { "tag:runbook:run", { "run 1/a&b", "run*" } }, { 0 } };

/* A first page that says there is one more, so that the request for it is seen too. */
static char *first_page(const struct stub_request *req)
{
	const char *body = req->body.p;
	const char *query = req->query ? req->query : "";

	if (text_starts_with(req->action, "Describe") && !strstr(body, "NextToken=") &&
	    !text_eq(req->action, "DescribeAvailabilityZones")) /* which has no pages */
		return xasprintf("<%sResponse><nextToken>t/1=</nextToken></%sResponse>",
				 req->action, req->action);
	if (text_starts_with(req->action, "List") && !strstr(body, "Marker="))
		return xasprintf("<%sResponse><%sResult><IsTruncated>true</IsTruncated>"
				 "<Marker>m/1=</Marker></%sResult></%sResponse>",
				 req->action, req->action, req->action, req->action);
	if ((strstr(query, "versions=") || strstr(query, "uploads=")) &&
	    !strstr(query, "key-marker="))
		return xstrdup("<Page><IsTruncated>true</IsTruncated>"
			       "<NextKeyMarker>a b/&amp;</NextKeyMarker>"
			       "<NextVersionIdMarker>v+1</NextVersionIdMarker>"
			       "<NextUploadIdMarker>u+1</NextUploadIdMarker></Page>");
	return NULL;
}

/* The answer hardly matters here: it says yes, or asks for the same in another way. */
static void say_yes(void *arg, const struct stub_request *req, struct stub_answer *answer)
{
	(void)arg;
	if (http_headers_get(&req->headers, "X-Amz-Target")) {
		answer->type = "application/x-amz-json-1.1";
		answer->body = xstrdup("{}");
	} else if (strstr(req->body.p, "Latest=true")) {
		answer->status = 400;
		answer->body = xstrdup("<Response><Errors><Error><Code>UnsupportedOperation</Code>"
				       "</Error></Errors></Response>");
	} else {
		answer->body = first_page(req);
		if (!answer->body)
			answer->body = xasprintf("<%sResponse/>", req->action);
	}
}

/* A creating call that is told no id fails after it was sent, which is all that counts. */
static void sent(struct rb_error *err)
{
	if (err)
		assert_true(err->kind == RB_PROTOCOL || err->kind == RB_LOST);
	(void)rb_error_free(err);
}

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
	sent(ec2_create_vpc(c, "10.0.0.0/16", &tags, NULL));
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
	sent(ec2_create_subnet(c, "vpc-1", "10.0.0.0/20", "ap-northeast-1a", &tags, NULL, NULL));
	sent(ec2_create_subnet(c, "vpc-1", "10.0.0.0/20", NULL, NULL, NULL, NULL));
}

static void run_ec2_delete_subnet(struct aws_client *c)
{
	sent(ec2_delete_subnet(c, "subnet-1"));
}

static void run_ec2_create_route_table(struct aws_client *c)
{
	sent(ec2_create_route_table(c, "vpc-1", "token", &tags, NULL));
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
	sent(ec2_create_group(c, "vpc-1", "runbook", "For the endpoint", &tags, NULL));
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
		{ .protocol = tcp, .from_port = 22, .to_port = 22, .group_id = group,
		  .description = why },
		{ .protocol = tcp, .from_port = 443, .to_port = 443, .cidr = cidr },
		{ .protocol = all, .from_port = -1, .to_port = -1, .cidr = cidr6 },
		{ .protocol = icmp, .from_port = -1, .to_port = -1, .prefix_list_id = list },
		{ .egress = true, .protocol = tcp, .from_port = 0, .to_port = 65535, .cidr = cidr,
		  .description = why },
		{ .egress = true, .protocol = all, .from_port = -1, .to_port = -1,
		  .group_id = group },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rules); i++)
		sent(ec2_authorize(c, "sg-1", &rules[i], i % 2 ? &tags : NULL, NULL));
}

static void run_ec2_revoke(struct aws_client *c)
{
	sent(ec2_revoke(c, "sg-1", false, "sgr-1"));
	sent(ec2_revoke(c, "sg-1", true, "sgr-1"));
}

static void run_ec2_create_connect_endpoint(struct aws_client *c)
{
	sent(ec2_create_connect_endpoint(c, "subnet-1", "sg-1", false, "token", &tags, NULL));
	sent(ec2_create_connect_endpoint(c, "subnet-1", "sg-1", true, NULL, NULL, NULL));
}

static void run_ec2_delete_connect_endpoint(struct aws_client *c)
{
	sent(ec2_delete_connect_endpoint(c, "eice-1"));
}

static void run_ec2_describe_images(struct aws_client *c)
{
	const struct aws_filter filters[] = {
		{ "name", { "al2023-ami-2023.*-x86_64" } },	{ "architecture", { "x86_64" } },
		{ "state", { "available" } },			{ "root-device-type", { "ebs" } },
		{ "virtualization-type", { "hvm" } },		{ 0 },
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
		.tags = &tags,
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
	sent(ec2_create_interface_endpoint(c, "vpc-1", "com.amazonaws.us-east-1.s3", "subnet-1",
					   "sg-1", "token", &tags, NULL));
	sent(ec2_create_interface_endpoint(c, "vpc-1", "com.amazonaws.us-east-1.s3", "subnet-1",
					   "sg-1", NULL, NULL, NULL));
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

static void run_ec2_create_peering(struct aws_client *c)
{
	sent(ec2_create_peering(c, "vpc-1", "vpc-2", "us-east-1", &tags, NULL));
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
	auto_ec2_acl_entries entries = { 0 };

	sent(ec2_describe_subnet_acl(c, "subnet-1", &entries));
}

static void run_ec2_create_tags(struct aws_client *c)
{
	sent(ec2_create_tags(c, "pcx-1", &tags));
}

static void run_ec2_internet_gateways(struct aws_client *c)
{
	auto_strv found = { 0 };

	sent(ec2_internet_gateways(c, "vpc-1", &found));
}

/* ---- IAM, STS, SSM, EC2 Instance Connect -------------------------------- */

static const char trust[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
	"\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}";
static const char full_access[] = "arn:aws:iam::aws:policy/AmazonS3FullAccess";

static void run_iam_create_role(struct aws_client *c)
{
	sent(iam_create_role(c, "runbook-role", "/runbook/r/", trust, "For the instance", &tags,
			     NULL));
	sent(iam_create_role(c, "runbook-role", NULL, trust, NULL, NULL, NULL));
}

static void run_iam_get_role(struct aws_client *c)
{
	auto_iam_role role = { 0 };

	sent(iam_get_role(c, "runbook-role", &role));
}

static void run_iam_delete_role(struct aws_client *c)
{
	sent(iam_delete_role(c, "runbook-role"));
}

static void run_iam_attach_role_policy(struct aws_client *c)
{
	sent(iam_attach_role_policy(c, "runbook-role", full_access));
}

static void run_iam_detach_role_policy(struct aws_client *c)
{
	sent(iam_detach_role_policy(c, "runbook-role", full_access));
}

static void run_iam_list_attached_role_policies(struct aws_client *c)
{
	auto_strv found = { 0 };

	sent(iam_list_attached_role_policies(c, "runbook-role", &found));
}

static void run_iam_list_role_policies(struct aws_client *c)
{
	auto_strv found = { 0 };

	sent(iam_list_role_policies(c, "runbook-role", &found));
}

static void run_iam_delete_role_policy(struct aws_client *c)
{
	sent(iam_delete_role_policy(c, "runbook-role", "inline"));
}

static void run_iam_create_instance_profile(struct aws_client *c)
{
	sent(iam_create_instance_profile(c, "runbook-profile", "/runbook/r/", &tags, NULL));
	sent(iam_create_instance_profile(c, "runbook-profile", NULL, NULL, NULL));
}

static void run_iam_get_instance_profile(struct aws_client *c)
{
	auto_iam_profile profile = { 0 };

	sent(iam_get_instance_profile(c, "runbook-profile", &profile));
}

static void run_iam_delete_instance_profile(struct aws_client *c)
{
	sent(iam_delete_instance_profile(c, "runbook-profile"));
}

static void run_iam_add_role_to_instance_profile(struct aws_client *c)
{
	sent(iam_add_role_to_instance_profile(c, "runbook-profile", "runbook-role"));
}

static void run_iam_remove_role_from_instance_profile(struct aws_client *c)
{
	sent(iam_remove_role_from_instance_profile(c, "runbook-profile", "runbook-role"));
}

static void run_iam_list_roles(struct aws_client *c)
{
	auto_strv all = { 0 };
	auto_strv some = { 0 };

	sent(iam_list_roles(c, NULL, &all));
	sent(iam_list_roles(c, "/runbook/r/", &some));
}

static void run_iam_list_instance_profiles(struct aws_client *c)
{
	auto_strv all = { 0 };
	auto_strv some = { 0 };

	sent(iam_list_instance_profiles(c, NULL, &all));
	sent(iam_list_instance_profiles(c, "/runbook/r/", &some));
}

static void run_sts_get_caller_identity(struct aws_client *c)
{
	auto_sts_identity id = { 0 };

	sent(sts_get_caller_identity(c, &id));
}

static void run_sts_decode_authorization_message(struct aws_client *c)
{
	autofree char *json = NULL;

	sent(sts_decode_authorization_message(c, "AbC-_123", &json));
}

static void run_ssm_get_parameter(struct aws_client *c)
{
	autofree char *value = NULL;

	sent(ssm_get_parameter(
		c, "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
		&value));
}

static void run_eic_send_ssh_public_key(struct aws_client *c)
{
	struct rb_error *err = eic_send_ssh_public_key(
		c, "i-0123456789abcdef0", "ec2-user",
		"ssh-ed25519 "
		"AAAAC3NzaC1lZDI1NTE5AAAAIJQ3Y2Fy0mP5mV8bJ8kq0y4cVvI4h0kS0pZcJz5yqk1G");

	assert_non_null(err); /* "Success" was not said */
	assert_int_equal(err->kind, RB_FAILED);
	(void)rb_error_free(err);
}

static void run_eic_open_tunnel_url(struct aws_client *c)
{
	autofree char *host = NULL;
	autofree char *path = NULL;

	sent(eic_open_tunnel_url(c, "eice-1.0.ec2-instance-connect-endpoint.us-east-1.amazonaws.com",
				 "eice-1", "10.0.0.4", 22, 3600, &host, &path));
}

/* ---- S3 ----------------------------------------------------------------- */

#define BUCKET "runbook-bucket"
#define OWNER "123456789012"

static void run_s3_head_bucket(struct aws_client *c)
{
	autofree char *region = NULL;

	sent(s3_head_bucket(c, BUCKET, OWNER, &region));
	sent(s3_head_bucket(c, BUCKET, NULL, NULL));
}

static void run_s3_create_bucket(struct aws_client *c)
{
	struct aws_client *elsewhere = aws_world_client(&world, "eu-central-1");

	sent(s3_create_bucket(c, BUCKET));
	sent(s3_create_bucket(elsewhere, BUCKET));
	aws_client_free(elsewhere);
}

static void run_s3_delete_bucket(struct aws_client *c)
{
	sent(s3_delete_bucket(c, BUCKET, OWNER));
}

static void run_s3_get_bucket_tagging(struct aws_client *c)
{
	struct aws_tags found = { 0 };

	sent(s3_get_bucket_tagging(c, BUCKET, OWNER, &found));
	aws_tags_clear(&found);
}

static void run_s3_put_bucket_tagging(struct aws_client *c)
{
	sent(s3_put_bucket_tagging(c, BUCKET, OWNER, &tags));
	sent(s3_put_bucket_tagging(c, BUCKET, OWNER, &(struct aws_tags){ 0 }));
}

static void run_s3_get_bucket_policy(struct aws_client *c)
{
	autofree char *json = NULL;

	sent(s3_get_bucket_policy(c, BUCKET, OWNER, &json));
}

static void run_s3_put_bucket_policy(struct aws_client *c)
{
	sent(s3_put_bucket_policy(c, BUCKET, OWNER, trust));
}

static void run_s3_delete_bucket_policy(struct aws_client *c)
{
	sent(s3_delete_bucket_policy(c, BUCKET, OWNER));
}

static void run_s3_get_bucket_policy_status(struct aws_client *c)
{
	bool is_public;

	sent(s3_get_bucket_policy_status(c, BUCKET, OWNER, &is_public));
}

static void run_s3_get_public_access_block(struct aws_client *c)
{
	struct s3_public_access_block block;

	sent(s3_get_public_access_block(c, BUCKET, OWNER, &block));
}

static void run_s3_put_public_access_block(struct aws_client *c)
{
	sent(s3_put_public_access_block(
		c, BUCKET, OWNER,
		&(struct s3_public_access_block){ .block_public_policy = true }));
}

static void run_s3_get_bucket_encryption(struct aws_client *c)
{
	autofree char *algorithm = NULL;

	sent(s3_get_bucket_encryption(c, BUCKET, OWNER, &algorithm));
}

static void run_s3_put_bucket_encryption(struct aws_client *c)
{
	sent(s3_put_bucket_encryption(c, BUCKET, OWNER));
}

static void run_s3_get_bucket_versioning(struct aws_client *c)
{
	autofree char *status = NULL;

	sent(s3_get_bucket_versioning(c, BUCKET, OWNER, &status));
}

static void run_s3_list_object_versions(struct aws_client *c)
{
	auto_s3_objects all = { 0 };
	auto_s3_objects some = { 0 };

	sent(s3_list_object_versions(c, BUCKET, OWNER, NULL, &all));
	sent(s3_list_object_versions(c, BUCKET, OWNER, "a b/+&", &some));
}

static void run_s3_head_object(struct aws_client *c)
{
	auto_s3_head head = { 0 };

	sent(s3_head_object(c, BUCKET, OWNER, "a b/dummy+1.txt", &head));
}

static void run_s3_get_object(struct aws_client *c)
{
	auto_buf body = BUF_INIT;

	sent(s3_get_object(c, BUCKET, OWNER, "dummy.txt", 1024, &body));
}

static void run_s3_put_object(struct aws_client *c)
{
	sent(s3_put_object(c, BUCKET, OWNER, "dummy.txt", "hello", 5, NULL));
	sent(s3_put_object(c, BUCKET, NULL, "\xe3\x81\x82.txt", "", 0, NULL));
}

static void run_s3_delete_object(struct aws_client *c)
{
	sent(s3_delete_object(c, BUCKET, OWNER, "dummy.txt", NULL));
	sent(s3_delete_object(c, BUCKET, OWNER, "dummy.txt", "null"));
}

static void run_s3_list_multipart_uploads(struct aws_client *c)
{
	auto_s3_uploads found = { 0 };

	sent(s3_list_multipart_uploads(c, BUCKET, OWNER, &found));
}

static void run_s3_abort_multipart_upload(struct aws_client *c)
{
	sent(s3_abort_multipart_upload(c, BUCKET, OWNER, "dummy.txt", "upload/1=="));
}

/* ---- putting back ------------------------------------------------------- */

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

static void run_iam_update_trust_policy(struct aws_client *c)
{
	sent(iam_update_trust_policy(c, "runbook-role", "{\"Statement\":[]}"));
}

static void run_iam_tag_role(struct aws_client *c)
{
	sent(iam_tag_role(c, "runbook-role", &tags));
}

static void run_iam_tag_instance_profile(struct aws_client *c)
{
	sent(iam_tag_instance_profile(c, "runbook-profile", &tags));
}

/* ---- the table ---------------------------------------------------------- */

/* The actions that a function sends, in order of first use; "": none. */
#define ROW(function, actions) { #function, run_##function, actions }

static const struct row {
	const char *function;
	void (*run)(struct aws_client *c);
	const char *actions;
} rows[] = {
	ROW(ec2_create_vpc, "CreateVpc"),
	ROW(ec2_describe_vpcs, "DescribeVpcs"),
	ROW(ec2_delete_vpc, "DeleteVpc"),
	ROW(ec2_modify_vpc_attribute, "ModifyVpcAttribute"),
	ROW(ec2_describe_vpc_attribute, "DescribeVpcAttribute"),
	ROW(ec2_describe_zones, "DescribeAvailabilityZones"),
	ROW(ec2_create_subnet, "CreateSubnet"),
	ROW(ec2_describe_subnets, "DescribeSubnets"),
	ROW(ec2_delete_subnet, "DeleteSubnet"),
	ROW(ec2_create_route_table, "CreateRouteTable"),
	ROW(ec2_describe_route_tables, "DescribeRouteTables"),
	ROW(ec2_delete_route_table, "DeleteRouteTable"),
	ROW(ec2_associate_route_table, "AssociateRouteTable"),
	ROW(ec2_disassociate_route_table, "DisassociateRouteTable"),
	ROW(ec2_create_peering_route, "CreateRoute"),
	ROW(ec2_replace_peering_route, "ReplaceRoute"),
	ROW(ec2_delete_route, "DeleteRoute"),
	ROW(ec2_create_group, "CreateSecurityGroup"),
	ROW(ec2_describe_groups, "DescribeSecurityGroups"),
	ROW(ec2_delete_group, "DeleteSecurityGroup"),
	ROW(ec2_describe_rules, "DescribeSecurityGroupRules"),
	ROW(ec2_authorize, "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress"),
	ROW(ec2_revoke, "RevokeSecurityGroupIngress RevokeSecurityGroupEgress"),
	ROW(ec2_create_connect_endpoint, "CreateInstanceConnectEndpoint"),
	ROW(ec2_describe_connect_endpoints, "DescribeInstanceConnectEndpoints"),
	ROW(ec2_delete_connect_endpoint, "DeleteInstanceConnectEndpoint"),
	ROW(ec2_describe_images, "DescribeImages"),
	ROW(ec2_type_offered, "DescribeInstanceTypeOfferings"),
	ROW(ec2_run_instance, "RunInstances"),
	ROW(ec2_describe_instances, "DescribeInstances"),
	ROW(ec2_terminate_instance, "TerminateInstances"),
	ROW(ec2_describe_instance_status, "DescribeInstanceStatus"),
	ROW(ec2_describe_profile_association, "DescribeIamInstanceProfileAssociations"),
	ROW(ec2_get_console_output, "GetConsoleOutput"),
	ROW(ec2_describe_volumes, "DescribeVolumes"),
	ROW(ec2_delete_volume, "DeleteVolume"),
	ROW(ec2_create_interface_endpoint, "CreateVpcEndpoint"),
	ROW(ec2_describe_vpc_endpoints, "DescribeVpcEndpoints"),
	ROW(ec2_delete_vpc_endpoint, "DeleteVpcEndpoints"),
	ROW(ec2_interface_service_zones, "DescribeVpcEndpointServices"),
	ROW(ec2_create_peering, "CreateVpcPeeringConnection"),
	ROW(ec2_describe_peerings, "DescribeVpcPeeringConnections"),
	ROW(ec2_accept_peering, "AcceptVpcPeeringConnection"),
	ROW(ec2_delete_peering, "DeleteVpcPeeringConnection"),
	ROW(ec2_describe_interfaces, "DescribeNetworkInterfaces"),
	ROW(ec2_describe_subnet_acl, "DescribeNetworkAcls"),
	ROW(ec2_create_tags, "CreateTags"),
	ROW(ec2_internet_gateways, "DescribeInternetGateways DescribeNatGateways"),
	ROW(ec2_modify_subnet_public_ip, "ModifySubnetAttribute"),
	ROW(ec2_modify_interface_endpoint, "ModifyVpcEndpoint"),
	ROW(ec2_modify_instance_group, "ModifyInstanceAttribute"),
	ROW(ec2_require_metadata_tokens, "ModifyInstanceMetadataOptions"),
	ROW(ec2_start_instance, "StartInstances"),
	ROW(ec2_associate_profile, "AssociateIamInstanceProfile"),
	ROW(iam_update_trust_policy, "UpdateAssumeRolePolicy"),
	ROW(iam_tag_role, "TagRole"),
	ROW(iam_tag_instance_profile, "TagInstanceProfile"),
	ROW(iam_create_role, "CreateRole"),
	ROW(iam_get_role, "GetRole"),
	ROW(iam_delete_role, "DeleteRole"),
	ROW(iam_attach_role_policy, "AttachRolePolicy"),
	ROW(iam_detach_role_policy, "DetachRolePolicy"),
	ROW(iam_list_attached_role_policies, "ListAttachedRolePolicies"),
	ROW(iam_list_role_policies, "ListRolePolicies"),
	ROW(iam_delete_role_policy, "DeleteRolePolicy"),
	ROW(iam_create_instance_profile, "CreateInstanceProfile"),
	ROW(iam_get_instance_profile, "GetInstanceProfile"),
	ROW(iam_delete_instance_profile, "DeleteInstanceProfile"),
	ROW(iam_add_role_to_instance_profile, "AddRoleToInstanceProfile"),
	ROW(iam_remove_role_from_instance_profile, "RemoveRoleFromInstanceProfile"),
	ROW(iam_list_roles, "ListRoles"),
	ROW(iam_list_instance_profiles, "ListInstanceProfiles"),
	ROW(sts_get_caller_identity, "GetCallerIdentity"),
	ROW(sts_decode_authorization_message, "DecodeAuthorizationMessage"),
	ROW(ssm_get_parameter, "GetParameter"),
	ROW(eic_send_ssh_public_key, "SendSSHPublicKey"),
	ROW(eic_open_tunnel_url, ""),
	ROW(s3_head_bucket, "HeadBucket"),
	ROW(s3_create_bucket, "CreateBucket"),
	ROW(s3_delete_bucket, "DeleteBucket"),
	ROW(s3_get_bucket_tagging, "GetBucketTagging"),
	ROW(s3_put_bucket_tagging, "PutBucketTagging"),
	ROW(s3_get_bucket_policy, "GetBucketPolicy"),
	ROW(s3_put_bucket_policy, "PutBucketPolicy"),
	ROW(s3_delete_bucket_policy, "DeleteBucketPolicy"),
	ROW(s3_get_bucket_policy_status, "GetBucketPolicyStatus"),
	ROW(s3_get_public_access_block, "GetPublicAccessBlock"),
	ROW(s3_put_public_access_block, "PutPublicAccessBlock"),
	ROW(s3_get_bucket_encryption, "GetBucketEncryption"),
	ROW(s3_put_bucket_encryption, "PutBucketEncryption"),
	ROW(s3_get_bucket_versioning, "GetBucketVersioning"),
	ROW(s3_list_object_versions, "ListObjectVersions"),
	ROW(s3_head_object, "HeadObject"),
	ROW(s3_get_object, "GetObject"),
	ROW(s3_put_object, "PutObject"),
	ROW(s3_delete_object, "DeleteObject"),
	ROW(s3_list_multipart_uploads, "ListMultipartUploads"),
	ROW(s3_abort_multipart_upload, "AbortMultipartUpload"),
};

/* What the model says of a request that came in. */
static char *verdict_on(const struct stub_request *r, char **ret_operation)
{
	struct model_header *headers = xcalloc(r->headers.n + 1, sizeof(*headers));
	const struct model_request req = {
		.service = r->service,
		.method = r->method,
		.path = r->path,
		.query = r->query,
		.headers = headers,
		.n_headers = r->headers.n,
		.body = r->body.p,
		.n = r->body.n,
	};
	char *wrong;
	size_t i;

	for (i = 0; i < r->headers.n; i++)
		headers[i] = (struct model_header){ r->headers.v[i].name, r->headers.v[i].value };
	wrong = model_check_request(model, &req, ret_operation);
	free(headers);
	return wrong;
}

static void every_request_fits_the_api_model(void **state)
{
	size_t i, j, bad = 0, n = 0;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		auto_buf seen = BUF_INIT;

		stub_reset(stub);
		rows[i].run(world.client);
		n += stub_count(stub);
		for (j = 0; j < stub_count(stub); j++) {
			autofree char *operation = NULL;
			autofree char *wrong = verdict_on(stub_request(stub, j), &operation);

			if (wrong) {
				print_error("%s, request %zu (%s):\n%s\n%s\n", rows[i].function,
					    j + 1, operation ? operation : "unknown", wrong,
					    stub_request(stub, j)->body.p);
				bad++;
			}
			if (operation && !strstr(seen.p, operation))
				(void)buf_addf(&seen, "%s%s", seen.n ? " " : "", operation);
		}
		if (strcmp(seen.p, rows[i].actions) != 0) {
			print_error("%s sent '%s', not '%s'\n", rows[i].function, seen.p,
				    rows[i].actions);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
	assert_true(n > 180); /* the loop did run */
}

/* Each NODISCARD function of a header must have a row. */
static size_t count_functions(const char *header, size_t *missing)
{
	auto_buf text = BUF_INIT;
	const char *at;
	size_t n = 0, i;

	assert_null(file_read(header, /* limit= */ 1 << 20, &text));
	for (at = strstr(text.p, "NODISCARD"); at; at = strstr(at + 1, "NODISCARD")) {
		const char *paren = strchr(at, '(');
		const char *name = paren;
		autofree char *function = NULL;

		assert_non_null(paren);
		while (name > at && strchr("abcdefghijklmnopqrstuvwxyz0123456789_", name[-1]))
			name--;
		function = xstrndup(name, (size_t)(paren - name));
		n++;
		for (i = 0; i < ARRAY_LEN(rows); i++)
			if (strcmp(rows[i].function, function) == 0)
				break;
		if (i == ARRAY_LEN(rows)) {
			print_error("%s: %s has no row\n", header, function);
			(*missing)++;
		}
	}
	return n;
}

static void every_typed_function_has_a_row(void **state)
{
	static const char *const headers[] = { "src/aws/ec2.h", "src/aws/iam.h", "src/aws/sts.h",
					       "src/aws/ssm.h", "src/aws/eic.h", "src/aws/s3.h" };
	size_t i, n = 0, missing = 0;

	(void)state;
	for (i = 0; i < ARRAY_LEN(headers); i++)
		n += count_functions(headers[i], &missing);
	assert_int_equal(missing, 0);
	assert_int_equal(n, ARRAY_LEN(rows));
}

/* ---- the checker itself bites ------------------------------------------- */

static void the_checker_finds_each_kind_of_mistake(void **state)
{
	static const struct model_header form[] = {
		{ "Content-Type", "application/x-www-form-urlencoded; charset=utf-8" },
	};
	static const struct {
		const char *service;
		const char *body;
		const char *finds; /* NULL: right */
	} cases[] = {
		{ "ec2", "Action=DeleteVpc&Version=2016-11-15&VpcId=vpc-1", NULL },
		{ "ec2", "Action=DeleteVpc&Version=2016-11-15", "VpcId is missing" },
		{ "ec2", "Action=DeleteVpc&Version=2014-10-01&VpcId=v", "version" },
		{ "ec2", "Action=DeleteVpz&Version=2016-11-15&VpcId=v", "action" },
		{ "ec2", "Action=DeleteVpc&Version=2016-11-15&VpcId=v&VpcIds.1=v", "no parameter" },
		{ "ec2", "Action=DeleteVpc&Version=2016-11-15&VpcId=v&DryRun=True", "boolean" },
		{ "ec2", "Action=DescribeVpcs&Version=2016-11-15&VpcId.2=v", "there is no VpcId.1" },
		{ "ec2", "Action=DescribeVpcs&Version=2016-11-15&VpcId.0=v", "count from 1" },
		{ "ec2", "Action=DescribeVpcs&Version=2016-11-15&MaxResults=4", "below" },
		{ "ec2", "Action=DescribeVpcs&Version=2016-11-15&MaxResults=five", "integer" },
		{ "ec2", "Action=DescribeVpcs&Version=2016-11-15&VpcId.1=a&VpcId.1=b", "twice" },
		{ "ec2",
		  "Action=DescribeVpcs&Version=2016-11-15&Filter.1.Name=vpcid&Filter.1.Value.1=v",
		  "filter 'vpcid'" },
		{ "ec2",
		  "Action=CreateVpc&Version=2016-11-15&TagSpecification.1.ResourceType=vpcs",
		  "ResourceType" },
		{ "iam", "Action=GetRole&Version=2010-05-08&RoleName=", "below" },
		{ "iam",
		  "Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument=d"
		  "&Tags.member.1.Key=k",
		  "Tags.member.1.Value is missing" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const struct model_request req = {
			.service = cases[i].service,
			.method = "POST",
			.path = "/",
			.headers = form,
			.n_headers = ARRAY_LEN(form),
			.body = cases[i].body,
			.n = strlen(cases[i].body),
		};
		autofree char *wrong = model_check_request(model, &req, NULL);

		if (!cases[i].finds) {
			assert_null(wrong);
			continue;
		}
		if (!wrong || !strstr(wrong, cases[i].finds))
			fail_msg("%s: found '%s', not '%s'", cases[i].body, wrong ? wrong : "",
				 cases[i].finds);
	}
}

static void the_checker_finds_mistakes_in_s3_and_json_requests(void **state)
{
	static const struct model_header target[] = {
		{ "Content-Type", "application/x-amz-json-1.1" },
		{ "X-Amz-Target", "AmazonSSM.GetParameter" },
	};
	static const struct model_header odd[] = { { "x-amz-expected-owner", "1" } };
	static const struct {
		struct model_request req;
		const char *finds;
	} cases[] = {
		{ { "ssm", "POST", "/", NULL, target, 2, "{\"Name\":\"/a\"}", 13 }, NULL },
		{ { "ssm", "POST", "/", NULL, target, 2, "{\"name\":\"/a\"}", 13 },
		  "Name is missing" },
		{ { "ssm", "POST", "/", NULL, target, 2, "{\"Name\":17}", 11 }, "no string" },
		{ { "s3", "GET", "/b", "policy=", NULL, 0, "", 0 }, NULL },
		{ { "s3", "GET", "/b", "polizy=", NULL, 0, "", 0 }, "GET /b?polizy=" },
		{ { "s3", "GET", "/b", "policy=&x=1", NULL, 0, "", 0 }, "query 'x'" },
		{ { "s3", "GET", "/b", "policy=", odd, 1, "", 0 }, "x-amz-expected-owner" },
		{ { "s3", "PUT", "/b", "policy=", NULL, 0, "{}", 2 }, "Content-MD5" },
		{ { "s3", "PUT", "/b", NULL, NULL, 0, "<Create/>", 9 }, "<Create>" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *wrong = model_check_request(model, &cases[i].req, NULL);

		if (!cases[i].finds) {
			if (wrong)
				fail_msg("case %zu: %s", i, wrong);
			continue;
		}
		if (!wrong || !strstr(wrong, cases[i].finds))
			fail_msg("case %zu: found '%s', not '%s'", i, wrong ? wrong : "",
				 cases[i].finds);
	}
}

static int set_up(void **state)
{
	(void)state;
	stub = stub_new(say_yes, NULL);
	model = model_load(NULL);
	aws_world_start(&world, stub_url(stub), "us-east-1");
	aws_tags_add(&tags, "Name", "runbook \xe3\x81\x82 & <b>");
	aws_tags_add(&tags, "runbook:run", "");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	aws_tags_clear(&tags);
	aws_world_stop(&world);
	model = model_free(model);
	stub = stub_free(stub);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_request_fits_the_api_model),
		cmocka_unit_test(every_typed_function_has_a_row),
		cmocka_unit_test(the_checker_finds_each_kind_of_mistake),
		cmocka_unit_test(the_checker_finds_mistakes_in_s3_and_json_requests),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
