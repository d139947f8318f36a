/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What steps make of what AWS still works on, of what it refuses for a while, and of what somebody
 * changed, against the sandbox: each waits for the first two and puts the third right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/text.h"
#include "sandbox/core/store.h"
#include "tests/lib/step_world.h"

#define HERE "ap-northeast-1"
#define THERE "us-east-1"
#define NEVER "9000000000000000" /* milliseconds: no test comes to it */

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

static void fault(const char *spec)
{
	well(faults_add(sbx_faults(sw.c.sbx), spec));
}

static bool is_recorded(const char *step_id, const char *name)
{
	return history_output(state_history(&sw.stack.state, step_id), name) != NULL;
}

/* One pass, which has to wait. */
static void waits(const char *step_id, enum phase phase)
{
	bool it_waits = false;

	well(sw_pass(step_id, phase, &it_waits));
	if (!it_waits)
		fail_msg("%s of %s does not wait", phase_name(phase), step_id);
}

/* ---- what AWS works on ------------------------------------------------------------- */

/* In a state that passes: neither taken for usable, nor for gone, nor asked for again. */
static const struct moving {
	const char *step, *kind, *region, *output, *members;
	const char *made_anew, *adopted; /* calls that do must not make then */
	const char *ended;		 /* nor undo */
} moving[] = {
	{ "1-3", "instance-connect-endpoint", HERE, "instance_connect_endpoint_id",
	  "{\"_gone_ms\": " NEVER "}", "CreateInstanceConnectEndpoint", "CreateTags",
	  "DeleteInstanceConnectEndpoint" },
	{ "2-3", "vpc-endpoint", THERE, "vpc_endpoint_id", "{\"_gone_ms\": " NEVER "}",
	  "CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints" },
	{ "3-1", "vpc-peering-connection", "", "vpc_peering_connection_id",
	  "{\"_delete_ms\": 1, \"_deleted_ms\": " NEVER "}", "CreateVpcPeeringConnection",
	  "CreateTags", "DeleteVpcPeeringConnection" },
	{ "1-4", "instance", HERE, "instance_id", "{\"_stop_ms\": 1, \"_stopped_ms\": " NEVER "}",
	  "RunInstances", "StartInstances", NULL },
};

static void what_is_on_its_way_is_waited_for(void **state)
{
	(void)state;
	sw_build("3-1");
	for (size_t i = 0; i < ARRAY_LEN(moving); i++) {
		const struct moving *m = &moving[i];

		sw_bend(m->kind, m->region, sw_output(m->step, m->output), m->members);
		sw_forget_calls();
		waits(m->step, PHASE_DO);
		if (sw_calls(m->made_anew) || sw_calls(m->adopted))
			fail_msg("%s of %s is made anew or adopted", m->output, m->step);
		if (!m->ended)
			continue;
		waits(m->step, PHASE_UNDO);
		if (sw_calls(m->ended))
			fail_msg("%s of %s is asked to end once more", m->output, m->step);
		assert_true(is_recorded(m->step, m->output));
	}
}

static void an_instance_that_ends_is_not_asked_again(void **state)
{
	(void)state;
	sw_build("1-4");
	sw_bend("instance", HERE, sw_output("1-4", "instance_id"),
		"{\"_term_ms\": 1, \"_terminated_ms\": " NEVER "}");
	sw_forget_calls();
	waits("1-4", PHASE_UNDO);
	assert_int_equal(sw_calls("TerminateInstances"), 0);
	assert_int_equal(sw_calls("DeleteSecurityGroup"), 0); /* it still uses it */
}

/* AWS must finish it first: a delete would be refused. */
static void an_endpoint_that_is_being_made_is_not_deleted_yet(void **state)
{
	(void)state;
	sw_build("1-3");
	sw_bend("instance-connect-endpoint", HERE, sw_output("1-3", "instance_connect_endpoint_id"),
		"{\"_ready_ms\": " NEVER "}");
	sw_forget_calls();
	waits("1-3", PHASE_UNDO);
	assert_int_equal(sw_calls("DeleteInstanceConnectEndpoint"), 0);
}

