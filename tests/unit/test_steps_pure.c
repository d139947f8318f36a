/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps decide without asking AWS: names, choices, policies, rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "aws/s3_name.h"
#include "base/attr.h"
#include "base/strv.h"
#include "base/text.h"
#include "steps/common/bucket_name.h"
#include "steps/common/group.h"
#include "steps/common/peering.h"
#include "steps/common/pick.h"
#include "steps/common/policy.h"

/* Lists of literals: the pickers only read. */
#define STR(s) ((char *)(uintptr_t)(s))
#define ZONE(n, s, t)                                                                              \
	{                                                                                          \
		.name = STR(n), .state = STR(s), .type = STR(t)                                    \
	}

static void the_first_zone_that_offers_the_service_is_taken(void **state)
{
	struct ec2_zone rows[] = {
		ZONE("us-east-1c", "available", "availability-zone"),
		ZONE("us-east-1a", "impaired", "availability-zone"),
		ZONE("us-east-1-bos-1a", "available", "local-zone"),
		ZONE("us-east-1d", "available", NULL),
		ZONE("us-east-1b", "available", "availability-zone"),
	};
	const struct ec2_zones zones = { rows, ARRAY_LEN(rows) };
	struct strv offered = { 0 };

	(void)state;
	assert_string_equal(pick_zone(&zones, &offered)->name, "us-east-1b");
	strv_add(&offered, "us-east-1d");
	strv_add(&offered, "us-east-1c");
	strv_add(&offered, "us-east-1a");
	assert_string_equal(pick_zone(&zones, &offered)->name, "us-east-1c");
	strv_clear(&offered);
	strv_add(&offered, "us-east-1f");
	assert_null(pick_zone(&zones, &offered));
	strv_clear(&offered);
	autofree char *names = zone_names(&zones);

	assert_string_equal(names, "us-east-1b, us-east-1c, us-east-1d");
}

