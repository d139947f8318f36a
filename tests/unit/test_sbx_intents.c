/* SPDX-License-Identifier: Apache-2.0 */
/* --journal: one synced intent a call, and the right one.  The records are the program's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/file.h"
#include "runbook/record/journal.h"
#include "tests/lib/sbx_client.h"
#include "tests/lib/temp.h"

static char dir[TEMP_MAX];
static char *path;
static struct journal *journal;
static struct intents *intents;

static void open_journal(void)
{
	assert_null(journal_open(path, NULL, NULL, &journal));
}

static int start(void **state)
{
	autofree char *stack = NULL;

	(void)state;
	if (!temp_folder(dir, "test_intents"))
		return -1;
	stack = file_join(dir, "default");
	assert_null(file_make_private_dir(stack));
	path = file_join(stack, "journal.jsonl");
	open_journal();
	intents = intents_new(dir);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	journal_close(journal);
	journal = NULL;
	intents_free(intents);
	free(path);
	return file_remove_tree(dir) ? -1 : 0;
}

static void say(bool sync, const char *step, const char *service, const char *action,
		const char *region, const char *token)
{
	assert_null(
		journal_append(journal,
			       json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s*}", "type", "intent",
					 "step", step, "phase", "do", "service", service, "action",
					 action, "region", region, "token", token),
			       sync, NULL));
}

static bool may(const char *service, const char *action, const char *region, const char *step,
		const char *token, const char *invocation)
{
	const struct sbx_change change = { service, action, region, step, token, invocation };

	return intents_use(intents, &change);
}

static void each_call_uses_up_one_intent(void **state)
{
	(void)state;
	assert_false(may("ec2", "CreateVpc", "us-east-1", NULL, NULL, NULL));
	say(true, "2-1", "ec2", "CreateVpc", "us-east-1", NULL);
	assert_true(may("ec2", "CreateVpc", "us-east-1", NULL, NULL, NULL));
	assert_false(may("ec2", "CreateVpc", "us-east-1", NULL, NULL, NULL));
	say(true, "2-1", "ec2", "CreateVpc", "us-east-1", NULL);
	say(true, "1-1", "ec2", "CreateVpc", "us-east-1", NULL);
	assert_true(may("ec2", "CreateVpc", "us-east-1", "1-1", NULL, NULL));
	assert_false(may("ec2", "CreateVpc", "us-east-1", "1-1", NULL, NULL));
	assert_true(may("ec2", "CreateVpc", "us-east-1", "2-1", NULL, NULL));
}

static void another_try_of_a_call_needs_no_second_one(void **state)
{
	(void)state;
	say(true, "2-1", "ec2", "DeleteVpc", "us-east-1", NULL);
	assert_true(may("ec2", "DeleteVpc", "us-east-1", NULL, NULL, "one"));
	assert_true(may("ec2", "DeleteVpc", "us-east-1", NULL, NULL, "one"));
	assert_false(may("ec2", "DeleteVpc", "us-east-1", NULL, NULL, "two"));
}

static void everything_that_a_call_says_must_agree(void **state)
{
	(void)state;
	say(true, "1-4", "ec2", "RunInstances", "us-east-1", "tok");
	assert_false(may("ec2", "RunInstances", "us-west-1", "1-4", "tok", NULL));
	assert_false(may("ec2", "RunInstance", "us-east-1", "1-4", "tok", NULL));
	assert_false(may("iam", "RunInstances", "us-east-1", "1-4", "tok", NULL));
	assert_false(may("ec2", "RunInstances", "us-east-1", "1-3", "tok", NULL));
	assert_false(may("ec2", "RunInstances", "us-east-1", "1-4", "tok2", NULL));
	assert_false(may("ec2", "RunInstances", "us-east-1", "1-4", NULL, NULL));
	assert_true(may("ec2", "RunInstances", "us-east-1", "1-4", "tok", NULL));
	say(true, "1-4", "ec2", "CreateSubnet", "us-east-1", NULL);
	assert_false(may("ec2", "CreateSubnet", "us-east-1", "1-4", "tok", NULL));
	say(true, "1-4", "iam", "CreateRole", "ap-northeast-1", NULL);
	assert_true(may("iam", "CreateRole", "us-east-1", "1-4", NULL, NULL)); /* no regions */
}

static void what_was_not_synced_does_not_count(void **state)
{
	(void)state;
	say(true, "1-1", "ec2", "CreateSubnet", "us-east-1", NULL); /* so far it goes */
	say(false, "2-1", "ec2", "CreateVpc", "us-east-1", NULL);
	assert_false(may("ec2", "CreateVpc", "us-east-1", NULL, NULL, NULL));
	assert_null(journal_flush(journal));
	assert_true(may("ec2", "CreateVpc", "us-east-1", NULL, NULL, NULL));
}

