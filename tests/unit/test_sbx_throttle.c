/* SPDX-License-Identifier: Apache-2.0 */
/* EC2's request rates as the sandbox plays them: how many at once, how many a second, of what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/attr.h"
#include "sandbox/core/inner.h"

/* How many of `n` requests at once are let in. */
static int let_in(struct throttle *t, const char *action, bool narrowed, int n, int64_t now_ms)
{
	int in = 0;

	for (int i = 0; i < n; i++)
		in += throttle_takes(t, "eu-west-1", action, narrowed, now_ms);
	return in;
}

static void each_action_has_the_rate_that_aws_publishes(void **state)
{
	static const struct {
		const char *action;
		bool narrowed;
		int at_once, in_ten_s;
	} cases[] = {
		{ "DescribeVpcs", false, 100, 100 },
		{ "DescribeVpcs", true, 100, 100 },
		{ "DescribeInstances", true, 100, 100 },
		{ "DescribeInstances", false, 50, 50 },
		{ "DescribeSecurityGroups", false, 50, 50 },
		{ "CreateVpc", false, 50, 50 },
		{ "CreateVpcPeeringConnection", false, 50, 50 },
		{ "CreateVpcEndpoint", false, 4, 3 },
		{ "DeleteVpcEndpoints", false, 4, 3 },
		{ "RunInstances", false, 5, 5 },
		{ "TerminateInstances", false, 100, 50 },
		{ "CreateTags", false, 100, 100 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct throttle *t = throttle_new(SBX_THROTTLE_REAL, 1);

		assert_int_equal(let_in(t, cases[i].action, cases[i].narrowed, 300, 1000),
				 cases[i].at_once);
		assert_int_equal(let_in(t, cases[i].action, cases[i].narrowed, 300, 11000),
				 cases[i].in_ten_s);
		throttle_free(t);
	}
}

static void tokens_come_by_the_second_and_no_more_than_the_bucket_holds(void **state)
{
	struct throttle *t = throttle_new(SBX_THROTTLE_REAL, 1);

	(void)state;
	assert_int_equal(let_in(t, "CreateVpc", false, 60, 0), 50);
	assert_int_equal(let_in(t, "CreateVpc", false, 60, 199), 0);
	assert_int_equal(let_in(t, "CreateVpc", false, 60, 1000), 5);
	assert_int_equal(let_in(t, "CreateVpc", false, 60, 100000), 50);
	/* a clock that stands still or goes back gives nothing */
	assert_int_equal(let_in(t, "CreateVpc", false, 1, 99000), 0);
	throttle_free(t);
}

static void regions_and_actions_have_buckets_of_their_own(void **state)
{
	struct throttle *t = throttle_new(SBX_THROTTLE_REAL, 1);

	(void)state;
	assert_int_equal(let_in(t, "CreateVpcEndpoint", false, 9, 0), 4);
	assert_true(throttle_takes(t, "eu-west-2", "CreateVpcEndpoint", false, 0));
	assert_true(throttle_takes(t, "eu-west-1", "DeleteVpcEndpoints", false, 0));
	throttle_free(t);
}

static void what_others_use_leaves_less(void **state)
{
	struct throttle *t = throttle_new(SBX_THROTTLE_SHARED, 1);

	(void)state;
	assert_int_equal(let_in(t, "CreateVpc", false, 9, 0), 1);
	assert_int_equal(let_in(t, "CreateVpc", false, 9, 399), 0);
	assert_int_equal(let_in(t, "CreateVpc", false, 9, 400), 1);
	throttle_free(t);
}

static void speed_refills_faster(void **state)
{
	struct throttle *t = throttle_new(SBX_THROTTLE_REAL, 60);

	(void)state;
	assert_int_equal(let_in(t, "RunInstances", false, 9, 0), 5);
	assert_int_equal(let_in(t, "RunInstances", false, 9, 20), 2);
	throttle_free(t);
}

static void off_limits_nothing(void **state)
{
	enum sbx_throttle how = SBX_THROTTLE_OFF;

	(void)state;
	assert_null(throttle_new(SBX_THROTTLE_OFF, 1));
	assert_int_equal(let_in(NULL, "CreateVpcEndpoint", false, 300, 0), 300);
	assert_true(throttle_parse("shared", &how));
	assert_int_equal(how, SBX_THROTTLE_SHARED);
	assert_false(throttle_parse("Real", &how));
	assert_false(throttle_parse("", &how));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_action_has_the_rate_that_aws_publishes),
		cmocka_unit_test(tokens_come_by_the_second_and_no_more_than_the_bucket_holds),
		cmocka_unit_test(regions_and_actions_have_buckets_of_their_own),
		cmocka_unit_test(what_others_use_leaves_less),
		cmocka_unit_test(speed_refills_faster),
		cmocka_unit_test(off_limits_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
