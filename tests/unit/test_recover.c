/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run without its journal: what its steps find again is what the journal had, after every step on
 * the way up and down; nothing else is taken, and nothing is changed.
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
#include "base/clock.h"
#include "base/text.h"
#include "runbook/engine/recover.h"
#include "sandbox/core/inner.h"
#include "sandbox/core/store.h"
#include "tests/lib/step_world.h"

static void well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what ? err->what : "-", err->why ? err->why : "-");
}

static const struct engine_options *options(void)
{
	static struct engine_options opt;

	opt = (struct engine_options){ .loop = sw.aws.loop };
	return &opt;
}

/* Regions are given; all else is to be found. */
static void given(struct params *ret)
{
	static const char *const regions[] = { "source.region", "destination.region" };

	params_init(ret, sw.params.procedure);
	for (size_t i = 0; i < ARRAY_LEN(regions); i++)
		well(params_set(ret, regions[i], params_get(&sw.params, regions[i]), "--set"));
	well(params_finish(ret));
}

static void find(struct found_runs *ret)
{
	auto_params params = { 0 };

	given(&params);
	sw.run.loop = sw.aws.loop;
	well(recover_find(sw.aws.session, options(), &params, SANDBOX_ACCOUNT, ret));
}

static const struct found_run *found_of(const struct found_runs *l, const char *run_id)
{
	for (size_t i = 0; i < l->n; i++)
		if (text_eq(l->v[i].run_id, run_id))
			return &l->v[i];
	return NULL;
}

static void look(const struct found_run *found, struct recovery *ret)
{
	auto_params params = { 0 };

	given(&params);
	well(recover_read_steps(&sw.run, options(), found, found->stack, SANDBOX_ACCOUNT, "aws",
				&params, ret));
}

/* The run of sw.stack, found again. */
static void recover(struct recovery *ret)
{
	auto_found_runs found = { 0 };
	const struct found_run *run;

	find(&found);
	run = found_of(&found, sw.stack.state.run_id);
	if (!run)
		fail_msg("run %s is not found", sw.stack.state.run_id);
	assert_string_equal(run->stack, "s");
	assert_true(run->here);
	look(run, ret);
}

static bool is_late(const struct step *step, const char *name)
{
	/* what only a login shows */
	return text_eq(step->id, "4-1") && text_eq(name, "host_key_fingerprint");
}

/* Each output of the journal, and no other. */
static void outputs_are_the_journals(const struct recovery *r, const char *when)
{
	const struct run_state *was = &sw.stack.state, *is = &r->stack.state;

	for (size_t i = 0; i < was->n; i++) {
		const struct step *step = was->history[i].step;

		for (const char *const *g = step->gives; *g; g++) {
			const char *expected = history_output(&was->history[i], *g);
			const char *found = history_output(&is->history[i], *g);

			if (!is_late(step, *g) && !text_eq(expected, found))
				fail_msg("%s: %s of %s is '%s', not '%s'", when, *g, step->id,
					 found ? found : "-", expected ? expected : "-");
			if (found && !json_object_get(r->steps[i].known, *g))
				fail_msg("%s: how %s of %s is known is not told", when, *g,
					 step->id);
		}
	}
}

static void parameters_are_the_journals(const struct recovery *r)
{
	json_t *was = params_to_json(&sw.stack.state.params);
	json_t *is = params_to_json(&r->stack.state.params), *value;
	const char *name;

	json_object_foreach(was, name, value)
		if (!json_equal(value, json_object_get(is, name)))
			fail_msg("%s is '%s', not '%s'", name,
				 json_string_value(json_object_get(is, name)),
				 json_string_value(value));
	assert_int_equal(json_object_size(was), json_object_size(is));
	json_decref(was);
	json_decref(is);
}

static enum step_state state_of(const struct recovery *r, const char *id)
{
	return state_history(&r->stack.state, id)->state;
}

/* ---- up and down ---------------------------------------------------------------- */

static const char *const up[] = { "1-1", "1-2", "1-3", "1-4", "2-1", "2-2",
				  "2-3", "2-4", "3-1", "3-2", "3-3", "3-4" };

