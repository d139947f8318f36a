/* SPDX-License-Identifier: Apache-2.0 */
/* What the account declares: each setting is told by its read and decides the real call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/iam/principal.h"
#include "tests/lib/sbx_ec2_world.h"

/* `quoted` is JSON with ' for ". */
static char *declare(const char *quoted)
{
	autofree char *text = xasprintf("{'settings':%s}", quoted);
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

static void set_quota(const char *code, int value)
{
	json_t *wanted = json_pack("{s:{s:i}}", "quotas", code, value);

	sbx_lock(c.sbx);
	assert_null(account_set(c.sbx, wanted));
	sbx_unlock(c.sbx);
	json_decref(wanted);
}

#define ANSWERS(code, call)                                                                        \
	do {                                                                                       \
		const char *want_ = code, *code_ = call;                                           \
		if (want_ ? !text_eq(code_, want_) : code_ != NULL)                                \
			fail_msg("%s\n%s", #call, c.rep.body.p);                                   \
	} while (0)

/* The newest image in the region, and a launch of it. */
static char *newest_image(void)
{
	autofree char *json = NULL;
	const char *at;

	ANSWERS(NULL, sbx_json_call(&c, "ssm", "AmazonSSM.GetParameter",
				    "{\"Name\":\"/aws/service/ami-amazon-linux-latest/"
				    "al2023-ami-kernel-default-x86_64\"}"));
	json = xstrdup(c.rep.body.p);
	at = strstr(json, "ami-0");
	assert_non_null(at);
	return xstrndup(at, strcspn(at, "\""));
}
#define LAUNCH                                                                                     \
	"RunInstances&MinCount=1&MaxCount=1&InstanceType=t3.micro&ImageId=%s&"                     \
	"NetworkInterface.1.DeviceIndex=0&NetworkInterface.1.SubnetId=%s"

/* ---- images ---------------------------------------------------------------- */

static void an_image_that_the_rule_leaves_out_is_not_there(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *image = newest_image();

	(void)state;
	assert_null(declare("{'allowed_images':{'state':'enabled','managed_by':"
			    "'declarative-policy','criteria':[{'names':['golden-*']}]}}"));
	GOOD(EC2("GetAllowedImagesSettings"));
	HAS("<state>enabled</state>");
	HAS("<managedBy>declarative-policy</managedBy>");
	HAS("<imageNameSet><item>golden-*</item></imageNameSet>");
	BAD("InvalidAMIID.NotFound", EC2("DescribeImages&ImageId.1=%s", image));
	BAD("InvalidAMIID.NotFound", EC2(LAUNCH, image, net.subnet));
	GOOD(EC2("DescribeImages&Owner.1=amazon"));
	HAS("<imagesSet/>");

	assert_null(declare("{'allowed_images':{'state':'audit-mode','criteria':[]}}"));
	GOOD(EC2("DescribeImages&ImageId.1=%s", image));
	HAS("<imageAllowed>false</imageAllowed>");
	GOOD(EC2(LAUNCH, image, net.subnet));

	assert_null(declare("{'allowed_images':{'state':'enabled','criteria':"
			    "[{'names':['golden-*']},{'providers':['amazon'],"
			    "'max_age_days':3650,'names':['al2023-*']}]}}"));
	GOOD(EC2("DescribeImages&ImageId.1=%s", image));
	HAS("<imageAllowed>true</imageAllowed>");
	assert_null(declare("{'allowed_images':{'state':'enabled','criteria':"
			    "[{'providers':['210987654321']}]}}"));
	BAD("InvalidAMIID.NotFound", EC2("DescribeImages&ImageId.1=%s", image));
	assert_null(declare("{}"));
	GOOD(EC2("GetAllowedImagesSettings"));
	HAS("<state>disabled</state>");
}

static void the_age_of_an_image_counts(void **state)
{
	autofree char *image = newest_image();

	(void)state;
	assert_null(declare("{'allowed_images':{'state':'enabled','criteria':"
			    "[{'max_age_days':300}]}}"));
	GOOD(EC2("DescribeImages&ImageId.1=%s", image));
	skip_s(400LL * 24 * 3600);
	BAD("InvalidAMIID.NotFound", EC2("DescribeImages&ImageId.1=%s", image));
}

/* ---- instances -------------------------------------------------------------- */

static void tokens_are_enforced_and_defaults_are_the_accounts(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *image = newest_image();

	(void)state;
	assert_null(declare("{'instance_metadata':{'http_tokens':'optional','hop_limit':1,"
			    "'http_endpoint':'disabled'}}"));
	GOOD(EC2("GetInstanceMetadataDefaults"));
	HAS("<httpTokens>optional</httpTokens>");
	HAS("<httpPutResponseHopLimit>1</httpPutResponseHopLimit>");
	GOOD(EC2(LAUNCH, image, net.subnet));
	HAS("<httpTokens>optional</httpTokens>");
	HAS("<httpEndpoint>disabled</httpEndpoint>");
	HAS("<httpPutResponseHopLimit>1</httpPutResponseHopLimit>");
	GOOD(EC2(LAUNCH "&MetadataOptions.HttpTokens=required&MetadataOptions.HttpEndpoint=enabled",
		 image, net.subnet));
	HAS("<httpTokens>required</httpTokens>");
	HAS("<httpEndpoint>enabled</httpEndpoint>");

	assert_null(declare("{'instance_metadata':{'http_tokens_enforced':'enabled'}}"));
	BAD("UnsupportedOperation",
	    EC2(LAUNCH "&MetadataOptions.HttpTokens=optional", image, net.subnet));
	GOOD(EC2(LAUNCH "&MetadataOptions.HttpTokens=required", image, net.subnet));
}

#define KEY "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-1111-2222-3333-444455556666"

static void an_instance_does_not_come_up_with_a_key_that_is_off(void **state)
{
	auto_net net = ec2_net_new("10.0.0.0/16", "10.0.0.0/20", "us-east-1a");
	autofree char *image = newest_image(), *id = NULL;

	(void)state;
	GOOD(EC2("GetEbsEncryptionByDefault"));
	HAS("<ebsEncryptionByDefault>false</ebsEncryptionByDefault>");
	assert_null(declare("{'ebs_encryption':{'key':'" KEY "'}}"));
	GOOD(EC2("GetEbsEncryptionByDefault"));
	HAS("<ebsEncryptionByDefault>true</ebsEncryptionByDefault>");
	GOOD(EC2("GetEbsDefaultKmsKeyId"));
	HAS("<kmsKeyId>" KEY "</kmsKeyId>");
	GOOD(EC2(LAUNCH, image, net.subnet));
	GOOD(EC2("DescribeVolumes"));
	HAS("<encrypted>true</encrypted>");
	ANSWERS(NULL,
		sbx_json_call(&c, "kms", "TrentService.DescribeKey", "{\"KeyId\":\"%s\"}", KEY));
	HAS("\"KeyState\":\"Enabled\"");

	assert_null(declare("{'ebs_encryption':{'key':'" KEY "','key_state':'Disabled'}}"));
	ANSWERS(NULL,
		sbx_json_call(&c, "kms", "TrentService.DescribeKey", "{\"KeyId\":\"%s\"}", KEY));
	HAS("\"Enabled\":false");
	ANSWERS("NotFoundException",
		sbx_json_call(&c, "kms", "TrentService.DescribeKey", "{\"KeyId\":\"none\"}"));
	id = ec2_made("instanceId", LAUNCH, image, net.subnet);
	skip_s(60);
	GOOD(EC2("DescribeInstances&InstanceId.1=%s", id));
	HAS("Client.InvalidKMSKey.InvalidState");
}

/* ---- regions, blocks ---------------------------------------------------------- */

static void nobody_is_known_in_a_region_that_is_off(void **state)
{
	(void)state;
	assert_null(declare("{'regions_off':{'names':['ap-south-1']}}"));
	GOOD(EC2("DescribeRegions&AllRegions=true&RegionName.1=ap-south-1"));
	HAS("<optInStatus>not-opted-in</optInStatus>");
	GOOD(EC2("DescribeRegions"));
	HAS_NOT("ap-south-1<");
	HAS("ap-south-2<"); /* one that had to be opted in, and is */
	c.region = "ap-south-1";
	ANSWERS("AuthFailure", EC2("DescribeVpcs"));
	ANSWERS("RegionDisabledException", sbx_query_call(&c, "sts", "GetCallerIdentity"));
	ANSWERS(NULL, sbx_query_call(&c, "iam", "ListRoles"));
	c.region = "us-east-1";
	GOOD(EC2("DescribeVpcs"));
}

#define PUBLIC                                                                                     \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\","    \
	"\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::mine-1/*\"}]}"
#define TIED                                                                                       \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\","    \
	"\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::mine-1/*\",\"Condition\":{"       \
	"\"StringEquals\":{\"aws:SourceVpce\":\"vpce-0123456789abcdef0\"}}}]}"
#define ACCOUNT_BLOCK "/v20180820/configuration/publicAccessBlock"

static void a_public_policy_is_refused_by_the_accounts_block(void **state)
{
	const char *mine = "x-amz-account-id: 123456789012";

	(void)state;
	ANSWERS("NoSuchPublicAccessBlockConfiguration",
		sbx_s3_call(&c, "GET", ACCOUNT_BLOCK, mine, NULL, 0));
	ANSWERS(NULL, sbx_s3_call(&c, "PUT", "/mine-1", "", NULL, 0));
	ANSWERS(NULL, sbx_s3_call(&c, "DELETE", "/mine-1?publicAccessBlock", "", NULL, 0));
	ANSWERS(NULL, sbx_s3_call(&c, "PUT", "/mine-1?policy", "", PUBLIC, strlen(PUBLIC)));
	assert_null(declare("{'s3_public_access':{'BlockPublicPolicy':true}}"));
	ANSWERS("AccessDenied",
		sbx_s3_call(&c, "PUT", "/mine-1?policy", "", PUBLIC, strlen(PUBLIC)));
	ANSWERS(NULL, sbx_s3_call(&c, "PUT", "/mine-1?policy", "", TIED, strlen(TIED)));
	ANSWERS("NoSuchPublicAccessBlockConfiguration",
		sbx_s3_call(&c, "GET", "/mine-1?publicAccessBlock", "", NULL, 0));
	ANSWERS(NULL, sbx_s3_call(&c, "GET", ACCOUNT_BLOCK, mine, NULL, 0));
	HAS("<BlockPublicPolicy>true</BlockPublicPolicy>");
	HAS("<BlockPublicAcls>false</BlockPublicAcls>");
	ANSWERS("AccessDenied",
		sbx_s3_call(&c, "GET", ACCOUNT_BLOCK, "x-amz-account-id: 210987654321", NULL, 0));
}

static void what_only_is_read_is_told(void **state)
{
	(void)state;
	GOOD(EC2("DescribeVpcBlockPublicAccessOptions"));
	HAS("<internetGatewayBlockMode>off</internetGatewayBlockMode>");
	GOOD(EC2("DescribeAccountVpcEncryptionControl"));
	HAS("<mode>unmanaged</mode>");
	assert_null(declare("{'block_public_access':{'mode':'block-bidirectional','managed_by':"
			    "'declarative-policy'},'vpc_encryption':{'mode':'attempt-enforce'}}"));
	GOOD(EC2("DescribeVpcBlockPublicAccessOptions"));
	HAS("<internetGatewayBlockMode>block-bidirectional</internetGatewayBlockMode>");
	GOOD(EC2("DescribeAccountVpcEncryptionControl"));
	HAS("<mode>attempt-enforce</mode>");
}

/* ---- Service Quotas ------------------------------------------------------------ */

#define QUOTA(action, ...)                                                                         \
	sbx_json_call(&c, "servicequotas", "ServiceQuotasV20190624." action, __VA_ARGS__)
#define VPCS "{\"ServiceCode\":\"vpc\",\"QuotaCode\":\"L-F678F1CE\"}"

static void a_quota_is_told_as_it_is_kept(void **state)
{
	(void)state;
	set_quota("L-F678F1CE", 7);
	ANSWERS(NULL, QUOTA("GetServiceQuota", VPCS));
	HAS("\"Value\":7.0");
	HAS("\"QuotaName\":\"VPCs per Region\"");
	ANSWERS(NULL, QUOTA("GetAWSDefaultServiceQuota", VPCS));
	HAS("\"Value\":5.0");
	ANSWERS("NoSuchResourceException",
		QUOTA("GetServiceQuota", "{\"ServiceCode\":\"ec2\",\"QuotaCode\":\"L-F678F1CE\"}"));
	ANSWERS("IllegalArgumentException", QUOTA("GetServiceQuota", "{\"ServiceCode\":\"vpc\"}"));
	ANSWERS(NULL, QUOTA("ListServiceQuotas", "{\"ServiceCode\":\"vpc\"}"));
	HAS("L-DC9F7029");
	HAS_NOT("L-1216C47A");
	HAS_NOT("instance-connect");
	ANSWERS("NoSuchResourceException", QUOTA("ListServiceQuotas", "{\"ServiceCode\":\"x\"}"));
}

static void quotas_come_in_pages(void **state)
{
	autofree char *token = NULL;
	size_t n = 0;

	(void)state;
	for (int pages = 0; pages < 9; pages++) {
		autofree char *next =
			token ? xasprintf(",\"NextToken\":\"%s\"", token) : xstrdup("");
		json_t *page;

		ANSWERS(NULL, QUOTA("ListAWSDefaultServiceQuotas",
				    "{\"ServiceCode\":\"vpc\",\"MaxResults\":3%s}", next));
		page = json_loads(c.rep.body.p, 0, NULL);
		assert_true(json_array_size(json_object_get(page, "Quotas")) <= 3);
		n += json_array_size(json_object_get(page, "Quotas"));
		set_str(&token, json_string_value(json_object_get(page, "NextToken")));
		json_decref(page);
		if (!token)
			break;
	}
	assert_null(token);
	assert_int_equal(n, 8);
	ANSWERS("InvalidPaginationTokenException",
		QUOTA("ListServiceQuotas", "{\"ServiceCode\":\"vpc\",\"NextToken\":\"x\"}"));
}

/* ---- what is no setting ---------------------------------------------------------- */

static void a_setting_that_is_wrong_changes_nothing(void **state)
{
	static const struct {
		const char *settings, *why;
	} rows[] = {
		{ "[]", "is no object" },
		{ "{'images':{}}", "no setting 'images'" },
		{ "{'allowed_images':[]}", "is no object" },
		{ "{'allowed_images':{'state':'on'}}", "'state' of the setting" },
		{ "{'allowed_images':{'criteria':[{'owner':['amazon']}]}}", "'criteria' of" },
		{ "{'allowed_images':{'criteria':[{'names':[1]}]}}", "'criteria' of" },
		{ "{'instance_metadata':{'hop_limit':0}}", "'hop_limit' of" },
		{ "{'s3_public_access':{'BlockPublicPolicy':'yes'}}", "'BlockPublicPolicy' of" },
		{ "{'regions_off':{'names':'ap-south-1'}}", "'names' of" },
		{ "{'vpc_encryption':{'state':'on'}}", "'state' of" },
	};

	(void)state;
	assert_null(declare("{'vpc_encryption':{'mode':'attempt-monitor'}}"));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autofree char *why = declare(rows[i].settings);

		assert_non_null(why);
		if (!strstr(why, rows[i].why))
			fail_msg("%s: %s", rows[i].settings, why);
	}
	GOOD(EC2("DescribeAccountVpcEncryptionControl"));
	HAS("attempt-monitor");
}

#define T(name) cmocka_unit_test_setup_teardown(name, ec2_world_setup, ec2_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_image_that_the_rule_leaves_out_is_not_there),
		T(the_age_of_an_image_counts),
		T(tokens_are_enforced_and_defaults_are_the_accounts),
		T(an_instance_does_not_come_up_with_a_key_that_is_off),
		T(nobody_is_known_in_a_region_that_is_off),
		T(a_public_policy_is_refused_by_the_accounts_block),
		T(what_only_is_read_is_told),
		T(a_quota_is_told_as_it_is_kept),
		T(quotas_come_in_pages),
		T(a_setting_that_is_wrong_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