static void a_vpc_that_is_being_deleted_is_not_gone(void **state)
{
	(void)state;
	sw_build("1-1");
	sw_bend("vpc", HERE, sw_output("1-1", "vpc_id"), "{\"_gone_ms\": " NEVER "}");
	sw_forget_calls();
	waits("1-1", PHASE_UNDO);
	assert_true(is_recorded("1-1", "vpc_id"));
	assert_int_equal(sw_calls("DeleteVpc"), 0);
}

/* What was asked to end is forgotten when it is gone, and what it uses goes after it. */
static void what_was_just_asked_to_end_is_still_known(void **state)
{
	static const struct {
		const char *step, *output;
	} asked[] = {
		{ "3-1", "vpc_peering_connection_id" },
		{ "2-3", "vpc_endpoint_id" },
		{ "1-4", "instance_id" },
		{ "1-3", "instance_connect_endpoint_id" },
	};

	(void)state;
	sw_build("3-1");
	sw_forget_calls();
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		waits(asked[i].step, PHASE_UNDO);
		if (!is_recorded(asked[i].step, asked[i].output))
			fail_msg("%s of %s is forgotten", asked[i].output, asked[i].step);
		assert_int_equal(sw_calls("DeleteSecurityGroup"), 0);
		assert_int_equal(sw_calls("DeleteRole"), 0);
		well(sw_undo(asked[i].step));
		assert_false(is_recorded(asked[i].step, asked[i].output));
		sw_forget_calls();
	}
}

/* As with an image whose mapping keeps it: it is attached until the instance has let go of it. */
static void a_volume_that_is_still_attached_is_waited_for(void **state)
{
	json_t *list;
	bool it_waits = false;

	(void)state;
	sw_build("1-4");
	well(sw_pass("1-4", PHASE_UNDO, &it_waits));
	sbx_lock(sw.c.sbx);
	list = store_list(sbx_store(sw.c.sbx), "volume", HERE);
	sbx_unlock(sw.c.sbx);
	assert_int_equal(json_array_size(list), 1);
	sw_bend("volume", HERE,
		json_string_value(json_object_get(json_array_get(list, 0), "volumeId")),
		"{\"_gone_ms\": 0, \"_free_ms\": " NEVER "}");
	json_decref(list);
	for (int i = 0; i < 20; i++) {
		waits("1-4", PHASE_UNDO);
		well(loop_sleep(sw.aws.loop, /* ms= */ 5));
	}
	assert_int_equal(sw_calls("DeleteVolume"), 0);
	assert_int_equal(sw_alive("volume"), 1);
}

/* 1-4's group names that of 1-3. */
static void a_group_that_another_step_names_waits_for_its_undo(void **state)
{
	(void)state;
	sw_build("1-4");
	sw_forget_calls();
	for (int i = 0; i < 20; i++) {
		waits("1-3", PHASE_UNDO);
		well(loop_sleep(sw.aws.loop, /* ms= */ 5));
	}
	assert_int_equal(sw_alive("instance-connect-endpoint"), 0);
	assert_int_equal(sw_calls("DeleteSecurityGroup"), 0);
	well(sw_undo("1-4"));
	well(sw_undo("1-3"));
}

/* ---- what is refused for a while --------------------------------------------------- */