static void every_step_finds_what_the_journal_had(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(up); i++) {
		auto_recovery r = { 0 };

		sw_build(up[i]);
		recover(&r);
		outputs_are_the_journals(&r, up[i]);
		for (size_t k = 0; k < ARRAY_LEN(up); k++)
			if (state_of(&r, up[k]) != (k <= i ? STEP_MADE : STEP_TODO))
				fail_msg("up to %s: %s is %s", up[i], up[k],
					 step_state_name(state_of(&r, up[k])));
		/* a login leaves no trace: it counts where all before it stands */
		assert_int_equal(state_of(&r, "4-1"),
				 i + 1 < ARRAY_LEN(up) ? STEP_TODO : STEP_MADE);
		assert_int_equal(r.candidates.n, 0);
	}
}

/* Not from when it was found. */
static void what_is_billed_counts_from_when_it_was_made(void **state)
{
	static const char *const billed[][2] = {
		{ "1-3", "instance_connect_endpoint_id" },
		{ "1-4", "instance_id" },
		{ "2-3", "vpc_endpoint_id" },
	};
	size_t found = 0, i;
	auto_recovery r = { 0 };
	const json_t *rec;

	(void)state;
	sw_build("3-4");
	recover(&r);
	json_array_foreach(r.stack.gathered, i, rec) {
		const char *name = json_string_value(json_object_get(rec, "name"));
		const char *since = json_string_value(json_object_get(rec, "since"));

		for (size_t k = 0; k < ARRAY_LEN(billed); k++) {
			const char *id = billed[k][0];
			int64_t since_s = 0;

			if (!text_eq(json_string_value(json_object_get(rec, "step")), id) ||
			    !text_eq(name, billed[k][1]))
				continue;
			if (!since || !clock_parse_iso8601(since, &since_s))
				fail_msg("of %s it is not told since when: '%s'", name,
					 since ? since : "-");
			assert_int_equal(
				history_output_row(state_history(&r.stack.state, id), name)->at_ms,
				since_s * 1000);
			found++;
		}
	}
	assert_int_equal(found, ARRAY_LEN(billed));
}

static void every_step_finds_what_an_undo_has_left(void **state)
{
	static const char *const down[] = { "3-4", "3-2", "3-3", "3-1", "2-4", "2-3",
					    "1-4", "1-3", "2-2", "1-2", "2-1" };

	(void)state;
	sw_build("3-4");
	for (size_t i = 0; i < ARRAY_LEN(down); i++) {
		auto_recovery r = { 0 };

		well(sw_undo(down[i]));
		recover(&r);
		outputs_are_the_journals(&r, down[i]);
		if (!text_eq(down[i], "3-3")) /* nothing of it is undone before 3-1 is */
			assert_int_equal(state_of(&r, down[i]), STEP_TODO);
	}
	{
		auto_found_runs found = { 0 };
		auto_recovery r = { 0 };

		well(sw_undo("1-1"));
		find(&found); /* what has ended stays listed, and is no run that stands */
		if (!found.n)
			return;
		look(&found.v[0], &r);
		assert_int_equal(r.n_standing, 0);
	}
}

