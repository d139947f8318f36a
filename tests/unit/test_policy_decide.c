/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy says of one upload, in three values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "steps/common/policy.h"
#include "steps/common/policy_decide.h"

#define ROLE "arn:aws:iam::123456789012:role/r"
#define OBJECT "arn:aws:s3:::b/k"

static enum policy_says of(const char *statements)
{
	static const struct policy_fact facts[] = { { "aws:SourceVpce", "vpce-1" },
						    { "aws:SecureTransport", "true" },
						    { "aws:VpcSourceIp", "10.0.0.9" },
						    { "s3:x-amz-acl", NULL } };
	const struct policy_question q = { .role_arn = ROLE,
					   .account = "123456789012",
					   .action = "s3:PutObject",
					   .resource = OBJECT,
					   .facts = facts,
					   .n_facts = ARRAY_LEN(facts) };
	autofree char *json =
		xasprintf("{\"Version\":\"2012-10-17\",\"Statement\":[%s]}", statements);

	return policy_says_of(json, &q);
}

#define STATEMENT(effect, principal, action, resource, more)                                       \
	"{\"Effect\":\"" effect "\",\"Principal\":" principal ",\"Action\":\"" action              \
	"\",\"Resource\":\"" resource "\"" more "}"
#define ALLOW(more) STATEMENT("Allow", "\"*\"", "s3:PutObject", "*", more)
#define DENY(more) STATEMENT("Deny", "\"*\"", "s3:PutObject", "*", more)
#define WHEN(op, key, value) ",\"Condition\":{\"" op "\":{\"" key "\":\"" value "\"}}"

