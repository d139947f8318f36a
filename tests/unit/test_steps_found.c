/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do and undo make of what they find, against the sandbox: two things with the run's tags,
 * none yet after an answer was lost, what has failed or ended, and a stranger's thing of our name.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/text.h"
#include "runbook/contract/procedure.h"
#include "tests/lib/step_world.h"

static void well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what ? err->what : "-", err->why ? err->why : "-");
}

static void ends(struct rb_error *err, enum rb_kind kind)
{
	if (!err || err->kind != kind)
		fail_msg("%s, not %s: %s", err ? rb_kind_name(err->kind) : "no error",
			 rb_kind_name(kind), err && err->what ? err->what : "-");
	(void)rb_error_free(err);
}

static const char *region_of(const char *step_id)
{
	return step_id[0] == '2' ? "us-east-1" : "ap-northeast-1";
}

/* ---- nothing yet ----------------------------------------------------------------- */

/* A call of this step whose answer nobody saw, a moment ago. */
static void lose_an_answer(const char *step_id, const char *service, const char *action)
{
	autofree char *call = xasprintf("%s %s", service, action);

	well(stack_record(&sw.stack,
			  json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", "intent", "step",
				    step_id, "phase", "do", "service", service, "action", action,
				    "region", region_of(step_id)),
			  true));
	well(stack_record(&sw.stack,
			  json_pack("{s:s, s:s, s:s, s:s}", "type", "outcome", "step", step_id,
				    "call", call, "result", "lost"),
			  true));
}

static const struct lost {
	const char *step, *service, *action;
} losses[] = {
	{ "1-1", "ec2", "CreateVpc" },
	{ "1-2", "ec2", "CreateSubnet" },
	{ "1-2", "ec2", "CreateRouteTable" },
	{ "1-3", "ec2", "CreateSecurityGroup" },
	{ "1-4", "ec2", "CreateSecurityGroup" },
	{ "2-3", "ec2", "CreateSecurityGroup" },
	{ "3-1", "ec2", "CreateVpcPeeringConnection" },
};

/* What is not listed a moment after an answer was lost may still show up: nothing is made, nor
 * taken for gone, before that time is over. */
static void what_is_not_listed_yet_is_waited_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(losses); i++) {
		const struct lost *l = &losses[i];
		double speed = sw.run.speed;
		bool waits = false;

		well(sw_undo(l->step)); /* an earlier row's */
		sw_make_up_to(l->step);
		lose_an_answer(l->step, l->service, l->action);
		sw_forget_calls();
		sw.run.speed = 1; /* the time that AWS may take, in full */
		well(sw_pass(l->step, PHASE_DO, &waits));
		if (!waits || sw_calls(l->action))
			fail_msg("do of %s does not wait for the lost %s", l->step, l->action);
		well(sw_pass(l->step, PHASE_UNDO, &waits));
		if (!waits)
			fail_msg("undo of %s does not wait for the lost %s", l->step, l->action);
		sw.run.speed = speed;
		well(sw_do(l->step));
		assert_int_equal(sw_verify(l->step, NULL), VERDICT_HOLDS);
	}
}

/* The name of a bucket is recorded before it is asked for. */
static void a_bucket_that_is_not_listed_yet_is_waited_for(void **state)
{
	double speed = sw.run.speed;
	bool waits = false;

	(void)state;
	sw_make_up_to("2-4");
	sw_record_output("2-4", "bucket", params_get(&sw.stack.state.params, "destination.bucket"));
	lose_an_answer("2-4", "s3", "CreateBucket");
	sw.run.speed = 1;
	well(sw_pass("2-4", PHASE_UNDO, &waits));
	sw.run.speed = speed;
	assert_true(waits);
	assert_non_null(sw_output("2-4", "bucket"));
}

/* ---- two ------------------------------------------------------------------------- */

