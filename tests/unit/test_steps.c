/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps themselves, against the sandbox: whose thing it is, whose object, and what becomes of
 * a client token.  Nearly ours is not ours: each tag is taken off, changed, and wrong by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/contract/procedure.h"
#include "sandbox/core/store.h"
#include "tests/lib/step_world.h"

static void well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what ? err->what : "-", err->why ? err->why : "-");
}

static void ends(struct rb_error *err, enum rb_kind kind)
{
	if (!err || err->kind != kind)
		fail_msg("%s, not %s", err ? rb_kind_name(err->kind) : "no error",
			 rb_kind_name(kind));
	(void)rb_error_free(err);
}

/* In which region the first digit says; all of a peering is asked for at its requester's. */
static const char *region_of(const char *step_id)
{
	return step_id[0] == '2' ? "us-east-1" : "ap-northeast-1";
}

/* ---- whose it is ----------------------------------------------------------- */

/* A thing with tags of its own, and the call that would end it. */
static const struct owned {
	const char *step, *made_by, *output, *ends;
	const char *first; /* this step's undo comes before it */
} owned[] = {
	{ "1-1", "1-1", "vpc_id", "DeleteVpc", NULL },
	{ "1-2", "1-2", "subnet_id", "DeleteSubnet", NULL },
	{ "1-2", "1-2", "route_table_id", "DeleteRouteTable", NULL },
	{ "1-2", "1-2", "route_table_id", "DisassociateRouteTable", NULL },
	{ "1-3", "1-3", "instance_connect_endpoint_id", "DeleteInstanceConnectEndpoint", NULL },
	{ "1-3", "1-3", "security_group_id", "DeleteSecurityGroup", "1-4" },
	{ "1-4", "1-4", "instance_id", "TerminateInstances", NULL },
	{ "1-4", "1-4", "security_group_id", "DeleteSecurityGroup", NULL },
	{ "2-3", "2-3", "vpc_endpoint_id", "DeleteVpcEndpoints", NULL },
	{ "2-3", "2-3", "security_group_id", "DeleteSecurityGroup", NULL },
	{ "3-1", "3-1", "vpc_peering_connection_id", "DeleteVpcPeeringConnection", NULL },
	{ "3-2", "1-2", "route_table_id", "DeleteRoute", NULL },
	{ "3-4", "2-2", "route_table_id", "DeleteRoute", NULL },
};

/* A tag that is no more, or another's; %s: its right value. */
static const struct {
	const char *key, *value; /* NULL: taken off */
} spoils[] = {
	{ "runbook:run", NULL },   { "runbook:run", "20250101-00000000" },
	{ "runbook:run", "%s0" },  { "runbook:step", NULL },
	{ "runbook:step", "9-9" }, { "runbook:step", "%s0" },
};

static void tag(const char *region, const char *id, const char *key, const char *value)
{
	if (value)
		sw_other(region, "ec2", "CreateTags&ResourceId.1=%s&Tag.1.Key=%s&Tag.1.Value=%s",
			 id, key, value);
	else
		sw_other(region, "ec2", "DeleteTags&ResourceId.1=%s&Tag.1.Key=%s", id, key);
}

/* The bucket's, all of them. */
static void put_tags(const char *run, const char *step)
{
	autofree char *target = xasprintf("/%s?tagging", sw_output("2-4", "bucket"));
	autofree char *body = xasprintf("<Tagging><TagSet>%s%s%s%s%s%s</TagSet></Tagging>",
					run ? "<Tag><Key>runbook:run</Key><Value>" : "",
					run ? run : "", run ? "</Value></Tag>" : "",
					step ? "<Tag><Key>runbook:step</Key><Value>" : "",
					step ? step : "", step ? "</Value></Tag>" : "");

	sw_other_s3("PUT", target, body);
}

