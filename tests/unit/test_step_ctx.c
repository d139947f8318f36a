/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pass of a step, between the step and the journal: no call without its intent, what counts as
 * an answer, what a look that finds nothing proves, and what may be written down.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/contract/procedure.h"
#include "runbook/record/aftermath.h"
#include "tests/lib/step_world.h"

static void well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what ? err->what : "-", err->why ? err->why : "-");
}

static void fault(const char *spec)
{
	well(faults_add(sbx_faults(sw.c.sbx), spec));
}

static const struct step_history *history(const char *step_id)
{
	return state_history(&sw.stack.state, step_id);
}

/* The last record of a type and a step; new reference. */
static json_t *last_record(const char *type, const char *step_id)
{
	autofree char *path = stack_path(&sw.stack, "journal.jsonl");
	auto_buf text = BUF_INIT;
	json_t *found = NULL;
	char *line, *rest;

	well(file_read(path, 10000000, &text));
	for (line = strtok_r(text.p, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		json_t *rec = json_loads(line, 0, NULL);

		if (text_eq(json_string_value(json_object_get(rec, "type")), type) &&
		    text_eq(json_string_value(json_object_get(rec, "step")), step_id)) {
			json_decref(found);
			found = json_incref(rec);
		}
		json_decref(rec);
	}
	return found;
}

static void last_says(const char *type, const char *step_id, const char *member, const char *value)
{
	json_t *rec = last_record(type, step_id);
	const char *said = json_string_value(json_object_get(rec, member));

	if (!text_eq(said, value))
		fail_msg("the last %s of %s: %s is %s, not %s", type, step_id, member,
			 said ? said : "none", value);
	json_decref(rec);
}

/* ---- intents ------------------------------------------------------------------ */

/* The journal's file cannot grow by a byte: as on a full disk. */
static void fill_disk(bool full)
{
	autofree char *path = stack_path(&sw.stack, "journal.jsonl");
	struct rlimit limit;
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = full ? (rlim_t)st.st_size : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void an_intent_that_cannot_be_written_stops_the_call(void **state)
{
	static const char *const steps[] = { "1-1", "2-1" };
	bool waits;

	(void)state;
	fill_disk(true);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		auto_error struct rb_error *err = sw_pass(steps[i], PHASE_DO, &waits);

		assert_non_null(err);
		assert_non_null(strstr(err->what, "journal"));
	}
	fill_disk(false);
	assert_int_equal(sw_calls("CreateVpc"), 0);
	assert_int_equal(sw_alive("vpc"), 0);
}

/* An intent without a call would have to be looked for. */
static void after_an_interrupt_there_is_no_intent(void **state)
{
	auto_error struct rb_error *err = NULL;
	struct step_ctx ctx;

	(void)state;
	sw.run.loop = sw.aws.loop;
	loop_interrupt(sw.aws.loop);
	step_ctx_init(&ctx, &sw.run, history("1-1")->step, PHASE_DO);
	err = step_ctx_intent(&ctx, "ec2", "CreateVpc", "ap-northeast-1");
	assert_true(rb_error_is(err, RB_INTERRUPTED));
	assert_null(last_record("intent", "1-1"));
	assert_int_equal(history("1-1")->unanswered, 0);
	step_ctx_clear(&ctx);
}

static void an_intent_tells_step_phase_region_and_token(void **state)
{
	static const char *const tokened[][2] = {
		{ "1-2", "CreateRouteTable" },
		{ "1-3", "CreateInstanceConnectEndpoint" },
		{ "1-4", "RunInstances" },
		{ "2-3", "CreateVpcEndpoint" },
	};
	autofree char *path = stack_path(&sw.stack, "journal.jsonl");
	auto_buf text = BUF_INIT;

	(void)state;
	sw_build("2-3");
	well(file_read(path, 10000000, &text));
	for (size_t i = 0; i < ARRAY_LEN(tokened); i++) {
		autofree char *start =
			xasprintf("\"type\":\"intent\",\"step\":\"%s\",\"phase\":\"do\","
				  "\"service\":\"ec2\",\"action\":\"%s\",\"region\":\"%s\","
				  "\"token\":\"runbook-",
				  tokened[i][0], tokened[i][1],
				  tokened[i][0][0] == '1' ? "ap-northeast-1" : "us-east-1");

		if (!strstr(text.p, start))
			fail_msg("no record with %s", start);
	}
	assert_null(strstr(text.p, "\"action\":\"CreateVpc\",\"region\":\"us-east-1\",\"token\""));
}

/* How many bytes of the journal are on the disk; the program says. */
static off_t synced_bytes(void)
{
	autofree char *path = stack_path(&sw.stack, "journal.jsonl.synced");
	auto_buf text = BUF_INIT;

	well(file_read(path, 100, &text));
	return (off_t)strtoull(strchr(text.p, ' '), NULL, 10);
}

static void outputs_and_what_is_retired_are_on_the_disk_at_once(void **state)
{
	autofree char *path = stack_path(&sw.stack, "journal.jsonl");
	struct step_ctx ctx;
	struct stat st;

	(void)state;
	step_ctx_init(&ctx, &sw.run, history("1-1")->step, PHASE_DO);
	well(step_record(&ctx, "vpc_id", "vpc-1"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(synced_bytes(), st.st_size);
	well(step_forget(&ctx, "vpc_id"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(synced_bytes(), st.st_size);
	well(step_retire_token(&ctx, "vpc"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(synced_bytes(), st.st_size);
	step_note(&ctx, "a note need not be");
	assert_int_equal(stat(path, &st), 0);
	assert_true(synced_bytes() < st.st_size);
	step_ctx_clear(&ctx);
}

/* Steps record what they find whenever they look: the journal grows by what is new alone. */
static void an_output_is_written_once_and_forgotten_once(void **state)
{
	autofree char *path = stack_path(&sw.stack, "journal.jsonl");
	struct step_ctx ctx;
	struct stat before, after;

	(void)state;
	step_ctx_init(&ctx, &sw.run, history("1-1")->step, PHASE_DO);
	well(step_record(&ctx, "vpc_id", "vpc-1"));
	assert_int_equal(stat(path, &before), 0);
	well(step_record(&ctx, "vpc_id", "vpc-1"));
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	well(step_record(&ctx, "vpc_id", "vpc-2"));
	well(step_forget(&ctx, "vpc_id"));
	assert_int_equal(stat(path, &before), 0);
	assert_true(before.st_size > after.st_size);
	well(step_forget(&ctx, "vpc_id"));
	well(step_forget(&ctx, "main_route_table_id"));
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	step_ctx_clear(&ctx);
}

/* ---- answers ------------------------------------------------------------------ */

static void an_answer_that_nobody_can_read_is_none(void **state)
{
	static const char *const faults[] = { "torn", "after=http=500", "lost-after", "reset" };
	bool waits;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		autofree char *spec = xasprintf("CreateVpc:1=%s", faults[i]);
		auto_error struct rb_error *err = NULL;

		fault(spec);
		err = sw_pass("1-1", PHASE_DO, &waits);
		if (!err || err->kind != RB_LOST)
			fail_msg("%s: %s", faults[i], err ? rb_kind_name(err->kind) : "no error");
		last_says("outcome", "1-1", "result", "lost");
		assert_true(history("1-1")->unanswered > history("1-1")->in_flight);
		/* looked for, found or made, and only one */
		well(sw_do("1-1"));
		assert_int_equal(sw_alive("vpc"), 1);
		assert_int_equal(sw_teardown(NULL), 0);
		assert_int_equal(sw_setup(NULL), 0);
	}
}

static void command_says(const char *command, const char *to)
{
	well(stack_record(
		&sw.stack,
		json_pack("{s:s, s:s, s:s*}", "type", "command", "command", command, "to", to),
		true));
}

static void state_says(const char *step_id, const char *step_state)
{
	well(stack_record(
		&sw.stack,
		json_pack("{s:s, s:s, s:s}", "type", "state", "step", step_id, "state", step_state),
		true));
}

static void record(const char *type, const char *result)
{
	json_t *rec = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s*}", "type", type, "step",
				"1-1", "phase", "do", "service", "ec2", "action", "CreateVpc",
				"region", "us-east-1", "call", "ec2 CreateVpc", "result", result);

	well(stack_record(&sw.stack, rec, true));
}

static void a_later_success_is_no_answer_to_an_earlier_call(void **state)
{
	(void)state;
	record("intent", NULL);
	assert_int_equal(history("1-1")->unanswered, 1);
	record("outcome", "lost");
	assert_int_equal(history("1-1")->unanswered, 1);
	record("intent", NULL);
	record("outcome", "ok");
	assert_int_equal(history("1-1")->unanswered, 1);
	record("intent", NULL);
	record("outcome", "failed");
	assert_int_equal(history("1-1")->unanswered, 1);
	assert_true(history_call_done_ms(history("1-1"), "CreateVpc") > 0);
	/* another step's is none either */
	assert_int_equal(history("1-2")->unanswered, 0);
	sw_restart();
	assert_int_equal(history("1-1")->unanswered, 1);
}

/* What an upload was tried with is older than the last of these. */
static void what_changes_a_thing_is_told_from_what_does_not(void **state)
{
	static const struct {
		const char *step, *phase, *action;
		bool changes;
	} cases[] = {
		{ "1-1", "do", "CreateVpc", true },	 { "1-1", "undo", "DeleteVpc", true },
		{ "1-1", "do", "CreateTags", false },	 { "2-4", "do", "PutBucketTagging", false },
		{ "2-4", "verify", "PutObject", false }, { "4-2", "do", "PutObject", false },
		{ "4-2", "verify", "PutObject", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct step_history *p = state_history(&sw.stack.state, cases[i].step);

		p->changed_ms = 0;
		well(stack_record(&sw.stack,
				  json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", "intent",
					    "step", cases[i].step, "phase", cases[i].phase,
					    "service", "x", "action", cases[i].action, "region",
					    "us-east-1"),
				  true));
		if ((p->changed_ms != 0) != cases[i].changes)
			fail_msg("%s %s %s", cases[i].step, cases[i].phase, cases[i].action);
	}
}

/* 4-2 needs 1-1 through others alone: the path is theirs, too. */
static void what_a_step_needs_through_others_counts(void **state)
{
	struct step_ctx ctx;
	const char *at = NULL;

	(void)state;
	well(stack_record(&sw.stack,
			  json_pack("{s:s, s:s, s:s, s:s}", "type", "output", "step", "4-2", "name",
				    "object_checksum", "value", "1"),
			  true));
	step_ctx_init(&ctx, &sw.run, history("4-2")->step, PHASE_VERIFY);
	assert_null(step_changed_since(&ctx, "object_checksum", &at));
	record("intent", NULL);
	assert_string_equal(step_changed_since(&ctx, "object_checksum", &at), "1-1");
	/* what AWS refused changed nothing; of what was lost nobody knows */
	record("outcome", "failed");
	assert_null(step_changed_since(&ctx, "object_checksum", &at));
	record("intent", NULL);
	record("intent", NULL);
	record("outcome", "failed");
	assert_string_equal(step_changed_since(&ctx, "object_checksum", &at), "1-1");
	record("outcome", "lost");
	sw_restart();
	step_ctx_clear(&ctx);
	step_ctx_init(&ctx, &sw.run, history("4-2")->step, PHASE_VERIFY);
	assert_string_equal(step_changed_since(&ctx, "object_checksum", &at), "1-1");
	step_ctx_clear(&ctx);
}

static void a_call_that_failed_is_not_done(void **state)
{
	(void)state;
	record("intent", NULL);
	record("outcome", "failed");
	record("intent", NULL);
	record("outcome", "lost");
	assert_int_equal(history_call_done_ms(history("1-1"), "CreateVpc"), 0);
	record("intent", NULL);
	record("outcome", "ok");
	assert_true(history_call_done_ms(history("1-1"), "CreateVpc") > 0);
}

static void only_a_lost_call_makes_an_empty_look_doubtful(void **state)
{
	struct step_ctx ctx;

	(void)state;
	step_ctx_init(&ctx, &sw.run, history("1-1")->step, PHASE_DO);
	assert_false(step_may_be_unseen(&ctx));
	record("intent", NULL);
	record("outcome", "lost");
	assert_true(step_may_be_unseen(&ctx));
	step_ctx_clear(&ctx);
	step_ctx_init(&ctx, &sw.run, history("1-2")->step, PHASE_DO);
	assert_false(step_may_be_unseen(&ctx));
	step_ctx_clear(&ctx);
}

static bool may_be_unseen(void)
{
	struct step_ctx ctx;
	bool unseen;

	step_ctx_init(&ctx, &sw.run, history("1-1")->step, PHASE_DO);
	unseen = step_may_be_unseen(&ctx);
	step_ctx_clear(&ctx);
	return unseen;
}

/* A call may be minutes on its way; what it made can show up from when nobody answered. */
static void a_lost_call_is_as_old_as_its_loss(void **state)
{
	struct step_history *history = state_history(&sw.stack.state, "1-1");

	(void)state;
	record("intent", NULL);
	history->unanswered_ms -= INT64_C(600000);
	assert_false(may_be_unseen());
	record("outcome", "lost");
	assert_true(may_be_unseen());
	/* by a clock that was set back since, nothing can be told: it counts as long ago */
	history->unanswered_ms += INT64_C(600000);
	assert_false(may_be_unseen());
}

static void what_was_done_lately_is_told_by_a_clock_that_goes_on(void **state)
{
	struct step_history *history = state_history(&sw.stack.state, "1-1");
	struct step_ctx ctx;

	(void)state;
	record("intent", NULL);
	record("outcome", "ok");
	step_ctx_init(&ctx, &sw.run, history->step, PHASE_VERIFY);
	assert_true(step_done_lately(&ctx, "1-1", "CreateVpc", 60));
	assert_false(step_done_lately(&ctx, "1-1", "DeleteVpc", 60));
	assert_false(step_done_lately(&ctx, "1-2", "CreateVpc", 60));
	history->calls[0].at_ms += INT64_C(600000); /* the clock was set back */
	assert_false(step_done_lately(&ctx, "1-1", "CreateVpc", 60));
	history->calls[0].at_ms -= INT64_C(1200000);
	assert_false(step_done_lately(&ctx, "1-1", "CreateVpc", 60));
	step_ctx_clear(&ctx);
}

/* An undo that came to its end leaves nothing to be waited for by the next run. */
static void what_is_undone_waits_for_no_answer(void **state)
{
	(void)state;
	record("intent", NULL);
	record("outcome", "lost");
	assert_true(may_be_unseen());
	state_says("1-1", "undone");
	assert_false(may_be_unseen());
}

/* "Not found" proves a thing gone only after its delete was answered, and nothing is open. */
static void gone_is_what_was_deleted_and_forgotten(void **state)
{
	struct step_ctx ctx;

	(void)state;
	sw_build("1-1");
	step_ctx_init(&ctx, &sw.run, history("1-1")->step, PHASE_UNDO);
	assert_false(step_is_known_gone(&ctx, "vpc_id", "DeleteVpc"));
	well(step_forget(&ctx, "vpc_id"));
	assert_false(step_is_known_gone(&ctx, "vpc_id", "DeleteVpc")); /* nobody deleted it */
	well(sw_undo("1-1"));
	assert_true(step_is_known_gone(&ctx, "vpc_id", "DeleteVpc"));
	assert_false(step_is_known_gone(&ctx, "vpc_id", "DeleteSubnet"));
	record("intent", NULL);
	assert_false(step_is_known_gone(&ctx, "vpc_id", "DeleteVpc")); /* one may be on its way */
	/* Its answer came, and the journal was cut before the output: it is there. */
	record("outcome", "ok");
	assert_false(step_is_known_gone(&ctx, "vpc_id", "DeleteVpc"));
	step_ctx_clear(&ctx);
}

/* Also what was, and is another by now: it may still hang on something. */
static void what_the_run_made_is_known_by_its_id(void **state)
{
	autofree char *vpc = NULL, *longer = NULL;
	struct step_ctx ctx;

	(void)state;
	sw_build("1-1");
	vpc = xstrdup(sw_output("1-1", "vpc_id"));
	longer = xasprintf("%s0", vpc);
	for (int gone = 0; gone < 2; gone++) {
		step_ctx_init(&ctx, &sw.run, history("3-1")->step, PHASE_UNDO); /* any step's */
		assert_true(step_run_made(&ctx, vpc));
		assert_false(step_run_made(&ctx, longer));
		step_ctx_clear(&ctx);
		well(sw_undo("1-1"));
	}
}

static void a_journal_that_others_may_write_to_is_refused(void **state)
{
	autofree char *path = stack_path(&sw.stack, "journal.jsonl");
	struct rb_error *err;

	(void)state;
	stack_close(&sw.stack);
	assert_int_equal(chmod(path, 0620), 0);
	err = stack_open(&sw.stack, sw.dir, "s", STACK_WRITE, all_procedures);
	assert_true(rb_error_is(err, RB_USAGE));
	(void)rb_error_free(err);
	assert_int_equal(chmod(path, 0600), 0);
	sw_restart();
}

static void sweep_says(bool clean)
{
	well(stack_record(&sw.stack, json_pack("{s:s, s:b}", "type", "sweep", "clean", (int)clean),
			  true));
}

static void a_run_is_over_when_the_look_after_it_found_nothing(void **state)
{
	(void)state;
	assert_true(stack_has_run(&sw.stack));
	sweep_says(false);
	assert_true(stack_has_run(&sw.stack));
	sweep_says(true);
	assert_false(stack_has_run(&sw.stack));
	sw_restart();
	assert_false(stack_has_run(&sw.stack));
	well(stack_record(&sw.stack, json_pack("{s:s, s:s}", "type", "command", "command", "run"),
			  true));
	assert_true(stack_has_run(&sw.stack));
}

/* Whoever runs again is asked; an undo of a part that came to its end is no doubt. */
static void an_undo_that_did_not_end_leaves_a_run_half_undone(void **state)
{
	const struct run_state *st = &sw.stack.state;

	(void)state;
	command_says("run", NULL);
	state_says("1-1", "held");
	state_says("1-2", "held");
	assert_false(state_is_half_undone(st));
	command_says("undo", "1-2");
	assert_false(state_is_half_undone(st));
	state_says("1-2", "undoing");
	assert_true(state_is_half_undone(st));
	sw_restart();
	assert_true(state_is_half_undone(st));
	state_says("1-2", "undone");
	assert_false(state_is_half_undone(st)); /* it was to come so far only */
	command_says("undo", NULL);
	assert_true(state_is_half_undone(st)); /* 1-1 is left */
	command_says("run", NULL);
	assert_false(state_is_half_undone(st));
	command_says("undo", NULL);
	state_says("1-1", "undone");
	sweep_says(false);
	assert_true(state_is_half_undone(st));
	sweep_says(true);
	assert_false(state_is_half_undone(st));
}

static void verdict_says(const char *step_id, const char *verdict)
{
	well(stack_record(&sw.stack,
			  json_pack("{s:s, s:s, s:s, s:[]}", "type", "evidence", "step", step_id,
				    "verdict", verdict, "claims"),
			  true));
}

/* What was found differs until the step is done again or undone. */
static void evidence_is_of_what_was_made_then(void **state)
{
	static const char *const changes[] = { "doing", "undoing", "undone" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		state_says("1-1", "held");
		assert_true(history("1-1")->held_ms > 0);
		verdict_says("1-1", "differs");
		assert_string_equal(history_drift(history("1-1")), "differs");
		state_says("1-1", changes[i]);
		state_says("1-1", "made");
		assert_int_equal(history("1-1")->held_ms, 0);
		assert_null(history_drift(history("1-1")));
	}
	verdict_says("1-1", "holds");
	assert_null(history_drift(history("1-1")));
}

/* Words are for people: an id in them is no answer, nor is one of an older journal. */
static void what_is_missing_is_read_from_its_field_alone(void **state)
{
	json_t *rec;

	(void)state;
	sw_build("1-1");
	state_says("1-1", "held");
	rec = json_pack("{s:s, s:s, s:s, s:[], s:s}", "type", "evidence", "step", "1-1", "verdict",
			"missing", "claims", "missing", sw_output("1-1", "vpc_id"));
	well(stack_record(&sw.stack, json_incref(rec), true));
	assert_true(history_seems_missing(history("1-1")));
	assert_false(history_output_seems_missing(history("1-1"), "vpc_id"));
	json_object_set_new(rec, "missing_output", json_string("vpc_id"));
	well(stack_record(&sw.stack, rec, true));
	assert_true(history_output_seems_missing(history("1-1"), "vpc_id"));
	assert_false(history_output_seems_missing(history("1-1"), "main_route_table_id"));
}

/* What stands is another thing once somebody builds on. */
static void what_a_sweep_found_is_of_then(void **state)
{
	(void)state;
	sweep_says(false);
	command_says("undo", NULL);
	assert_non_null(sw.stack.state.sweep);
	command_says("run", NULL);
	assert_null(sw.stack.state.sweep);
}

static void an_undo_that_failed_is_told_from_a_do(void **state)
{
	static const char *const phases[] = { "do", "undo" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
		well(stack_record(&sw.stack,
				  json_pack("{s:s, s:s, s:s, s:{s:s}}", "type", "error", "step",
					    "1-1", "phase", phases[i], "error", "kind", "failed"),
				  true));
		assert_int_equal(history("1-1")->state, STEP_FAILED);
		assert_int_equal(history_is_half_undone(history("1-1")), i == 1);
	}
}

/* Others stand on it, and run.json may be lost next. */
static void a_journal_that_lost_all_begins_with_its_run_again(void **state)
{
	autofree char *path = stack_path(&sw.stack, "journal.jsonl");
	autofree char *run_json = stack_path(&sw.stack, "run.json");
	autofree char *run_id = xstrdup(sw.stack.state.run_id);

	(void)state;
	stack_close(&sw.stack);
	assert_int_equal(truncate(path, 0), 0);
	sw_restart();
	record("intent", NULL);
	stack_close(&sw.stack);
	assert_int_equal(unlink(run_json), 0);
	sw_restart();
	assert_string_equal(sw.stack.state.run_id, run_id);
}

/* ---- tokens and tags ------------------------------------------------------------ */

static void a_token_stays_until_it_is_retired(void **state)
{
	autofree char *first = NULL, *other = NULL, *second = NULL;
	struct step_ctx ctx;

	(void)state;
	step_ctx_init(&ctx, &sw.run, history("1-4")->step, PHASE_DO);
	first = xstrdup(step_token(&ctx, "instance"));
	other = xstrdup(step_token(&ctx, "endpoint"));
	assert_string_not_equal(first, other);
	assert_string_equal(step_token(&ctx, "instance"), first);
	step_ctx_clear(&ctx);
	sw_restart();
	step_ctx_init(&ctx, &sw.run, history("1-4")->step, PHASE_DO);
	assert_string_equal(step_token(&ctx, "instance"), first);
	well(step_retire_token(&ctx, "instance"));
	assert_string_not_equal(step_token(&ctx, "instance"), first);
	assert_string_equal(step_token(&ctx, "endpoint"), other);
	second = xstrdup(step_token(&ctx, "instance"));
	well(step_retire_token(&ctx, "instance"));
	assert_string_not_equal(step_token(&ctx, "instance"), second);
	assert_string_not_equal(step_token(&ctx, "instance"), first);
	step_ctx_clear(&ctx);
	step_ctx_init(&ctx, &sw.run, history("1-3")->step, PHASE_DO);
	assert_string_not_equal(step_token(&ctx, "endpoint"), other); /* each step its own */
	step_ctx_clear(&ctx);
}

static void ours_is_what_carries_this_run_and_this_step(void **state)
{
	autofree char *longer = xasprintf("%s0", sw.stack.state.run_id);
	const char *run = sw.stack.state.run_id;
	const struct {
		const char *run, *step;
		bool ours;
	} cases[] = {
		{ run, "1-1", true }, { run, "1-10", false },	{ run, "1-", false },
		{ run, NULL, false }, { longer, "1-1", false }, { NULL, "1-1", false },
		{ "", "1-1", false }, { NULL, NULL, false },
	};
	struct step_ctx ctx;

	(void)state;
	step_ctx_init(&ctx, &sw.run, history("1-1")->step, PHASE_DO);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct aws_tags tags = { 0 };

		if (cases[i].run)
			aws_tags_add(&tags, "runbook:run", cases[i].run);
		if (cases[i].step)
			aws_tags_add(&tags, "runbook:step", cases[i].step);
		assert_int_equal(step_owns(&ctx, &tags), cases[i].ours);
		aws_tags_clear(&tags);
	}
	step_ctx_clear(&ctx);
}

/* ---- what may be written ---------------------------------------------------------- */

static void long_words_are_cut_and_others_stay(void **state)
{
	char word[200];
	autofree char *text = NULL, *cut = NULL, *whole = NULL;

	(void)state;
	memset(word, 'a', sizeof(word));
	word[120] = '\0';
	text = xasprintf("Encoded authorization failure message: %s end", word);
	cut = redact(text);
	assert_string_equal(cut, "Encoded authorization failure message: (cut) end");
	word[60] = '\0';
	whole = redact(word);
	assert_string_equal(whole, word);
}

/* The administrator needs to know which policy denied; what merely begins like an ARN is cut. */
static void an_arn_stays_whole(void **state)
{
	static const char arn[] =
		"in a service control policy: arn:aws:organizations::123456789012:policy/"
		"o-a1b2c3d4e5/service_control_policy/p-0123456789abcdef0123456789abcdef";
	autofree char *whole = redact(arn), *cut = NULL;
	char word[200] = "arn:";

	(void)state;
	assert_string_equal(whole, arn);
	memset(word + 4, 'a', 120);
	cut = redact(word);
	assert_null(strstr(cut, "aaaa"));
}

static void claims_notes_and_outputs_hold_no_token(void **state)
{
	struct step_ctx ctx;
	char word[121];

	(void)state;
	memset(word, 'Q', sizeof(word) - 1);
	word[120] = '\0';
	step_ctx_init(&ctx, &sw.run, history("1-1")->step, PHASE_VERIFY);
	step_expect(&ctx, "claim", word, word);
	step_note(&ctx, "note %s", word);
	step_note_kept(&ctx, "keeps %s", word);
	{
		autofree char *claims = NULL;
		char *dumped = json_dumps(ctx.claims, 0);

		claims = dumped;
		assert_null(strstr(claims, word));
	}
	last_says("note", "1-1", "text", "note (cut)");
	last_says("keeps", "1-1", "text", "keeps (cut)");
	step_ctx_clear(&ctx);
}

static void verify_without_a_journal_writes_nothing(void **state)
{
	autofree char *path = stack_path(&sw.stack, "journal.jsonl");
	struct stat before, after;
	struct step_ctx ctx;

	(void)state;
	assert_int_equal(stat(path, &before), 0);
	sw.run.read_only = true;
	step_ctx_init(&ctx, &sw.run, history("1-1")->step, PHASE_VERIFY);
	well(step_record(&ctx, "vpc_id", "vpc-1"));
	step_note(&ctx, "a note");
	step_ctx_clear(&ctx);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	assert_null(history_output(history("1-1"), "vpc_id"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sw_setup, sw_teardown)
		TEST(an_intent_that_cannot_be_written_stops_the_call),
		TEST(after_an_interrupt_there_is_no_intent),
		TEST(an_intent_tells_step_phase_region_and_token),
		TEST(outputs_and_what_is_retired_are_on_the_disk_at_once),
		TEST(an_output_is_written_once_and_forgotten_once),
		TEST(an_answer_that_nobody_can_read_is_none),
		TEST(a_later_success_is_no_answer_to_an_earlier_call),
		TEST(what_changes_a_thing_is_told_from_what_does_not),
		TEST(what_a_step_needs_through_others_counts),
		TEST(a_call_that_failed_is_not_done),
		TEST(only_a_lost_call_makes_an_empty_look_doubtful),
		TEST(a_lost_call_is_as_old_as_its_loss),
		TEST(what_was_done_lately_is_told_by_a_clock_that_goes_on),
		TEST(what_is_undone_waits_for_no_answer),
		TEST(gone_is_what_was_deleted_and_forgotten),
		TEST(an_undo_that_did_not_end_leaves_a_run_half_undone),
		TEST(evidence_is_of_what_was_made_then),
		TEST(what_is_missing_is_read_from_its_field_alone),
		TEST(what_a_sweep_found_is_of_then),
		TEST(an_undo_that_failed_is_told_from_a_do),
		TEST(a_journal_that_lost_all_begins_with_its_run_again),
		TEST(what_the_run_made_is_known_by_its_id),
		TEST(a_journal_that_others_may_write_to_is_refused),
		TEST(a_run_is_over_when_the_look_after_it_found_nothing),
		TEST(a_token_stays_until_it_is_retired),
		TEST(ours_is_what_carries_this_run_and_this_step),
		TEST(long_words_are_cut_and_others_stay),
		TEST(an_arn_stays_whole),
		TEST(claims_notes_and_outputs_hold_no_token),
		TEST(verify_without_a_journal_writes_nothing),
#undef TEST
	};

	sw_begin();
	return cmocka_run_group_tests_name("step_ctx", tests, NULL, NULL);
}