static char *tag_specification(const char *kind, const char *step_id)
{
	return xasprintf("TagSpecification.1.ResourceType=%s&"
			 "TagSpecification.1.Tag.1.Key=runbook:run&"
			 "TagSpecification.1.Tag.1.Value=%s&"
			 "TagSpecification.1.Tag.2.Key=runbook:step&"
			 "TagSpecification.1.Tag.2.Value=%s",
			 kind, sw.stack.state.run_id, step_id);
}

static void is_not_chosen_between(const char *step_id, const char *creates, const char *ends_with)
{
	bool waits;

	sw_forget_calls();
	ends(sw_pass(step_id, PHASE_DO, &waits), RB_FAILED);
	if (sw_calls(creates))
		fail_msg("%s: a third one is made", step_id);
	ends(sw_pass(step_id, PHASE_UNDO, &waits), RB_FAILED);
	if (sw_calls(ends_with))
		fail_msg("%s: one of two is ended", step_id);
}

static void two_things_with_our_tags_are_not_chosen_between(void **state)
{
	autofree char *vpcs = tag_specification("vpc", "1-1");
	autofree char *subnets = tag_specification("subnet", "1-2");
	autofree char *tables = tag_specification("route-table", "1-2");
	autofree char *groups = tag_specification("security-group", "1-3");
	const char *vpc;

	(void)state;
	for (int i = 0; i < 2; i++)
		sw_other("ap-northeast-1", "ec2", "CreateVpc&CidrBlock=10.%d.0.0/16&%s", 20 + i,
			 vpcs);
	is_not_chosen_between("1-1", "CreateVpc", "DeleteVpc");
	sw_teardown(NULL);
	sw_setup(NULL);
	well(sw_do("1-1"));
	free(subnets);
	subnets = tag_specification("subnet", "1-2");
	vpc = sw_output("1-1", "vpc_id");
	for (int i = 0; i < 2; i++)
		sw_other("ap-northeast-1", "ec2", "CreateSubnet&VpcId=%s&CidrBlock=10.0.%d.0/24&%s",
			 vpc, i, subnets);
	is_not_chosen_between("1-2", "CreateSubnet", "DeleteSubnet");
	sw_teardown(NULL);
	sw_setup(NULL);
	well(sw_do("1-1"));
	free(tables);
	tables = tag_specification("route-table", "1-2");
	for (int i = 0; i < 2; i++)
		sw_other("ap-northeast-1", "ec2", "CreateRouteTable&VpcId=%s&%s",
			 sw_output("1-1", "vpc_id"), tables);
	is_not_chosen_between("1-2", "CreateRouteTable", "DeleteRouteTable");
	sw_teardown(NULL);
	sw_setup(NULL);
	sw_make_up_to("1-3");
	free(groups);
	groups = tag_specification("security-group", "1-3");
	for (int i = 0; i < 2; i++)
		sw_other("ap-northeast-1", "ec2",
			 "CreateSecurityGroup&GroupName=x%d&GroupDescription=x&VpcId=%s&%s", i,
			 sw_output("1-1", "vpc_id"), groups);
	is_not_chosen_between("1-3", "CreateSecurityGroup", "DeleteSecurityGroup");
}

/* Of another run, by the same step. */
static void a_thing_of_another_run_is_not_found(void **state)
{
	(void)state;
	sw_other("ap-northeast-1", "ec2",
		 "CreateVpc&CidrBlock=10.20.0.0/16&TagSpecification.1.ResourceType=vpc&"
		 "TagSpecification.1.Tag.1.Key=runbook:run&"
		 "TagSpecification.1.Tag.1.Value=20250101-00000000&"
		 "TagSpecification.1.Tag.2.Key=runbook:step&TagSpecification.1.Tag.2.Value=1-1");
	sw_forget_calls();
	well(sw_do("1-1"));
	assert_int_equal(sw_calls("CreateVpc"), 1);
	assert_int_equal(sw_verify("1-1", NULL), VERDICT_HOLDS);
	well(sw_undo("1-1"));
	assert_int_equal(sw_alive("vpc"), 1);
}

/* ---- what has failed or ended ------------------------------------------------------ */

