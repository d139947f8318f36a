/* SPDX-License-Identifier: Apache-2.0 */
/* Commands for a shell: values, variables and quoting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/record/by_hand.h"
#include "runbook/record/by_hand_text.h"
#include "runbook/record/params.h"
#include "runbook/record/state.h"

/* What sh makes of `word`. */
static char *read_by_sh(const char *word)
{
	autofree char *command = xasprintf("X=valued; printf %%s %s", word);
	char out[512] = "";
	FILE *sh = popen(command, "r");

	assert_non_null(sh);
	out[fread(out, 1, sizeof(out) - 1, sh)] = '\0';
	assert_int_equal(pclose(sh), 0);
	return xstrdup(out);
}

static void any_text_is_one_word_for_the_shell(void **state)
{
	static const char *const texts[] = {
		"",
		"plain",
		"two words",
		"it's",
		"\"quoted\"",
		"$HOME",
		"`id`",
		"a\\b",
		"{a,b}[0]*?~",
		"[?State!='deleted'].State",
		"-n;|&<>#",
		"two\nlines \t",
		"!history",
		"{\"k\":\"it's\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		for (int with = 0; with < 4; with++) { /* a variable before it, after it */
			auto_shell_text t = { 0 };
			auto_buf word = BUF_INIT;
			autofree char *want = xasprintf("%s%s%s", with & 1 ? "valued" : "",
							texts[i], with & 2 ? "valued" : "");
			autofree char *found = NULL;

			if (with & 1)
				shell_text_add(&t, true, "X");
			shell_text_add(&t, false, texts[i]);
			if (with & 2)
				shell_text_add(&t, true, "X");
			shell_text_quote(&t, &word);
			found = read_by_sh(word.p);
			assert_string_equal(found, want);
		}
	}
}

/* ---- a step of its own ------------------------------------------------------------ */

static char *document(void)
{
	return xstrdup("{\"Id\":\"<9-1.thing_id>\",\"Zone\":\"<toy.zone>\"}");
}

static const struct cli_option options[] = {
	{ .name = "--region-of", .value = "<region:0>" },
	{ .name = "--zone", .value = "<toy.zone|9-1.zone>" },
	{ .name = "--flag", .only_when = "toy.zone" },
	{ .name = "--other-flag", .only_when = "!toy.zone" },
	{ .name = "--equal", .only_when = "toy.region=eu-west-1" },
	{ .name = "--different", .only_when = "!toy.region=eu-west-1" },
	{ .name = "--document", .make = document },
	{ .name = "--role", .value = "<name:role>" },
	{ .name = "--tags", .tags = CLI_TAGS_LIST, .what = "thing" },
	{ 0 },
};

static const struct cli_option ids[] = { { .name = "--ids", .value = "<.made_id>" }, { 0 } };

static const struct by_hand by_hand = {
	.make = (const struct cli_command[]){ { .operation = "ec2 create-thing",
						.options = options,
						.query = "Thing.Id",
						.output = "made_id" },
					      { .operation = "ec2 describe-things",
						.options = ids,
						.query = "Things[0].State",
						.until = "ready",
						.fails = "dead|gone" },
					      { .operation = "ec2 only-here",
						.options = ids,
						.only_when = "toy.zone",
						.again = true },
					      { 0 } },
	.unmake =
		(const struct cli_command[]){
			{ .operation = "ec2 delete-thing", .options = ids, .refused = "Nope" },
			{ 0 } },
};

static const struct step first = { .id = "9-1" };
static const struct step second = { .id = "9-2", .by_hand = &by_hand };
static const struct param zone = { .name = "toy.zone", .fallback = "" };
static const struct param region = { .name = "toy.region", .fallback = "eu-west-1" };
static const struct procedure toy = {
	.name = "toy",
	.steps = (const struct step *const[]){ &first, &second, NULL },
	.sides = (const struct procedure_side[]){ { "here", "toy.region" }, { 0 } },
	.params = (const struct param *const[]){ &zone, &region, NULL },
};
static const struct procedure *const toys[] = { &toy, NULL };

static char *shell_of(const struct by_hand_values *values, enum by_hand_way way, size_t i)
{
	json_t *list = by_hand_commands(values, way);
	char *shell = xstrdup_or_null(
		json_string_value(json_object_get(json_array_get(list, i), "shell")));

	json_decref(list);
	return shell;
}

