/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps that a person does, against the sandbox: each kind of thing is found by what it is when it
 * has none of the run's tags, offered, and taken when they say so; no call but those that tag.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "tests/lib/step_world.h"

static void well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what ? err->what : "-", err->why ? err->why : "-");
}

/* ---- who is asked ---------------------------------------------------------------- */

static struct {
	bool yes;
	int asked;
	char kind[64], id[100], found_by[64]; /* the last time */
} person;

static struct rb_error *answer(void *arg, const struct step_found *found, bool *ret_yes)
{
	(void)arg;
	person.asked++;
	(void)snprintf(person.kind, sizeof(person.kind), "%s", found->kind);
	(void)snprintf(person.id, sizeof(person.id), "%s", found->id);
	(void)snprintf(person.found_by, sizeof(person.found_by), "%s", found->found_by);
	*ret_yes = person.yes;
	return NULL;
}

static int setup(void **state)
{
	memset(&person, 0, sizeof(person));
	if (sw_setup(state))
		return -1;
	sw.run.agree = answer;
	return 0;
}

static const struct step *step_named(const char *id)
{
	return state_history(&sw.stack.state, id)->step;
}

/* One look of a do that is a person's; the kind of its error, and its why; NULL: none. */
static struct rb_error *look(const char *step_id)
{
	struct step_ctx ctx;
	struct rb_error *err;

	step_ctx_init(&ctx, &sw.run, step_named(step_id), PHASE_DO);
	ctx.by_hand = true;
	err = step_ctx_call(&ctx);
	step_ctx_clear(&ctx);
	return err;
}

static void look_ends(const char *step_id, enum rb_kind kind, const char *says)
{
	auto_error struct rb_error *err = look(step_id);

	if (!err || err->kind != kind)
		fail_msg("%s: %s, %s", step_id, err ? rb_kind_name(err->kind) : "no error",
			 err && err->what ? err->what : "-");
	if (!strstr(err->what ? err->what : "", says) && !strstr(err->why ? err->why : "", says))
		fail_msg("%s: '%s', '%s'", step_id, err->what ? err->what : "-",
			 err->why ? err->why : "-");
}

/* ---- kinds of things ------------------------------------------------------------- */

enum api { EC2, ROLE, PROFILE, BUCKET };

static const struct kind {
	const char *step, *output, *region, *kind, *found_by;
	enum api api;
} kinds[] = {
	{ "1-1", "vpc_id", "ap-northeast-1", "VPC", "its CIDR block", EC2 },
	{ "1-2", "subnet_id", "ap-northeast-1", "subnet", "its CIDR block in the VPC", EC2 },
	{ "1-2", "route_table_id", "ap-northeast-1", "route table", "its VPC", EC2 },
	{ "1-3", "security_group_id", "ap-northeast-1", "security group", "its name in the VPC",
	  EC2 },
	{ "1-3", "instance_connect_endpoint_id", "ap-northeast-1", "instance connect endpoint",
	  "its subnet", EC2 },
	{ "1-4", "role_name", "us-east-1", "role", "its name", ROLE },
	{ "1-4", "instance_profile_name", "us-east-1", "instance profile", "its name", PROFILE },
	{ "1-4", "instance_id", "ap-northeast-1", "instance", "its type in the subnet", EC2 },
	{ "2-3", "vpc_endpoint_id", "us-east-1", "VPC endpoint", "its service in the subnet", EC2 },
	{ "2-4", "bucket", "us-east-1", "bucket", "its name", BUCKET },
	{ "3-1", "vpc_peering_connection_id", "ap-northeast-1", "peering", "the VPCs that it joins",
	  EC2 },
};

#define BOTH_KEYS "TagKeys.member.1=runbook%3Arun&TagKeys.member.2=runbook%3Astep"

/* Somebody takes the tags off, and the journal knows nothing of the thing: as made by a person. */
static void make_it_nobodys(const struct kind *k, const char *id)
{
	autofree char *target = xasprintf("/%s?tagging", id);

	switch (k->api) {
	case EC2:
		sw_other(k->region, "ec2", "DeleteTags&ResourceId.1=%s", id);
		break;
	case ROLE:
		sw_other(k->region, "iam", "UntagRole&RoleName=%s&%s", id, BOTH_KEYS);
		break;
	case PROFILE:
		sw_other(k->region, "iam", "UntagInstanceProfile&InstanceProfileName=%s&%s", id,
			 BOTH_KEYS);
		break;
	case BUCKET:
		sw_other_s3("DELETE", target, "");
		sw_record_forget(k->step, "bucket_origin");
		break;
	}
	sw_record_forget(k->step, k->output);
}

/* As the next command finds it. */
static void next_command(bool yes)
{
	sw_restart();
	sw.run.agree = answer;
	memset(&person, 0, sizeof(person));
	person.yes = yes;
}

static void each_kind_is_found_by_what_it_is(void **state)
{
	(void)state;
	sw_build("3-1");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct kind *k = &kinds[i];
		autofree char *id = xstrdup(sw_output(k->step, k->output));
		autofree char *differ = NULL;

		make_it_nobodys(k, id);
		next_command(/* yes= */ false);
		/* seen once, its tags may be on their way; then the answer is no, and asked once */
		look_ends(k->step, RB_BY_HAND, id);
		assert_int_equal(person.asked, 0);
		look_ends(k->step, RB_FAILED, "is left alone");
		look_ends(k->step, RB_FAILED, "is left alone");
		assert_int_equal(person.asked, 1);
		assert_string_equal(person.kind, k->kind);
		assert_string_equal(person.id, id);
		assert_string_equal(person.found_by, k->found_by);
		assert_null(history_output(state_history(&sw.stack.state, k->step), k->output));

		next_command(/* yes= */ true);
		look_ends(k->step, RB_BY_HAND, id);
		well(look(k->step));
		assert_string_equal(sw_output(k->step, k->output), id);
		assert_int_equal(sw_verify(k->step, &differ), VERDICT_HOLDS);
	}
}

/* What the program would make is what is told, and no call leaves. */
static void what_is_still_to_do_is_told_and_not_done(void **state)
{
	(void)state;
	look_ends("1-1", RB_BY_HAND, "ec2 CreateVpc");
	sw_build("1-1");
	look_ends("1-2", RB_BY_HAND, "ec2 CreateSubnet");
	sw_build("1-3");
	look_ends("1-4", RB_BY_HAND, "iam CreateRole");
	sw_build("2-3");
	look_ends("2-4", RB_BY_HAND, "s3 CreateBucket");
	assert_null(history_output(state_history(&sw.stack.state, "2-4"), "bucket"));
	look_ends("3-1", RB_BY_HAND, "ec2 CreateVpcPeeringConnection");
	sw_build("3-2");
	look_ends("3-3", RB_BY_HAND, "ec2 AcceptVpcPeeringConnection");
	sw_build("3-3");
	look_ends("3-4", RB_BY_HAND, "ec2 CreateRoute");
	assert_int_equal(sw_alive("vpc"), 2);
	assert_int_equal(sw_alive("instance"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, sw_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_kind_is_found_by_what_it_is),
		TEST(what_is_still_to_do_is_told_and_not_done),
	};

	sw_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
