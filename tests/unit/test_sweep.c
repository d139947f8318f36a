/* SPDX-License-Identifier: Apache-2.0 */
/* The look after an undo: what is alive and carries the run's tag is left, wherever it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/engine/sweep.h"
#include "sandbox/core/inner.h"
#include "sandbox/core/store.h"
#include "tests/lib/step_world.h"

static void well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what ? err->what : "-", err->why ? err->why : "-");
}

static void search(struct sweep *ret)
{
	const struct engine_options opt = { .loop = sw.aws.loop };

	well(sweep_run(&sw.run, &opt, ret));
}

static const struct sweep_item *item(const struct sweep *s, const char *kind, const char *region)
{
	for (size_t i = 0; i < s->n; i++)
		if (text_eq(s->v[i].kind, kind) && text_eq(s->v[i].region, region))
			return &s->v[i];
	return NULL;
}

/* Wherever a run makes it. */
static void every_kind_that_a_run_makes_is_seen(void **state)
{
	static const struct {
		const char *kind, *region;
	} made[] = {
		{ "instance", "ap-northeast-1" },
		{ "VPC endpoint", "us-east-1" },
		{ "volume", "ap-northeast-1" },
		{ "bucket", "us-east-1" },
		{ "Instance Connect Endpoint", "ap-northeast-1" },
		{ "peering", "ap-northeast-1" },
		{ "peering", "us-east-1" },
		{ "network interface", "ap-northeast-1" },
		{ "security group rule", "ap-northeast-1" },
		{ "security group", "ap-northeast-1" },
		{ "security group", "us-east-1" },
		{ "route table", "ap-northeast-1" },
		{ "route table", "us-east-1" },
		{ "subnet", "ap-northeast-1" },
		{ "subnet", "us-east-1" },
		{ "VPC", "ap-northeast-1" },
		{ "VPC", "us-east-1" },
		{ "instance profile", "iam" },
		{ "role", "iam" },
	};
	auto_sweep found = { 0 };

	(void)state;
	sw_build("3-4");
	search(&found);
	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		const struct sweep_item *it = item(&found, made[i].kind, made[i].region);

		if (!it || it->fading)
			fail_msg("no %s in %s is left", made[i].kind, made[i].region);
	}
	assert_int_equal(found.left, found.n);
	for (size_t k = 0; sweep_kind(k);
	     k++) { /* a kind that is new to the table is made above, too */
		bool named = false;

		for (size_t i = 0; i < ARRAY_LEN(made); i++)
			named |= text_eq(made[i].kind, sweep_kind(k));
		if (!named)
			fail_msg("no test makes a %s", sweep_kind(k));
	}
}

static void what_is_stopped_is_left(void **state)
{
	const struct sweep_item *it;

	(void)state;
	sw_build("1-4");
	sw_other("ap-northeast-1", "ec2", "StopInstances&InstanceId.1=%s",
		 sw_output("1-4", "instance_id"));
	for (;;) {
		auto_sweep found = { 0 };

		search(&found);
		it = item(&found, "instance", "ap-northeast-1");
		assert_non_null(it);
		assert_false(it->fading);
		if (text_eq(it->state, "stopped"))
			return;
	}
}

static void what_has_ended_fades_and_nothing_is_left(void **state)
{
	static const char *const order[] = { "3-4", "3-2", "3-3", "3-1", "2-4", "2-3",
					     "1-4", "1-3", "2-2", "1-2", "2-1", "1-1" };
	auto_sweep found = { 0 };

	(void)state;
	sw_build("3-4");
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		well(sw_undo(order[i]));
	search(&found);
	for (size_t i = 0; i < found.n; i++)
		if (!found.v[i].fading)
			fail_msg("%s %s is left (%s)", found.v[i].kind, found.v[i].id,
				 found.v[i].state);
	assert_int_equal(found.left, 0);
}

/* Its name is ours, its tag another run's. */
static void a_bucket_of_another_run_is_not_left(void **state)
{
	autofree char *target = NULL;
	auto_sweep found = { 0 };

	(void)state;
	sw_build("2-4");
	target = xasprintf("/%s?tagging", sw_output("2-4", "bucket"));
	sw_other_s3("PUT", target,
		    "<Tagging><TagSet><Tag><Key>runbook:run</Key><Value>20250101-00000000</Value>"
		    "</Tag></TagSet></Tagging>");
	search(&found);
	assert_null(item(&found, "bucket", "us-east-1"));
}