static void a_delete_that_was_refused_leaves_it_known(void **state)
{
	(void)state;
	sw_build("2-4");
	fault("DeleteBucket:1=BucketNotEmpty");
	waits("2-4", PHASE_UNDO);
	assert_true(is_recorded("2-4", "bucket"));
	well(sw_undo("2-4"));
	fault("DeleteSecurityGroup:1=DependencyViolation");
	while (!sw_calls("DeleteSecurityGroup")) {
		waits("2-3", PHASE_UNDO);
		assert_true(is_recorded("2-3", "security_group_id"));
	}
	well(sw_undo("2-3"));
	assert_false(is_recorded("2-3", "security_group_id"));
	/* IAM's own reads lag: what was removed a moment ago may still be in the way */
	sw_other(THERE, "iam",
		 "PutRolePolicy&RoleName=%s&PolicyName=x&PolicyDocument="
		 "%%7B%%22Version%%22%%3A%%222012-10-17%%22%%2C%%22Statement%%"
		 "22%%3A%%5B%%7B%%22Effect%%22%%3A%%22Allow%%22%%2C%%22Action%%"
		 "22%%3A%%22s3%%3AListBucket%%22%%2C%%22Resource%%22%%3A%%22%%"
		 "2A%%22%%7D%%5D%%7D",
		 sw_output("1-4", "role_name"));
	sw_forget_calls();
	fault("DeleteInstanceProfile:1=DeleteConflict");
	fault("DeleteRole:1-2=DeleteConflict"); /* also when what hung on it is gone */
	while (!sw_calls("DeleteRole") || !sw_calls("DeleteInstanceProfile")) {
		waits("1-4", PHASE_UNDO);
		assert_true(is_recorded("1-4", "role_name"));
		assert_true(is_recorded("1-4", "instance_profile_name"));
	}
	well(sw_undo("1-4"));
	assert_int_equal(sw_calls("DeleteRolePolicy"), 1);
	assert_int_equal(sw_alive("role"), 0);
}

/* There already, and not listed yet: the next pass finds it. */
static void what_exists_and_is_not_listed_yet_is_looked_for(void **state)
{
	(void)state;
	sw_make_up_to("1-3");
	fault("CreateSecurityGroup:1=InvalidGroup.Duplicate");
	waits("1-3", PHASE_DO);
	sw_make_up_to("3-2");
	assert_int_equal(sw_verify("3-1", NULL), VERDICT_HOLDS);
	fault("CreateRoute:1=RouteAlreadyExists");
	waits("3-2", PHASE_DO);
	well(sw_do("3-2"));
	assert_int_equal(sw_verify("3-2", NULL), VERDICT_HOLDS);
}

/* Routing has not heard of it, although both ids are ours. */
static void a_peering_that_routing_does_not_know_yet_is_waited_for(void **state)
{
	(void)state;
	sw_make_up_to("3-2");
	assert_int_equal(sw_verify("3-1", NULL), VERDICT_HOLDS);
	fault("CreateRoute=InvalidParameterValue:rtb-1 and pcx-1 belong to different networks");
	waits("3-2", PHASE_DO);
	faults_clear(sbx_faults(sw.c.sbx), NULL);
	well(sw_do("3-2"));
}

static void a_peering_that_is_dead_is_not_accepted(void **state)
{
	(void)state;
	sw_make_up_to("3-3");
	sw_bend("vpc-peering-connection", "", sw_output("3-1", "vpc_peering_connection_id"),
		"{\"_rejected_ms\": 1, \"_rejected_listed_ms\": " NEVER "}");
	sw_forget_calls();
	ends(sw_do("3-3"), RB_FAILED);
	assert_int_equal(sw_calls("AcceptVpcPeeringConnection"), 0);
	assert_int_equal(sw_calls("CreateTags"), 0);
}

/* Accepted and tagged without a look at it: what is refused then is looked at. */
static void a_request_that_is_not_known_for_a_moment_is_accepted(void **state)
{
	bool it_waits = true;

	(void)state;
	sw_make_up_to("3-3");
	assert_int_equal(sw_verify("3-1", NULL), VERDICT_HOLDS);
	fault("AcceptVpcPeeringConnection:1=IncorrectState");
	fault("CreateTags:1=IncorrectState");
	sw_forget_calls();
	well(sw_first_do("3-3", &it_waits));
	assert_false(it_waits);
	assert_int_equal(sw_calls("AcceptVpcPeeringConnection"), 2);
	assert_int_equal(sw_calls("CreateTags"), 2);
	assert_int_equal(sw_verify("3-3", NULL), VERDICT_HOLDS);
}

/* ---- a bucket's name ---------------------------------------------------------------- */

