/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every request that a typed call of IAM, STS, S3, SSM or Instance Connect can send,
 * against the API models; a function that is added to a header and not here fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/eic.h"
#include "aws/iam.h"
#include "aws/s3.h"
#include "aws/ssm.h"
#include "aws/sts.h"
#include "base/alloc.h"
#include "tests/lib/request_check.h"

/* ---- IAM, STS, SSM, EC2 Instance Connect -------------------------------- */

static const char trust[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
	"\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}";
static const char full_access[] = "arn:aws:iam::aws:policy/AmazonS3FullAccess";

static void run_iam_create_role(struct aws_client *c)
{
	sent(iam_create_role(c, "runbook-role", "/runbook/r/", trust, "For the instance",
			     full_access, &request_tags, NULL));
	sent(iam_create_role(c, "runbook-role", NULL, trust, NULL, NULL, NULL, NULL));
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
	sent(iam_create_instance_profile(c, "runbook-profile", "/runbook/r/", &request_tags, NULL));
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

static void run_iam_list_account_aliases(struct aws_client *c)
{
	auto_strv all = { 0 };

	sent(iam_list_account_aliases(c, &all));
}

static void run_iam_list_roles_of_path(struct aws_client *c)
{
	auto_iam_listing l = { 0 };

	sent(iam_list_roles_of_path(c, "/runbook/", &l));
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

	sent(eic_open_tunnel_url(c,
				 "eice-1.0.ec2-instance-connect-endpoint.us-east-1.amazonaws.com",
				 "eice-1", "10.0.0.4", 22, 3600, &host, &path));
}

/* ---- S3 ----------------------------------------------------------------- */

#define BUCKET "runbook-bucket"
#define OWNER "123456789012"

static void run_s3_list_buckets(struct aws_client *c)
{
	auto_s3_buckets l = { 0 };

	sent(s3_list_buckets(c, &l));
}

static void run_s3_head_bucket(struct aws_client *c)
{
	autofree char *region = NULL;

	sent(s3_head_bucket(c, BUCKET, OWNER, &region));
	sent(s3_head_bucket(c, BUCKET, NULL, NULL));
}

static void run_s3_create_bucket(struct aws_client *c)
{
	struct aws_client *elsewhere = aws_world_client(&request_world, "eu-central-1");

	sent(s3_create_bucket(c, BUCKET, NULL, NULL));
	sent(s3_create_bucket(c, BUCKET, NULL, &request_tags));
	sent(s3_create_bucket(elsewhere, BUCKET, NULL, NULL));
	sent(s3_create_bucket(elsewhere, BUCKET, NULL, &request_tags));
	sent(s3_create_bucket(c, BUCKET "-" OWNER "-us-east-1-an", "account-regional", NULL));
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

static void run_s3_get_bucket_tagging_here(struct aws_client *c)
{
	struct aws_tags found = { 0 };

	sent(s3_get_bucket_tagging_here(c, BUCKET, OWNER, &found));
	aws_tags_clear(&found);
}

static void run_s3_put_bucket_tagging(struct aws_client *c)
{
	sent(s3_put_bucket_tagging(c, BUCKET, OWNER, &request_tags));
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
		c, BUCKET, OWNER, &(struct s3_public_access_block){ .block_public_policy = true }));
}

static void run_s3_get_bucket_key(struct aws_client *c)
{
	autofree char *algorithm = NULL, *key = NULL;

	sent(s3_get_bucket_key(c, BUCKET, OWNER, &algorithm, &key));
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

static void run_s3_put_object_if(struct aws_client *c)
{
	sent(s3_put_object_if(c, BUCKET, "home/log/1", NULL, "hello", 5, NULL));
	sent(s3_put_object_if(c, BUCKET, "home/lease/1", "\"etag\"", "hello", 5, NULL));
}

static void run_s3_get_content(struct aws_client *c)
{
	auto_s3_content content = S3_CONTENT_INIT;

	sent(s3_get_content(c, BUCKET, "home/log/1", 1 << 20, &content));
}

static void run_s3_list_keys(struct aws_client *c)
{
	auto_strv keys = { 0 };

	sent(s3_list_keys(c, BUCKET, "home/", NULL, NULL, &keys));
	sent(s3_list_keys(c, BUCKET, "home/", "home/log/1", "/", &keys));
}

static void run_s3_put_bucket_versioning(struct aws_client *c)
{
	sent(s3_put_bucket_versioning(c, BUCKET, OWNER));
}

static void run_s3_put_old_version_rule(struct aws_client *c)
{
	sent(s3_put_old_version_rule(c, BUCKET, OWNER, 7));
}

static void run_s3_get_old_version_rule(struct aws_client *c)
{
	bool there = false;

	sent(s3_get_old_version_rule(c, BUCKET, OWNER, &there));
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

static void run_iam_put_role_boundary(struct aws_client *c)
{
	sent(iam_put_role_boundary(c, "runbook-role", full_access));
}

static void run_iam_update_trust_policy(struct aws_client *c)
{
	sent(iam_update_trust_policy(c, "runbook-role", "{\"Statement\":[]}"));
}

static void run_iam_tag_role(struct aws_client *c)
{
	sent(iam_tag_role(c, "runbook-role", &request_tags));
}

static void run_iam_tag_instance_profile(struct aws_client *c)
{
	sent(iam_tag_instance_profile(c, "runbook-profile", &request_tags));
}

/* ---- the table ---------------------------------------------------------- */

static const struct request_row rows[] = {
	REQUEST_ROW(iam_update_trust_policy, "UpdateAssumeRolePolicy"),
	REQUEST_ROW(iam_put_role_boundary, "PutRolePermissionsBoundary"),
	REQUEST_ROW(iam_tag_role, "TagRole"),
	REQUEST_ROW(iam_tag_instance_profile, "TagInstanceProfile"),
	REQUEST_ROW(iam_create_role, "CreateRole"),
	REQUEST_ROW(iam_get_role, "GetRole"),
	REQUEST_ROW(iam_delete_role, "DeleteRole"),
	REQUEST_ROW(iam_attach_role_policy, "AttachRolePolicy"),
	REQUEST_ROW(iam_detach_role_policy, "DetachRolePolicy"),
	REQUEST_ROW(iam_list_attached_role_policies, "ListAttachedRolePolicies"),
	REQUEST_ROW(iam_list_role_policies, "ListRolePolicies"),
	REQUEST_ROW(iam_delete_role_policy, "DeleteRolePolicy"),
	REQUEST_ROW(iam_create_instance_profile, "CreateInstanceProfile"),
	REQUEST_ROW(iam_get_instance_profile, "GetInstanceProfile"),
	REQUEST_ROW(iam_delete_instance_profile, "DeleteInstanceProfile"),
	REQUEST_ROW(iam_add_role_to_instance_profile, "AddRoleToInstanceProfile"),
	REQUEST_ROW(iam_remove_role_from_instance_profile, "RemoveRoleFromInstanceProfile"),
	REQUEST_ROW(iam_list_account_aliases, "ListAccountAliases"),
	REQUEST_ROW(iam_list_roles, "ListRoles"),
	REQUEST_ROW(iam_list_roles_of_path, "ListRoles"),
	REQUEST_ROW(iam_list_instance_profiles, "ListInstanceProfiles"),
	REQUEST_ROW(sts_get_caller_identity, "GetCallerIdentity"),
	REQUEST_ROW(sts_decode_authorization_message, "DecodeAuthorizationMessage"),
	REQUEST_ROW(ssm_get_parameter, "GetParameter"),
	REQUEST_ROW(eic_send_ssh_public_key, "SendSSHPublicKey"),
	REQUEST_ROW(eic_open_tunnel_url, ""),
	REQUEST_ROW(s3_list_buckets, "ListBuckets"),
	REQUEST_ROW(s3_head_bucket, "HeadBucket"),
	REQUEST_ROW(s3_create_bucket, "CreateBucket"),
	REQUEST_ROW(s3_delete_bucket, "DeleteBucket"),
	REQUEST_ROW(s3_get_bucket_tagging, "GetBucketTagging"),
	REQUEST_ROW(s3_get_bucket_tagging_here, "GetBucketTagging"),
	REQUEST_ROW(s3_put_bucket_tagging, "PutBucketTagging"),
	REQUEST_ROW(s3_get_bucket_policy, "GetBucketPolicy"),
	REQUEST_ROW(s3_put_bucket_policy, "PutBucketPolicy"),
	REQUEST_ROW(s3_delete_bucket_policy, "DeleteBucketPolicy"),
	REQUEST_ROW(s3_get_bucket_policy_status, "GetBucketPolicyStatus"),
	REQUEST_ROW(s3_get_public_access_block, "GetPublicAccessBlock"),
	REQUEST_ROW(s3_put_public_access_block, "PutPublicAccessBlock"),
	REQUEST_ROW(s3_get_bucket_key, "GetBucketEncryption"),
	REQUEST_ROW(s3_get_bucket_encryption, "GetBucketEncryption"),
	REQUEST_ROW(s3_put_bucket_encryption, "PutBucketEncryption"),
	REQUEST_ROW(s3_get_bucket_versioning, "GetBucketVersioning"),
	REQUEST_ROW(s3_list_object_versions, "ListObjectVersions"),
	REQUEST_ROW(s3_head_object, "HeadObject"),
	REQUEST_ROW(s3_get_object, "GetObject"),
	REQUEST_ROW(s3_put_object, "PutObject"),
	REQUEST_ROW(s3_put_object_if, "PutObject"),
	REQUEST_ROW(s3_get_content, "GetObject"),
	REQUEST_ROW(s3_list_keys, "ListObjectsV2"),
	REQUEST_ROW(s3_put_bucket_versioning, "PutBucketVersioning"),
	REQUEST_ROW(s3_put_old_version_rule, "PutBucketLifecycleConfiguration"),
	REQUEST_ROW(s3_get_old_version_rule, "GetBucketLifecycleConfiguration"),
	REQUEST_ROW(s3_delete_object, "DeleteObject"),
	REQUEST_ROW(s3_list_multipart_uploads, "ListMultipartUploads"),
	REQUEST_ROW(s3_abort_multipart_upload, "AbortMultipartUpload"),
};

static void every_request_fits_the_api_model(void **state)
{
	(void)state;
	requests_fit_the_model(rows, ARRAY_LEN(rows), /* at_least= */ 50);
}

static void every_typed_function_has_a_row(void **state)
{
	static const char *const headers[] = { "src/aws/iam.h", "src/aws/sts.h", "src/aws/ssm.h",
					       "src/aws/eic.h", "src/aws/s3.h",	 NULL };

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
