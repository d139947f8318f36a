/* SPDX-License-Identifier: Apache-2.0 */
/* AWS's sentences, and what is special about single actions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "aws/core/actions.h"
#include "aws/core/prose.h"
#include "base/attr.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_denial_names_its_policy),
		cmocka_unit_test(the_cli_says_when_it_has_no_role),
		cmocka_unit_test(what_is_special_of_an_action_is_in_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