static void is_left_alone(const struct owned *o, size_t spoil)
{
	const char *region = region_of(o->made_by);
	autofree char *id = xstrdup(sw_output(o->made_by, o->output));
	const char *key = spoils[spoil].key;
	const char *right = text_eq(key, "runbook:run") ? sw.stack.state.run_id : o->made_by;
	autofree char *wrong = spoils[spoil].value && strchr(spoils[spoil].value, '%')
				       ? xasprintf("%s0", right)
				       : xstrdup_or_null(spoils[spoil].value);
	auto_error struct rb_error *err = NULL;

	well(sw_do(o->step)); /* an earlier row may have taken it along */
	if (o->first)
		well(sw_undo(o->first));
	tag(region, id, key, wrong);
	sw_forget_calls();
	err = sw_undo(o->step);
	if (!err || err->kind != RB_DRIFT || !strstr(err->what, id))
		fail_msg("undo of %s with %s '%s' on %s: %s", o->step, key, wrong ? wrong : "-", id,
			 err ? err->what : "no error");
	if (sw_calls(o->ends))
		fail_msg("%s was called for %s with %s '%s'", o->ends, id, key,
			 wrong ? wrong : "-");
	/* the sentence tells the tag that is wrong */
	if (wrong)
		assert_non_null(strstr(err->why, wrong));
	assert_non_null(strstr(err->why, key));
	tag(region, id, key, right);
	if (o->first)
		well(sw_do(o->first));
	well(sw_do(o->step));
}

static void undo_leaves_what_does_not_carry_both_tags(void **state)
{
	(void)state;
	sw_build("3-4");
	for (size_t i = 0; i < ARRAY_LEN(owned); i++)
		for (size_t k = 0; k < ARRAY_LEN(spoils); k++)
			is_left_alone(&owned[i], k);
}

/* With the right tags each of these is ended by the very call that is counted above. */
static void undo_ends_what_is_ours(void **state)
{
	static const char *const order[] = { "3-4", "3-2", "3-3", "3-1", "2-4", "2-3",
					     "1-4", "1-3", "2-2", "1-2", "2-1", "1-1" };
	static const char *const kinds[] = { "vpc",	 "subnet",
					     "instance", "vpc-endpoint",
					     "bucket",	 "vpc-peering-connection",
					     "role",	 "instance-profile" };

	(void)state;
	sw_build("3-4");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!sw_alive(kinds[i]))
			fail_msg("no %s was made", kinds[i]);
	sw_forget_calls();
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		well(sw_undo(order[i]));
	for (size_t i = 0; i < ARRAY_LEN(owned); i++)
		if (!sw_calls(owned[i].ends))
			fail_msg("%s was not called", owned[i].ends);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (sw_alive(kinds[i]))
			fail_msg("a %s is left", kinds[i]);
}

/* Another run's tag is not written over; a tag that is merely missing is put back. */
static void do_takes_nothing_from_another_run(void **state)
{
	(void)state;
	sw_build("3-1");
	for (size_t i = 0; i < ARRAY_LEN(owned); i++) {
		const struct owned *o = &owned[i];
		const char *region = region_of(o->made_by), *id;

		if (strcmp(o->step, o->made_by) != 0)
			continue;
		id = sw_output(o->step, o->output);
		tag(region, id, "runbook:run", "20250101-00000000");
		sw_forget_calls();
		ends(sw_do(o->step), RB_DRIFT);
		assert_int_equal(sw_calls("CreateTags"), 0);
		tag(region, id, "runbook:run", NULL);
		tag(region, id, "Name", NULL);
		well(sw_do(o->step));
		if (sw_verify(o->step, NULL) != VERDICT_HOLDS)
			fail_msg("%s of %s is not as it was", o->output, o->step);
	}
}

/* The run's own tag says whose it is; the step's is put right by do, of every kind of thing. */
static void step_tag_is_put_back(const char *step_id, const char *what)
{
	autofree char *differ = NULL;

	assert_int_equal(sw_verify(step_id, NULL), VERDICT_DIFFERS);
	well(sw_do(step_id));
	if (sw_verify(step_id, &differ) != VERDICT_HOLDS)
		fail_msg("%s of %s is not as it was: %s", what, step_id, differ);
}