/* Surely not made: whatever has the name later is somebody else's. */
static void a_name_that_was_refused_is_not_ours(void **state)
{
	(void)state;
	sw_make_up_to("2-4");
	fault("CreateBucket=BucketAlreadyExists");
	ends(sw_do("2-4"), RB_EXISTS);
	assert_false(is_recorded("2-4", "bucket"));
}

static void a_name_whose_answer_was_lost_stays_ours(void **state)
{
	(void)state;
	sw_make_up_to("2-4");
	fault("CreateBucket:1=lost-after");
	ends(sw_do("2-4"), RB_LOST);
	assert_true(is_recorded("2-4", "bucket"));
	well(sw_do("2-4"));
	assert_int_equal(sw_verify("2-4", NULL), VERDICT_HOLDS);
}

static void a_bucket_of_our_name_in_another_region_is_refused(void **state)
{
	static const char body[] = "<CreateBucketConfiguration><LocationConstraint>eu-west-1"
				   "</LocationConstraint></CreateBucketConfiguration>";
	autofree char *target = NULL;

	(void)state;
	sw_make_up_to("2-4");
	target = xasprintf("/%s", params_get(&sw.stack.state.params, "destination.bucket"));
	sw.c.region = "eu-west-1";
	assert_null(sbx_s3_call(&sw.c, "PUT", target, "", body, sizeof(body) - 1));
	sw_forget_calls();
	ends(sw_do("2-4"), RB_FAILED);
	assert_int_equal(sw_calls("PutBucketTagging"), 0);
	assert_int_equal(sw_calls("PutBucketPolicy"), 0);
}

static void undo_ends_uploads_that_were_begun(void **state)
{
	autofree char *policy = NULL, *target = NULL;

	(void)state;
	sw_build("2-4");
	policy = xasprintf("/%s?policy", sw_output("2-4", "bucket"));
	target = xasprintf("/%s/dummy.txt?uploads", sw_output("2-4", "bucket"));
	sw_other_s3("DELETE", policy, ""); /* it lets nobody write from here */
	sw_other_s3("POST", target, "");
	sw_forget_calls();
	well(sw_undo("2-4"));
	assert_int_equal(sw_calls("AbortMultipartUpload"), 1);
	assert_int_equal(sw_alive("bucket"), 0);
}

static void without_a_bucket_there_is_no_object_to_undo(void **state)
{
	(void)state;
	sw_record_output("2-4", "bucket", params_get(&sw.stack.state.params, "destination.bucket"));
	sw_record_output("4-2", "object_key", "dummy.txt");
	well(sw_undo("4-2"));
	assert_false(is_recorded("4-2", "object_key"));
}

/* ---- what somebody changed ---------------------------------------------------------- */

static void is_put_right(const char *step_id, const char *what)
{
	autofree char *differ = NULL;

	if (sw_verify(step_id, NULL) != VERDICT_DIFFERS)
		fail_msg("verify of %s does not see %s", step_id, what);
	well(sw_do(step_id));
	if (sw_verify(step_id, &differ) != VERDICT_HOLDS)
		fail_msg("do of %s leaves %s: %s", step_id, what, differ);
}

static void what_somebody_added_is_taken_away(void **state)
{
	static const char trust[] = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B"
				    "%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service"
				    "%22%3A%22ec2.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3A"
				    "AssumeRole%22%7D%5D%7D";
	autofree char *group = NULL;
	const char *profile;

	(void)state;
	sw_build("2-3");
	sw_other(THERE, "ec2", "CreateSecurityGroup&GroupName=x&GroupDescription=x&VpcId=%s",
		 sw_output("2-1", "vpc_id"));
	group = sbx_answer_element(&sw.c, "groupId");
	sw_other(THERE, "ec2", "ModifyVpcEndpoint&VpcEndpointId=%s&AddSecurityGroupId.1=%s",
		 sw_output("2-3", "vpc_endpoint_id"), group);
	is_put_right("2-3", "a second group");
	profile = sw_output("1-4", "instance_profile_name");
	sw_other(THERE, "iam", "CreateRole&RoleName=x&AssumeRolePolicyDocument=%s", trust);
	sw_other(THERE, "iam", "RemoveRoleFromInstanceProfile&InstanceProfileName=%s&RoleName=%s",
		 profile, sw_output("1-4", "role_name"));
	sw_other(THERE, "iam", "AddRoleToInstanceProfile&InstanceProfileName=%s&RoleName=x",
		 profile);
	is_put_right("1-4", "another role in the profile");
	sw_other(HERE, "ec2", "ModifyVpcAttribute&VpcId=%s&EnableDnsHostnames.Value=false",
		 sw_output("1-1", "vpc_id"));
	sw_other(HERE, "ec2", "ModifyVpcAttribute&VpcId=%s&EnableDnsSupport.Value=false",
		 sw_output("1-1", "vpc_id"));
	is_put_right("1-1", "DNS that was switched off");
}

