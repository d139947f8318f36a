/* SPDX-License-Identifier: Apache-2.0 */
/* What a preflight finds beside permissions: accounts of the sandbox, one finding each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aws/account.h"
#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/preflight.h"
#include "tests/lib/sbx_world.h"

/* The looks alone; permissions are asked before them. */
enum { LOOKS_MOST = 34 };
#define NOTHING "{'guardrails':[],'quotas':{},'settings':{}}"
#define KEY "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-1111-2222-3333-444455556666"

static struct params params;
static struct policy_subject subject;
static struct run_state run;

static int setup(void **state)
{
	(void)state;
	params_init(&params, all_procedures[0]);
	state_init(&run, all_procedures);
	subject = (struct policy_subject){ .procedure = all_procedures[0],
					   .params = &params,
					   .account = "123456789012",
					   .partition = "aws",
					   .stack = "default" };
	sbx_world_account(NOTHING);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	params_clear(&params);
	state_clear(&run);
	return 0;
}

/* Parameters "a=b c=d". */
static void set_all(const char *pairs)
{
	while (*pairs) {
		size_t n = strcspn(pairs, " ");
		autofree char *pair = xstrndup(pairs, n);

		well(params_set_pair(&params, pair));
		pairs += n + (pairs[n] == ' ');
	}
}

static void look(struct preflight *p, int64_t left_s)
{
	preflight_begin(p);
	well(params_finish(&params));
	well(policy_name_things(&subject, &params, run.run_id));
	well(preflight_check(aws_client_session(tokyo), &subject, &run, left_s, p));
	if (p->calls > LOOKS_MOST)
		fail_msg("%d calls", p->calls);
}

static const struct finding *find(const struct preflight *p, const char *step, const char *what,
				  const char *text)
{
	for (size_t i = 0; i < p->findings.n; i++) {
		const struct finding *f = &p->findings.v[i];
		const char *its = said_english(f->text);

		if (text_eq(f->step, step) && text_eq(f->what, what) && strstr(its, text))
			return f;
	}
	return NULL;
}

static void print_all(const struct preflight *p)
{
	for (size_t i = 0; i < p->findings.n; i++) {
		const struct finding *f = &p->findings.v[i];
		const char *its = said_english(f->text);

		print_message("%s %s %s: %s\n", f->step, f->what, preflight_word(f->verdict), its);
	}
}

static void expect(const struct preflight *p, const char *step, const char *what,
		   enum preflight_verdict verdict, const char *text)
{
	const struct finding *f = find(p, step, what, text);

	if (f && f->verdict == verdict)
		return;
	print_all(p);
	fail_msg("%s %s %s: %s", step, what, preflight_word(verdict), text);
}

#define QUOTA(code, value) "{'quotas':{'" code "':" value "}}"
#define SETTING(name, its) "{'settings':{'" name "':{" its "}}}"
#define DENY(action)                                                                               \
	"{'guardrails':[{'name':'g','policy':{'Version':'2012-10-17','Statement':[{'Effect':"      \
	"'Deny','Action':'" action "','Resource':'*'}]}}]}"
#define YES PREFLIGHT_YES
#define NO PREFLIGHT_NO
#define OPEN PREFLIGHT_UNKNOWN