static void do_puts_back_a_step_tag_that_is_missing_or_wrong(void **state)
{
	static const char *const values[] = { NULL, "9-9" };

	(void)state;
	sw_build("3-1");
	for (size_t i = 0; i < ARRAY_LEN(owned); i++) {
		const struct owned *o = &owned[i];

		for (size_t k = 0; k < ARRAY_LEN(values) && text_eq(o->step, o->made_by); k++) {
			tag(region_of(o->made_by), sw_output(o->step, o->output), "runbook:step",
			    values[k]);
			step_tag_is_put_back(o->step, o->output);
		}
	}
	for (size_t k = 0; k < ARRAY_LEN(values); k++) {
		put_tags(sw.stack.state.run_id, values[k]);
		step_tag_is_put_back("2-4", "bucket");
	}
	sw_other("us-east-1", "iam", "UntagRole&RoleName=%s&TagKeys.member.1=runbook:step",
		 sw_output("1-4", "role_name"));
	step_tag_is_put_back("1-4", "role_name");
	sw_other("us-east-1", "iam",
		 "UntagInstanceProfile&InstanceProfileName=%s&TagKeys.member.1=runbook:step",
		 sw_output("1-4", "instance_profile_name"));
	step_tag_is_put_back("1-4", "instance_profile_name");
}

/* A peering has tags of its own in each region. */
static void a_peering_that_is_another_runs_in_its_destination_is_left_alone(void **state)
{
	const char *id;

	(void)state;
	sw_build("3-3");
	id = sw_output("3-1", "vpc_peering_connection_id");
	tag("us-east-1", id, "runbook:run", "20250101-00000000");
	sw_forget_calls();
	ends(sw_do("3-3"), RB_DRIFT);
	assert_int_equal(sw_calls("CreateTags"), 0);
	tag("us-east-1", id, "runbook:run", NULL);
	well(sw_do("3-3"));
	assert_int_equal(sw_verify("3-3", NULL), VERDICT_HOLDS);
}

static void a_role_and_a_profile_of_somebody_else_stay(void **state)
{
	static const struct {
		const char *tag, *untag, *name, *output, *ends;
	} kinds[] = {
		{ "TagRole", "UntagRole", "RoleName", "role_name", "DeleteRole" },
		{ "TagInstanceProfile", "UntagInstanceProfile", "InstanceProfileName",
		  "instance_profile_name", "DeleteInstanceProfile" },
	};

	(void)state;
	sw_build("1-4");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		for (size_t k = 0; k < 2; k++) {
			static const char *const keys[] = { "runbook:run", "runbook:step" };
			autofree char *name = xstrdup(sw_output("1-4", kinds[i].output));
			auto_error struct rb_error *err = NULL;

			sw_other("us-east-1", "iam", "%s&%s=%s&TagKeys.member.1=%s", kinds[i].untag,
				 kinds[i].name, name, keys[k]);
			sw_forget_calls();
			err = sw_undo("1-4");
			if (!err || err->kind != RB_DRIFT)
				fail_msg("undo with a %s without %s: %s", kinds[i].output, keys[k],
					 err ? err->what : "no error");
			assert_int_equal(sw_calls(kinds[i].ends), 0);
			if (text_eq(kinds[i].output, "role_name"))
				assert_int_equal(sw_calls("DetachRolePolicy"), 0);
			sw_other("us-east-1", "iam",
				 "%s&%s=%s&Tags.member.1.Key=%s&Tags.member.1.Value=%s",
				 kinds[i].tag, kinds[i].name, name, keys[k],
				 k ? "1-4" : sw.stack.state.run_id);
			well(sw_do("1-4"));
		}
	}
}

