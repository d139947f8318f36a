/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way out asks for little: what undo does without where nothing stands in its way, and that it
 * looks all the same where something does, against the sandbox.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/text.h"
#include "tests/lib/step_world.h"

#define HERE "ap-northeast-1"
#define THERE "us-east-1"

static void well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what ? err->what : "-", err->why ? err->why : "-");
}

static void fault(const char *spec)
{
	well(faults_add(sbx_faults(sw.c.sbx), spec));
}

/* ---- the role ------------------------------------------------------------------------ */

static void a_role_is_looked_into_when_its_delete_is_refused(void **state)
{
	(void)state;
	sw_build("1-4");
	sw_forget_calls();
	well(sw_undo("1-4"));
	assert_int_equal(sw_calls("ListAttachedRolePolicies"), 0);
	assert_int_equal(sw_calls("ListRolePolicies"), 0);
	assert_int_equal(sw_calls("DetachRolePolicy"), 1);
	assert_int_equal(sw_alive("role"), 0);
	assert_int_equal(sw_alive("instance-profile"), 0);
}

static void what_others_hung_on_the_role_goes_with_it(void **state)
{
	(void)state;
	sw_build("1-4");
	sw_other(THERE, "iam", "AttachRolePolicy&RoleName=%s&PolicyArn=%s",
		 sw_output("1-4", "role_name"),
		 "arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAmazonS3ReadOnlyAccess");
	sw_forget_calls();
	well(sw_undo("1-4"));
	assert_int_equal(sw_calls("DetachRolePolicy"), 2);
	assert_int_equal(sw_calls("DeleteRole"), 2);
	assert_int_equal(sw_alive("role"), 0);
}

/* ---- the bucket ----------------------------------------------------------------------- */

static void a_policy_goes_with_its_bucket(void **state)
{
	(void)state;
	sw_build("2-4");
	sw_forget_calls();
	well(sw_undo("2-4"));
	assert_int_equal(sw_calls("HeadBucket"), 0);
	assert_int_equal(sw_calls("GetBucketTagging"), 1);
	assert_int_equal(sw_calls("DeleteBucketPolicy"), 0);
	assert_int_equal(sw_alive("bucket"), 0);
}

static void a_policy_that_forbids_the_delete_is_removed(void **state)
{
	(void)state;
	sw_build("2-4");
	sw_forget_calls();
	fault("DeleteBucket:1=AccessDenied");
	well(sw_undo("2-4"));
	assert_int_equal(sw_calls("DeleteBucketPolicy"), 1);
	assert_int_equal(sw_calls("DeleteBucket"), 2);
	assert_int_equal(sw_alive("bucket"), 0);
}

/* Whatever becomes of its answer: what is asked for again finds it gone, and the bucket goes. */
static void a_policy_goes_whatever_becomes_of_the_answer(void **state)
{
	static const char *const losses[] = {
		"lost-before", "lost-after",	    "reset", "torn", "after=http=500",
		"http=503",    "NoSuchBucketPolicy"
	};
	autofree char *target = NULL;

	(void)state;
	sw_build("2-4");
	target = xasprintf("/%s/dummy.txt", sw_output("2-4", "bucket"));
	for (size_t i = 0; i < ARRAY_LEN(losses); i++) {
		autofree char *spec = xasprintf("DeleteBucketPolicy:1=%s", losses[i]);
		autofree char *policy = xasprintf("/%s?policy", sw_output("2-4", "bucket"));
		struct rb_error *err;

		sw_other_s3("DELETE", policy, ""); /* it lets nobody write from here */
		sw_other_s3("PUT", target, "x");
		sw_record_output("4-2", "object_key", "dummy.txt");
		fault(spec);
		sw_forget_calls();
		for (int tries = 0; (err = sw_undo("2-4")) && tries < 3; tries++) {
			assert_int_equal(err->kind, RB_LOST);
			(void)rb_error_free(err);
		}
		well(err);
		assert_true(sw_calls("DeleteBucketPolicy") >= 1);
		assert_int_equal(sw_alive("bucket"), 0);
		well(sw_do("2-4"));
	}
}

