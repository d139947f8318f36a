/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox before any service: forms, signatures, faults, dry runs, its own paths. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/lib/sbx_client.h"

static struct sbx_client c;

static int setup(void **state)
{
	(void)state;
	sbx_client_start_with(&c, &(struct sbx_options){ .speed = 1 });
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sbx_client_amz_date = NULL;
	sbx_client_stop(&c);
	return 0;
}

#define EC2(...) sbx_query_call(&c, "ec2", __VA_ARGS__)
#define GOOD(call)                                                                                 \
	do {                                                                                       \
		if (call)                                                                          \
			fail_msg("%s\n%s", #call, c.rep.body.p);                                   \
	} while (0)
#define BAD(want_status, want_code, call)                                                          \
	do {                                                                                       \
		const char *code_ = call;                                                          \
		if (!code_ || strcmp(code_, want_code) != 0 || c.rep.status != (want_status))      \
			fail_msg("%s\n%d %s", #call, c.rep.status, c.rep.body.p);                  \
	} while (0)

/* ---- forms -------------------------------------------------------------- */

static void forms_are_decoded_or_refused(void **state)
{
	struct sbx_pairs pairs = { 0 };
	const char *const bad[] = { "a=%", "a=%4", "a=%zz", "a=%00", "a=%ff", "%c3=x", "a=%c3%28" };

	(void)state;
	assert_true(sbx_form_decode("a=1&b=x%20y+z&&c&d=%E3%81%82", 28, &pairs));
	assert_int_equal(pairs.n, 4);
	assert_string_equal(sbx_pairs_get(&pairs, "b"), "x y z");
	assert_string_equal(sbx_pairs_get(&pairs, "c"), "");
	assert_string_equal(sbx_pairs_get(&pairs, "d"), "\xE3\x81\x82");
	assert_null(sbx_pairs_get(&pairs, "e"));
	sbx_pairs_clear(&pairs);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (sbx_form_decode(bad[i], strlen(bad[i]), &pairs))
			fail_msg("'%s' was taken", bad[i]);
		sbx_pairs_clear(&pairs);
	}
}

static json_t *tree_of(const char *service, const char *action, const char *form,
		       const char **ret_code, struct buf *message)
{
	struct sbx_pairs pairs = { 0 };
	json_t *tree;

	assert_true(sbx_form_decode(form, strlen(form), &pairs));
	tree = model_params_tree(sbx_model_find(service, action), &pairs, ret_code, message);
	sbx_pairs_clear(&pairs);
	return tree;
}

static void a_form_becomes_a_tree_in_whatever_order_it_comes(void **state)
{
	const char *code = NULL;
	auto_buf message = BUF_INIT;
	json_t *tree = tree_of("ec2", "DescribeVpcs",
			       "Filter.2.Value.2=d&Filter.1.Name=state&Filter.2.Name=tag:x&"
			       "Filter.2.Value.1=c&Filter.1.Value.1=a",
			       &code, &message);
	autofree char *text = json_dumps(tree, JSON_COMPACT | JSON_SORT_KEYS);

	(void)state;
	assert_string_equal(text, "{\"Filter\":[{\"Name\":\"state\",\"Value\":[\"a\"]},"
				  "{\"Name\":\"tag:x\",\"Value\":[\"c\",\"d\"]}]}");
	json_decref(tree);
	tree = tree_of("iam", "CreateRole",
		       "RoleName=r&AssumeRolePolicyDocument=p&Tags.member.1.Key=k&"
		       "Tags.member.1.Value=v",
		       &code, &message);
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(json_object_get(tree, "Tags"), 0), "Key")),
			    "k");
	json_decref(tree);
}

