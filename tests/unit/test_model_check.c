/* SPDX-License-Identifier: Apache-2.0 */
/* The checker that judges requests and answers by the API models: it must bite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "tests/lib/model_check.h"

static struct model *model;

static void the_checker_finds_each_kind_of_mistake(void **state)
{
	static const struct model_header form[] = {
		{ "Content-Type", "application/x-www-form-urlencoded; charset=utf-8" },
	};
	static const struct {
		const char *service;
		const char *body;
		const char *finds; /* NULL: right */
	} cases[] = {
		{ "ec2", "Action=DeleteVpc&Version=2016-11-15&VpcId=vpc-1", NULL },
		{ "ec2", "Action=DeleteVpc&Version=2016-11-15", "VpcId is missing" },
		{ "ec2", "Action=DeleteVpc&Version=2014-10-01&VpcId=v", "version" },
		{ "ec2", "Action=DeleteVpz&Version=2016-11-15&VpcId=v", "action" },
		{ "ec2", "Action=DeleteVpc&Version=2016-11-15&VpcId=v&VpcIds.1=v", "no parameter" },
		{ "ec2", "Action=DeleteVpc&Version=2016-11-15&VpcId=v&DryRun=True", "boolean" },
		{ "ec2", "Action=DescribeVpcs&Version=2016-11-15&VpcId.2=v",
		  "there is no VpcId.1" },
		{ "ec2", "Action=DescribeVpcs&Version=2016-11-15&VpcId.0=v", "count from 1" },
		{ "ec2", "Action=DescribeVpcs&Version=2016-11-15&MaxResults=4", "below" },
		{ "ec2", "Action=DescribeVpcs&Version=2016-11-15&MaxResults=five", "integer" },
		{ "ec2", "Action=DescribeVpcs&Version=2016-11-15&VpcId.1=a&VpcId.1=b", "twice" },
		{ "ec2",
		  "Action=DescribeVpcs&Version=2016-11-15&Filter.1.Name=vpcid&Filter.1.Value.1=v",
		  "filter 'vpcid'" },
		{ "ec2", "Action=CreateVpc&Version=2016-11-15&TagSpecification.1.ResourceType=vpcs",
		  "ResourceType" },
		{ "iam", "Action=GetRole&Version=2010-05-08&RoleName=", "below" },
		{ "iam",
		  "Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument=d"
		  "&Tags.member.1.Key=k",
		  "Tags.member.1.Value is missing" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const struct model_request req = {
			.service = cases[i].service,
			.method = "POST",
			.path = "/",
			.headers = form,
			.n_headers = ARRAY_LEN(form),
			.body = cases[i].body,
			.n = strlen(cases[i].body),
		};
		autofree char *wrong = model_check_request(model, &req, NULL);

		if (!cases[i].finds) {
			assert_null(wrong);
			continue;
		}
		if (!wrong || !strstr(wrong, cases[i].finds))
			fail_msg("%s: found '%s', not '%s'", cases[i].body, wrong ? wrong : "",
				 cases[i].finds);
	}
}

static void the_checker_finds_mistakes_in_s3_and_json_requests(void **state)
{
	static const struct model_header target[] = {
		{ "Content-Type", "application/x-amz-json-1.1" },
		{ "X-Amz-Target", "AmazonSSM.GetParameter" },
	};
	static const struct model_header odd[] = { { "x-amz-expected-owner", "1" } };
	static const struct {
		struct model_request req;
		const char *finds;
	} cases[] = {
		{ { "ssm", "POST", "/", NULL, target, 2, "{\"Name\":\"/a\"}", 13 }, NULL },
		{ { "ssm", "POST", "/", NULL, target, 2, "{\"name\":\"/a\"}", 13 },
		  "Name is missing" },
		{ { "ssm", "POST", "/", NULL, target, 2, "{\"Name\":17}", 11 }, "no string" },
		{ { "s3", "GET", "/b", "policy=", NULL, 0, "", 0 }, NULL },
		{ { "s3", "GET", "/b", "polizy=", NULL, 0, "", 0 }, "GET /b?polizy=" },
		{ { "s3", "GET", "/b", "policy=&x=1", NULL, 0, "", 0 }, "query 'x'" },
		{ { "s3", "GET", "/b", "policy=", odd, 1, "", 0 }, "x-amz-expected-owner" },
		{ { "s3", "PUT", "/b", "policy=", NULL, 0, "{}", 2 }, "Content-MD5" },
		{ { "s3", "PUT", "/b", NULL, NULL, 0, "<Create/>", 9 }, "<Create>" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *wrong = model_check_request(model, &cases[i].req, NULL);

		if (!cases[i].finds) {
			if (wrong)
				fail_msg("case %zu: %s", i, wrong);
			continue;
		}
		if (!wrong || !strstr(wrong, cases[i].finds))
			fail_msg("case %zu: found '%s', not '%s'", i, wrong ? wrong : "",
				 cases[i].finds);
	}
}

static void the_checker_finds_mistakes_in_answers(void **state)
{
	static const struct {
		const char *service, *operation, *body;
		const char *finds;
	} cases[] = {
		{ "ec2", "DeleteVpc",
		  "<DeleteVpcResponse><requestId>r</requestId><return>true</return>"
		  "</DeleteVpcResponse>",
		  NULL },
		{ "ec2", "DeleteVpc", "<DeleteVpcResponse><vpcId>v</vpcId></DeleteVpcResponse>",
		  "DeleteVpcResponse/vpcId is not in the model" },
		{ "ec2", "DeleteVpc", "<DeleteVpcResult/>", "DeleteVpcResult" },
		{ "ec2", "DeleteVpc", "<DeleteVpcResponse><return>yes</return></DeleteVpcResponse>",
		  "no boolean" },
		{ "ec2", "DeleteVpc", "<DeleteVpcResponse>", "no XML" },
		{ "ssm", "GetParameter", "{\"Parameter\":{\"Value\":\"v\"}}", NULL },
		{ "ssm", "GetParameter", "{\"Parameter\":{\"value\":\"v\"}}", "Parameter.value" },
		{ "ssm", "GetParameters", "[]", "no JSON object" },
		{ "s3", "DeleteBucket", "<a/>", "where there is none" },
		{ "s3", "NoSuchThing", "", "no operation" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *wrong =
			model_check_answer(model, cases[i].service, cases[i].operation,
					   cases[i].body, strlen(cases[i].body));

		if (!cases[i].finds) {
			if (wrong)
				fail_msg("case %zu: %s", i, wrong);
			continue;
		}
		if (!wrong || !strstr(wrong, cases[i].finds))
			fail_msg("case %zu: found '%s', not '%s'", i, wrong ? wrong : "",
				 cases[i].finds);
	}
}

static int set_up(void **state)
{
	(void)state;
	model = model_load(NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	model = model_free(model);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_checker_finds_each_kind_of_mistake),
		cmocka_unit_test(the_checker_finds_mistakes_in_s3_and_json_requests),
		cmocka_unit_test(the_checker_finds_mistakes_in_answers),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