static char *variables_of(const struct by_hand_values *values, enum by_hand_way way)
{
	json_t *list = by_hand_variables(values, way), *v;
	auto_buf names = BUF_INIT;
	size_t i;

	json_array_foreach(list, i, v) {
		(void)buf_addf(&names, "%s%s", i ? " " : "",
			       json_string_value(json_object_get(v, "name")));
	}
	json_decref(list);
	return buf_steal(&names);
}

static void what_is_not_known_is_a_variable_that_is_told_of_before(void **state)
{
	auto_state st;
	struct by_hand_values values = { .state = &st, .stack = "default", .step = &second };
	autofree char *text = NULL, *names = NULL, *back = NULL;

	(void)state;
	state_init(&st, toys);
	text = shell_of(&values, BY_HAND_MAKE, 0);
	assert_string_equal(
		text, "MADE_ID_9_2=$(aws ec2 create-thing \\\n"
		      "    --region eu-west-1 \\\n"
		      "    --region-of eu-west-1 \\\n"
		      "    --zone \"${ZONE_9_1}\" \\\n"
		      "    --other-flag \\\n"
		      "    --equal \\\n"
		      "    --document '{\"Id\":\"'\"${THING_ID_9_1}\"'\",\"Zone\":\"'\"${TOY_ZONE}"
		      "\"'\"}' \\\n"
		      "    --role \"runbook-${RUNBOOK_RUN}-role\" \\\n"
		      "    --tags Key=Name,Value=runbook-default-9-2-thing "
		      "Key=runbook:stack,Value=default "
		      "\"Key=runbook:run,Value=${RUNBOOK_RUN}\" Key=runbook:step,Value=9-2 \\\n"
		      "    --query Thing.Id \\\n"
		      "    --output text)");
	names = variables_of(&values, BY_HAND_MAKE); /* not what is caught on the way */
	assert_string_equal(names, "ZONE_9_1 THING_ID_9_1 TOY_ZONE RUNBOOK_RUN");
	back = variables_of(&values, BY_HAND_UNMAKE);
	assert_string_equal(back, "MADE_ID_9_2");
}

static void a_wait_ends_when_the_state_is_final_and_a_refusal_is_looked_for(void **state)
{
	auto_state st;
	struct by_hand_values values = { .state = &st, .stack = "default", .step = &second };
	autofree char *wait = NULL, *refused = NULL, *none = NULL, *again = NULL;

	(void)state;
	state_init(&st, toys);
	wait = shell_of(&values, BY_HAND_MAKE, 1);
	assert_string_equal(
		wait, "until STATE=$(aws ec2 describe-things \\\n"
		      "    --region eu-west-1 \\\n"
		      "    --ids \"${MADE_ID_9_2}\" \\\n"
		      "    --query 'Things[0].State' \\\n"
		      "    --output text); [ \"$STATE\" = ready ] || [ \"$STATE\" = dead ] || "
		      "[ \"$STATE\" = gone ]; do sleep 10; done\n"
		      "[ \"$STATE\" = ready ] || { echo \"it is $STATE\" >&2; false; }");
	refused = shell_of(&values, BY_HAND_UNMAKE, 0);
	assert_string_equal(refused, "aws ec2 delete-thing \\\n    --region eu-west-1 \\\n"
				     "    --ids \"${MADE_ID_9_2}\" 2>&1 | grep Nope");
	none = shell_of(&values, BY_HAND_MAKE, 2);
	assert_null(none);
	params_fill(&st.params, "toy.zone", "eu-west-1b");
	again = shell_of(&values, BY_HAND_MAKE, 2);
	assert_string_equal(again, "until aws ec2 only-here \\\n    --region eu-west-1 \\\n"
				   "    --ids \"${MADE_ID_9_2}\"; do sleep 10; done");
}