/* What the first answers still list may be gone a moment later: that is no leftover. */
static void what_goes_while_it_looks_is_not_left(void **state)
{
	static const char *const order[] = { "1-4", "1-3", "1-2", "1-1" };
	struct store *st = sbx_store(sw.c.sbx);
	json_t *list, *doc;
	auto_sweep found = { 0 };

	(void)state;
	sw_build("1-4");
	list = store_list(st, "volume", "ap-northeast-1");
	doc = json_array_get(list, 0);
	assert_non_null(doc);
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		well(sw_undo(order[i]));
	json_object_set_new(doc, "_gone_ms", json_integer(clock_utc_ms() + 250));
	sbx_lock(sw.c.sbx);
	store_begin(st);
	store_put(st, "volume", "ap-northeast-1",
		  json_string_value(json_object_get(doc, "volumeId")), doc, 1, 0);
	well(store_commit(st));
	sbx_unlock(sw.c.sbx);
	json_decref(list);
	assert_int_equal(sw_alive("volume"), 1);
	search(&found);
	assert_int_equal(found.left, 0);
}

/* Near misses: a longer id, and the folder of another run. */
static void what_is_another_runs_is_not_left(void **state)
{
	static const char trust[] = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B"
				    "%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service"
				    "%22%3A%22ec2.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3A"
				    "AssumeRole%22%7D%5D%7D";
	auto_sweep found = { 0 };

	(void)state;
	sw_other("us-east-1", "ec2",
		 "CreateVpc&CidrBlock=10.9.0.0/16&TagSpecification.1.ResourceType=vpc&"
		 "TagSpecification.1.Tag.1.Key=runbook:run&TagSpecification.1.Tag.1.Value=%s0",
		 sw.stack.state.run_id);
	sw_other("us-east-1", "iam",
		 "CreateRole&RoleName=a&Path=/runbook/%s0/&"
		 "AssumeRolePolicyDocument=%s",
		 sw.stack.state.run_id, trust);
	sw_other("us-east-1", "iam",
		 "CreateInstanceProfile&InstanceProfileName=a&Path=/runbook/%s0/",
		 sw.stack.state.run_id);
	search(&found);
	if (found.n)
		fail_msg("%s %s is left", found.v[0].kind, found.v[0].id);
}

/* A kind that no run makes: whoever tagged it so wants it to be seen. */
static void a_tagged_thing_of_whatever_kind_is_left(void **state)
{
	static const char *const regions[] = { "ap-northeast-1", "us-east-1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(regions); i++) {
		autofree char *vpc = NULL, *acl = NULL;
		auto_sweep found = { 0 };

		sw_other(regions[i], "ec2", "CreateVpc&CidrBlock=10.9.0.0/16");
		vpc = sbx_answer_element(&sw.c, "vpcId");
		sw_other(regions[i], "ec2",
			 "DescribeNetworkAcls&Filter.1.Name=vpc-id&Filter.1.Value.1=%s", vpc);
		acl = sbx_answer_element(&sw.c, "networkAclId");
		sw_other(regions[i], "ec2",
			 "CreateTags&ResourceId.1=%s&Tag.1.Key=runbook:run&Tag.1.Value=%s", acl,
			 sw.stack.state.run_id);
		search(&found);
		assert_int_equal(found.left, i + 1);
		assert_non_null(item(&found, "tagged thing", regions[i]));
		assert_string_equal(item(&found, "tagged thing", regions[i])->id, acl);
	}
}

/* Whoever may not look has not seen that nothing is left. */
static void a_look_that_is_refused_is_an_error(void **state)
{
	static const char *const faults[] = {
		"DescribeTags=UnauthorizedOperation", "ListRoles=AccessDenied",
		"ListInstanceProfiles=AccessDenied",
		"DescribeInstanceConnectEndpoints=UnauthorizedOperation"
	};
	const struct engine_options opt = { .loop = sw.aws.loop };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		auto_error struct rb_error *err = NULL;
		auto_sweep found = { 0 };

		well(faults_add(sbx_faults(sw.c.sbx), faults[i]));
		err = sweep_run(&sw.run, &opt, &found);
		faults_clear(sbx_faults(sw.c.sbx), NULL);
		if (!rb_error_is(err, RB_DENIED))
			fail_msg("%s: %s", faults[i], err ? rb_kind_name(err->kind) : "no error");
		assert_int_equal(found.n, 0);
	}
}

