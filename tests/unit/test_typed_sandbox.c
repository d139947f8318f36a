/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The typed calls of STS, SSM, IAM and S3 against the sandbox: each kind of thing is
 * made, read, changed and removed.  The two were written from the same documents by
 * different hands, with nothing but the signer in common.  EC2: test_typed_sandbox_ec2.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/iam.h"
#include "aws/s3.h"
#include "aws/ssm.h"
#include "aws/sts.h"
#include "base/alloc.h"
#include "base/text.h"
#include "tests/lib/sbx_world.h"

/* ---- who, and which image ----------------------------------------------- */

static void the_caller_is_the_sandboxs_own(void **state)
{
	auto_sts_identity id = { 0 };

	(void)state;
	well(sts_get_caller_identity(tokyo, &id));
	assert_string_equal(id.account, "123456789012");
	assert_true(text_starts_with(id.arn, "arn:aws:"));
	assert_non_null(id.user_id);
}

static void the_newest_image_is_a_parameter(void **state)
{
	autofree char *value = NULL;

	(void)state;
	well(ssm_get_parameter(
		tokyo, "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
		&value));
	assert_true(text_starts_with(value, "ami-"));
	ends(ssm_get_parameter(tokyo, "/aws/service/no/such/thing", &value), RB_GONE);
}

/* ---- IAM ---------------------------------------------------------------- */

static bool role_is_listed(const char *name)
{
	auto_strv found = { 0 };

	well(iam_list_roles(tokyo, "/runbook/t/", &found));
	return strv_has(&found, name);
}

static bool profile_is_listed(const char *name)
{
	auto_strv found = { 0 };

	well(iam_list_instance_profiles(tokyo, "/runbook/t/", &found));
	return strv_has(&found, name);
}

static void a_role_and_its_profile_come_and_go(void **state)
{
	auto_iam_role role = { 0 };
	auto_iam_profile profile = { 0 };
	auto_strv inline_policies = { 0 };

	(void)state;
	make_profile("typed-role", "typed-profile");
	well(iam_get_role(tokyo, "typed-role", &role));
	assert_string_equal(role.path, "/runbook/t/");
	assert_string_equal(role.trust_policy, trust);
	assert_string_equal(aws_tags_get(&role.tags, "runbook:run"), RUN);
	well(iam_get_instance_profile(tokyo, "typed-profile", &profile));
	assert_string_equal(profile.role_names.v[0], "typed-role");
	assert_string_equal(aws_tags_get(&profile.tags, "Name"), "\xe3\x81\x82");
	until(role_is_listed, "typed-role", "the role is listed");
	until(profile_is_listed, "typed-profile", "the profile is listed");
	well(iam_list_role_policies(tokyo, "typed-role", &inline_policies));
	assert_int_equal(inline_policies.n, 0);
	ends(iam_create_role(tokyo, "typed-role", NULL, trust, NULL, NULL, NULL, NULL), RB_EXISTS);
	ends(iam_delete_role(tokyo, "typed-role"), RB_DEPENDENCY);
	ends(iam_delete_role_policy(tokyo, "typed-role", "none"), RB_GONE);
	remove_profile("typed-role", "typed-profile");
	ends(iam_delete_role(tokyo, "typed-role"), RB_GONE);
}

/* ---- S3 ----------------------------------------------------------------- */

#define BUCKET "runbook-typed-test"
#define OWNER "123456789012"