/* Its VPC is another by now: a peering is of two VPCs for life. */
static void a_peering_of_vpcs_of_before_is_replaced(void **state)
{
	autofree char *vpc = NULL, *id = NULL;

	(void)state;
	sw_build("3-1");
	id = xstrdup(sw_output("3-1", "vpc_peering_connection_id"));
	sw_other(HERE, "ec2", "CreateVpc&CidrBlock=10.0.0.0/16");
	vpc = sbx_answer_element(&sw.c, "vpcId");
	sw_record_output("1-1", "vpc_id", vpc);
	sw_forget_calls();
	well(sw_do("3-1"));
	assert_int_equal(sw_calls("DeleteVpcPeeringConnection"), 1);
	assert_int_equal(sw_calls("CreateVpcPeeringConnection"), 1);
	assert_string_not_equal(sw_output("3-1", "vpc_peering_connection_id"), id);
}

/* A journal that lost its end does not know what was launched; there is a newer image by now. */
static void an_adopted_instance_tells_its_image(void **state)
{
	static const char *const lost[] = { "image_id", "instance_id" };
	autofree char *id = NULL;

	(void)state;
	sw_build("1-4");
	id = xstrdup(sw_output("1-4", "instance_id"));
	sw_bend("instance", HERE, id, "{\"imageId\": \"ami-0123456789abcdef0\"}");
	for (size_t i = 0; i < ARRAY_LEN(lost); i++) {
		sw_record_forget("1-4", lost[i]);
		well(sw_do("1-4"));
		assert_string_equal(sw_output("1-4", "instance_id"), id);
		assert_string_equal(sw_output("1-4", "image_id"), "ami-0123456789abcdef0");
		assert_int_equal(sw_verify("1-4", NULL), VERDICT_HOLDS);
		sw_record_forget("1-4", "image_id"); /* and then both */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sw_setup, sw_teardown)
		TEST(what_is_on_its_way_is_waited_for),
		TEST(an_instance_that_ends_is_not_asked_again),
		TEST(an_endpoint_that_is_being_made_is_not_deleted_yet),
		TEST(a_vpc_that_is_being_deleted_is_not_gone),
		TEST(what_was_just_asked_to_end_is_still_known),
		TEST(a_volume_that_is_still_attached_is_waited_for),
		TEST(a_group_that_another_step_names_waits_for_its_undo),
		TEST(a_delete_that_was_refused_leaves_it_known),
		TEST(what_exists_and_is_not_listed_yet_is_looked_for),
		TEST(a_peering_that_routing_does_not_know_yet_is_waited_for),
		TEST(a_peering_that_is_dead_is_not_accepted),
		TEST(a_request_that_is_not_known_for_a_moment_is_accepted),
		TEST(a_name_that_was_refused_is_not_ours),
		TEST(a_name_whose_answer_was_lost_stays_ours),
		TEST(a_bucket_of_our_name_in_another_region_is_refused),
		TEST(undo_ends_uploads_that_were_begun),
		TEST(without_a_bucket_there_is_no_object_to_undo),
		TEST(what_somebody_added_is_taken_away),
		TEST(a_peering_of_vpcs_of_before_is_replaced),
		TEST(an_adopted_instance_tells_its_image),
#undef TEST
	};

	sw_begin();
	return cmocka_run_group_tests_name("steps_moving", tests, NULL, NULL);
}