static void the_parameters_are_read_from_the_things(void **state)
{
	static const char *const values[][2] = {
		{ "source.region", "eu-west-1" },
		{ "source.vpc_cidr", "10.50.0.0/16" },
		{ "source.subnet_cidr", "10.50.16.0/20" },
		{ "source.zone", "eu-west-1b" },
		{ "source.instance_type", "t4g.small" },
		{ "destination.region", "us-west-2" },
		{ "destination.vpc_cidr", "10.60.0.0/16" },
		{ "destination.subnet_cidr", "10.60.32.0/20" },
		{ "destination.zone", "us-west-2b" },
		{ "destination.bucket", "a-bucket-of-my-own" },
		{ "tags.Owner", "alice" },
		{ "tags.cost-center", "42 b" },
	};
	auto_recovery r = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		well(params_set(&sw.params, values[i][0], values[i][1], "--set"));
	well(params_finish(&sw.params));
	well(stack_begin_run(&sw.stack, SANDBOX_ACCOUNT, "aws", &sw.params));
	well(stack_record(&sw.stack,
			  json_pack("{s:s, s:s}", "type", "expires", "at", "2030-01-01T00:00:00Z"),
			  /* sync= */ true));
	sw_build("3-4");
	recover(&r);
	outputs_are_the_journals(&r, "with other values");
	assert_string_equal(r.stack.state.expires, "2030-01-01T00:00:00Z");
	parameters_are_the_journals(&r);
	assert_string_equal(json_string_value(json_object_get(r.params, "source.vpc_cidr")),
			    "shape");
	assert_string_equal(json_string_value(json_object_get(r.params, "tags.Owner")), "tag");
	assert_string_equal(json_string_value(json_object_get(r.params, "source.os_user")),
			    "default");
	assert_string_equal(json_string_value(json_object_get(r.params, "source.region")), "shape");
}

/* ---- what is not taken ----------------------------------------------------------- */

static void another_runs_things_are_not_taken(void **state)
{
	auto_found_runs found = { 0 };
	auto_recovery r = { 0 };

	(void)state;
	sw_build("1-2");
	sw_other("ap-northeast-1", "ec2",
		 "CreateVpc&CidrBlock=10.0.0.0/16&TagSpecification.1.ResourceType=vpc"
		 "&TagSpecification.1.Tag.1.Key=runbook:run"
		 "&TagSpecification.1.Tag.1.Value=20250101-00000000"
		 "&TagSpecification.1.Tag.2.Key=runbook:step&TagSpecification.1.Tag.2.Value=1-1"
		 "&TagSpecification.1.Tag.3.Key=runbook:stack"
		 "&TagSpecification.1.Tag.3.Value=../../etc");
	recover(&r);
	outputs_are_the_journals(&r, "beside another run");
	find(&found);
	assert_int_equal(found.n, 2);
	/* a tag is anybody's text, and no folder is named after this one */
	assert_null(found_of(&found, "20250101-00000000")->stack);
}

static void what_is_no_run_id_is_no_run(void **state)
{
	auto_found_runs found = { 0 };

	(void)state;
	sw_other("ap-northeast-1", "ec2",
		 "CreateVpc&CidrBlock=10.0.0.0/16&TagSpecification.1.ResourceType=vpc"
		 "&TagSpecification.1.Tag.1.Key=runbook:run"
		 "&TagSpecification.1.Tag.1.Value=../x");
	find(&found);
	assert_int_equal(found.n, 0);
}

/* It was put there by hand: what a run gives all of its things, all of them have. */
static void what_only_one_thing_carries_is_no_parameter(void **state)
{
	auto_recovery r = { 0 };

	(void)state;
	sw_build("1-2");
	sw_other("ap-northeast-1", "ec2", "CreateTags&ResourceId.1=%s&Tag.1.Key=a&Tag.1.Value=b",
		 sw_output("1-2", "route_table_id"));
	recover(&r);
	assert_int_equal(r.stack.state.params.n_members, 0);
}

static void no_call_that_changes_is_sent(void **state)
{
	struct step_ctx ctx;
	struct rb_error *err;

	(void)state;
	step_ctx_init(&ctx, &sw.run, sw.params.procedure->steps[0], PHASE_RECOVER);
	err = step_ctx_intent(&ctx, "ec2", "CreateVpc", "ap-northeast-1");
	assert_true(rb_error_is(err, RB_FAILED));
	(void)rb_error_free(err);
	step_ctx_clear(&ctx);
}