static void a_form_that_the_model_has_not_is_refused(void **state)
{
	static const struct {
		const char *service, *action, *form, *code, *says;
	} cases[] = {
		{ "ec2", "CreateVpc", "CidrBlok=1", "UnknownParameter", "CidrBlok" },
		{ "ec2", "DescribeVpcs", "VpcId=v", "InvalidParameterValue", "VpcId" },
		{ "ec2", "DescribeVpcs", "VpcId.2=v", "InvalidParameterValue", "numbered" },
		{ "ec2", "DescribeVpcs", "VpcId.0=v", "InvalidParameterValue", "numbered" },
		{ "ec2", "DescribeVpcs", "VpcId.01=v", "InvalidParameterValue", "numbered" },
		{ "ec2", "DescribeVpcs", "VpcId.1=v&VpcId.1=w", "InvalidParameterCombination",
		  "VpcId.1" },
		{ "ec2", "DescribeVpcs", "MaxResults=4", "InvalidParameterValue",
		  "greater than or equal to 5" },
		{ "ec2", "DescribeVpcs", "MaxResults=1001", "InvalidParameterValue",
		  "less than or equal to 1000" },
		{ "ec2", "DescribeVpcs", "MaxResults=5x", "InvalidParameterValue", "integer" },
		{ "ec2", "DescribeVpcs", "DryRun=maybe", "InvalidParameterValue", "boolean" },
		{ "ec2", "DescribeVpcs", "Filter.1.Name=nope&Filter.1.Value.1=x",
		  "InvalidParameterValue", "The filter 'nope' is invalid" },
		{ "ec2", "DescribeVpcs", "Filter.1.Value.1=x", "InvalidParameterValue", "null" },
		{ "ec2", "DescribeVpcs", "Filter.1.Name=state", "MissingParameter",
		  "Filter.1.Value" },
		{ "ec2", "DescribeVpcs", "Filter.1.Name=tag:&Filter.1.Value.1=x",
		  "InvalidParameterValue", "tag:" },
		{ "ec2", "DeleteVpc", "", "MissingParameter", "VpcId" },
		{ "ec2", "CreateVpc", "InstanceTenancy=shared", "InvalidParameterValue",
		  "instanceTenancy" },
		{ "ec2", "ModifySecurityGroupRules",
		  "GroupId=g&SecurityGroupRule.1.SecurityGroupRule.IpProtocol=tcp",
		  "MissingParameter", "SecurityGroupRule.1.SecurityGroupRuleId" },
		{ "iam", "CreateRole", "RoleName=r", "ValidationError",
		  "assumeRolePolicyDocument" },
		{ "iam", "GetRole", "RoleName=", "ValidationError", "greater than or equal to 1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *code = "(none)";
		auto_buf message = BUF_INIT;
		json_t *tree =
			tree_of(cases[i].service, cases[i].action, cases[i].form, &code, &message);

		if (tree || strcmp(code, cases[i].code) != 0 || !strstr(message.p, cases[i].says))
			fail_msg("%s %s: %s %s", cases[i].action, cases[i].form, code, message.p);
	}
}

/* ---- who asks ----------------------------------------------------------- */

static void an_unsigned_request_is_refused_in_each_services_way(void **state)
{
	(void)state;
	c.key_id = NULL;
	BAD(400, "MissingParameter", EC2("DescribeVpcs"));
	assert_true(sbx_answer_has(&c, "AWSAccessKeyId"));
	BAD(403, "MissingAuthenticationToken", sbx_query_call(&c, "iam", "ListRoles"));
	BAD(403, "MissingAuthenticationToken", sbx_query_call(&c, "sts", "GetCallerIdentity"));
	BAD(400, "MissingAuthenticationTokenException",
	    sbx_json_call(&c, "ssm", "AmazonSSM.GetParameter", "{}"));
	BAD(403, "AccessDenied", sbx_s3_call(&c, "GET", "/", "", NULL, 0));
}

static void a_wrong_secret_or_key_is_refused_in_each_services_way(void **state)
{
	static const struct {
		const char *service;
		int bad_status;
		const char *bad;
		int unknown_status;
		const char *unknown;
	} cases[] = {
		{ "ec2", 401, "AuthFailure", 401, "AuthFailure" },
		{ "iam", 403, "SignatureDoesNotMatch", 403, "InvalidClientTokenId" },
		{ "sts", 403, "SignatureDoesNotMatch", 403, "InvalidClientTokenId" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		c.secret = "wrong";
		BAD(cases[i].bad_status, cases[i].bad,
		    sbx_query_call(&c, cases[i].service, "GetCallerIdentity"));
		c.key_id = "AKIAUNKNOWN000000000";
		BAD(cases[i].unknown_status, cases[i].unknown,
		    sbx_query_call(&c, cases[i].service, "GetCallerIdentity"));
		c.key_id = SANDBOX_ACCESS_KEY;
	}
	BAD(403, "SignatureDoesNotMatch", sbx_s3_call(&c, "GET", "/", "", NULL, 0));
	BAD(400, "InvalidSignatureException",
	    sbx_json_call(&c, "ssm", "AmazonSSM.GetParameter", "{}"));
	c.key_id = "AKIAUNKNOWN000000000";
	BAD(403, "InvalidAccessKeyId", sbx_s3_call(&c, "GET", "/", "", NULL, 0));
	BAD(400, "UnrecognizedClientException",
	    sbx_json_call(&c, "ssm", "AmazonSSM.GetParameter", "{}"));
}

static void a_clock_that_is_off_is_told_so(void **state)
{
	char date[CLOCK_ISO_SIZE];

	(void)state;
	sbx_client_amz_date = date;
	clock_amz_date(clock_utc_s() - 400, date);
	BAD(400, "RequestExpired", EC2("DescribeVpcs"));
	BAD(403, "SignatureDoesNotMatch", sbx_query_call(&c, "sts", "GetCallerIdentity"));
	assert_true(sbx_answer_has(&c, "Signature expired: "));
	assert_true(sbx_answer_has(&c, "- 5 min.)"));
	GOOD(sbx_s3_call(&c, "GET", "/", "", NULL, 0)); /* S3 allows fifteen minutes */
	clock_amz_date(clock_utc_s() + 400, date);
	BAD(403, "SignatureDoesNotMatch", sbx_query_call(&c, "sts", "GetCallerIdentity"));
	assert_true(sbx_answer_has(&c, "Signature not yet current: "));
	BAD(400, "InvalidSignatureException",
	    sbx_json_call(&c, "ssm", "AmazonSSM.GetParameter", "{}"));
	clock_amz_date(clock_utc_s() - 1000, date);
	BAD(403, "RequestTimeTooSkewed", sbx_s3_call(&c, "GET", "/", "", NULL, 0));
	clock_amz_date(clock_utc_s() - 200, date);
	GOOD(EC2("DescribeVpcs"));
}

static void a_session_ends_when_it_says(void **state)
{
	json_t *doc = json_pack("{s:s, s:s, s:s, s:I}", "secret", "hush", "token", "tok", "arn",
				"arn:aws:iam::123456789012:root", "expires_ms",
				(json_int_t)(clock_utc_ms() + 60000));

	(void)state;
	store_put(sbx_store(c.sbx), "credential", "", "ASIATEST000000000000", doc, 0, 0);
	json_decref(doc);
	c.key_id = "ASIATEST000000000000";
	c.secret = "hush";
	BAD(401, "AuthFailure", EC2("DescribeVpcs")); /* without its token */
	c.token = "other";
	BAD(401, "AuthFailure", EC2("DescribeVpcs"));
	c.token = "tok";
	GOOD(EC2("DescribeVpcs"));
	assert_null(sbx_skip_ms(c.sbx, 60000));
	BAD(400, "RequestExpired", EC2("DescribeVpcs"));
	BAD(403, "ExpiredToken", sbx_query_call(&c, "sts", "GetCallerIdentity"));
	BAD(400, "ExpiredToken", sbx_s3_call(&c, "GET", "/", "", NULL, 0));
	BAD(400, "ExpiredTokenException", sbx_json_call(&c, "ssm", "AmazonSSM.GetParameter", "{}"));
	c.key_id = SANDBOX_ACCESS_KEY;
	c.secret = SANDBOX_SECRET_KEY;
	BAD(401, "AuthFailure", EC2("DescribeVpcs")); /* a token on a key that has none */
}

static void a_scope_must_name_a_region_that_can_be(void **state)
{
	static const char *const good[] = { "us-east-1", "ap-northeast-1", "cn-north-1",
					    "us-gov-west-1", "eusc-de-east-1" };
	static const char *const bad[] = { "us-moon", "moon-east-1", "us-east-", "us-east-1a",
					   "US-EAST-1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		c.region = good[i];
		GOOD(EC2("DescribeVpcs"));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		c.region = bad[i];
		BAD(401, "AuthFailure", EC2("DescribeVpcs"));
	}
	assert_string_equal(region_partition("us-gov-east-1")->id, "aws-us-gov");
	assert_string_equal(region_partition("us-isob-east-1")->id, "aws-iso-b");
}

/* A request line and headers as they are, signed by nobody. */
static const char *raw(const char *method, const char *target, const char *headers,
		       const char *body)
{
	struct sbx_pairs pairs = { 0 };
	struct buf bytes = BUF_INIT;
	struct sbx_http http = { .method = method,
				 .target = target,
				 .headers = &pairs,
				 .body = &bytes,
				 .connection = 7 };

	while (*headers) {
		size_t n = strcspn(headers, "\n"), name_n = strcspn(headers, ":");
		autofree char *name = xstrndup(headers, name_n);
		autofree char *value = xstrndup(headers + name_n + 1, n - name_n - 1);

		sbx_pairs_add(&pairs, name, value + strspn(value, " "));
		headers += n + (headers[n] == '\n');
	}
	(void)buf_adds(&bytes, body);
	sbx_reply_clear(&c.rep);
	c.rep = (struct sbx_reply){ .body = BUF_INIT };
	sbx_answer(c.sbx, &http, &c.rep);
	sbx_pairs_clear(&pairs);
	buf_clear(&bytes);
	return c.rep.code;
}

#define SCOPE "AKIASANDBOX000000000/20260101/us-east-1/"

static void nonsense_is_answered_not_followed(void **state)
{
	static const char *const headers[] = {
		"authorization: AWS4-HMAC-SHA256",
		"authorization: AWS4-HMAC-SHA256 Credential=",
		"authorization: Bearer x",
		"authorization: AWS4-HMAC-SHA256 Credential=" SCOPE "s3/aws4_request",
		"authorization: AWS4-HMAC-SHA256 Credential=" SCOPE
		"s3/aws4_request, SignedHeaders=, Signature=\nx-amz-date: 20260101T000000Z",
		"authorization: AWS4-HMAC-SHA256 Credential=" SCOPE
		"s3/aws4_request, SignedHeaders=;;;, Signature=0\nx-amz-date: x",
		"authorization: AWS4-HMAC-SHA256 Credential=////, SignedHeaders=host, Signature=0",
		"x-amz-target: AmazonSSM",
		"x-amz-target: .",
		"content-type: application/x-www-form-urlencoded",
	};
	static const char *const targets[] = { "/",
					       "",
					       "/?",
					       "/?%",
					       "/?X-Amz-Signature=1",
					       "/?X-Amz-Algorithm=AWS4-HMAC-SHA256",
					       "//../..//",
					       "/%00",
					       "/?Action=%ff",
					       "/?=&=&==" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		for (size_t k = 0; k < ARRAY_LEN(targets); k++) {
			assert_non_null(raw("POST", targets[k], headers[i], "Action=%&=\xff&."));
			assert_true(c.rep.status >= 400 && c.rep.status < 500);
			assert_non_null(raw("BREW", targets[k], headers[i], ""));
		}
	}
}

static void actions_that_are_not_are_named(void **state)
{
	(void)state;
	BAD(400, "InvalidAction", EC2("DescribeNothing"));
	assert_true(sbx_answer_has(&c, "The action DescribeNothing is not valid for this web "
				       "service."));
	BAD(400, "UnknownOperationException",
	    sbx_json_call(&c, "ssm", "AmazonSSM.GetNothing", "{}"));
	BAD(400, "SerializationException",
	    sbx_json_call(&c, "ssm", "AmazonSSM.GetParameter", "[1]"));
}

/* ---- what goes wrong on purpose ----------------------------------------- */

static void a_fault_that_makes_no_sense_is_refused(void **state)
{
	static const char *const bad[] = { "",
					   "CreateVpc",
					   "=lost-before",
					   "CreateVpc=",
					   "CreateVpc=lost-befor",
					   "CreateVpc:0=throttle",
					   "CreateVpc:2-1=throttle",
					   "CreateVpc:x=throttle",
					   "CreateVpc:=throttle",
					   "CreateVpc=slow",
					   "CreateVpc=slow=x",
					   "CreateVpc=http=200",
					   "CreateVpc=state=",
					   "CreateVpc=torn=1",
					   "CreateVpc=held=1",
					   "CreateVpc=after=",
					   "CreateVpc=after=torn",
					   "CreateVpc=after=http=200",
					   "Create Vpc=torn",
					   "CreateVpc=Bad Code" };
	struct faults *faults = faults_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_error struct rb_error *err = faults_add(faults, bad[i]);

		if (!err || err->kind != RB_USAGE || !err->hint)
			fail_msg("'%s' was taken", bad[i]);
	}
	faults_free(faults);
}

static void add_fault(const char *spec)
{
	assert_null(faults_add(sbx_faults(c.sbx), spec));
}

static void a_fault_hits_the_calls_it_names(void **state)
{
	(void)state;
	add_fault("DescribeVpcs:2-3=RequestLimitExceeded");
	add_fault("DescribeSubnets:2-=UnauthorizedOperation:You are not allowed.");
	GOOD(EC2("DescribeVpcs"));
	BAD(503, "RequestLimitExceeded", EC2("DescribeVpcs"));
	BAD(503, "RequestLimitExceeded", EC2("DescribeVpcs"));
	GOOD(EC2("DescribeVpcs"));
	GOOD(EC2("DescribeSubnets"));
	for (int i = 0; i < 3; i++)
		BAD(403, "UnauthorizedOperation", EC2("DescribeSubnets"));
	assert_true(sbx_answer_has(&c, "<Message>You are not allowed.</Message>"));
	faults_clear(sbx_faults(c.sbx), NULL);
	GOOD(EC2("DescribeSubnets"));
}

static size_t count_vpcs(void)
{
	json_t *all = store_list(sbx_store(c.sbx), "vpc", "us-east-1");
	size_t n = json_array_size(all);

	json_decref(all);
	return n;
}

static void lost_before_changes_nothing_and_lost_after_everything(void **state)
{
	(void)state;
	add_fault("CreateVpc:1=lost-before");
	add_fault("CreateVpc:2=reset");
	add_fault("CreateVpc:3=lost-after");
	add_fault("CreateVpc:4=torn");
	(void)EC2("CreateVpc&CidrBlock=10.0.0.0/16");
	assert_int_equal(c.rep.delivery, SBX_DROP);
	(void)EC2("CreateVpc&CidrBlock=10.0.0.0/16");
	assert_int_equal(c.rep.delivery, SBX_RESET);
	assert_int_equal(count_vpcs(), 0);
	(void)EC2("CreateVpc&CidrBlock=10.0.0.0/16");
	assert_int_equal(c.rep.delivery, SBX_DROP);
	assert_int_equal(count_vpcs(), 1);
	(void)EC2("CreateVpc&CidrBlock=10.0.0.0/16");
	assert_int_equal(c.rep.delivery, SBX_TORN);
	assert_int_equal(count_vpcs(), 2);
}

static void what_fails_after_is_done_all_the_same(void **state)
{
	(void)state;
	add_fault("CreateVpc:1=after=InternalError");
	add_fault("CreateVpc:2-3=after=http=502");
	BAD(500, "InternalError", EC2("CreateVpc&CidrBlock=10.0.0.0/16"));
	assert_false(sbx_answer_has(&c, "<vpcId>"));
	assert_int_equal(count_vpcs(), 1);
	BAD(502, "HTML", EC2("CreateVpc&CidrBlock=10.0.0.0/16"));
	assert_false(sbx_answer_has(&c, "<vpcId>"));
	assert_int_equal(count_vpcs(), 2);
	add_fault("CreateSubnet:1=InvalidVpcID.NotFound:The vpc ID '{VpcId}' is not, {Nor} {");
	BAD(400, "InvalidVpcID.NotFound", EC2("CreateSubnet&VpcId=vpc-1"));
	assert_true(sbx_answer_has(&c, "The vpc ID 'vpc-1' is not, ? ?"));
	/* What is refused by itself is told so. */
	BAD(400, "InvalidParameterValue", EC2("CreateVpc&CidrBlock=ten"));
	assert_int_equal(count_vpcs(), 2);
}

static void throttling_speaks_each_services_language(void **state)
{
	(void)state;
	add_fault("DescribeVpcs=throttle");
	add_fault("ListRoles=throttle");
	add_fault("GetParameter=throttle");
	add_fault("ListBuckets=throttle");
	add_fault("GetCallerIdentity=http=502");
	BAD(503, "RequestLimitExceeded", EC2("DescribeVpcs"));
	BAD(400, "Throttling", sbx_query_call(&c, "iam", "ListRoles"));
	BAD(400, "ThrottlingException", sbx_json_call(&c, "ssm", "AmazonSSM.GetParameter", "{}"));
	BAD(503, "SlowDown", sbx_s3_call(&c, "GET", "/", "", NULL, 0));
	BAD(502, "HTML", sbx_query_call(&c, "sts", "GetCallerIdentity"));
	assert_string_equal(c.rep.content_type, "text/html");
}

static void a_slow_answer_is_late(void **state)
{
	int64_t before = clock_mono_ms();

	(void)state;
	add_fault("DescribeVpcs=slow=80");
	GOOD(EC2("DescribeVpcs"));
	assert_true(clock_mono_ms() - before >= 80);
}

static atomic_bool taken_back;

static void *take_back_soon(void *arg)
{
	(void)arg;
	sbx_pause(c.sbx, 80);
	atomic_store(&taken_back, true);
	faults_clear(sbx_faults(c.sbx), "CreateVpc");
	return NULL;
}

static void a_call_is_held_until_its_fault_is_taken_back(void **state)
{
	pthread_t thread;
	bool held;

	(void)state;
	atomic_store(&taken_back, false);
	add_fault("CreateVpc:2=held");
	add_fault("DescribeVpcs=RequestLimitExceeded");
	GOOD(EC2("CreateVpc&CidrBlock=10.0.0.0/16"));
	assert_int_equal(pthread_create(&thread, NULL, take_back_soon, NULL), 0);
	GOOD(EC2("CreateVpc&CidrBlock=10.1.0.0/16"));
	held = atomic_load(&taken_back);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(held);
	BAD(503, "RequestLimitExceeded", EC2("DescribeVpcs")); /* another action's stays */
	faults_clear(sbx_faults(c.sbx), NULL);
	assert_int_equal(count_vpcs(), 2);
}

static void a_dry_run_changes_nothing(void **state)
{
	(void)state;
	BAD(412, "DryRunOperation", EC2("CreateVpc&CidrBlock=10.0.0.0/16&DryRun=true"));
	assert_int_equal(count_vpcs(), 0);
	BAD(400, "UnknownParameter", EC2("CreateVpc&Cidr=10.0.0.0/16&DryRun=true"));
	BAD(400, "MissingParameter", EC2("DeleteVpc&DryRun=true"));
	GOOD(EC2("CreateVpc&CidrBlock=10.0.0.0/16&DryRun=false"));
	assert_int_equal(count_vpcs(), 1);
}

/* ---- its own paths ------------------------------------------------------ */

static json_t *admin(const char *method, const char *path, const char *body, int want_status)
{
	json_t *tree;

	(void)raw(method, path, "", body);
	assert_int_equal(c.rep.status, want_status);
	tree = json_loads(c.rep.body.p, 0, NULL);
	assert_non_null(tree);
	return tree;
}

static void the_sandbox_tells_about_itself_without_a_signature(void **state)
{
	json_t *tree;

	(void)state;
	GOOD(EC2("CreateVpc&CidrBlock=10.0.0.0/16&TagSpecification.1.ResourceType=vpc&"
		 "TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value=x"));
	tree = admin("GET", "/_sandbox/world", "", 200);
	json_t *vpc = json_array_get(json_object_get(json_object_get(tree, "vpc"), "us-east-1"), 0);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(vpc, "tags"), "Name")), "x");
	assert_string_equal(json_string_value(json_object_get(vpc, "state")), "pending");
	assert_true(json_is_true(json_object_get(vpc, "live")));
	json_decref(tree);

	(void)EC2("Nonsense");
	tree = admin("GET", "/_sandbox/requests?x", "", 200);
	assert_int_equal(json_array_size(tree), 2);
	json_t *last = json_array_get(tree, 1);
	assert_string_equal(json_string_value(json_object_get(last, "action")), "Nonsense");
	assert_string_equal(json_string_value(json_object_get(last, "code")), "InvalidAction");
	assert_int_equal(json_integer_value(json_object_get(last, "status")), 400);
	assert_string_equal(json_string_value(json_object_get(last, "access_key_id")),
			    SANDBOX_ACCESS_KEY);
	json_decref(tree);
	json_decref(admin("DELETE", "/_sandbox/requests", "", 200));
	tree = admin("GET", "/_sandbox/requests", "", 200);
	assert_int_equal(json_array_size(tree), 0);
	json_decref(tree);

	tree = admin("GET", "/_sandbox/info", "", 200);
	assert_string_equal(json_string_value(json_object_get(tree, "account")), SANDBOX_ACCOUNT);
	json_decref(tree);
	json_decref(admin("GET", "/_sandbox/nothing", "", 404));
	json_decref(admin("PUT", "/_sandbox/world", "", 405));
}