static void bend(const char *kind, const char *region, const char *id, const char *member,
		 const char *value)
{
	autofree char *members = xasprintf("{\"%s\": %s}", member, value);

	sw_bend(kind, region, id, members);
}

static const struct corpse {
	const char *step, *kind, *region, *output, *member, *value;
} corpses[] = {
	{ "1-3", "instance-connect-endpoint", "ap-northeast-1", "instance_connect_endpoint_id",
	  "_end", "\"create-failed\"" },
	{ "2-3", "vpc-endpoint", "us-east-1", "vpc_endpoint_id", "_end", "\"failed\"" },
	{ "1-4", "instance", "ap-northeast-1", "instance_id", "_term_ms", "1" },
};

static void what_has_failed_or_ended_is_replaced(void **state)
{
	(void)state;
	sw_build("2-3");
	for (size_t i = 0; i < ARRAY_LEN(corpses); i++) {
		const struct corpse *c = &corpses[i];
		autofree char *id = xstrdup(sw_output(c->step, c->output));

		if (text_eq(c->kind, "instance")) /* AWS lists it for an hour */
			bend(c->kind, c->region, id, "_terminated_ms", "9000000000000000");
		bend(c->kind, c->region, id, c->member, c->value);
		well(sw_do(c->step));
		if (text_eq(sw_output(c->step, c->output), id))
			fail_msg("%s: %s is not replaced", c->step, id);
		assert_int_equal(sw_verify(c->step, NULL), VERDICT_HOLDS);
	}
}

/* And undo ends it all the same. */
static void what_has_failed_is_undone(void **state)
{
	(void)state;
	sw_build("2-3");
	for (size_t i = 0; i < 2; i++) {
		const struct corpse *c = &corpses[i];

		bend(c->kind, c->region, sw_output(c->step, c->output), c->member, c->value);
		if (text_eq(c->step, "1-3"))
			well(sw_undo("1-4"));
		well(sw_undo(c->step));
		assert_int_equal(sw_alive(c->kind), 0);
	}
}

/* ---- a stranger's of our name ------------------------------------------------------- */

static void a_role_or_profile_of_our_name_is_not_taken_over(void **state)
{
	static const char trust[] = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B"
				    "%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service"
				    "%22%3A%22ec2.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3A"
				    "AssumeRole%22%7D%5D%7D";

	for (int profile = 0; profile < 2; profile++) {
		autofree char *name = NULL;

		sw_teardown(state);
		sw_setup(state);
		name = xasprintf("runbook-%s-instance", sw.stack.state.run_id);
		if (profile)
			sw_other("us-east-1", "iam", "CreateInstanceProfile&InstanceProfileName=%s",
				 name);
		else
			sw_other("us-east-1", "iam",
				 "CreateRole&RoleName=%s&AssumeRolePolicyDocument=%s", name, trust);
		sw_make_up_to("1-4");
		sw_forget_calls();
		ends(sw_do("1-4"), RB_DRIFT);
		assert_int_equal(sw_calls("RunInstances"), 0);
		assert_int_equal(sw_calls("AddRoleToInstanceProfile"), 0);
		assert_int_equal(sw_calls("TagRole"), 0);
		assert_int_equal(sw_calls("TagInstanceProfile"), 0);
		if (!profile)
			assert_int_equal(sw_calls("AttachRolePolicy"), 0);
		ends(sw_undo("1-4"), RB_DRIFT);
		assert_int_equal(sw_alive(profile ? "instance-profile" : "role"), 1);
	}
}

/* Of that name, in this account, empty and without a tag; and the run never asked for it. */
static void a_bucket_of_our_name_is_not_taken_over(void **state)
{
	autofree char *target = NULL;

	(void)state;
	sw_make_up_to("2-4");
	target = xasprintf("/%s", params_get(&sw.stack.state.params, "destination.bucket"));
	sw_other_s3("PUT", target, "");
	sw_forget_calls();
	ends(sw_do("2-4"), RB_DRIFT);
	assert_int_equal(sw_calls("PutBucketTagging"), 0);
	assert_int_equal(sw_calls("PutBucketPolicy"), 0);
	assert_int_equal(sw_calls("PutPublicAccessBlock"), 0);
	well(sw_undo("2-4")); /* it is none of the run's */
	assert_int_equal(sw_alive("bucket"), 1);
}