static void two_things_for_one_place_are_shown_and_not_chosen(void **state)
{
	auto_recovery r = { 0 };

	(void)state;
	sw_build("1-2");
	sw_other("ap-northeast-1", "ec2",
		 "CreateVpc&CidrBlock=10.0.0.0/16&TagSpecification.1.ResourceType=vpc"
		 "&TagSpecification.1.Tag.1.Key=runbook:run&TagSpecification.1.Tag.1.Value=%s"
		 "&TagSpecification.1.Tag.2.Key=runbook:step&TagSpecification.1.Tag.2.Value=1-1",
		 sw.stack.state.run_id);
	recover(&r);
	assert_int_equal(r.candidates.n, 1);
	assert_non_null(strstr(said_english(r.candidates.v[0].said), sw_output("1-1", "vpc_id")));
	assert_null(history_output(state_history(&r.stack.state, "1-1"), "vpc_id"));
}

static void a_route_that_leads_elsewhere_is_not_taken(void **state)
{
	json_t *interfaces;
	auto_recovery r = { 0 };

	(void)state;
	sw_build("3-4");
	interfaces = store_list(sbx_store(sw.c.sbx), "network-interface", "ap-northeast-1");
	sw_other("ap-northeast-1", "ec2",
		 "ReplaceRoute&RouteTableId=%s&DestinationCidrBlock=10.1.0.0/16"
		 "&NetworkInterfaceId=%s",
		 sw_output("1-2", "route_table_id"),
		 json_string_value(
			 json_object_get(json_array_get(interfaces, 0), "networkInterfaceId")));
	json_decref(interfaces);
	recover(&r);
	assert_int_equal(state_of(&r, "3-2"), STEP_TODO);
	assert_int_equal(state_of(&r, "3-4"), STEP_MADE);
}

/* Its name holds the run's id, and nothing is in it: the call that tags it was never sent. */
static void a_bucket_without_tags_is_known_by_its_name(void **state)
{
	auto_recovery r = { 0 };
	autofree char *target = NULL;

	(void)state;
	sw_build("2-4");
	target = xasprintf("/%s?tagging", sw_output("2-4", "bucket"));
	sw_other_s3("DELETE", target, "");
	recover(&r);
	assert_string_equal(history_output(state_history(&r.stack.state, "2-4"), "bucket"),
			    sw_output("2-4", "bucket"));
	assert_int_equal(state_of(&r, "2-4"), STEP_DOING);
	assert_string_equal(json_string_value(json_object_get(r.steps[7].known, "bucket")),
			    "shape");
	{
		autofree char *policy = xasprintf("/%s?policy", sw_output("2-4", "bucket"));
		autofree char *object = xasprintf("/%s/theirs", sw_output("2-4", "bucket"));
		auto_recovery full = { 0 };

		sw_other_s3("DELETE", policy, "");
		sw_other_s3("PUT", object, "x");
		recover(&full); /* somebody uses it: no call of ours was merely interrupted */
		assert_int_equal(state_of(&full, "2-4"), STEP_TODO);
	}
}

static void what_no_parameter_takes_is_told(void **state)
{
	auto_recovery r = { 0 };

	(void)state;
	sw_build("1-1");
	sw_other("ap-northeast-1", "ec2",
		 "CreateTags&ResourceId.1=%s&Tag.1.Key=runbook:expires&Tag.1.Value=tomorrow",
		 sw_output("1-1", "vpc_id"));
	sw_bend("vpc", "ap-northeast-1", sw_output("1-1", "vpc_id"),
		"{\"cidrBlock\":\"10.0.0.0/8\"}");
	recover(&r);
	assert_null(r.stack.state.expires); /* anybody's text, and no time */
	assert_int_equal(r.unfit.n, 1);
	assert_string_equal(params_get(&r.stack.state.params, "source.vpc_cidr"), "10.0.0.0/16");
	outputs_are_the_journals(&r, "with a strange tag");
}

static const struct recovered_step *row_of(const struct recovery *r, const char *id)
{
	size_t i = 0;

	while (!text_eq(r->steps[i].step->id, id))
		i++;
	return &r->steps[i];
}