static const struct {
	const char *account, *params, *step, *what;
	enum preflight_verdict verdict;
	const char *text;
} rows[] = {
	/* quotas */
	{ NOTHING, "", "1-1", "quota", YES, "VPCs in ap-northeast-1: 0 of 5 used, 1 more" },
	{ QUOTA("L-F678F1CE", "0"), "", "1-1", "quota", NO, "VPCs in ap-northeast-1: 0 of 0" },
	{ QUOTA("L-F678F1CE", "0"), "", "2-1", "quota", NO, "VPCs in us-east-1: 0 of 0" },
	{ QUOTA("L-F678F1CE", "1"), "", "1-1", "quota", YES, "0 of 1 used, 1 more" },
	{ QUOTA("L-E79EC296", "2"), "", "1-3", "quota", YES,
	  "security groups in ap-northeast-1: 0 of 2 used, 2" },
	{ QUOTA("L-E79EC296", "2"), "", "1-4", "quota", NO,
	  "security groups in ap-northeast-1: 0 of 2 used, 3" },
	{ QUOTA("L-1216C47A", "1"), "", "1-4", "quota", NO, "0 of 1 used, 2 more" },
	{ QUOTA("L-1216C47A", "2"), "", "1-4", "quota", YES, "0 of 2 used, 2 more" },
	{ QUOTA("L-1216C47A", "2"), "source.instance_type=c5.xlarge", "1-4", "quota", NO,
	  "4 more" },
	{ QUOTA("L-6E65F664", "0"), "", "1-4", "quota", NO,
	  "instance profiles in the account: 0 of 0" },
	{ QUOTA("L-DC9F7029", "0"), "", "3-1", "quota", NO, "outstanding peering requests" },
	{ DENY("servicequotas:*"), "", "1-1", "quota", YES, "VPCs in ap-northeast-1: 0 of 5" },
	{ DENY("ec2:DescribeSecurityGroups"), "", "1-3", "quota", OPEN, "is not known" },
	{ DENY("iam:GetAccountSummary"), "", "1-4", "quota", OPEN, "cannot read what IAM counts" },
	/* places */
	{ NOTHING, "", "1-1", "region", YES, "region ap-northeast-1 is on" },
	{ SETTING("regions_off", "'names':['ap-northeast-1']"), "", "1-1", "region", NO,
	  "region ap-northeast-1" },
	{ SETTING("regions_off", "'names':['ap-northeast-1']"), "", "2-1", "region", YES,
	  "region us-east-1 is on" },
	{ SETTING("regions_off", "'names':['us-east-1']"), "", "2-1", "region", NO,
	  "region us-east-1" },
	{ NOTHING, "source.zone=ap-northeast-1b", "1-2", "zone", NO,
	  "there is no zone ap-northeast-1b" },
	{ NOTHING, "source.region=us-east-1 source.zone=us-east-1e destination.region=us-west-2",
	  "1-4", "instance type", NO, "us-east-1e offers no instance type t3.micro" },
	{ NOTHING, "destination.zone=us-east-1e", "2-2", "endpoint service", NO,
	  "is not in zone us-east-1e" },
	{ NOTHING, "destination.zone=us-east-1a", "2-2", "endpoint service", YES, "us-east-1a" },
	{ DENY("ec2:DescribeVpcEndpointServices"), "", "2-2", "endpoint service", OPEN, "" },
	/* images */
	{ NOTHING, "", "1-4", "image", YES, "al2023-ami-" },
	{ SETTING("allowed_images", "'state':'enabled','criteria':[]"), "", "1-4", "image", NO,
	  "Allowed AMIs rule (account) does not admit image ami-" },
	{ SETTING("allowed_images", "'state':'audit-mode','criteria':[]"), "", "1-4", "image", YES,
	  "audit mode" },
	{ NOTHING, "source.image=ami-0123456789abcdef0", "1-4", "image", NO,
	  "is not in ap-northeast-1" },
	{ DENY("ssm:GetParameter"), "", "1-4", "image", OPEN, "" },
	{ DENY("ec2:DescribeImages"), "", "1-4", "image", OPEN, "" },
	/* settings */
	{ SETTING("instance_metadata", "'http_tokens_enforced':'enabled'"), "", "1-4",
	  "instance metadata", YES, "lets no instance be without metadata tokens" },
	{ NOTHING, "", "1-4", "volume encryption", YES, "demands no encryption" },
	{ SETTING("ebs_encryption", ""), "", "1-4", "volume encryption", YES, "EBS's own key" },
	{ SETTING("ebs_encryption", "'key':'" KEY "'"), "", "1-4", "volume encryption", OPEN,
	  "is enabled" },
	{ SETTING("ebs_encryption", "'key':'" KEY "','key_state':'PendingDeletion'"), "", "1-4",
	  "volume encryption", NO, "which is 'PendingDeletion'" },
	{ SETTING("block_public_access", "'mode':'block-bidirectional'"), "", "2-1",
	  "block public access", YES,
	  "VPCs of us-east-1 are blocked from the internet (block-bidirectional, account)" },
	{ SETTING("vpc_encryption", "'mode':'attempt-enforce'"), "", "3-1", "peering", OPEN,
	  "enforces encryption" },
	{ SETTING("vpc_encryption", "'mode':'attempt-monitor'"), "", "3-1", "peering", YES,
	  "do not overlap" },
	{ SETTING("s3_public_access", "'BlockPublicPolicy':true"), "", "2-4", "public policy", YES,
	  "lets no bucket's policy be public" },
	/* names */
	{ NOTHING, "", "2-4", "bucket", YES, "a name of its own" },
	{ NOTHING, "destination.bucket=nobodys-name", "2-4", "bucket", YES,
	  "nobody has a bucket nobodys-name" },
	{ NOTHING, "destination.bucket=taken-by-another", "2-4", "bucket", OPEN,
	  "is there already" },
};