/* Somebody led it into a peering of their own. */
static void a_route_that_leads_elsewhere_stays(void **state)
{
	autofree char *vpc = NULL, *peering = NULL;
	bool waits;

	(void)state;
	sw_build("3-4");
	sw_other("ap-northeast-1", "ec2", "CreateVpc&CidrBlock=10.9.0.0/16");
	vpc = sbx_answer_element(&sw.c, "vpcId");
	sw_other("ap-northeast-1", "ec2", "CreateVpcPeeringConnection&VpcId=%s&PeerVpcId=%s",
		 sw_output("1-1", "vpc_id"), vpc);
	peering = sbx_answer_element(&sw.c, "vpcPeeringConnectionId");
	while (sbx_query_call(&sw.c, "ec2", "AcceptVpcPeeringConnection&VpcPeeringConnectionId=%s",
			      peering))
		well(loop_sleep(sw.aws.loop, /* ms= */ 2)); /* it is being initiated */
	do
		sw_other("ap-northeast-1", "ec2",
			 "DescribeVpcPeeringConnections&VpcPeeringConnectionId.1=%s", peering);
	while (!sbx_answer_has(&sw.c, "<code>active</code>"));
	sw_other("ap-northeast-1", "ec2",
		 "ReplaceRoute&RouteTableId=%s&DestinationCidrBlock=10.1.0.0/16&"
		 "VpcPeeringConnectionId=%s",
		 sw_output("1-2", "route_table_id"), peering);
	sw_forget_calls();
	well(sw_pass("3-2", PHASE_UNDO, &waits));
	assert_false(waits);
	assert_int_equal(sw_calls("DeleteRoute"), 0);
	ends(sw_do("3-2"), RB_DRIFT);
	assert_int_equal(sw_calls("ReplaceRoute"), 0);
	/* a dead one leads nowhere, whoever made it */
	sw_bend("vpc-peering-connection", "", peering,
		"{\"_rejected_ms\": 1, \"_rejected_listed_ms\": 9000000000000000}");
	well(sw_do("3-2"));
	assert_int_equal(sw_calls("ReplaceRoute"), 1);
}

/* ---- the bucket -------------------------------------------------------------- */

static void put_object(const char *key)
{
	autofree char *target = xasprintf("/%s/%s", sw_output("2-4", "bucket"), key);
	autofree char *policy = xasprintf("/%s?policy", sw_output("2-4", "bucket"));

	sw_other_s3("DELETE", policy, ""); /* it lets nobody write from here */
	sw_other_s3("PUT", target, "x");
}

static void delete_object(const char *key)
{
	autofree char *target = xasprintf("/%s/%s", sw_output("2-4", "bucket"), key);

	sw_other_s3("DELETE", target, "");
}

/* Nothing of it was deleted or changed, and the error tells of drift. */
static void bucket_is_left_alone(void)
{
	auto_error struct rb_error *err = NULL;

	sw_forget_calls();
	err = sw_undo("2-4");
	if (!err || err->kind != RB_DRIFT)
		fail_msg("undo of 2-4: %s", err ? err->what : "no error");
	assert_int_equal(sw_calls("DeleteObject"), 0);
	assert_int_equal(sw_calls("DeleteBucketPolicy"), 0);
	assert_int_equal(sw_calls("DeleteBucket"), 0);
	assert_int_equal(sw_alive("bucket"), 1);
}

/* What this step did an hour ago is listed by now. */
static void let_time_pass(const char *step_id)
{
	struct step_history *history = state_history(&sw.stack.state, step_id);

	for (size_t i = 0; i < history->n_calls; i++)
		history->calls[i].at_ms -= INT64_C(3600000);
}

static void a_bucket_without_both_tags_is_left_alone(void **state)
{
	const char *run;
	autofree char *longer = NULL;

	(void)state;
	sw_build("2-4");
	run = sw.stack.state.run_id;
	longer = xasprintf("%s0", run);
	let_time_pass("2-4");
	{
		autofree char *target = xasprintf("/%s?tagging", sw_output("2-4", "bucket"));

		sw_other_s3("DELETE", target, "");
		bucket_is_left_alone();
	}
	put_tags(longer, "2-4");
	bucket_is_left_alone();
	sw_forget_calls();
	ends(sw_do("2-4"), RB_DRIFT); /* nor does do take it over */
	assert_int_equal(sw_calls("PutBucketTagging"), 0);
	put_tags(run, "2-40");
	bucket_is_left_alone();
	put_tags(run, NULL);
	bucket_is_left_alone();
	put_tags(NULL, "2-4");
	bucket_is_left_alone();
	put_tags(run, "2-4");
	well(sw_undo("2-4"));
	assert_int_equal(sw_alive("bucket"), 0);
}