/* An object carries no tag: while somebody else could have put it there, it is not the run's. */
static void an_object_is_the_runs_while_nobody_else_can_put_one(void **state)
{
	autofree char *policy = NULL, *object = NULL;
	auto_recovery open = { 0 }, guarded = { 0 };

	(void)state;
	sw_build("3-4");
	policy = xasprintf("/%s?policy", sw_output("2-4", "bucket"));
	object = xasprintf("/%s/other.bin", sw_output("2-4", "bucket"));
	sw_other_s3("DELETE", policy, "");
	sw_other_s3("PUT", object, "twelve bytes");
	recover(&open);
	assert_int_equal(row_of(&open, "4-2")->alone.n, 1);
	assert_null(history_output(state_history(&open.stack.state, "4-2"), "object_key"));
	assert_int_equal(state_of(&open, "4-2"), STEP_TODO);

	well(sw_do("2-4")); /* its policy is back */
	recover(&guarded);
	assert_string_equal(
		history_output(state_history(&guarded.stack.state, "4-2"), "object_key"),
		"other.bin");
	assert_string_equal(params_get(&guarded.stack.state.params, "upload.key"), "other.bin");
	assert_string_equal(params_get(&guarded.stack.state.params, "upload.bytes"), "12");
	assert_int_equal(state_of(&guarded, "4-2"), STEP_MADE);
}

/* ---- of which procedure ------------------------------------------------------------ */

static void where_its_things_are_tells_the_procedure(void **state)
{
	static char here[] = "ap-northeast-1", there[] = "us-east-1";
	static char vpc[] = "1-1", second[] = "2-1", none[] = "9-9";
	struct found_place places[] = { { here, vpc }, { there, second } };
	struct found_run found = { .places = places, .n_places = ARRAY_LEN(places) };
	auto_params peering = { 0 }, other = { 0 };

	(void)state;
	params_init(&peering, procedure_named(all_procedures, "peering"));
	params_init(&other, procedure_named(all_procedures, "direct"));
	assert_true(recover_fits(&found, &peering)); /* its second VPC */
	assert_false(recover_fits(&found, &other));
	places[1].region = here; /* the endpoint beside the instance */
	assert_false(recover_fits(&found, &peering));
	assert_true(recover_fits(&found, &other));
	places[1].step = none;
	assert_false(recover_fits(&found, &other));
}

/* ---- where it cannot look -------------------------------------------------------- */

static void other_regions_are_told(void **state)
{
	auto_found_runs found = { 0 };
	const struct found_run *run;

	(void)state;
	sw_other("eu-north-1", "ec2",
		 "CreateVpc&CidrBlock=10.0.0.0/16&TagSpecification.1.ResourceType=vpc"
		 "&TagSpecification.1.Tag.1.Key=runbook:run"
		 "&TagSpecification.1.Tag.1.Value=20250101-00000000"
		 "&TagSpecification.1.Tag.2.Key=runbook:step&TagSpecification.1.Tag.2.Value=1-1");
	find(&found);
	run = found_of(&found, "20250101-00000000");
	assert_non_null(run);
	assert_false(run->here);
	assert_string_equal(run->places[0].region, "eu-north-1");
	assert_string_equal(run->places[0].step, "1-1");
	assert_int_equal(run->since_ms / 1000, 1735689600); /* the day of its id */
}

static void what_is_denied_is_told(void **state)
{
	static const char *const faults[] = { "DescribeRegions=UnauthorizedOperation",
					      "ListRoles=AccessDenied",
					      "ListBuckets=AccessDenied" };
	auto_found_runs found = { 0 };
	auto_recovery r = { 0 };

	(void)state;
	sw_build("2-4");
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		well(faults_add(sbx_faults(sw.c.sbx), faults[i]));
	find(&found);
	assert_int_equal(found.blind.n, ARRAY_LEN(faults));
	look(&found.v[0], &r); /* the bucket has the name that this run would give it */
	outputs_are_the_journals(&r, "denied");
}

static void its_own_regions_have_to_be_seen(void **state)
{
	auto_found_runs found = { 0 };
	auto_params params = { 0 };
	struct rb_error *err;

	(void)state;
	given(&params);
	well(faults_add(sbx_faults(sw.c.sbx), "DescribeTags=UnauthorizedOperation"));
	err = recover_find(sw.aws.session, options(), &params, SANDBOX_ACCOUNT, &found);
	assert_true(rb_error_is(err, RB_DENIED));
	(void)rb_error_free(err);
}