/* A refusal is told with the call that it is of. */
static void who_may_do_neither_is_told_of_the_policy(void **state)
{
	struct rb_error *err;

	(void)state;
	sw_build("2-4");
	sw_forget_calls();
	fault("DeleteBucket=AccessDenied");
	fault("DeleteBucketPolicy=AccessDenied");
	err = sw_undo("2-4");
	assert_non_null(err);
	assert_int_equal(err->kind, RB_DENIED);
	assert_non_null(strstr(err->where, "DeleteBucketPolicy"));
	(void)rb_error_free(err);
	assert_int_equal(sw_calls("DeleteBucket"), 1);
	faults_clear(sbx_faults(sw.c.sbx), NULL);
	assert_int_equal(sw_alive("bucket"), 1);
}

/* What the bucket's own undo lists right after, nobody lists before it. */
static void the_object_is_not_looked_for_where_its_bucket_is_next(void **state)
{
	autofree char *policy = NULL, *target = NULL;

	(void)state;
	sw_build("2-4");
	policy = xasprintf("/%s?policy", sw_output("2-4", "bucket"));
	target = xasprintf("/%s/dummy.txt", sw_output("2-4", "bucket"));
	sw_other_s3("DELETE", policy, ""); /* it lets nobody write from here */
	for (int follows = 0; follows < 2; follows++) {
		sw_other_s3("PUT", target, "x");
		sw_record_output("4-2", "object_key", "dummy.txt");
		sw.run.undo_down_to = follows ? sw.stack.state.history[0].step : NULL;
		sw_forget_calls();
		well(sw_undo("4-2"));
		assert_int_equal(sw_calls("DeleteObject"), 1);
		assert_int_equal(sw_calls("ListObjectVersions"), follows ? 1 : 2);
	}
	/* what came meanwhile is the run's there, too */
	sw_other_s3("PUT", target, "x");
	sw_forget_calls();
	well(sw_undo("2-4"));
	assert_int_equal(sw_calls("DeleteObject"), 1);
	assert_int_equal(sw_alive("bucket"), 0);
}

/* ---- the peering ------------------------------------------------------------------------ */

/* What was asked to end is looked at in the region that hears of it last. */
static void an_end_is_seen_in_the_other_region(void **state)
{
	bool waits = false;

	(void)state;
	sw_build("3-3");
	well(sw_pass("3-1", PHASE_UNDO, &waits));
	assert_true(waits);
	sw_bend("vpc-peering-connection", "", sw_output("3-1", "vpc_peering_connection_id"),
		"{\"_delete_ms\": 1, \"_deleted_ms\": 1, \"_listed_ms\": 9000000000000000}");
	sw_forget_calls();
	well(sw_undo("3-1"));
	assert_int_equal(sw_calls("DescribeVpcPeeringConnections"), 1);
}

/* That the other region does not know it proves nothing. */
static void a_peering_that_the_other_region_does_not_know_is_looked_for_here(void **state)
{
	bool waits = false;

	(void)state;
	sw_build("3-3");
	well(sw_pass("3-1", PHASE_UNDO, &waits));
	sw_bend("vpc-peering-connection", "", sw_output("3-1", "vpc_peering_connection_id"),
		"{\"_delete_ms\": 1, \"_deleted_ms\": 9000000000000000}");
	fault("DescribeVpcPeeringConnections:1=InvalidVpcPeeringConnectionID.NotFound");
	sw_forget_calls();
	well(sw_pass("3-1", PHASE_UNDO, &waits));
	assert_true(waits);
	assert_non_null(sw_output("3-1", "vpc_peering_connection_id"));
	assert_int_equal(sw_calls("DescribeVpcPeeringConnections"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sw_setup, sw_teardown)
		TEST(a_role_is_looked_into_when_its_delete_is_refused),
		TEST(what_others_hung_on_the_role_goes_with_it),
		TEST(a_policy_goes_with_its_bucket),
		TEST(a_policy_that_forbids_the_delete_is_removed),
		TEST(a_policy_goes_whatever_becomes_of_the_answer),
		TEST(who_may_do_neither_is_told_of_the_policy),
		TEST(the_object_is_not_looked_for_where_its_bucket_is_next),
		TEST(an_end_is_seen_in_the_other_region),
		TEST(a_peering_that_the_other_region_does_not_know_is_looked_for_here),
#undef TEST
	};

	sw_begin();
	return cmocka_run_group_tests_name("steps_undo", tests, NULL, NULL);
}