/* Right after the tagging an answer without tags proves nothing: undo comes again. */
static void a_bucket_tagged_just_now_is_waited_for(void **state)
{
	autofree char *target = NULL;
	bool waits = false;

	(void)state;
	sw_build("2-4");
	target = xasprintf("/%s?tagging", sw_output("2-4", "bucket"));
	sw_other_s3("DELETE", target, "");
	well(sw_pass("2-4", PHASE_UNDO, &waits));
	assert_true(waits);
	assert_int_equal(sw_alive("bucket"), 1);
}

static void a_bucket_whose_step_is_another_is_not_waited_for(void **state)
{
	auto_error struct rb_error *err = NULL;
	bool waits;

	(void)state;
	sw_build("2-4");
	put_tags(sw.stack.state.run_id, "9-9");
	err = sw_pass("2-4", PHASE_UNDO, &waits);
	assert_true(rb_error_is(err, RB_DRIFT));
	bucket_is_left_alone();
}

static void an_object_of_nearly_our_name_is_somebody_elses(void **state)
{
	static const char *const keys[] = {
		"dummy.txt2",  "dummy.txt/a",	       "dummy.tx", "a", "dummy.txt.from-outside2",
		"x/dummy.txt", "dummy.txt.from-outsid"
	};

	(void)state;
	sw_build("2-4");
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		put_object(keys[i]);
		bucket_is_left_alone();
		delete_object(keys[i]);
	}
	put_object("dummy.txt");
	put_object("dummy.txt.from-outside");
	well(sw_undo("2-4"));
	assert_int_equal(sw_alive("bucket"), 0);
}

static void what_somebody_changed_about_it_is_put_back(void **state)
{
	static const char *const changed[] = { "publicAccessBlock", "policy" };

	(void)state;
	sw_build("2-4");
	for (size_t i = 0; i < ARRAY_LEN(changed); i++) {
		autofree char *target = xasprintf("/%s?%s", sw_output("2-4", "bucket"), changed[i]);

		sw_other_s3("DELETE", target, "");
		if (sw_verify("2-4", NULL) != VERDICT_DIFFERS)
			fail_msg("verify does not see that %s is gone", changed[i]);
		well(sw_do("2-4"));
		if (sw_verify("2-4", NULL) != VERDICT_HOLDS)
			fail_msg("%s is not put back", changed[i]);
	}
	put_tags(sw.stack.state.run_id, "2-4"); /* our other tags are off */
	assert_int_equal(sw_verify("2-4", NULL), VERDICT_DIFFERS);
}

/* The call replaces the whole set. */
static void other_peoples_tags_stay_when_ours_are_put_back(void **state)
{
	autofree char *target = NULL;

	(void)state;
	sw_build("2-4");
	target = xasprintf("/%s?tagging", sw_output("2-4", "bucket"));
	sw_other_s3("PUT", target,
		    "<Tagging><TagSet><Tag><Key>cost</Key><Value>7</Value></Tag></TagSet>"
		    "</Tagging>");
	well(sw_do("2-4"));
	assert_int_equal(sw_verify("2-4", NULL), VERDICT_HOLDS);
	sw_other_s3("GET", target, "");
	assert_true(sbx_answer_has(&sw.c, "<Key>cost</Key><Value>7</Value>"));
}

static void foreign_objects_go_when_told(void **state)
{
	(void)state;
	sw_build("2-4");
	put_object("a");
	sw.run.delete_foreign_objects = true;
	well(sw_undo("2-4"));
	assert_int_equal(sw_alive("bucket"), 0);
}

/* Killed after the bucket's name was recorded and before it was tagged. */
static void an_untagged_bucket_is_ours_only_while_it_is_empty(void **state)
{
	const char *bucket;

	(void)state;
	well(stack_record(&sw.stack,
			  json_pack("{s:s, s:s, s:s, s:s}", "type", "output", "step", "2-4", "name",
				    "bucket", "value",
				    params_get(&sw.stack.state.params, "destination.bucket")),
			  true));
	bucket = sw_output("2-4", "bucket");
	{
		autofree char *target = xasprintf("/%s", bucket);

		sw_other_s3("PUT", target, "");
	}
	put_object("dummy.txt");
	bucket_is_left_alone();
	delete_object("dummy.txt");
	well(sw_undo("2-4"));
	assert_int_equal(sw_alive("bucket"), 0);
}