static void a_peering_of_our_vpcs_is_not_taken_over(void **state)
{
	(void)state;
	sw_make_up_to("3-1");
	assert_int_equal(sw_verify("1-1", NULL), VERDICT_HOLDS);
	assert_int_equal(sw_verify("2-1", NULL), VERDICT_HOLDS);
	sw_other("ap-northeast-1", "ec2",
		 "CreateVpcPeeringConnection&VpcId=%s&PeerVpcId=%s&PeerRegion=us-east-1",
		 sw_output("1-1", "vpc_id"), sw_output("2-1", "vpc_id"));
	sw_forget_calls();
	ends(sw_do("3-1"), RB_DRIFT);
	assert_int_equal(sw_calls("CreateVpcPeeringConnection"), 0);
	assert_int_equal(sw_calls("CreateTags"), 0);
	ends(sw_undo("3-1"), RB_DRIFT);
	assert_int_equal(sw_calls("DeleteVpcPeeringConnection"), 0);
}

/* The source's region lists it no more, the other one still does: its VPC could not go. */
static void a_peering_that_the_other_region_still_lists_is_waited_for(void **state)
{
	bool waits = false;

	(void)state;
	sw_build("3-4");
	bend("vpc-peering-connection", "", sw_output("3-1", "vpc_peering_connection_id"),
	     "requesterVpcInfo", "{\"region\": \"eu-west-1\", \"vpcId\": \"vpc-0\"}");
	well(sw_pass("3-1", PHASE_UNDO, &waits));
	assert_true(waits);
	assert_non_null(sw_output("3-1", "vpc_peering_connection_id"));
}

/* ---- a subnet's table ---------------------------------------------------------------- */

static void a_subnet_led_to_another_table_comes_back_to_ours(void **state)
{
	autofree char *table = NULL;

	(void)state;
	sw_build("1-2");
	sw_other("ap-northeast-1", "ec2", "CreateRouteTable&VpcId=%s", sw_output("1-1", "vpc_id"));
	table = sbx_answer_element(&sw.c, "routeTableId");
	sw_other("ap-northeast-1", "ec2",
		 "ReplaceRouteTableAssociation&AssociationId=%s&RouteTableId=%s",
		 sw_output("1-2", "route_table_association_id"), table);
	assert_int_equal(sw_verify("1-2", NULL), VERDICT_DIFFERS);
	well(sw_do("1-2"));
	assert_int_equal(sw_verify("1-2", NULL), VERDICT_HOLDS);
}

static void a_strangers_route_in_our_table_is_told_and_stays(void **state)
{
	(void)state;
	sw_build("3-1");
	sw_other("ap-northeast-1", "ec2",
		 "CreateRoute&RouteTableId=%s&DestinationCidrBlock=10.77.0.0/16&"
		 "VpcPeeringConnectionId=%s",
		 sw_output("1-2", "route_table_id"), sw_output("3-1", "vpc_peering_connection_id"));
	sw_forget_calls();
	ends(sw_do("1-2"), RB_DRIFT);
	assert_int_equal(sw_calls("DeleteRoute"), 0);
}

/* ---- 4-2's objects ---------------------------------------------------------------------- */