static void a_journal_that_was_cut_gives_nothing_twice(void **state)
{
	(void)state;
	say(true, "1-1", "ec2", "CreateVpc", "us-east-1", NULL);
	assert_true(may("ec2", "CreateVpc", "us-east-1", NULL, NULL, NULL));
	say(true, "1-1", "ec2", "DeleteVpc", "us-east-1", NULL);
	say(true, "1-2", "ec2", "CreateSubnet", "us-east-1", NULL);
	assert_false(may("ec2", "CreateVpc", "us-east-1", NULL, NULL, NULL));
	journal_close(journal);
	journal = NULL;
	{
		auto_buf text = BUF_INIT;
		const char *second;

		assert_null(file_read(path, 10000, &text));
		second = strchr(strchr(text.p, '\n') + 1, '\n') + 1;
		assert_int_equal(truncate(path, second - text.p), 0);
	}
	open_journal();
	assert_false(may("ec2", "CreateVpc", "us-east-1", NULL, NULL, NULL));
	assert_false(may("ec2", "CreateSubnet", "us-east-1", NULL, NULL, NULL));
	assert_true(may("ec2", "DeleteVpc", "us-east-1", NULL, NULL, NULL));
	say(true, "1-2", "ec2", "CreateSubnet", "us-east-1", NULL);
	assert_true(may("ec2", "CreateSubnet", "us-east-1", NULL, NULL, NULL));
}

static void without_a_word_of_the_program_nothing_is_synced(void **state)
{
	autofree char *synced = xasprintf("%s.synced", path);

	(void)state;
	say(true, "1-1", "ec2", "CreateVpc", "us-east-1", NULL);
	assert_int_equal(unlink(synced), 0);
	assert_false(may("ec2", "CreateVpc", "us-east-1", NULL, NULL, NULL));
	/* or when it speaks of another file of that name */
	assert_null(
		file_write_atomic(synced, "00000000000000000001 00000000000000099999\n", 42, 0600));
	assert_false(may("ec2", "CreateVpc", "us-east-1", NULL, NULL, NULL));
}

static void what_another_sandbox_saw_is_used_up(void **state)
{
	(void)state;
	say(true, "1-1", "ec2", "CreateVpc", "us-east-1", NULL);
	intents_free(intents);
	intents = intents_new(dir);
	assert_false(may("ec2", "CreateVpc", "us-east-1", NULL, NULL, NULL));
	say(true, "1-1", "ec2", "CreateVpc", "us-east-1", NULL);
	assert_true(may("ec2", "CreateVpc", "us-east-1", NULL, NULL, NULL));
}

#define EC2(...) sbx_query_call(&c, "ec2", __VA_ARGS__)

static void the_sandbox_asks_of_every_change(void **state)
{
	static const char create[] = "CreateVpc&CidrBlock=10.0.0.0/16";
	static const char tagged[] = "CreateVpc&CidrBlock=10.0.0.0/16&"
				     "TagSpecification.1.ResourceType=vpc&"
				     "TagSpecification.1.Tag.1.Key=runbook:step&"
				     "TagSpecification.1.Tag.1.Value=%s";
	autofree char *list = file_join(dir, "intents-missing");
	auto_buf missing = BUF_INIT;
	struct sbx_client c;

	(void)state;
	sbx_client_start_with(&c, &(struct sbx_options){ .speed = 1, .journal_path = dir });
	c.region = "us-east-1";
	assert_string_equal(EC2(create), "SandboxIntentMissing");
	assert_int_equal(c.rep.status, 500);
	assert_null(EC2("DescribeVpcs"));
	assert_string_equal(EC2("CreateVpc&CidrBlock=10.0.0.0/16&DryRun=true"), "DryRunOperation");
	say(true, "1-1", "ec2", "CreateVpc", "us-east-1", NULL);
	assert_string_equal(EC2(tagged, "2-1"), "SandboxIntentMissing");
	assert_null(EC2(tagged, "1-1"));
	assert_string_equal(EC2(tagged, "1-1"), "SandboxIntentMissing");
	c.agent = "Boto3/1.26.27";
	assert_null(EC2(create));
	c.agent = "aws-cli/2.9.19";
	assert_null(EC2(create));
	c.agent = "runbook/1.0.0 aws-cli/2.9.19";
	assert_string_equal(EC2(create), "SandboxIntentMissing");
	assert_null(file_read(list, 10000, &missing));
	assert_non_null(strstr(missing.p, "ec2 CreateVpc in us-east-1, step 2-1, token -\n"));
	sbx_client_stop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(each_call_uses_up_one_intent),
		TEST(another_try_of_a_call_needs_no_second_one),
		TEST(everything_that_a_call_says_must_agree),
		TEST(what_was_not_synced_does_not_count),
		TEST(a_journal_that_was_cut_gives_nothing_twice),
		TEST(without_a_word_of_the_program_nothing_is_synced),
		TEST(what_another_sandbox_saw_is_used_up),
		TEST(the_sandbox_asks_of_every_change),
#undef TEST
	};

	(void)setenv("RUNBOOK_FAULT_SYNCED", "journal.sync", 1);
	return cmocka_run_group_tests_name("sbx_intents", tests, NULL, NULL);
}