/* ---- what outlives its instance ------------------------------------------------ */

/* As with an image whose own mapping keeps it. */
static void keep_volume(void)
{
	struct store *st = sbx_store(sw.c.sbx);
	json_t *list, *doc;

	sbx_lock(sw.c.sbx);
	list = store_list(st, "volume", "ap-northeast-1");
	doc = json_array_get(list, 0);
	assert_non_null(doc);
	(void)json_object_del(doc, "_gone_ms");
	json_object_set_new(doc, "_free_ms", json_integer(1));
	store_begin(st);
	store_put(st, "volume", "ap-northeast-1",
		  json_string_value(json_object_get(doc, "volumeId")), doc, 1, 0);
	well(store_commit(st));
	json_decref(list);
	sbx_unlock(sw.c.sbx);
}

static void volumes_that_stayed_behind_are_removed(void **state)
{
	bool waits;

	(void)state;
	sw_build("1-4");
	assert_int_equal(sw_alive("volume"), 1);
	well(sw_pass("1-4", PHASE_UNDO, &waits));
	assert_true(waits);
	keep_volume();
	well(sw_undo("1-4"));
	assert_int_equal(sw_alive("volume"), 0);
}

/* ---- client tokens ------------------------------------------------------------ */

/* As a crash right after the call leaves it: what was made is there, and of it the journal has the
 * intent alone. */
static void back_to(const struct buf *before, const char *step_id, const char *creates)
{
	autofree char *path = stack_path(&sw.stack, "journal.jsonl");

	stack_close(&sw.stack);
	well(file_write_atomic(path, before->p, before->n, 0600));
	sw_restart();
	well(stack_record(&sw.stack,
			  json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", "intent", "step",
				    step_id, "phase", "do", "service", "ec2", "action", creates,
				    "region", region_of(step_id)),
			  true));
}

static void do_and_forget(const char *step_id, const char *creates)
{
	autofree char *path = stack_path(&sw.stack, "journal.jsonl");
	auto_buf before = BUF_INIT;

	well(file_read(path, 10000000, &before));
	well(sw_do(step_id));
	back_to(&before, step_id, creates);
}

static const struct tokened {
	const char *step, *kind, *creates;
	const char *anew[4]; /* undone, in this order, so that its arguments are others next time */
	const char *output, *ended_by; /* how somebody else ends it */
} tokened[] = {
	{ "1-4",
	  "instance",
	  "RunInstances",
	  { "1-4", "1-3", "1-2" },
	  "instance_id",
	  "TerminateInstances&InstanceId.1" },
	{ "1-3",
	  "instance-connect-endpoint",
	  "CreateInstanceConnectEndpoint",
	  { "1-3", "1-2" },
	  "instance_connect_endpoint_id",
	  "DeleteInstanceConnectEndpoint&InstanceConnectEndpointId" },
	{ "2-3",
	  "vpc-endpoint",
	  "CreateVpcEndpoint",
	  { "2-3", "2-2" },
	  "vpc_endpoint_id",
	  "DeleteVpcEndpoints&VpcEndpointId.1" },
	{ "2-2",
	  "route-table",
	  "CreateRouteTable",
	  { "2-2", "2-1" },
	  "route_table_id",
	  "DeleteRouteTable&RouteTableId" },
};

/* Made, not recorded, and ended by somebody else who does not know of the run. */
static void end_unseen(const struct tokened *t)
{
	autofree char *path = stack_path(&sw.stack, "journal.jsonl");
	const char *region = region_of(t->step);
	autofree char *id = NULL, *association = NULL, *subnet = NULL;
	auto_buf before = BUF_INIT;

	well(file_read(path, 10000000, &before));
	well(sw_do(t->step));
	/* what is still being made cannot be deleted */
	assert_int_equal(sw_verify(t->step, NULL), VERDICT_HOLDS);
	id = xstrdup(sw_output(t->step, t->output));
	if (text_eq(t->kind, "route-table")) {
		association = xstrdup(sw_output(t->step, "route_table_association_id"));
		subnet = xstrdup(sw_output(t->step, "subnet_id"));
		sw_other(region, "ec2", "DisassociateRouteTable&AssociationId=%s", association);
		sw_other(region, "ec2", "DeleteSubnet&SubnetId=%s", subnet);
	}
	sw_other(region, "ec2", "%s=%s", t->ended_by, id);
	back_to(&before, t->step, t->creates);
}

