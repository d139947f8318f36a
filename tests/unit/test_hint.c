/* SPDX-License-Identifier: Apache-2.0 */
/* Hints: from verbs with their arguments to the words and commands that a person reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "runbook/ui/hint.h"

struct case_row {
	struct hint_place place;
	const char *hint;
	bool of_run;
	struct {
		enum rb_next_verb verb;
		const char *args;
	} next[RB_NEXT_MAX];
	const char *text; /* NULL: none */
};

static struct rb_error *error_of(const struct case_row *c)
{
	struct rb_error *err = rb_error_new(RB_FAILED, "it failed");

	if (c->hint)
		err = rb_error_hint(err, "%s", c->hint);
	err->of_run = c->of_run;
	for (size_t i = 0; i < RB_NEXT_MAX; i++)
		err = rb_error_next(err, c->next[i].verb, c->next[i].args);
	return err;
}

static void each_verb_becomes_words_and_commands(void **state)
{
	const struct hint_place none = { 0 };
	const struct hint_place a = {
		.stack = "a", .home = "/it's", .sandbox = true, .speed = "60"
	};
	const struct hint_place run_to = { .stack = "a", .to = "1-2" };
	const struct hint_place undo_to = { .stack = "a", .to = "1-2", .undoes = true };
	char endpoint[] = "--endpoint-url http://127.0.0.1:8420";
	const struct aws_reach reach = { .endpoint = endpoint };
	const struct hint_place rehearsal = { .sandbox = true, .reach = &reach };
	const struct case_row cases[] = {
		{ none, NULL, false, { { 0 } }, NULL },
		{ none, "look at it", false, { { 0 } }, "look at it" },
		{ none, NULL, false, { { RB_NEXT_RESUME, NULL } }, "to carry on: runbook resume" },
		{ a,
		  NULL,
		  false,
		  { { RB_NEXT_RESUME, "--from 3-1" } },
		  "to carry on: runbook resume --from 3-1 --stack a --home '/it'\\''s' --sandbox "
		  "--speed 60" },
		{ none,
		  "ask for it",
		  false,
		  { { RB_NEXT_AGAIN, NULL } },
		  "ask for it, then run the same command again" },
		{ none,
		  "it is a rehearsal:",
		  false,
		  { { RB_NEXT_AGAIN, "--sandbox" } },
		  "it is a rehearsal: run the same command again with --sandbox" },
		{ none,
		  "AWS is busy",
		  false,
		  { { RB_NEXT_WAIT, NULL } },
		  "AWS is busy; run the same command again in a few minutes" },
		{ none,
		  "AWS is busy",
		  false,
		  { { RB_NEXT_WAIT, NULL }, { RB_NEXT_UNDO, NULL } },
		  "AWS is busy; wait a few minutes; then: runbook undo" },
		{ run_to,
		  "x",
		  false,
		  { { RB_NEXT_RESUME, NULL } },
		  "x; then: runbook run --to 1-2 --stack a" },
		{ run_to,
		  "x",
		  false,
		  { { RB_NEXT_UNDO, NULL } },
		  "x; then: runbook undo --stack a" },
		{ undo_to,
		  "x, then:",
		  false,
		  { { RB_NEXT_UNDO, "--delete-foreign-objects" } },
		  "x, then: runbook undo --to 1-2 --delete-foreign-objects --stack a" },
		{ undo_to,
		  "x",
		  false,
		  { { RB_NEXT_RESUME, NULL } },
		  "x; then: runbook resume --stack a" },
		{ undo_to,
		  "x",
		  true,
		  { { RB_NEXT_SET, "source.zone destination.zone" } },
		  "x; a run's parameters are fixed, so first: runbook undo --stack a, then run "
		  "again with another source.zone or destination.zone" },
		{ a,
		  NULL,
		  true,
		  { { RB_NEXT_SET, "source.os_user=ec2-user" } },
		  "a run's parameters are fixed, so first: runbook undo --stack a --home "
		  "'/it'\\''s' --sandbox --speed 60, then: runbook run --stack a --home "
		  "'/it'\\''s' --sandbox --speed 60 --set source.os_user=ec2-user" },
		{ a,
		  "nothing was changed",
		  false,
		  { { RB_NEXT_SET, "source.region" } },
		  "nothing was changed; run again with another source.region" },
		{ a,
		  "lists the options",
		  false,
		  { { RB_NEXT_HELP, "plan" } },
		  "runbook plan --help lists the options" },
		{ a, "lists them", false, { { RB_NEXT_STEPS, NULL } }, "runbook steps lists them" },
		{ none, NULL, false, { { RB_NEXT_CHOOSE, "--stack" } }, "did you mean '--stack'?" },
		{ none,
		  "look at it:",
		  false,
		  { { RB_NEXT_VERIFY, "1-3" }, { RB_NEXT_RESUME, NULL } },
		  "look at it: runbook verify 1-3; then: runbook resume" },
		{ none, NULL, false, { { RB_NEXT_INSTALL, "ssh" } }, "install ssh" },
		{ none,
		  "it said no",
		  false,
		  { { RB_NEXT_AWS, "ec2 delete-route" }, { RB_NEXT_EXPLAIN, NULL } },
		  "it said no; this mends it: aws ec2 delete-route; all of the way: runbook "
		  "explain" },
		{ none,
		  "to make it:",
		  false,
		  { { RB_NEXT_HOME_INIT, "s3://a/b?region=c" } },
		  "to make it: runbook home init 's3://a/b?region=c'" },
		/* what is copied from a rehearsal does not arrive at an account */
		{ rehearsal,
		  NULL,
		  false,
		  { { RB_NEXT_AWS, "ec2 delete-route" }, { RB_NEXT_EXPLAIN, NULL } },
		  "this mends it: aws ec2 delete-route --endpoint-url http://127.0.0.1:8420; how "
		  "the AWS CLI reaches the rehearsal, and all of the way: runbook explain "
		  "--sandbox" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_error struct rb_error *err = error_of(&cases[i]);
		auto_error struct rb_error *copy = rb_error_copy(err);
		autofree char *text = hint_text(&cases[i].place, err);
		autofree char *again = hint_text(&cases[i].place, copy);

		if (!text != !cases[i].text || (text && strcmp(text, cases[i].text) != 0))
			fail_msg("case %zu: '%s', not '%s'", i, text ? text : "-",
				 cases[i].text ? cases[i].text : "-");
		assert_int_equal(!again, !text);
		if (text)
			assert_string_equal(again, text);
	}
}

static void programs_read_verb_arguments_and_command(void **state)
{
	const struct hint_place place = { .stack = "a" };
	struct rb_error *err = rb_error_new(RB_FAILED, "x");
	json_t *json, *want;

	(void)state;
	assert_null(hint_next_json(&place, err));
	err = rb_error_next(err, RB_NEXT_SET, "source.zone");
	err = rb_error_next(err, RB_NEXT_RESUME, "--from 1-3");
	json = hint_next_json(&place, err);
	want = json_pack("[{s:s, s:s}, {s:s, s:s, s:s}]", "verb", "set", "arguments", "source.zone",
			 "verb", "resume", "arguments", "--from 1-3", "command",
			 "runbook resume --from 1-3 --stack a");
	assert_true(json_equal(json, want));
	json_decref(json);
	json_decref(want);
	(void)rb_error_free(err);
}

static void a_records_hint_is_that_of_its_error(void **state)
{
	const struct hint_place place = { .stack = "a" };
	json_t *record = json_pack("{s:s, s:[{s:s, s:s}, {s:s}]}", "hint", "try another", "next",
				   "verb", "set", "arguments", "source.zone", "verb", "from-2099");
	json_t *old = json_pack("{s:s}", "hint", "not the run's: remove it");
	autofree char *text = hint_text_of_record(&place, record);
	autofree char *old_text = hint_text_of_record(&place, old);
	json_t *again = json_pack("{s:s, s:[{s:s}]}", "hint", "get new credentials", "next", "verb",
				  "again");
	json_t *wait = json_pack("{s:s, s:[{s:s}]}", "hint", "AWS is busy", "next", "verb", "wait");
	autofree char *again_text = hint_text_of_record(&place, again);
	autofree char *wait_text = hint_text_of_record(&place, wait);

	(void)state;
	assert_string_equal(again_text, "get new credentials"); /* `verify` again would not help */
	assert_string_equal(wait_text, "AWS is busy; wait a few minutes");
	json_decref(again);
	json_decref(wait);
	assert_string_equal(text, "try another; a run's parameters are fixed, so first: runbook "
				  "undo --stack a, then run again with another source.zone");
	assert_string_equal(old_text, "not the run's: remove it");
	json_decref(record);
	json_decref(old);
}

static void advice_replaces_hint_and_verbs(void **state)
{
	auto_error struct rb_error *err = rb_error_new(RB_FAILED, "x");

	(void)state;
	err = rb_error_next(rb_error_hint(err, "old"), RB_NEXT_SET, "source.zone");
	rb_error_advise(err, "new", RB_NEXT_AGAIN, NULL);
	assert_string_equal(err->hint, "new");
	assert_true(rb_error_has_next(err, RB_NEXT_AGAIN));
	assert_false(rb_error_has_next(err, RB_NEXT_SET));
	for (int i = 0; i < RB_NEXT_MAX + 1; i++)
		err = rb_error_next(err, RB_NEXT_UNDO, NULL);
	assert_int_equal(err->next_n, RB_NEXT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_verb_becomes_words_and_commands),
		cmocka_unit_test(programs_read_verb_arguments_and_command),
		cmocka_unit_test(a_records_hint_is_that_of_its_error),
		cmocka_unit_test(advice_replaces_hint_and_verbs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
