/* SPDX-License-Identifier: Apache-2.0 */
/* AWS's sentences, and what is special about single actions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "aws/core/actions.h"
#include "aws/core/prose.h"
#include "base/alloc.h"
#include "base/attr.h"
#include "base/text.h"

#define WHO "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: s3:PutObject "

static void a_denial_names_its_policy(void **state)
{
	static const struct {
		const char *message;
		enum prose_denial who;
	} cases[] = {
		{ WHO "with an explicit deny in a resource-based policy", PROSE_DENIAL_UNSTATED },
		{ "Access Denied", PROSE_DENIAL_UNSTATED },
		{ NULL, PROSE_DENIAL_UNSTATED },
		{ WHO "because no identity-based policy allows the action", PROSE_DENIAL_IDENTITY },
		{ WHO "with an explicit deny in an identity-based policy", PROSE_DENIAL_OTHER },
		{ WHO "with an explicit deny in a service control policy", PROSE_DENIAL_OTHER },
		{ WHO "with an explicit deny in a resource control policy", PROSE_DENIAL_OTHER },
		{ WHO "with an explicit deny in a permissions boundary", PROSE_DENIAL_OTHER },
		{ WHO "with an explicit deny in a session policy", PROSE_DENIAL_OTHER },
		{ WHO "with an explicit deny in a VPC endpoint policy", PROSE_DENIAL_OTHER },
		{ WHO "because no permissions boundary allows it", PROSE_DENIAL_OTHER },
		{ WHO "because no service control policy allows it", PROSE_DENIAL_OTHER },
		{ WHO "because no resource control policy allows it", PROSE_DENIAL_OTHER },
		{ WHO "because no session policy allows it", PROSE_DENIAL_OTHER },
		{ WHO "because no VPC endpoint policy allows it", PROSE_DENIAL_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (prose_denial(cases[i].message) != cases[i].who)
			fail_msg("%s", cases[i].message);
}

static void the_cli_says_when_it_has_no_role(void **state)
{
	(void)state;
	assert_true(prose_cli_lacks_role("upload failed: An error occurred (AccessDenied) when"));
	assert_true(prose_cli_lacks_role("fatal error: Unable to locate credentials"));
	assert_false(prose_cli_lacks_role("Connect timeout on endpoint URL"));
	assert_false(prose_cli_lacks_role(""));
}

static void what_is_special_of_an_action_is_in_the_table(void **state)
{
	static const char *const tokens[] = { "RunInstances", "CreateRouteTable",
					      "CreateVpcEndpoint",
					      "CreateInstanceConnectEndpoint" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tokens); i++)
		assert_true(aws_action_takes_token(tokens[i]));
	assert_false(aws_action_takes_token("CreateVpc"));
	assert_false(aws_action_takes_token(NULL));
	assert_true(aws_action_only_tags("CreateTags"));
	assert_true(aws_action_only_tags("PutBucketTagging"));
	assert_false(aws_action_only_tags("PutBucketPolicy"));
	assert_false(aws_action_only_tags(NULL));
	assert_int_equal(aws_action_throttle_ms("CreateVpcEndpoint"), 4000);
	assert_int_equal(aws_action_throttle_ms("DescribeVpcEndpoints"), 4000);
	assert_int_equal(aws_action_throttle_ms("CreateVpc"), 0);
}

static void a_denial_is_taken_apart(void **state)
{
	static const char scp[] = "arn:aws:organizations::9:policy/o-1/service_control_policy/p-1";
	static const struct {
		const char *message, *action, *resource, *policy, *arn, *encoded;
		bool explicit_deny;
	} cases[] = {
		{ WHO "on resource: arn:aws:s3:::b/k because no identity-based policy allows the "
		      "s3:PutObject action",
		  "s3:PutObject", "arn:aws:s3:::b/k", "identity-based policy", NULL, NULL, false },
		{ WHO "on resource: \"arn:aws:s3:::b/k\" with an explicit deny in a resource-based "
		      "policy",
		  "s3:PutObject", "arn:aws:s3:::b/k", "resource-based policy", NULL, NULL, true },
		{ WHO "on resource: * with an explicit deny in a service control policy: "
		      "arn:aws:organizations::9:policy/o-1/service_control_policy/p-1.",
		  "s3:PutObject", "*", "service control policy", scp, NULL, true },
		{ WHO "because no permissions boundary allows the s3:PutObject action",
		  "s3:PutObject", NULL, "permissions boundary", NULL, NULL, false },
		{ "You are not authorized to perform this operation. " WHO
		  "on resource: arn:x:y because "
		  "no session policy allows the s3:PutObject action. Encoded authorization failure "
		  "message: AbC-_9",
		  "s3:PutObject", "arn:x:y", "session policy", NULL, "AbC-_9", false },
		{ "You are not authorized to perform this operation. Encoded authorization failure "
		  "message: AbC",
		  NULL, NULL, NULL, NULL, "AbC", false },
		{ "Access Denied", NULL, NULL, NULL, NULL, NULL, false },
		{ WHO "with an explicit deny in a VPC endpoint policy: cut", "s3:PutObject", NULL,
		  "VPC endpoint policy", NULL, NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_prose_refusal r = { 0 };

		prose_read_denial(cases[i].message, &r);
		if (!text_eq(r.action, cases[i].action) ||
		    !text_eq(r.resource, cases[i].resource) ||
		    !text_eq(r.policy, cases[i].policy) || !text_eq(r.policy_arn, cases[i].arn) ||
		    !text_eq(r.encoded, cases[i].encoded) ||
		    r.explicit_deny != cases[i].explicit_deny)
			fail_msg("%s: %s, %s, %s, %s, %s", cases[i].message, r.action, r.resource,
				 r.policy, r.policy_arn, r.encoded);
	}
}

static void an_encoded_message_is_read_and_left_out(void **state)
{
	static const char message[] = "You may not. Encoded authorization failure message: AbC";
	autofree char *plain = prose_without_encoded(message);
	auto_prose_refusal r = { 0 };

	(void)state;
	assert_string_equal(plain, "You may not.");
	prose_read_denial(message, &r);
	assert_false(prose_read_decoded("{}", &r));
	assert_false(prose_read_decoded("no JSON", &r));
	assert_true(prose_read_decoded("{\"explicitDeny\":true,\"context\":{\"action\":"
				       "\"ec2:CreateVpc\",\"resource\":\"arn:v\"}}",
				       &r));
	assert_string_equal(r.action, "ec2:CreateVpc");
	assert_string_equal(r.resource, "arn:v");
	assert_true(r.explicit_deny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_denial_names_its_policy),
		cmocka_unit_test(a_denial_is_taken_apart),
		cmocka_unit_test(an_encoded_message_is_read_and_left_out),
		cmocka_unit_test(the_cli_says_when_it_has_no_role),
		cmocka_unit_test(what_is_special_of_an_action_is_in_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