/* ---- what is written ------------------------------------------------------------- */

static void what_is_written_is_what_was_found(void **state)
{
	auto_recovery r = { 0 };
	auto_stack again;
	struct rb_error *err;
	json_t *is, *written;

	(void)state;
	sw_build("2-2");
	recover(&r);
	well(stack_open(&again, sw.dir, "again", STACK_WRITE, all_procedures));
	well(stack_write_recovered(&again, &r.stack));
	err = stack_write_recovered(&again, &r.stack);
	assert_true(rb_error_is(err, RB_USAGE)); /* never over another */
	(void)rb_error_free(err);
	stack_close(&again);
	well(stack_open(&again, sw.dir, "again", STACK_READ, all_procedures));
	for (size_t i = 0; i < again.state.n; i++) {
		const struct step_history *a = &again.state.history[i];

		assert_int_equal(a->state, r.stack.state.history[i].state);
		/* of what is not all there, a call may have been sent a moment ago */
		assert_int_equal(a->unanswered, r.steps[i].stands ? 0 : 1);
	}
	assert_true(again.state.recovered_ms > 0);
	assert_null(json_object_get(json_array_get(r.stack.gathered, 0), "step"));
	assert_string_equal(journal_type(json_array_get(r.stack.gathered, 0)), "recovered");
	is = state_to_json(&r.stack.state);
	written = state_to_json(&again.state);
	json_object_set(written, "stack", json_object_get(is, "stack"));
	for (size_t i = 0; i < again.state.n; i++) { /* times are those of the writing */
		json_t *a = json_array_get(json_object_get(is, "steps"), i);
		json_t *b = json_array_get(json_object_get(written, "steps"), i);

		json_object_del(a, "started_at");
		json_object_del(b, "started_at");
	}
	json_object_del(is, "rehearsal"); /* the account says so when it is read */
	json_object_del(written, "rehearsal");
	assert_true(json_equal(is, written));
	json_decref(is);
	json_decref(written);
}

/* What a token of before made may be dead, and AWS would answer with the corpse. */
static void client_tokens_of_before_are_not_used_again(void **state)
{
	auto_recovery r = { 0 };
	struct step_ctx before, after;
	struct run run = sw.run;

	(void)state;
	sw_build("1-1");
	recover(&r);
	run.stack = &r.stack;
	step_ctx_init(&before, &sw.run, sw.params.procedure->steps[3], PHASE_DO);
	step_ctx_init(&after, &run, sw.params.procedure->steps[3], PHASE_DO);
	assert_string_not_equal(step_token(&before, "instance"), step_token(&after, "instance"));
	step_ctx_clear(&before);
	step_ctx_clear(&after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sw_setup, sw_teardown)
		TEST(every_step_finds_what_the_journal_had),
		TEST(what_is_billed_counts_from_when_it_was_made),
		TEST(every_step_finds_what_an_undo_has_left),
		TEST(the_parameters_are_read_from_the_things),
		TEST(another_runs_things_are_not_taken),
		TEST(what_is_no_run_id_is_no_run),
		TEST(what_only_one_thing_carries_is_no_parameter),
		TEST(no_call_that_changes_is_sent),
		TEST(two_things_for_one_place_are_shown_and_not_chosen),
		TEST(a_route_that_leads_elsewhere_is_not_taken),
		TEST(a_bucket_without_tags_is_known_by_its_name),
		TEST(what_no_parameter_takes_is_told),
		TEST(an_object_is_the_runs_while_nobody_else_can_put_one),
		TEST(where_its_things_are_tells_the_procedure),
		TEST(other_regions_are_told),
		TEST(what_is_denied_is_told),
		TEST(its_own_regions_have_to_be_seen),
		TEST(what_is_written_is_what_was_found),
		TEST(client_tokens_of_before_are_not_used_again),
	};

	sw_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