static void the_regional_name_of_an_endpoint_is_taken_wherever_it_stands(void **state)
{
	static const struct {
		const char *names[4];
		const char *want;
	} cases[] = {
		{ { "*.vpce-0a1-x7y8.s3.us-east-1.vpce.amazonaws.com",
		    "*.vpce-0a1-x7y8-us-east-1a.s3.us-east-1.vpce.amazonaws.com" },
		  "vpce-0a1-x7y8.s3.us-east-1.vpce.amazonaws.com" },
		{ { "*.vpce-0a1-x7y8-us-east-1a.s3.us-east-1.vpce.amazonaws.com",
		    "*.vpce-0a1-x7y8-us-east-1b.s3.us-east-1.vpce.amazonaws.com",
		    "*.vpce-0a1-x7y8.s3.us-east-1.vpce.amazonaws.com" },
		  "vpce-0a1-x7y8.s3.us-east-1.vpce.amazonaws.com" },
		{ { "vpce-0a1-x7y8.s3.us-east-1.vpce.amazonaws.com" },
		  "vpce-0a1-x7y8.s3.us-east-1.vpce.amazonaws.com" },
		/* another endpoint's name, and none of ours: the first is all we have */
		{ { "*.vpce-0a12-x7y8-us-east-1a.s3.us-east-1.vpce.amazonaws.com" },
		  "vpce-0a12-x7y8-us-east-1a.s3.us-east-1.vpce.amazonaws.com" },
		{ { "*.vpce-0a1-x7.s3.cn-north-1.vpce.amazonaws.com.cn" },
		  "vpce-0a1-x7.s3.cn-north-1.vpce.amazonaws.com.cn" },
		{ { NULL }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct strv names = { 0 };

		for (size_t k = 0; cases[i].names[k]; k++)
			strv_add(&names, cases[i].names[k]);
		autofree char *got = pick_endpoint_dns(&names, "vpce-0a1");

		strv_clear(&names);
		if (cases[i].want)
			assert_string_equal(got, cases[i].want);
		else
			assert_null(got);
	}
}

static void the_newest_image_that_fits_is_taken(void **state)
{
	struct ec2_image rows[] = {
		{ .image_id = STR("ami-1"),
		  .state = STR("available"),
		  .architecture = STR("arm64"),
		  .creation_date = STR("2026-11-20T00:00:00.000Z") },
		{ .image_id = STR("ami-2"),
		  .state = STR("available"),
		  .architecture = STR("x86_64"),
		  .creation_date = STR("2026-10-20T00:00:00.000Z") },
		{ .image_id = STR("ami-3"),
		  .state = STR("available"),
		  .architecture = STR("x86_64"),
		  .creation_date = STR("2026-11-02T00:00:00.000Z") },
		{ .image_id = STR("ami-4"),
		  .state = STR("pending"),
		  .architecture = STR("x86_64"),
		  .creation_date = STR("2026-11-22T00:00:00.000Z") },
	};
	const struct ec2_images images = { rows, ARRAY_LEN(rows) };

	(void)state;
	assert_string_equal(pick_image(&images, "x86_64")->image_id, "ami-3");
	assert_string_equal(pick_image(&images, "arm64")->image_id, "ami-1");
	assert_null(pick_image(&images, "riscv64"));
}

static void the_bucket_name_is_valid_whatever_the_stack_is_called(void **state)
{
	static const struct {
		const char *stack, *run, *want;
	} cases[] = {
		{ "default", "20261123-5f0c2a91", "runbook-default-20261123-5f0c2a91" },
		{ "My_Stack.2", "20261123-5f0c2a91", "runbook-my-stack-2-20261123-5f0c2a91" },
		{ "__", "20261123-5f0c2a91", "runbook-20261123-5f0c2a91" },
		{ "a-very-long-name-of-a-stack-that-goes-on-and-on-and-on-and-on-for-ever",
		  "20261123-5f0c2a91",
		  "runbook-a-very-long-name-of-a-stack-that-goes-20261123-5f0c2a91" },
		{ "", "1", "runbook-1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *name = bucket_name(cases[i].stack, cases[i].run);

		assert_null(bucket_name_problem(name));
		assert_true(text_ends_with(name, cases[i].run));
		assert_string_equal(name, cases[i].want);
	}
	/* every length of a stack's name */
	for (size_t n = 0; n < 80; n++) {
		char stack[81];

		memset(stack, 'x', n);
		stack[n] = '\0';
		autofree char *name = bucket_name(stack, "20261123-5f0c2a91");

		assert_null(bucket_name_problem(name));
	}
}

/* For every region, every length of a stack's name. */
static void a_regional_bucket_name_is_valid_and_fits(void **state)
{
	static const char *const regions[] = { "us-east-1", "ap-northeast-1", "us-gov-west-1",
					       "us-isof-south-1", "aa-bbbbbbbbbbbbbbbb-11" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(regions); i++) {
		for (size_t n = 0; n < 40; n++) {
			char stack[41];

			memset(stack, 'x', n);
			stack[n] = '\0';
			autofree char *name = bucket_regional_name(stack, "20261123-5f0c2a91",
								   "123456789012", regions[i]);
			auto_said *problem =
				bucket_regional_problem(name, "123456789012", regions[i]);

			assert_null(bucket_name_problem(name));
			assert_null(problem);
			assert_non_null(strstr(name, "20261123-5f0c2a91-123456789012-"));
			assert_string_equal(bucket_namespace_of(name), "account-regional");
		}
	}
	assert_null(bucket_regional_name("x", "20261123-5f0c2a91", "123456789012",
					 "us-averyverylongregion-name-11"));
}

static void only_a_name_of_account_and_region_is_regional(void **state)
{
	static const char *const good[] = { "data-123456789012-us-east-1-an",
					    "a-123456789012-us-east-1-an",
					    "data-210987654321-123456789012-us-east-1-an" };
	static const char *const bad[] = {
		"data",
		"data-an",
		"-123456789012-us-east-1-an",
		"123456789012-us-east-1-an",
		"data-123456789012-us-east-1",
		"data-123456789012-us-east-1-AN",
		"data-123456789012-us-east-12-an",
		"data-123456789012-eu-east-1-an",
		"data-1234567890123-us-east-1-an",
		"data-12345678901-us-east-1-an",
		"data123456789012-us-east-1-an",
		"data-210987654321-us-east-1-an",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		auto_said *why = bucket_regional_problem(good[i], "123456789012", "us-east-1");

		assert_null(why);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_said *why = bucket_regional_problem(bad[i], "123456789012", "us-east-1");

		if (!why)
			fail_msg("'%s' is taken", bad[i]);
	}
	assert_string_equal(bucket_namespace_of("my-japan"), "global");
	assert_string_equal(bucket_namespace_of("runbook-x-20261123-5f0c2a91"), "global");
}

static void names_that_s3_or_the_endpoint_refuse_are_refused(void **state)
{
	static const char *const good[] = { "abc", "my-bucket-1", "0a0" };
	static const char *const bad[] = {
		"",
		"ab",
		"A-bucket",
		"under_score",
		"dot.ted",
		"-begins",
		"ends-",
		"xn--bucket",
		"sthree-bucket",
		"192.168.0.1",
		"b-s3alias",
		"b--ol-s3",
		"b--x-s3",
		"bucket name",
		("b\xc3\xbc"
		 "cket"),
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_null(bucket_name_problem(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_non_null(bucket_name_problem(bad[i]));
}

static void the_bucket_policy_is_the_procedures_own(void **state)
{
	autofree char *got = policy_for_bucket("aws", "b-1", "vpce-1");
	autofree char *china = policy_for_bucket("aws-cn", "b-1", "vpce-1");

	(void)state;
	assert_string_equal(
		got,
		"{\"Version\":\"2012-10-17\",\"Statement\":["
		"{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"s3:PutObject\","
		"\"Resource\":\"arn:aws:s3:::b-1/*\",\"Condition\":{\"StringNotEquals\":"
		"{\"aws:sourceVpce\":\"vpce-1\"}}},"
		"{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"s3:PutObject\","
		"\"Resource\":\"arn:aws:s3:::b-1/*\",\"Condition\":{\"StringEquals\":"
		"{\"aws:sourceVpce\":\"vpce-1\"}}}]}");
	assert_non_null(strstr(china, "arn:aws-cn:s3:::b-1/*"));
	assert_null(policy_locks_out(got));
}

static void the_role_trusts_the_ec2_of_its_partition(void **state)
{
	autofree char *aws = policy_for_trust("aws"), *china = policy_for_trust("aws-cn");
	autofree char *gov = policy_for_trust("aws-us-gov");
	autofree char *arn = policy_arn("aws-cn", "AmazonS3FullAccess");

	(void)state;
	assert_string_equal(aws, "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
				 "\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},"
				 "\"Action\":\"sts:AssumeRole\"}]}");
	assert_non_null(strstr(china, "\"ec2.amazonaws.com.cn\""));
	assert_string_equal(gov, aws);
	assert_string_equal(arn, "arn:aws-cn:iam::aws:policy/AmazonS3FullAccess");
}

#define DENY(action, value)                                                                        \
	"{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"},\"Action\":" action                    \
	",\"Resource\":\"arn:aws:s3:::b/*\",\"Condition\":{\"StringNotEquals\":"                   \
	"{\"aws:sourceVpce\":" value "}}}"
#define ALLOW                                                                                      \
	"{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"s3:PutObject\","         \
	"\"Resource\":\"arn:aws:s3:::b/*\",\"Condition\":{\"StringEquals\":"                       \
	"{\"aws:sourceVpce\":\"vpce-1\"}}}"

static void policies_compare_by_what_they_say(void **state)
{
	autofree char *ours = policy_for_bucket("aws", "b", "vpce-1");
	static const struct {
		const char *other;
		bool same;
	} cases[] = {
		{ "{\"Version\":\"2012-10-17\",\"Statement\":[" DENY("\"s3:PutObject\"",
								     "\"vpce-1\"") "," ALLOW "]}",
		  true },
		/* order of statements and members, blanks, lists of one */
		{ "{ \"Statement\" : [" ALLOW
		  ", " DENY("[\"s3:PutObject\"]", "[\"vpce-1\"]") "], \"Version\":\"2012-10-17\"}",
		  true },
		/* the letter case of the condition key, and "*" for {"AWS":"*"} */
		{ "{\"Version\":\"2012-10-17\",\"Statement\":[" ALLOW
		  ",{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:PutObject\","
		  "\"Resource\":\"arn:aws:s3:::b/*\",\"Condition\":{\"StringNotEquals\":"
		  "{\"AWS:SourceVpce\":\"vpce-1\"}}}]}",
		  true },
		{ "{\"Version\":\"2012-10-17\",\"Statement\":[" DENY("\"s3:PutObject\"",
								     "\"vpce-2\"") "," ALLOW "]}",
		  false },
		{ "{\"Version\":\"2012-10-17\",\"Statement\":[" DENY("\"s3:*\"",
								     "\"vpce-1\"") "," ALLOW "]}",
		  false },
		{ "{\"Version\":\"2012-10-17\",\"Statement\":" ALLOW "}", false },
		{ "{\"Version\":\"2008-10-17\",\"Statement\":[" DENY("\"s3:PutObject\"",
								     "\"vpce-1\"") "," ALLOW "]}",
		  false },
		{ "{\"Version\":\"2012-10-17\",\"Statement\":[" DENY(
			  "\"s3:PutObject\"", "\"vpce-1\"") "," DENY("\"s3:PutObject\"",
								     "\"vpce-1\"") "," ALLOW "]}",
		  false },
		{ "{\"Version\":\"2012-10-17\",\"Statement\":[" DENY(
			  "[\"s3:PutObject\",\"s3:GetObject\"]", "\"vpce-1\"") "," ALLOW "]}",
		  false },
		{ "", false },
		{ "null", false },
		{ "[]", false },
		{ "{\"Version\":", false },
		{ NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(policy_same(ours, cases[i].other), cases[i].same);
		assert_int_equal(policy_same(cases[i].other, ours), cases[i].same);
	}
	assert_false(policy_same("nope", "nope"));
}

static void a_deeply_nested_policy_is_compared_without_harm(void **state)
{
	enum { DEPTH = 1500 };
	char text[2 * DEPTH + 32] = "{\"Statement\":";
	size_t n = strlen(text);

	(void)state;
	memset(text + n, '[', DEPTH);
	memset(text + n + DEPTH, ']', DEPTH);
	text[n + 2 * DEPTH] = '}';
	text[n + 2 * DEPTH + 1] = '\0';
	assert_true(policy_same(text, text));
	assert_false(policy_same(text, "{\"Statement\":[]}"));
}

static void only_full_access_is_full_access(void **state)
{
	static const struct {
		const char *json;
		bool full;
	} cases[] = {
		{ "{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Allow\",\"Principal\":\"*\","
		  "\"Resource\":\"*\"}]}",
		  true },
		{ "{\"Version\":\"2008-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		  "\"Principal\":{\"AWS\":\"*\"},\"Action\":[\"*\"],\"Resource\":\"*\"}]}",
		  true },
		{ "{\"Statement\":[{\"Action\":\"s3:*\",\"Effect\":\"Allow\",\"Principal\":\"*\","
		  "\"Resource\":\"*\"}]}",
		  false },
		{ "{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Deny\",\"Principal\":\"*\","
		  "\"Resource\":\"*\"}]}",
		  false },
		{ "{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Allow\",\"Principal\":\"*\","
		  "\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"true\"}}}]}",
		  false },
		{ "{\"Statement\":[]}", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(policy_is_full_access(cases[i].json), cases[i].full);
}

static void a_policy_that_would_lock_its_owner_out_is_recognised(void **state)
{
#define STATEMENT(effect, actions)                                                                 \
	"{\"Statement\":[{\"Effect\":\"" effect "\",\"Principal\":\"*\"," actions                  \
	",\"Resource\":\"*\"}]}"
	static const struct {
		const char *json, *action;
	} cases[] = {
		{ STATEMENT("Deny", "\"Action\":\"s3:PutObject\""), NULL },
		{ STATEMENT("Deny", "\"Action\":\"s3:*\""), "s3:GetBucketPolicy" },
		{ STATEMENT("Deny", "\"Action\":\"*\""), "s3:GetBucketPolicy" },
		{ STATEMENT("Allow", "\"Action\":\"s3:*\""), NULL },
		{ STATEMENT("Deny", "\"Action\":[\"s3:PutObject\",\"S3:DELETEBUCKET\"]"),
		  "s3:DeleteBucket" },
		{ STATEMENT("Deny", "\"Action\":\"s3:Put*Policy\""), "s3:PutBucketPolicy" },
		{ STATEMENT("Deny", "\"Action\":\"s3:Delete?bject\""), "s3:DeleteObject" },
		{ STATEMENT("Deny", "\"NotAction\":\"s3:GetObject\""), "s3:GetBucketPolicy" },
		{ STATEMENT("Deny", "\"NotAction\":\"s3:*\""), NULL },
		{ "{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"s3:ListBucket\"}}",
		  "s3:ListBucket" },
		{ "nope", "s3:*" },
		{ NULL, "s3:*" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *got = policy_locks_out(cases[i].json);

		if (cases[i].action)
			assert_string_equal(got, cases[i].action);
		else
			assert_null(got);
	}
}

static void rules_are_the_same_however_ec2_spells_them(void **state)
{
	static const struct rule_want https = {
		.claim = "x", .protocol = "tcp", .port = 443, .cidr = "10.0.0.0/16"
	};
	static const struct rule_want self = {
		.claim = "x", .protocol = "-1", .port = -1, .group = RULE_SELF
	};
	static const struct rule_want out = RULE_ALL_OUT;
	static const struct {
		const struct rule_want *want;
		struct ec2_rule rule;
		bool same;
	} cases[] = {
		{ &https,
		  { .protocol = STR("tcp"),
		    .from_port = 443,
		    .to_port = 443,
		    .cidr = STR("10.0.0.0/16") },
		  true },
		{ &https,
		  { .protocol = STR("6"),
		    .from_port = 443,
		    .to_port = 443,
		    .cidr = STR("10.0.0.0/16") },
		  true },
		{ &https,
		  { .protocol = STR("udp"),
		    .from_port = 443,
		    .to_port = 443,
		    .cidr = STR("10.0.0.0/16") },
		  false },
		{ &https,
		  { .protocol = STR("tcp"),
		    .from_port = 443,
		    .to_port = 444,
		    .cidr = STR("10.0.0.0/16") },
		  false },
		{ &https,
		  { .protocol = STR("tcp"),
		    .from_port = 443,
		    .to_port = 443,
		    .cidr = STR("10.0.0.0/20") },
		  false },
		{ &https,
		  { .protocol = STR("tcp"),
		    .from_port = 443,
		    .to_port = 443,
		    .group_id = STR("sg-1") },
		  false },
		{ &https,
		  { .egress = true,
		    .protocol = STR("tcp"),
		    .from_port = 443,
		    .to_port = 443,
		    .cidr = STR("10.0.0.0/16") },
		  false },
		{ &https,
		  { .protocol = STR("-1"),
		    .from_port = -1,
		    .to_port = -1,
		    .cidr = STR("10.0.0.0/16") },
		  false },
		{ &https, { .protocol = NULL, .cidr = STR("10.0.0.0/16") }, false },
		{ &self,
		  { .protocol = STR("-1"),
		    .from_port = -1,
		    .to_port = -1,
		    .group_id = STR("sg-own") },
		  true },
		{ &self, { .protocol = STR("all"), .group_id = STR("sg-own") }, true },
		{ &self, { .protocol = STR("-1"), .group_id = STR("sg-other") }, false },
		{ &out,
		  { .egress = true,
		    .protocol = STR("-1"),
		    .from_port = 0,
		    .to_port = 0,
		    .cidr = STR("0.0.0.0/0") },
		  true },
		{ &out, { .egress = true, .protocol = STR("-1"), .cidr = STR("::/0") }, false },
		{ &out,
		  { .egress = true,
		    .protocol = STR("-1"),
		    .cidr = STR("0.0.0.0/0"),
		    .prefix_list_id = STR("pl-1") },
		  false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(rule_matches(cases[i].want, "sg-own", &cases[i].rule),
				 cases[i].same);
}

static void a_rule_reads_as_one_says_it(void **state)
{
	static const struct {
		struct ec2_rule rule;
		const char *text;
	} cases[] = {
		{ { .protocol = STR("tcp"),
		    .from_port = 443,
		    .to_port = 443,
		    .cidr = STR("10.0.0.0/16") },
		  "ingress tcp 443 from 10.0.0.0/16" },
		{ { .egress = true, .protocol = STR("-1"), .cidr = STR("0.0.0.0/0") },
		  "egress all to 0.0.0.0/0" },
		{ { .protocol = STR("17"), .from_port = 1, .to_port = 9, .group_id = STR("sg-1") },
		  "ingress udp 1-9 from sg-1" },
		{ { .protocol = STR("tcp"),
		    .from_port = 22,
		    .to_port = 22,
		    .prefix_list_id = STR("pl-1") },
		  "ingress tcp 22 from pl-1" },
		{ { 0 }, "ingress ? 0 from ?" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *got = rule_text(&cases[i].rule);

		assert_string_equal(got, cases[i].text);
	}
}

static void a_dead_peering_is_told_from_a_moving_one(void **state)
{
	static const struct {
		const char *status;
		bool dead, moving;
	} cases[] = {
		{ "initiating-request", false, true },
		{ "pending-acceptance", false, false },
		{ "provisioning", false, true },
		{ "active", false, false },
		{ "deleting", false, false },
		{ "deleted", true, false },
		{ "rejected", true, false },
		{ "failed", true, false },
		{ "expired", true, false },
		{ NULL, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(peering_is_dead(cases[i].status), cases[i].dead);
		assert_int_equal(peering_is_moving(cases[i].status), cases[i].moving);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_zone_that_offers_the_service_is_taken),
		cmocka_unit_test(the_regional_name_of_an_endpoint_is_taken_wherever_it_stands),
		cmocka_unit_test(the_newest_image_that_fits_is_taken),
		cmocka_unit_test(the_bucket_name_is_valid_whatever_the_stack_is_called),
		cmocka_unit_test(a_regional_bucket_name_is_valid_and_fits),
		cmocka_unit_test(only_a_name_of_account_and_region_is_regional),
		cmocka_unit_test(names_that_s3_or_the_endpoint_refuse_are_refused),
		cmocka_unit_test(the_bucket_policy_is_the_procedures_own),
		cmocka_unit_test(the_role_trusts_the_ec2_of_its_partition),
		cmocka_unit_test(policies_compare_by_what_they_say),
		cmocka_unit_test(a_deeply_nested_policy_is_compared_without_harm),
		cmocka_unit_test(only_full_access_is_full_access),
		cmocka_unit_test(a_policy_that_would_lock_its_owner_out_is_recognised),
		cmocka_unit_test(rules_are_the_same_however_ec2_spells_them),
		cmocka_unit_test(a_rule_reads_as_one_says_it),
		cmocka_unit_test(a_dead_peering_is_told_from_a_moving_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