static void each_account_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_preflight p = { 0 };

		assert_int_equal(teardown(NULL), 0);
		assert_int_equal(setup(NULL), 0);
		sbx_world_account(rows[i].account);
		set_all(rows[i].params);
		look(&p, /* left_s= */ -1);
		expect(&p, rows[i].step, rows[i].what, rows[i].verdict, rows[i].text);
	}
}

/* ---- what stands already ------------------------------------------------------ */

static void what_stands_is_not_needed_again(void **state)
{
	auto_preflight before = { 0 }, after = { 0 };

	(void)state;
	sbx_world_account(QUOTA("L-F678F1CE", "0"));
	run.run_id = xstrdup("20261129-01234567");
	run.history[0].state = STEP_FAILED;
	look(&before, -1);
	expect(&before, "1-1", "quota", NO, "VPCs in ap-northeast-1");
	run.history[0].state = STEP_HELD;
	look(&after, -1);
	assert_null(find(&after, "1-1", "quota", ""));
	expect(&after, "2-1", "quota", NO, "VPCs in us-east-1");
}

static void others_networks_are_told_and_are_no_reason(void **state)
{
	auto_preflight p = { 0 };
	autofree char *id = NULL;

	(void)state;
	well(ec2_create_vpc(virginia, "10.1.128.0/17", NULL, &id));
	look(&p, -1);
	expect(&p, "2-1", "network", YES, id);
	expect(&p, "2-1", "quota", YES, "VPCs in us-east-1: 1 of 5 used, 1 more");
	expect(&p, "1-1", "network", YES, "no other VPC in ap-northeast-1");
	well(ec2_delete_vpc(virginia, id));
}

static void credentials_that_end_early_are_told(void **state)
{
	auto_preflight early = { 0 }, late = { 0 };

	(void)state;
	look(&early, 60);
	expect(&early, "1-1", "credentials", OPEN, "still live for 60 s");
	look(&late, 24L * 3600);
	expect(&late, "1-1", "credentials", YES, "run and undo take");
}

static void no_more_is_asked_than_there_is_room_for(void **state)
{
	auto_preflight p = { 0 };

	(void)state;
	preflight_begin(&p);
	p.calls = 56;
	well(params_finish(&params));
	well(policy_name_things(&subject, &params, NULL));
	well(preflight_check(aws_client_session(tokyo), &subject, &run, -1, &p));
	assert_int_equal(p.calls, 59);
	expect(&p, "1-4", "volume encryption", OPEN, "no time");
}

/* ---- families ------------------------------------------------------------------------ */

static void families_with_a_quota_of_their_own_are_known(void **state)
{
	(void)state;
	assert_true(ec2_type_is_standard("t3.micro"));
	assert_true(ec2_type_is_standard("im4gn.large"));
	assert_false(ec2_type_is_standard("inf2.xlarge"));
	assert_false(ec2_type_is_standard("hpc7g.4xlarge"));
	assert_false(ec2_type_is_standard("mac2.metal"));
	assert_false(ec2_type_is_standard("p5.48xlarge"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_account_is_read),
		T(what_stands_is_not_needed_again),
		T(others_networks_are_told_and_are_no_reason),
		T(credentials_that_end_early_are_told),
		T(no_more_is_asked_than_there_is_room_for),
		T(families_with_a_quota_of_their_own_are_known),
	};

	return cmocka_run_group_tests(tests, sbx_world_start, sbx_world_stop);
}
