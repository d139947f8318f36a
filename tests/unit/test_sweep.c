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
#include "sandbox/core/store.h"
#include "tests/lib/step_world.h"

static void well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what ? err->what : "-", err->why ? err->why : "-");
}

static void look(struct sweep *ret)
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
	look(&found);
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

		look(&found);
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
	look(&found);
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
	look(&found);
	assert_null(item(&found, "bucket", "us-east-1"));
}

/* What the first answers still list may be gone a moment later: that is no leftover. */
static void what_goes_while_it_looks_is_not_left(void **state)
{
	static const char *const order[] = { "1-4", "1-3", "1-2", "1-1" };
	struct sbx_store *st = sbx_store(sw.c.sbx);
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
	look(&found);
	assert_int_equal(found.left, 0);
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
#undef TEST
	};

	sw_begin();
	return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