static void in_a_rehearsal_each_command_names_its_endpoint(void **state)
{
	auto_state st;
	struct aws_reach reach = { 0 };
	struct by_hand_values values = {
		.state = &st, .stack = "default", .step = &second, .reach = &reach
	};
	autofree char *none = NULL, *refused = NULL, *mine = NULL;
	json_t *json;

	(void)state;
	state_init(&st, toys);
	none = shell_of(&values, BY_HAND_UNMAKE, 0);
	assert_null(strstr(none, "endpoint"));
	assert_true(json_is_null(json = aws_reach_json(&reach)));
	json_decref(json);
	aws_reach_own(&reach, "/it's/default/sandbox.db", 600);
	refused = shell_of(&values, BY_HAND_UNMAKE, 0);
	assert_string_equal(refused, "aws ec2 delete-thing \\\n    --region eu-west-1 \\\n"
				     "    --ids \"${MADE_ID_9_2}\" \\\n"
				     "    --endpoint-url http://127.0.0.1:8420 2>&1 | grep Nope");
	assert_string_equal(reach.serve, "runbook-sandbox serve --listen 127.0.0.1:8420 --state "
					 "'/it'\\''s/default/sandbox.db' --speed 600");
	assert_string_equal(reach.shell, "export AWS_ENDPOINT_URL=http://127.0.0.1:8420 "
					 "AWS_ACCESS_KEY_ID=AKIASANDBOX000000000 "
					 "AWS_SECRET_ACCESS_KEY=sandbox AWS_SESSION_TOKEN=");
	aws_reach_named(&reach, NULL); /* a shell that does not know where stops */
	mine = shell_of(&values, BY_HAND_UNMAKE, 0);
	assert_non_null(strstr(mine, "--endpoint-url \"${AWS_ENDPOINT_URL}\""));
	assert_string_equal(reach.shell,
			    ": \"${AWS_ENDPOINT_URL:?the sandbox that the run was made in}\"");
	aws_reach_clear(&reach);
}

static void a_run_gives_its_values_but_what_is_made_now_is_no_earlier_one(void **state)
{
	auto_state st;
	struct by_hand_values values = { .state = &st, .stack = "default", .step = &second };
	json_t *run = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:{s:s}, s:s}", "type", "run",
				"at_ms", 1, "run", "20261129-0a0b0c0d", "procedure", "toy", "stack",
				"default", "account", "123456789012", "partition", "aws",
				"parameters", "toy.zone", "eu-west-1a", "version", "1.0.0");
	json_t *thing = json_pack("{s:s, s:i, s:s, s:s, s:s}", "type", "output", "at_ms", 2, "step",
				  "9-1", "name", "thing_id", "value", "thing-1");
	json_t *made = json_pack("{s:s, s:i, s:s, s:s, s:s}", "type", "output", "at_ms", 3, "step",
				 "9-2", "name", "made_id", "value", "made-1");
	autofree char *text = NULL, *wait = NULL, *back = NULL, *names = NULL, *after = NULL;

	(void)state;
	state_init(&st, toys);
	assert_null(state_apply(&st, run));
	assert_null(state_apply(&st, thing));
	assert_null(state_apply(&st, made));
	text = shell_of(&values, BY_HAND_MAKE, 0);
	assert_non_null(strstr(text, "--document '{\"Id\":\"thing-1\",\"Zone\":\"eu-west-1a\"}'"));
	assert_non_null(strstr(text, "--zone eu-west-1a \\\n    --flag \\\n"));
	assert_non_null(strstr(text, " Key=runbook:run,Value=20261129-0a0b0c0d "));
	wait = shell_of(&values, BY_HAND_MAKE, 1);
	assert_non_null(strstr(wait, "--ids \"${MADE_ID_9_2}\""));
	back = shell_of(&values, BY_HAND_UNMAKE, 0);
	assert_non_null(strstr(back, "--ids made-1"));
	names = variables_of(&values, BY_HAND_MAKE);
	assert_string_equal(names, "");
	st.undone = true; /* its ids are nobody's any more */
	after = shell_of(&values, BY_HAND_UNMAKE, 0);
	assert_non_null(strstr(after, "--ids \"${MADE_ID_9_2}\""));
	json_decref(run);
	json_decref(thing);
	json_decref(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_text_is_one_word_for_the_shell),
		cmocka_unit_test(what_is_not_known_is_a_variable_that_is_told_of_before),
		cmocka_unit_test(a_wait_ends_when_the_state_is_final_and_a_refusal_is_looked_for),
		cmocka_unit_test(in_a_rehearsal_each_command_names_its_endpoint),
		cmocka_unit_test(a_run_gives_its_values_but_what_is_made_now_is_no_earlier_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