static void statements_apply_by_what_they_name(void **state)
{
	static const struct {
		const char *statements;
		enum policy_says says;
	} cases[] = {
		{ "", POLICY_SAYS_NOTHING },
		{ ALLOW(""), POLICY_ALLOWS },
		{ DENY(""), POLICY_DENIES },
		{ ALLOW("") "," DENY(""), POLICY_DENIES },
		{ STATEMENT("Allow", "\"*\"", "s3:put*", "*", ""), POLICY_ALLOWS },
		{ STATEMENT("Allow", "\"*\"", "s3:GetObject", "*", ""), POLICY_SAYS_NOTHING },
		{ STATEMENT("Allow", "\"*\"", "s3:*", "arn:aws:s3:::b/*", ""), POLICY_ALLOWS },
		{ STATEMENT("Allow", "\"*\"", "s3:*", "arn:aws:s3:::B/*", ""),
		  POLICY_SAYS_NOTHING },
		{ STATEMENT("Allow", "{\"AWS\":[\"" ROLE "\"]}", "s3:*", "*", ""), POLICY_ALLOWS },
		{ STATEMENT("Allow", "{\"AWS\":\"" ROLE "2\"}", "s3:*", "*", ""),
		  POLICY_SAYS_NOTHING },
		{ STATEMENT("Allow", "{\"AWS\":\"123456789012\"}", "s3:*", "*", ""),
		  POLICY_DELEGATES },
		{ STATEMENT("Allow", "{\"AWS\":\"arn:aws:iam::123456789012:root\"}", "s3:*", "*",
			    ""),
		  POLICY_DELEGATES },
		{ STATEMENT("Deny", "{\"AWS\":\"arn:aws:iam::123456789012:root\"}", "s3:*", "*",
			    ""),
		  POLICY_DENIES },
		{ STATEMENT("Allow", "{\"Service\":\"ec2.amazonaws.com\"}", "s3:*", "*", ""),
		  POLICY_SAYS_NOTHING },
		{ "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"NotAction\":\"s3:Get*\",\"Resource\":\"*"
		  "\"}",
		  POLICY_DENIES },
		{ "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"NotResource\":"
		  "\"" OBJECT "\"}",
		  POLICY_SAYS_NOTHING },
		{ "{\"Effect\":\"Deny\",\"NotPrincipal\":{\"AWS\":\"x\"},\"Action\":\"s3:*\","
		  "\"Resource\":\"*\"}",
		  POLICY_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (of(cases[i].statements) != cases[i].says)
			fail_msg("%d, not %d: %s", (int)of(cases[i].statements), (int)cases[i].says,
				 cases[i].statements);
}

static void conditions_are_met_missed_or_not_known(void **state)
{
	static const struct {
		const char *statements;
		enum policy_says says;
	} cases[] = {
		{ ALLOW(WHEN("StringEquals", "aws:sourceVpce", "vpce-1")), POLICY_ALLOWS },
		{ ALLOW(WHEN("StringEquals", "aws:sourceVpce", "vpce-2")), POLICY_SAYS_NOTHING },
		{ DENY(WHEN("StringNotEquals", "aws:SourceVpce", "vpce-1")), POLICY_SAYS_NOTHING },
		{ DENY(WHEN("StringNotEquals", "aws:SourceVpce", "vpce-2")), POLICY_DENIES },
		{ ALLOW(WHEN("StringLike", "aws:SourceVpce", "vpce-?")), POLICY_ALLOWS },
		{ ALLOW(WHEN("ForAnyValue:StringEquals", "aws:SourceVpce", "vpce-1")),
		  POLICY_ALLOWS },
		{ ALLOW(WHEN("Bool", "aws:SecureTransport", "true")), POLICY_ALLOWS },
		{ DENY(WHEN("Bool", "aws:SecureTransport", "false")), POLICY_SAYS_NOTHING },
		{ ALLOW(WHEN("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8")), POLICY_ALLOWS },
		{ DENY(WHEN("NotIpAddress", "aws:VpcSourceIp", "10.0.0.9")), POLICY_SAYS_NOTHING },
		/* a key that the request surely lacks */
		{ ALLOW(WHEN("StringEquals", "s3:x-amz-acl", "private")), POLICY_SAYS_NOTHING },
		{ ALLOW(WHEN("StringEqualsIfExists", "s3:x-amz-acl", "private")), POLICY_ALLOWS },
		{ DENY(WHEN("StringNotEquals", "s3:x-amz-acl", "private")), POLICY_DENIES },
		{ DENY(WHEN("Null", "s3:x-amz-acl", "true")), POLICY_DENIES },
		{ DENY(WHEN("Null", "aws:SourceVpce", "true")), POLICY_SAYS_NOTHING },
		/* and what nobody here knows */
		{ DENY(WHEN("StringEquals", "aws:PrincipalTag/x", "y")), POLICY_UNKNOWN },
		{ DENY(WHEN("NumericLessThan", "aws:SourceVpce", "1")), POLICY_UNKNOWN },
		{ ALLOW(WHEN("StringEquals", "aws:SourceVpce", "${aws:username}")),
		  POLICY_UNKNOWN },
		{ ALLOW("") "," ALLOW(WHEN("StringEquals", "aws:UserAgent", "y")), POLICY_ALLOWS },
		{ ALLOW("") "," DENY(WHEN("StringEquals", "aws:UserAgent", "y")), POLICY_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (of(cases[i].statements) != cases[i].says)
			fail_msg("%d, not %d: %s", (int)of(cases[i].statements), (int)cases[i].says,
				 cases[i].statements);
}

static void the_policy_that_we_write_lets_its_endpoint_in(void **state)
{
	static const struct policy_fact by[] = { { "aws:SourceVpce", "vpce-1" } };
	struct policy_question q = { .role_arn = ROLE,
				     .account = "123456789012",
				     .action = "s3:PutObject",
				     .resource = OBJECT,
				     .facts = by,
				     .n_facts = 1 };
	autofree char *ours = policy_for_bucket("aws", "b", "vpce-1");
	autofree char *others = policy_for_bucket("aws", "b", "vpce-2");

	(void)state;
	assert_int_equal(policy_says_of(ours, &q), POLICY_ALLOWS);
	assert_int_equal(policy_says_of(others, &q), POLICY_DENIES);
	assert_int_equal(policy_says_of(NULL, &q), POLICY_SAYS_NOTHING);
	assert_int_equal(policy_says_of("no policy", &q), POLICY_UNKNOWN);
	assert_int_equal(policy_says_of("{\"Statement\":1}", &q), POLICY_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_apply_by_what_they_name),
		cmocka_unit_test(conditions_are_met_missed_or_not_known),
		cmocka_unit_test(the_policy_that_we_write_lets_its_endpoint_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