static void the_same_path_by_another_name_is_a_key_in_s3(void **state)
{
	(void)state;
	(void)raw("GET", "/_sandbox/world", "host: bucket.s3.us-east-1.amazonaws.com", "");
	assert_true(c.rep.status == 403 || c.rep.status == 404);
	assert_non_null(strstr(c.rep.body.p, "<Error>"));
	(void)raw("GET", "/_sandbox/info", "host: localhost:1", "");
	assert_int_equal(c.rep.status, 200);
}

static void faults_and_the_clock_are_set_from_outside(void **state)
{
	json_t *tree;

	(void)state;
	json_decref(
		admin("POST", "/_sandbox/fault", "CreateVpc=throttle\nDescribeVpcs=torn\n", 200));
	BAD(503, "RequestLimitExceeded", EC2("CreateVpc&CidrBlock=10.0.0.0/16"));
	json_decref(admin("DELETE", "/_sandbox/fault", "", 200));
	GOOD(EC2("CreateVpc&CidrBlock=10.0.0.0/16"));
	json_decref(admin("POST", "/_sandbox/fault", "CreateVpc", 400));
	json_decref(admin("POST", "/_sandbox/skip", "soon", 400));
	json_decref(admin("POST", "/_sandbox/skip", "-1", 400));
	json_decref(admin("POST", "/_sandbox/skip", "5000", 200));
	tree = admin("GET", "/_sandbox/world", "", 200);
	json_t *vpc = json_array_get(json_object_get(json_object_get(tree, "vpc"), "us-east-1"), 0);
	assert_string_equal(json_string_value(json_object_get(vpc, "state")), "available");
	assert_null(json_object_get(tree, SBX_INNER_KIND));
	json_decref(tree);
}