static const char policy[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":"
	"\"*\"},\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::" BUCKET "/*\","
	"\"Condition\":{\"StringNotEquals\":{\"aws:sourceVpce\":\"vpce-0123456789abcdef0\"}}}]}";

static bool bucket_is_there(const char *name)
{
	autofree char *region = NULL;
	auto_error struct rb_error *err = s3_head_bucket(virginia, name, OWNER, &region);

	return !err && strcmp(region, "us-east-1") == 0;
}

static bool bucket_is_gone(const char *name)
{
	auto_error struct rb_error *err = s3_head_bucket(virginia, name, NULL, NULL);

	return rb_error_is(err, RB_GONE);
}

static bool bucket_is_tagged(const char *name)
{
	struct aws_tags found = { 0 };
	auto_error struct rb_error *err = s3_get_bucket_tagging(virginia, name, OWNER, &found);
	bool same = !err && text_eq(aws_tags_get(&found, "runbook:run"), RUN) &&
		    text_eq(aws_tags_get(&found, "Name"), "\xe3\x81\x82");

	aws_tags_clear(&found);
	return same;
}

static bool bucket_has_the_policy(const char *name)
{
	autofree char *json = NULL;
	auto_error struct rb_error *err = s3_get_bucket_policy(virginia, name, OWNER, &json);

	return !err && strcmp(json, policy) == 0;
}

static void a_bucket_comes_and_goes(void **state)
{
	const struct s3_public_access_block all = { true, true, true, true };
	struct s3_public_access_block block = { 0 };
	struct aws_tags found = { 0 };
	autofree char *json = NULL;
	autofree char *algorithm = NULL;
	autofree char *versioning = NULL;
	autofree char *region = NULL;
	bool is_public = true;

	(void)state;
	ends(s3_head_bucket(virginia, BUCKET, NULL, NULL), RB_GONE);
	well(s3_create_bucket(virginia, BUCKET, NULL, NULL));
	until(bucket_is_there, BUCKET, "the bucket is there");
	well(s3_head_bucket(tokyo, BUCKET, NULL, &region)); /* asked in the wrong region */
	assert_string_equal(region, "us-east-1");
	ends(s3_get_bucket_tagging(virginia, BUCKET, OWNER, &found), RB_GONE);
	well(s3_put_bucket_tagging(virginia, BUCKET, OWNER, &tags));
	until(bucket_is_tagged, BUCKET, "the bucket is tagged");
	well(s3_get_public_access_block(virginia, BUCKET, OWNER, &block));
	assert_memory_equal(&block, &all, sizeof(all));
	well(s3_put_public_access_block(virginia, BUCKET, OWNER, &all));
	well(s3_get_bucket_encryption(virginia, BUCKET, OWNER, &algorithm));
	assert_string_equal(algorithm, "AES256");
	well(s3_get_bucket_versioning(virginia, BUCKET, OWNER, &versioning));
	assert_string_equal(versioning, "");
	ends(s3_get_bucket_policy(virginia, BUCKET, OWNER, &json), RB_GONE);
	well(s3_put_bucket_policy(virginia, BUCKET, OWNER, policy));
	until(bucket_has_the_policy, BUCKET, "the policy is there");
	well(s3_get_bucket_policy_status(virginia, BUCKET, OWNER, &is_public));
	assert_false(is_public);
	ends(s3_head_bucket(virginia, BUCKET, "999999999999", NULL), RB_DENIED);
	ends(s3_put_object(virginia, BUCKET, OWNER, "outside.txt", "x", 1, NULL), RB_DENIED);
	well(s3_delete_bucket_policy(virginia, BUCKET, OWNER));
	well(s3_delete_bucket(virginia, BUCKET, OWNER));
	until(bucket_is_gone, BUCKET, "the bucket is gone");
	ends(s3_delete_bucket(virginia, BUCKET, OWNER), RB_GONE);
}

static void objects_are_written_read_listed_and_removed(void **state)
{
	static const char key[] = "a b/\xe3\x81\x82+&%.txt";
	auto_s3_objects versions = { 0 };
	auto_s3_uploads uploads = { 0 };
	auto_s3_head head = { 0 };
	autofree char *version = NULL;
	auto_buf body = BUF_INIT;

	(void)state;
	well(s3_create_bucket(virginia, BUCKET "-objects", NULL, NULL));
	until(bucket_is_there, BUCKET "-objects", "the bucket is there");
	well(s3_put_object(virginia, BUCKET "-objects", OWNER, key, "hello", 5, &version));
	assert_null(version);
	well(s3_put_object(virginia, BUCKET "-objects", OWNER, "empty", "", 0, NULL));
	well(s3_head_object(virginia, BUCKET "-objects", OWNER, key, &head));
	assert_int_equal(head.size_bytes, 5);
	assert_string_equal(head.etag, "5d41402abc4b2a76b9719d911017c592");
	assert_string_equal(head.checksum_sha256, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
	assert_string_equal(head.encryption, "AES256");
	well(s3_get_object(virginia, BUCKET "-objects", OWNER, key, 4, &body));
	assert_string_equal(body.p, "hell");
	well(s3_get_object(virginia, BUCKET "-objects", OWNER, "empty", 4, &body));
	assert_string_equal(body.p, "");
	ends(s3_head_object(virginia, BUCKET "-objects", OWNER, "none", &head), RB_GONE);
	well(s3_list_object_versions(virginia, BUCKET "-objects", OWNER, "a b/", &versions));
	assert_int_equal(versions.n, 1);
	assert_string_equal(versions.v[0].key, key);
	assert_string_equal(versions.v[0].version_id, "null");
	well(s3_list_multipart_uploads(virginia, BUCKET "-objects", OWNER, &uploads));
	assert_int_equal(uploads.n, 0);
	ends(s3_abort_multipart_upload(virginia, BUCKET "-objects", OWNER, "k", "none"), RB_GONE);
	ends(s3_delete_bucket(virginia, BUCKET "-objects", OWNER), RB_DEPENDENCY);
	well(s3_delete_object(virginia, BUCKET "-objects", OWNER, key, "null"));
	well(s3_delete_object(virginia, BUCKET "-objects", OWNER, "empty", NULL));
	well(s3_delete_object(virginia, BUCKET "-objects", OWNER, "empty", NULL));
	well(s3_delete_bucket(virginia, BUCKET "-objects", OWNER));
	until(bucket_is_gone, BUCKET "-objects", "the bucket is gone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_caller_is_the_sandboxs_own),
		cmocka_unit_test(the_newest_image_is_a_parameter),
		cmocka_unit_test(a_role_and_its_profile_come_and_go),
		cmocka_unit_test(a_bucket_comes_and_goes),
		cmocka_unit_test(objects_are_written_read_listed_and_removed),
	};

	return cmocka_run_group_tests(tests, sbx_world_start, sbx_world_stop);
}