/* What an earlier round saw is no answer either. */
static void a_look_that_is_refused_later_is_an_error(void **state)
{
	const struct engine_options opt = { .loop = sw.aws.loop };
	auto_error struct rb_error *err = NULL;
	auto_sweep found = { 0 };

	(void)state;
	well(sw_do("1-1"));
	well(faults_add(sbx_faults(sw.c.sbx), "DescribeTags:5-=UnauthorizedOperation"));
	err = sweep_run(&sw.run, &opt, &found);
	assert_true(rb_error_is(err, RB_DENIED));
	assert_int_equal(found.n, 0);
}

/* Undo finds a thing by its step's tag: without one it is left to a person. */
static void what_carries_no_steps_tag_is_for_a_person(void **state)
{
	auto_sweep found = { 0 };

	(void)state;
	well(sw_do("1-1"));
	sw_other("us-east-1", "ec2",
		 "CreateVpc&CidrBlock=10.9.0.0/16&TagSpecification.1.ResourceType=vpc&"
		 "TagSpecification.1.Tag.1.Key=runbook:run&TagSpecification.1.Tag.1.Value=%s",
		 sw.stack.state.run_id);
	search(&found);
	assert_int_equal(found.left, 2);
	assert_int_equal(found.by_hand, 1);
	assert_true(item(&found, "VPC", "us-east-1")->by_hand);
	assert_false(item(&found, "VPC", "ap-northeast-1")->by_hand);
}

static void a_peering_that_nobody_accepted_is_left(void **state)
{
	auto_sweep found = { 0 };
	const struct sweep_item *it;

	(void)state;
	sw_build("3-1");
	search(&found);
	it = item(&found, "peering", "ap-northeast-1");
	assert_non_null(it);
	assert_string_equal(it->state, "pending-acceptance");
	assert_false(it->fading);
}

/* The first thing of a kind, as the sandbox keeps it, with other members. */
static void bend(const char *kind, const char *region, const char *id_member, json_t *members)
{
	struct store *st = sbx_store(sw.c.sbx);
	json_t *list, *doc;

	sbx_lock(sw.c.sbx);
	list = store_list(st, kind, region);
	doc = json_array_get(list, 0);
	assert_non_null(doc);
	json_object_update(doc, members);
	store_begin(st);
	store_put(st, kind, region, json_string_value(json_object_get(doc, id_member)), doc, 1, 0);
	well(store_commit(st));
	sbx_unlock(sw.c.sbx);
	json_decref(list);
	json_decref(members);
}

static void a_dead_peering_fades_and_is_not_left(void **state)
{
	auto_sweep found = { 0 };
	const struct sweep_item *it;
	size_t fading = 0;

	(void)state;
	sw_build("3-1");
	bend("vpc-peering-connection", "", "vpcPeeringConnectionId",
	     json_pack("{s:i, s:I}", "_rejected_ms", 1, "_rejected_listed_ms",
		       (json_int_t)INT64_C(1000000000000000)));
	search(&found);
	it = item(&found, "peering", "ap-northeast-1");
	assert_non_null(it);
	assert_true(it->fading);
	for (size_t i = 0; i < found.n; i++)
		fading += found.v[i].fading;
	assert_int_equal(found.left + fading, found.n);
}

static void an_interface_that_nothing_uses_is_left(void **state)
{
	auto_sweep found = { 0 };
	bool seen = false;

	(void)state;
	sw_build("1-4");
	bend("network-interface", "ap-northeast-1", "networkInterfaceId",
	     json_pack("{s:s, s:[{s:s, s:s}]}", "status", "available", "tagSet", "key",
		       "runbook:run", "value", sw.stack.state.run_id));
	search(&found);
	for (size_t i = 0; i < found.n; i++)
		if (text_eq(found.v[i].state, "available") &&
		    text_eq(found.v[i].kind, "network interface"))
			seen = !found.v[i].fading;
	assert_true(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sw_setup, sw_teardown)
		TEST(every_kind_that_a_run_makes_is_seen),
		TEST(what_is_stopped_is_left),
		TEST(what_has_ended_fades_and_nothing_is_left),
		TEST(a_bucket_of_another_run_is_not_left),
		TEST(what_goes_while_it_looks_is_not_left),
		TEST(what_is_another_runs_is_not_left),
		TEST(a_tagged_thing_of_whatever_kind_is_left),
		TEST(a_look_that_is_refused_is_an_error),
		TEST(a_look_that_is_refused_later_is_an_error),
		TEST(what_carries_no_steps_tag_is_for_a_person),
		TEST(a_peering_that_nobody_accepted_is_left),
		TEST(a_dead_peering_fades_and_is_not_left),
		TEST(an_interface_that_nothing_uses_is_left),
#undef TEST
	};

	sw_begin();
	return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