static void what_undo_found_by_tag_takes_its_token_along(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tokened); i++) {
		const struct tokened *t = &tokened[i];

		well(sw_undo(t->step)); /* an earlier row may have made it */
		sw_make_up_to(t->step);
		do_and_forget(t->step, t->creates);
		for (size_t k = 0; k < ARRAY_LEN(t->anew) && t->anew[k]; k++)
			well(sw_undo(t->anew[k]));
		sw_make_up_to(t->step);
		sw_forget_calls();
		well(sw_do(t->step));
		/* asked once: nobody had to learn from a refusal that the token is spent */
		assert_int_equal(sw_calls(t->creates), 1);
		well(sw_undo(t->step));
	}
}

/* Not even undo saw it: somebody else ended it first, and its subnet and network are others now. */
static void a_token_whose_thing_is_gone_unseen_is_replaced(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tokened); i++) {
		const struct tokened *t = &tokened[i];

		well(sw_undo(t->step)); /* an earlier row may have made it */
		sw_make_up_to(t->step);
		end_unseen(t);
		for (size_t k = 0; k < ARRAY_LEN(t->anew) && t->anew[k]; k++)
			well(sw_undo(t->anew[k]));
		sw_make_up_to(t->step);
		well(sw_do(t->step));
		assert_int_equal(sw_verify(t->step, NULL), VERDICT_HOLDS);
		well(sw_undo(t->step));
	}
}

/* Its token still gives back the instance, which somebody is ending. */
static void an_instance_that_ends_is_not_taken_from_its_token(void **state)
{
	autofree char *path = stack_path(&sw.stack, "journal.jsonl"), *id = NULL;
	auto_buf before = BUF_INIT;

	(void)state;
	sw_make_up_to("1-4");
	well(file_read(path, 10000000, &before));
	well(sw_do("1-4"));
	id = xstrdup(sw_output("1-4", "instance_id"));
	back_to(&before, "1-4", "RunInstances");
	sw_bend("instance", "ap-northeast-1", id,
		"{\"_term_ms\": 1, \"_terminated_ms\": 9000000000000000}");
	well(sw_do("1-4"));
	assert_string_not_equal(sw_output("1-4", "instance_id"), id);
	assert_int_equal(sw_verify("1-4", NULL), VERDICT_HOLDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sw_setup, sw_teardown)
		TEST(undo_ends_what_is_ours),
		TEST(undo_leaves_what_does_not_carry_both_tags),
		TEST(do_takes_nothing_from_another_run),
		TEST(do_puts_back_a_step_tag_that_is_missing_or_wrong),
		TEST(a_peering_that_is_another_runs_in_its_destination_is_left_alone),
		TEST(a_role_and_a_profile_of_somebody_else_stay),
		TEST(a_route_that_leads_elsewhere_stays),
		TEST(a_bucket_without_both_tags_is_left_alone),
		TEST(a_bucket_tagged_just_now_is_waited_for),
		TEST(a_bucket_whose_step_is_another_is_not_waited_for),
		TEST(an_object_of_nearly_our_name_is_somebody_elses),
		TEST(what_somebody_changed_about_it_is_put_back),
		TEST(other_peoples_tags_stay_when_ours_are_put_back),
		TEST(foreign_objects_go_when_told),
		TEST(an_untagged_bucket_is_ours_only_while_it_is_empty),
		TEST(volumes_that_stayed_behind_are_removed),
		TEST(a_token_whose_thing_is_gone_unseen_is_replaced),
		TEST(what_undo_found_by_tag_takes_its_token_along),
		TEST(an_instance_that_ends_is_not_taken_from_its_token),
#undef TEST
	};

	sw_begin();
	return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
