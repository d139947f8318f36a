/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox's principals, boundaries and guardrails: each action on each of its resources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/iam/principal.h"
#include "tests/lib/sbx_client.h"

static struct sbx_client c;

static int setup(void **state)
{
	(void)state;
	sbx_client_start(&c);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sbx_client_stop(&c);
	return 0;
}

/* `quoted` is JSON with ' for ": who may what. */
static char *set_account(const char *quoted)
{
	autofree char *text = xstrdup(quoted);
	json_t *wanted;
	char *why;

	for (char *p = text; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	wanted = json_loads(text, 0, NULL);
	assert_non_null(wanted);
	sbx_lock(c.sbx);
	why = account_set(c.sbx, wanted);
	sbx_unlock(c.sbx);
	json_decref(wanted);
	return why;
}

#define STATEMENT(action, resource, condition)                                                     \
	"{'Effect':'Allow','Action':'" action "','Resource':'" resource "'" condition "}"
#define IF(operator, key, value) ",'Condition':{'" operator"':{'" key "':'" value "'}}"
#define OPERATOR(more, statements)                                                                 \
	"{'principals':[{'name':'op','access_key_id':'AKIAOPERATOR00000000','secret':'x'" more     \
	",'policies':[{'Version':'2012-10-17','Statement':[" statements "]}]}]}"

/* From now on it is the operator who asks; and the account again. */
static void become_operator(const char *account)
{
	assert_null(set_account(account));
	c.key_id = "AKIAOPERATOR00000000";
	c.secret = "x";
}

static void become_root(void)
{
	c.key_id = SANDBOX_ACCESS_KEY;
	c.secret = SANDBOX_SECRET_KEY;
}

/* The call is answered by `code` (NULL: it does well). */
#define ANSWERS(code, call)                                                                        \
	do {                                                                                       \
		const char *want_ = code, *code_ = call;                                           \
		if (want_ ? !text_eq(code_, want_) : code_ != NULL)                                \
			fail_msg("%s\n%s", #call, c.rep.body.p);                                   \
	} while (0)
#define DENIED "UnauthorizedOperation"
#define EC2(...) sbx_query_call(&c, "ec2", __VA_ARGS__)
#define IAM(...) sbx_query_call(&c, "iam", __VA_ARGS__)

#define TAGGED(type)                                                                               \
	"&TagSpecification.1.ResourceType=" type "&TagSpecification.1.Tag.1.Key=runbook:stack&"    \
	"TagSpecification.1.Tag.1.Value=a"
#define OTHER(type)                                                                                \
	"&TagSpecification.1.ResourceType=" type "&TagSpecification.1.Tag.1.Key=runbook:stack&"    \
	"TagSpecification.1.Tag.1.Value=b"
#define VPC_ARN "arn:aws:ec2:us-east-1:123456789012:vpc/*"
#define NEW_VPC "CreateVpc&CidrBlock=10.0.0.0/16"
#define MAKES_VPC                                                                                  \
	STATEMENT("ec2:CreateVpc", VPC_ARN, IF("StringEquals", "aws:RequestTag/runbook:stack", "a"))
#define TAGS_VPC                                                                                   \
	STATEMENT("ec2:CreateTags", VPC_ARN, IF("StringEquals", "ec2:CreateAction", "CreateVpc"))

static void what_is_new_is_judged_by_the_tags_it_gets(void **state)
{
	(void)state;
	become_operator(OPERATOR("", MAKES_VPC "," TAGS_VPC));
	ANSWERS(NULL, EC2(NEW_VPC TAGGED("vpc")));
	ANSWERS(DENIED, EC2(NEW_VPC));
	ANSWERS(DENIED, EC2(NEW_VPC OTHER("vpc")));
	c.region = "ap-northeast-1";
	ANSWERS(DENIED, EC2(NEW_VPC TAGGED("vpc")));
	c.region = "us-east-1";
	become_operator(OPERATOR("", MAKES_VPC)); /* tags are a permission of their own */
	ANSWERS(DENIED, EC2(NEW_VPC TAGGED("vpc")));
	assert_true(sbx_answer_has(&c, "perform: ec2:CreateTags on resource: " VPC_ARN
				       " because no identity-based policy allows"));
}

static void a_dry_run_answers_what_the_call_would(void **state)
{
	(void)state;
	become_operator(OPERATOR("", MAKES_VPC "," TAGS_VPC));
	ANSWERS("DryRunOperation", EC2(NEW_VPC TAGGED("vpc") "&DryRun=true"));
	ANSWERS(DENIED, EC2(NEW_VPC "&DryRun=true"));
}

static void what_is_there_is_judged_by_the_tags_it_has(void **state)
{
	autofree char *mine = NULL, *others = NULL;

	(void)state;
	ANSWERS(NULL, EC2(NEW_VPC TAGGED("vpc")));
	mine = sbx_answer_element(&c, "vpcId");
	ANSWERS(NULL, EC2(NEW_VPC OTHER("vpc")));
	others = sbx_answer_element(&c, "vpcId");
	become_operator(
		OPERATOR("", STATEMENT("ec2:DeleteVpc", "*",
				       IF("StringEquals", "aws:ResourceTag/runbook:stack", "a"))));
	ANSWERS(DENIED, EC2("DeleteVpc&VpcId=%s", others));
	ANSWERS(NULL, EC2("DeleteVpc&VpcId=%s", mine));
	/* Gone is gone: the action says so. */
	ANSWERS("InvalidVpcID.NotFound", EC2("DeleteVpc&VpcId=%s", mine));
}

static void a_create_is_judged_by_all_it_touches(void **state)
{
	autofree char *vpc = NULL;
	char *call;

	(void)state;
	ANSWERS(NULL, EC2(NEW_VPC TAGGED("vpc")));
	vpc = sbx_answer_element(&c, "vpcId");
	call = xasprintf("CreateSubnet&CidrBlock=10.0.0.0/20&VpcId=%s", vpc);
	become_operator(OPERATOR("", STATEMENT("ec2:CreateSubnet",
					       "arn:aws:ec2:us-east-1:123456789012:subnet/*", "")));
	ANSWERS(DENIED, EC2("%s", call)); /* and the VPC? */
	become_operator(OPERATOR("", STATEMENT("ec2:CreateSubnet", VPC_ARN, "")));
	ANSWERS(DENIED, EC2("%s", call));
	become_operator(OPERATOR("", STATEMENT("ec2:CreateSubnet", VPC_ARN, "") "," STATEMENT(
					     "ec2:CreateSubnet",
					     "arn:aws:ec2:us-east-1:123456789012:subnet/*", "")));
	ANSWERS(NULL, EC2("%s", call));
	free(call);
}

static void a_list_has_no_resource(void **state)
{
	(void)state;
	become_operator(OPERATOR("", STATEMENT("ec2:DescribeVpcs", VPC_ARN, "")));
	ANSWERS(DENIED, EC2("DescribeVpcs"));
	become_operator(
		OPERATOR("", STATEMENT("ec2:DescribeVpcs", "*",
				       IF("StringEquals", "aws:RequestedRegion", "us-east-1"))));
	ANSWERS(NULL, EC2("DescribeVpcs"));
	ANSWERS(DENIED, EC2("DescribeSubnets"));
}

#define TRUST                                                                                      \
	"%%7B%%22Version%%22:%%222012-10-17%%22,%%22Statement%%22:%%5B%%7B%%22Effect%%22:"         \
	"%%22Allow%%22,%%22Principal%%22:%%7B%%22Service%%22:%%22ec2.amazonaws.com%%22"            \
	"%%7D,%%22Action%%22:%%22sts:AssumeRole%%22%%7D%%5D%%7D"
#define ROLES "arn:aws:iam::123456789012:role/runbook/*"
#define PROFILES "arn:aws:iam::123456789012:instance-profile/runbook/*"

static void a_role_is_judged_by_its_path(void **state)
{
	(void)state;
	become_operator(OPERATOR("", STATEMENT("iam:CreateRole", ROLES,
					       "") "," STATEMENT("iam:GetRole", ROLES, "")));
	ANSWERS(NULL,
		IAM("CreateRole&RoleName=r&Path=/runbook/x/&AssumeRolePolicyDocument=" TRUST));
	ANSWERS("AccessDenied", IAM("CreateRole&RoleName=s&AssumeRolePolicyDocument=" TRUST));
	ANSWERS(NULL, IAM("GetRole&RoleName=r"));
	ANSWERS("AccessDenied", IAM("GetRole&RoleName=none")); /* no path is known of it */
	ANSWERS("AccessDenied", IAM("AttachRolePolicy&RoleName=r&"
				    "PolicyArn=arn:aws:iam::aws:policy/AmazonS3FullAccess"));
	become_operator(OPERATOR("", STATEMENT("iam:AttachRolePolicy", ROLES,
					       IF("ArnEquals", "iam:PolicyARN",
						  "arn:aws:iam::aws:policy/AmazonS3FullAccess"))));
	ANSWERS("AccessDenied", IAM("AttachRolePolicy&RoleName=r&"
				    "PolicyArn=arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"));
	ANSWERS(NULL, IAM("AttachRolePolicy&RoleName=r&"
			  "PolicyArn=arn:aws:iam::aws:policy/AmazonS3FullAccess"));
}

static void a_role_that_is_handed_over_must_be_passed(void **state)
{
	(void)state;
	ANSWERS(NULL,
		IAM("CreateRole&RoleName=r&Path=/runbook/x/&AssumeRolePolicyDocument=" TRUST));
	ANSWERS(NULL, IAM("CreateInstanceProfile&InstanceProfileName=p&Path=/runbook/x/"));
	become_operator(OPERATOR("", STATEMENT("iam:AddRoleToInstanceProfile", PROFILES, "")));
	ANSWERS("AccessDenied", IAM("AddRoleToInstanceProfile&InstanceProfileName=p&RoleName=r"));
	assert_true(sbx_answer_has(&c, "perform: iam:PassRole"));
	become_operator(OPERATOR(
		"", STATEMENT("iam:AddRoleToInstanceProfile", PROFILES, "") "," STATEMENT(
			    "iam:PassRole", ROLES,
			    IF("StringEquals", "iam:PassedToService", "ec2.amazonaws.com"))));
	ANSWERS(NULL, IAM("AddRoleToInstanceProfile&InstanceProfileName=p&RoleName=r"));
}

#define EVERYTHING STATEMENT("*", "*", "")

static void a_boundary_allows_nothing_and_holds_everything(void **state)
{
	(void)state;
	become_operator(OPERATOR(",'boundary':{'Version':'2012-10-17','Statement':[" STATEMENT(
					 "ec2:Describe*", "*", "") "]}",
				 EVERYTHING));
	ANSWERS(NULL, EC2("DescribeVpcs"));
	ANSWERS(DENIED, EC2(NEW_VPC));
	assert_true(sbx_answer_has(&c, "because no permissions boundary allows"));
	become_operator(OPERATOR(",'boundary':{'Version':'2012-10-17','Statement':[" EVERYTHING
				 "]}",
				 STATEMENT("ec2:DescribeVpcs", "*", "")));
	ANSWERS(NULL, EC2("DescribeVpcs"));
	ANSWERS(DENIED, EC2("DescribeSubnets"));
}

#define GUARDRAIL(statement)                                                                       \
	"{'guardrails':[{'name':'g','policy':{'Version':'2012-10-17','Statement':[" statement      \
	"]}}]}"

static void guardrails_bind_everybody_and_are_named(void **state)
{
	(void)state;
	assert_null(set_account(GUARDRAIL("{'Effect':'Deny','Action':'ec2:*','Resource':'*',"
					  "'Condition':{'StringNotEquals':{'aws:RequestedRegion':"
					  "'us-east-1'}}}")));
	ANSWERS(NULL, EC2("DescribeVpcs"));
	c.region = "ap-northeast-1";
	ANSWERS(DENIED, EC2("DescribeVpcs")); /* root, too */
	assert_true(sbx_answer_has(&c, "with an explicit deny in a service control policy: "
				       "arn:aws:organizations::"));
	become_operator(OPERATOR("", EVERYTHING));
	ANSWERS(DENIED, EC2("DescribeVpcs"));
	become_root();
	assert_null(set_account(GUARDRAIL(STATEMENT("ec2:Describe*", "*", ""))));
	ANSWERS(NULL, EC2("DescribeVpcs"));
	ANSWERS(DENIED, EC2(NEW_VPC)); /* one that allows leaves the rest out */
	assert_null(set_account("{'guardrails':[]}"));
	ANSWERS(NULL, EC2(NEW_VPC));
}

#define SIMULATE "SimulatePrincipalPolicy&PolicySourceArn=arn:aws:iam::123456789012:user/op"

static void a_simulation_says_what_the_engine_would(void **state)
{
	(void)state;
	assert_null(set_account(OPERATOR("", MAKES_VPC)));
	ANSWERS(NULL, IAM(SIMULATE "&ActionNames.member.1=ec2:CreateVpc&ResourceArns.member.1="
				   "arn:aws:ec2:us-east-1:123456789012:vpc/*"));
	assert_true(sbx_answer_has(&c, "<EvalResourceDecision>implicitDeny<"));
	assert_true(sbx_answer_has(&c, "<member>aws:RequestTag/runbook:stack</member>"));
	assert_false(sbx_answer_has(&c, "AllowedByPermissionsBoundary"));
	ANSWERS(NULL, IAM(SIMULATE "&ActionNames.member.1=ec2:CreateVpc&ResourceArns.member.1="
				   "arn:aws:ec2:us-east-1:123456789012:vpc/*&"
				   "ContextEntries.member.1.ContextKeyName=aws:RequestTag/"
				   "runbook:stack&ContextEntries.member.1.ContextKeyType=string&"
				   "ContextEntries.member.1.ContextKeyValues.member.1=a"));
	assert_true(sbx_answer_has(&c, "<EvalResourceDecision>allowed<"));
	assert_true(sbx_answer_has(&c, "<AllowedByOrganizations>true<"));
	assert_null(set_account(
		GUARDRAIL("{'Effect':'Deny','Action':'ec2:CreateVpc','Resource':'*'}")));
	ANSWERS("UnauthorizedOperation", EC2(NEW_VPC));
	ANSWERS(NULL, IAM(SIMULATE "&ActionNames.member.1=ec2:CreateVpc"));
	assert_true(sbx_answer_has(&c, "<EvalDecision>explicitDeny<"));
	assert_true(sbx_answer_has(&c, "<AllowedByOrganizations>false<"));
	ANSWERS("NoSuchEntity", IAM("SimulatePrincipalPolicy&PolicySourceArn=arn:aws:iam::"
				    "123456789012:user/none&ActionNames.member.1=ec2:CreateVpc"));
}

static void buckets_are_judged_by_name_and_region(void **state)
{
	(void)state;
	become_operator(
		OPERATOR("", STATEMENT("s3:CreateBucket", "arn:aws:s3:::mine-*",
				       IF("StringEquals", "aws:RequestedRegion", "us-east-1"))));
	ANSWERS(NULL, sbx_s3_call(&c, "PUT", "/mine-1", "", NULL, 0));
	ANSWERS("AccessDenied", sbx_s3_call(&c, "PUT", "/other-1", "", NULL, 0));
	ANSWERS("AccessDenied", sbx_s3_call(&c, "DELETE", "/mine-1", "", NULL, 0));
}

/* A tenth of a second of AWS's is a tenth of a millisecond here; the keys outlive all sessions'. */
static void a_new_buckets_tags_are_judged(void **state)
{
	static const char tagged[] = "<CreateBucketConfiguration><Tags><Tag><Key>Owner</Key>"
				     "<Value>me</Value></Tag></Tags></CreateBucketConfiguration>";

	(void)state;
	become_operator(OPERATOR("", STATEMENT("s3:CreateBucket", "*",
					       IF("StringEquals", "aws:RequestTag/Owner", "me"))));
	ANSWERS("AccessDenied", sbx_s3_call(&c, "PUT", "/mine-1", "", NULL, 0));
	/* the tags are a permission of their own */
	ANSWERS("AccessDenied", sbx_s3_call(&c, "PUT", "/mine-1", "", tagged, strlen(tagged)));
	become_operator(OPERATOR(
		"", STATEMENT("s3:*", "*", IF("StringEquals", "aws:RequestTag/Owner", "me"))));
	ANSWERS(NULL, sbx_s3_call(&c, "PUT", "/mine-1", "", tagged, strlen(tagged)));
	become_root();
}

#define BOUNDED "&PermissionsBoundary=arn:aws:iam::123456789012:policy/p/edge"

static void a_role_is_judged_by_the_boundary_that_it_gets(void **state)
{
	(void)state;
	become_operator(OPERATOR("", STATEMENT("iam:*", "*",
					       IF("StringEquals", "iam:PermissionsBoundary",
						  "arn:aws:iam::123456789012:policy/p/edge"))));
	ANSWERS("AccessDenied", IAM("CreateRole&RoleName=b&AssumeRolePolicyDocument=" TRUST));
	ANSWERS("NoSuchEntity",
		IAM("CreateRole&RoleName=b&AssumeRolePolicyDocument=" TRUST BOUNDED));
	assert_null(set_account("{'policies':[{'name':'edge','path':'/p/','policy':{'Version':"
				"'2012-10-17','Statement':[{'Effect':'Allow','Action':'s3:*',"
				"'Resource':'*'}]}}]}"));
	ANSWERS(NULL, IAM("CreateRole&RoleName=b&AssumeRolePolicyDocument=" TRUST BOUNDED));
	become_root();
	ANSWERS(NULL, IAM("DeleteRolePermissionsBoundary&RoleName=b"));
	c.key_id = "AKIAOPERATOR00000000";
	c.secret = "x";
	ANSWERS("AccessDenied",
		IAM("PutRolePermissionsBoundary&RoleName=b&"
		    "PermissionsBoundary=arn:aws:iam::aws:policy/AmazonS3FullAccess"));
	ANSWERS(NULL, IAM("PutRolePermissionsBoundary&RoleName=b" BOUNDED));
	become_root();
	ANSWERS(NULL, IAM("DeleteRole&RoleName=b"));
}

static void a_users_key_does_not_expire(void **state)
{
	(void)state;
	become_operator(OPERATOR("", EVERYTHING));
	become_root();
	ANSWERS(NULL, sbx_query_call(&c, "sts", "GetSessionToken")); /* drops what has expired */
	become_operator(OPERATOR("", EVERYTHING));
	ANSWERS(NULL, EC2("DescribeVpcs"));
	assert_null(set_account("{'principals':[]}"));
	ANSWERS("AuthFailure", EC2("DescribeVpcs"));
}

static void quotas_are_the_accounts(void **state)
{
	(void)state;
	assert_null(set_account("{'quotas':{'L-F678F1CE':1,'L-FE177D64':0,'L-DC2B2D3D':0}}"));
	ANSWERS(NULL, EC2(NEW_VPC));
	ANSWERS("VpcLimitExceeded", EC2(NEW_VPC));
	ANSWERS("LimitExceeded", IAM("CreateRole&RoleName=r&AssumeRolePolicyDocument=" TRUST));
	ANSWERS("TooManyBuckets", sbx_s3_call(&c, "PUT", "/mine-1", "", NULL, 0));
	ANSWERS(NULL, IAM("GetAccountSummary"));
	assert_true(sbx_answer_has(&c, "<key>RolesQuota</key><value>0</value>"));
	assert_null(set_account("{'quotas':{}}"));
	ANSWERS(NULL, EC2(NEW_VPC));
	ANSWERS(NULL, IAM("CreateRole&RoleName=r&AssumeRolePolicyDocument=" TRUST));
}

static void a_setting_that_is_wrong_changes_nothing(void **state)
{
	static const struct {
		const char *account, *why;
	} rows[] = {
		{ "{'users':[]}", "no member 'users'" },
		{ "{'quotas':{'L-1':1}}", "no quota 'L-1'" },
		{ "{'quotas':{'L-F678F1CE':'many'}}", "is no number" },
		{ "{'principals':[{'name':'op'}]}", "needs 'access_key_id'" },
		{ "{'guardrails':[{'policy':{}}]}", "needs 'name'" },
		{ "{'guardrails':[{'name':'g'}]}", "document is missing" },
		{ GUARDRAIL("{'Effect':'Maybe','Action':'*','Resource':'*'}"), "Invalid effect" },
		{ GUARDRAIL("{'Effect':'Allow','Action':'*','Resource':'*','Condition':"
			    "{'StringIs':{'a':'b'}}}"),
		  "Invalid Condition type" },
	};

	(void)state;
	become_operator(OPERATOR("", STATEMENT("ec2:DescribeVpcs", "*", "")));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autofree char *why = set_account(rows[i].account);

		assert_non_null(why);
		if (!strstr(why, rows[i].why))
			fail_msg("%s: %s", rows[i].account, why);
		ANSWERS(NULL, EC2("DescribeVpcs"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(what_is_new_is_judged_by_the_tags_it_gets),
		T(a_dry_run_answers_what_the_call_would),
		T(what_is_there_is_judged_by_the_tags_it_has),
		T(a_create_is_judged_by_all_it_touches),
		T(a_list_has_no_resource),
		T(a_role_is_judged_by_its_path),
		T(a_role_that_is_handed_over_must_be_passed),
		T(a_boundary_allows_nothing_and_holds_everything),
		T(guardrails_bind_everybody_and_are_named),
		T(a_simulation_says_what_the_engine_would),
		T(buckets_are_judged_by_name_and_region),
		T(a_new_buckets_tags_are_judged),
		T(a_role_is_judged_by_the_boundary_that_it_gets),
		T(a_users_key_does_not_expire),
		T(quotas_are_the_accounts),
		T(a_setting_that_is_wrong_changes_nothing),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