static void undo_of_the_upload_takes_its_own_objects_alone(void **state)
{
	static const char *const keys[] = { "dummy.txt", "dummy.txt.from-outside" };
	static const char *const others[] = { "dummy.txt2", "dummy.txt.from-outside2",
					      "dummy.txt/a", "dummy.tx" };
	const char *bucket;
	autofree char *policy = NULL;

	(void)state;
	sw_build("2-4");
	bucket = sw_output("2-4", "bucket");
	policy = xasprintf("/%s?policy", bucket);
	sw_other_s3("DELETE", policy, ""); /* it lets nobody write from here */
	for (size_t i = 0; i < ARRAY_LEN(keys) + ARRAY_LEN(others); i++) {
		autofree char *target =
			xasprintf("/%s/%s", bucket,
				  i < ARRAY_LEN(keys) ? keys[i] : others[i - ARRAY_LEN(keys)]);

		sw_other_s3("PUT", target, "x");
	}
	sw_record_output("4-2", "object_key", "dummy.txt");
	well(sw_undo("4-2"));
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		autofree char *target = xasprintf("/%s/%s", bucket, others[i]);

		sw_other_s3("HEAD", target, ""); /* it is there */
	}
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		autofree char *target = xasprintf("/%s/%s", bucket, keys[i]);

		sw.c.region = "us-east-1";
		assert_non_null(sbx_s3_call(&sw.c, "HEAD", target, "", "", 0));
	}
}

/* What a killed 4-2 had begun on the instance ends while undo is at work. */
struct late_upload {
	char *target;
	bool put;
};

static void *upload_after_the_delete(void *arg)
{
	struct late_upload *late = arg;

	for (int i = 0; i < 5000 && !sw_calls("DeleteObject"); i++)
		(void)usleep(1000);
	late->put = sw_calls("DeleteObject") &&
		    !sbx_s3_call(&sw.c, "PUT", late->target,
				 "x-amz-checksum-sha256: "
				 "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=\n",
				 "x", 1);
	faults_clear(sbx_faults(sw.c.sbx), NULL);
	return NULL;
}

static void an_object_that_came_while_it_was_deleted_is_seen(void **state)
{
	autofree char *policy = NULL;
	struct late_upload late = { 0 };
	pthread_t thread;
	bool waits = false;

	(void)state;
	sw_build("2-4");
	policy = xasprintf("/%s?policy", sw_output("2-4", "bucket"));
	sw_other_s3("DELETE", policy, ""); /* it lets nobody write from here */
	late.target = xasprintf("/%s/dummy.txt", sw_output("2-4", "bucket"));
	sw_other_s3("PUT", late.target, "x");
	sw_record_output("4-2", "object_key", "dummy.txt");
	sw_forget_calls();
	well(faults_add(sbx_faults(sw.c.sbx), "ListObjectVersions:2=held"));
	assert_int_equal(pthread_create(&thread, NULL, upload_after_the_delete, &late), 0);
	well(sw_pass("4-2", PHASE_UNDO, &waits));
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(late.put);
	assert_true(waits);
	assert_non_null(sw_output("4-2", "object_key"));
	well(sw_undo("4-2"));
	assert_non_null(sbx_s3_call(&sw.c, "HEAD", late.target, "", "", 0)); /* it is gone */
	free(late.target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sw_setup, sw_teardown)
		TEST(what_is_not_listed_yet_is_waited_for),
		TEST(a_bucket_that_is_not_listed_yet_is_waited_for),
		TEST(two_things_with_our_tags_are_not_chosen_between),
		TEST(a_thing_of_another_run_is_not_found),
		TEST(what_has_failed_or_ended_is_replaced),
		TEST(what_has_failed_is_undone),
		TEST(a_role_or_profile_of_our_name_is_not_taken_over),
		TEST(a_bucket_of_our_name_is_not_taken_over),
		TEST(a_peering_of_our_vpcs_is_not_taken_over),
		TEST(a_peering_that_the_other_region_still_lists_is_waited_for),
		TEST(a_subnet_led_to_another_table_comes_back_to_ours),
		TEST(a_strangers_route_in_our_table_is_told_and_stays),
		TEST(undo_of_the_upload_takes_its_own_objects_alone),
		TEST(an_object_that_came_while_it_was_deleted_is_seen),
#undef TEST
	};

	sw_begin();
	return cmocka_run_group_tests_name("steps_found", tests, NULL, NULL);
}