static void the_record_of_requests_is_bounded(void **state)
{
	struct trace *trace = trace_new();
	json_t *list;

	(void)state;
	for (uint64_t i = 1; i <= 20005; i++) {
		struct trace_entry entry = { .action = "X", .status = 200, .connection = i };

		trace_add(trace, &entry);
	}
	list = trace_list(trace);
	assert_int_equal(json_array_size(list), 20000);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "connection")),
			 6);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 19999), "number")),
			 20005);
	json_decref(list);
	trace_free(trace);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(forms_are_decoded_or_refused),
		T(a_form_becomes_a_tree_in_whatever_order_it_comes),
		T(a_form_that_the_model_has_not_is_refused),
		T(an_unsigned_request_is_refused_in_each_services_way),
		T(a_wrong_secret_or_key_is_refused_in_each_services_way),
		T(a_clock_that_is_off_is_told_so),
		T(a_session_ends_when_it_says),
		T(a_scope_must_name_a_region_that_can_be),
		T(nonsense_is_answered_not_followed),
		T(actions_that_are_not_are_named),
		T(a_fault_that_makes_no_sense_is_refused),
		T(a_fault_hits_the_calls_it_names),
		T(lost_before_changes_nothing_and_lost_after_everything),
		T(what_fails_after_is_done_all_the_same),
		T(throttling_speaks_each_services_language),
		T(a_slow_answer_is_late),
		T(a_call_is_held_until_its_fault_is_taken_back),
		T(a_dry_run_changes_nothing),
		T(the_sandbox_tells_about_itself_without_a_signature),
		T(the_same_path_by_another_name_is_a_key_in_s3),
		T(faults_and_the_clock_are_set_from_outside),
		T(the_record_of_requests_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
