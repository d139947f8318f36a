/* SPDX-License-Identifier: Apache-2.0 */
/* Policies: what is accepted, what is public, what is decided. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "sandbox/iam/policy.h"

#define B "arn:aws:s3:::b"
#define USER "arn:aws:iam::123456789012:user/operator"
#define ROLE "arn:aws:iam::123456789012:role/app"
#define SESSION "arn:aws:sts::123456789012:assumed-role/app/i-0123"
#define VPCE "vpce-0aaaaaaaaaaaaaaaa"

/* The policy that the procedure writes, with the condition key in its two spellings. */
#define PROCEDURE                                                                                  \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":"  \
	"\"*\"},\"Action\":\"s3:PutObject\",\"Resource\":\"" B "/*\",\"Condition\":{"              \
	"\"StringNotEquals\":{\"aws:sourceVpce\":\"" VPCE "\"}}},{\"Effect\":\"Allow\","           \
	"\"Principal\":{\"AWS\":\"*\"},\"Action\":\"s3:PutObject\",\"Resource\":\"" B              \
	"/*\",\"Condition\":{\"StringEquals\":{\"aws:SourceVpce\":\"" VPCE "\"}}}]}"

static json_t *parse(const char *text)
{
	json_t *policy = json_loads(text, 0, NULL);

	assert_non_null(policy);
	return policy;
}

static void wildcards_match_as_policies_mean_them(void **state)
{
	static const struct {
		const char *pattern, *s;
		bool nocase, want;
	} cases[] = {
		{ "s3:Put*", "s3:PutObject", true, true },
		{ "S3:PUTOBJECT", "s3:PutObject", true, true },
		{ "S3:PUTOBJECT", "s3:PutObject", false, false },
		{ "*", "", false, true },
		{ "", "a", false, false },
		{ "a?c", "abc", false, true },
		{ "a?c", "ac", false, false },
		{ "*a*b*c", "xxaxxbxxc", false, true },
		{ "*a*b*c", "xxaxxbxxcd", false, false },
		{ "**", "anything", false, true },
	};
	autofree char *stars = NULL, *text = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(sbx_glob(cases[i].pattern, cases[i].s, cases[i].nocase),
				 cases[i].want);
	/* The classic trap for matchers that go back to every star. */
	stars = xcalloc(1, 4001);
	text = xcalloc(1, 4001);
	for (size_t i = 0; i < 4000; i++) {
		stars[i] = i % 2 ? 'a' : '*';
		text[i] = 'a';
	}
	stars[3999] = 'b';
	assert_false(sbx_glob(stars, text, false));
}

/* `facts` as "key=value key=value". */
static bool holds(const char *condition, const char *facts)
{
	json_t *json = parse(condition);
	autofree char *copy = xstrdup(facts);
	struct request_fact list[8];
	struct policy_request ask = { .action = "s3:PutObject", .resource = B "/k", .facts = list };
	char *at = copy, *word;
	bool answer;

	while ((word = strsep(&at, " "))) {
		char *eq = strchr(word, '=');

		if (!eq)
			continue;
		*eq = '\0';
		assert_true(ask.n_facts < ARRAY_LEN(list));
		list[ask.n_facts++] = (struct request_fact){ word, eq + 1 };
	}
	answer = conditions_hold(json, &ask);
	json_decref(json);
	return answer;
}

static void conditions_hold_as_aws_says(void **state)
{
	static const struct {
		const char *condition, *facts;
		bool want;
	} cases[] = {
		{ "{\"StringEquals\":{\"aws:sourceVpce\":\"v\"}}", "aws:SourceVpce=v", true },
		{ "{\"StringEquals\":{\"aws:sourceVpce\":\"v\"}}", "aws:SourceVpce=V", false },
		{ "{\"StringEquals\":{\"aws:sourceVpce\":\"v\"}}", "", false },
		{ "{\"StringEquals\":{\"aws:sourceVpce\":[\"u\",\"v\"]}}", "aws:SourceVpce=v",
		  true },
		{ "{\"StringNotEquals\":{\"aws:sourceVpce\":\"v\"}}", "", true },
		{ "{\"StringNotEquals\":{\"aws:sourceVpce\":\"v\"}}", "aws:SourceVpce=v", false },
		{ "{\"StringNotEquals\":{\"aws:sourceVpce\":[\"u\",\"v\"]}}", "aws:SourceVpce=v",
		  false },
		{ "{\"StringNotEquals\":{\"aws:sourceVpce\":[\"u\",\"v\"]}}", "aws:SourceVpce=w",
		  true },
		{ "{\"StringEqualsIfExists\":{\"aws:sourceVpce\":\"v\"}}", "", true },
		{ "{\"StringEqualsIfExists\":{\"aws:sourceVpce\":\"v\"}}", "aws:SourceVpce=w",
		  false },
		{ "{\"StringEqualsIgnoreCase\":{\"a:b\":\"V\"}}", "a:b=v", true },
		{ "{\"StringNotEqualsIgnoreCase\":{\"a:b\":\"V\"}}", "a:b=v", false },
		{ "{\"StringEquals\":{\"a:b\":\"v*\"}}", "a:b=vx", false },
		{ "{\"StringEquals\":{\"a:b\":\"v*\"}}", "a:b=v*", true },
		{ "{\"StringLike\":{\"a:b\":\"v*\"}}", "a:b=vx", true },
		{ "{\"StringNotLike\":{\"a:b\":\"v*\"}}", "a:b=vx", false },
		{ "{\"StringLike\":{\"a:b\":\"home/${aws:username}/*\"}}",
		  "a:b=home/ann/x aws:username=ann", true },
		{ "{\"StringLike\":{\"a:b\":\"home/${aws:username}/*\"}}",
		  "a:b=home/bob/x aws:username=*", false },
		{ "{\"StringLike\":{\"a:b\":\"home/${aws:username}/*\"}}", "a:b=home//x", false },
		{ "{\"StringLike\":{\"a:b\":\"${*}${aws:username,'none'}\"}}", "a:b=*none", true },
		{ "{\"Bool\":{\"aws:SecureTransport\":\"false\"}}", "aws:SecureTransport=true",
		  false },
		{ "{\"Bool\":{\"aws:SecureTransport\":false}}", "aws:SecureTransport=false", true },
		{ "{\"Null\":{\"aws:sourceVpce\":\"true\"}}", "", true },
		{ "{\"Null\":{\"aws:sourceVpce\":\"true\"}}", "aws:sourceVpce=v", false },
		{ "{\"Null\":{\"aws:sourceVpce\":\"false\"}}", "aws:sourceVpce=v", true },
		{ "{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/16\"}}", "aws:SourceIp=10.0.255.1",
		  true },
		{ "{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/17\"}}", "aws:SourceIp=10.0.255.1",
		  false },
		{ "{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.1\"}}", "aws:SourceIp=10.0.0.1",
		  true },
		{ "{\"IpAddress\":{\"aws:SourceIp\":\"2001:db8::/32\"}}",
		  "aws:SourceIp=2001:db8::1", true },
		{ "{\"IpAddress\":{\"aws:SourceIp\":\"0.0.0.0/0\"}}", "aws:SourceIp=2001:db8::1",
		  false },
		{ "{\"NotIpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}", "aws:SourceIp=10.1.1.1",
		  false },
		{ "{\"NotIpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}", "", true },
		{ "{\"ArnLike\":{\"aws:PrincipalArn\":\"arn:aws:iam::*:role/app\"}}",
		  "aws:PrincipalArn=" ROLE, true },
		{ "{\"ArnLike\":{\"aws:PrincipalArn\":\"arn:*:role/app\"}}",
		  "aws:PrincipalArn=" ROLE, false },
		{ "{\"ArnNotEquals\":{\"aws:PrincipalArn\":\"" ROLE "\"}}",
		  "aws:PrincipalArn=" ROLE, false },
		{ "{\"NumericLessThan\":{\"s3:max-keys\":\"10\"}}", "s3:max-keys=9", true },
		{ "{\"NumericLessThan\":{\"s3:max-keys\":\"10\"}}", "s3:max-keys=10", false },
		{ "{\"NumericLessThanEquals\":{\"s3:max-keys\":10}}", "s3:max-keys=10", true },
		{ "{\"NumericEquals\":{\"s3:max-keys\":10}}", "s3:max-keys=ten", false },
		{ "{\"DateLessThan\":{\"aws:CurrentTime\":\"2026-11-23T00:00:00Z\"}}",
		  "aws:CurrentTime=2026-11-22T23:59:59Z", true },
		{ "{\"DateGreaterThan\":{\"aws:EpochTime\":\"1000\"}}", "aws:EpochTime=1001",
		  true },
		{ "{\"ForAnyValue:StringEquals\":{\"a:k\":[\"x\"]}}", "a:k=y a:k=x", true },
		{ "{\"ForAnyValue:StringEquals\":{\"a:k\":[\"x\"]}}", "", false },
		{ "{\"ForAllValues:StringEquals\":{\"a:k\":[\"x\"]}}", "a:k=y a:k=x", false },
		{ "{\"ForAllValues:StringEquals\":{\"a:k\":[\"x\"]}}", "", true },
		{ "{\"StringEquals\":{\"a:b\":\"1\"},\"Bool\":{\"a:c\":\"true\"}}",
		  "a:b=1 a:c=false", false },
		{ "{\"StringEquals\":{\"a:b\":\"1\",\"a:c\":\"2\"}}", "a:b=1 a:c=2", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (holds(cases[i].condition, cases[i].facts) != cases[i].want)
			fail_msg("%s with '%s'", cases[i].condition, cases[i].facts);
	}
}

static enum policy_verdict decide(const char *text, const char *caller, const char *action,
				  const char *vpce)
{
	json_t *policy = parse(text);
	struct request_fact fact = { "aws:SourceVpce", vpce };
	struct policy_request ask = {
		.caller_arn = caller,
		.role_arn = caller && strcmp(caller, SESSION) == 0 ? ROLE : NULL,
		.action = action,
		.resource = B "/k",
		.facts = &fact,
		.n_facts = vpce ? 1 : 0,
	};
	enum policy_verdict verdict = policy_decide(policy, &ask);

	json_decref(policy);
	return verdict;
}

static void the_procedures_policy_lets_only_the_endpoint_put(void **state)
{
	static const char *const callers[] = { USER, SESSION, NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(callers); i++) {
		assert_int_equal(decide(PROCEDURE, callers[i], "s3:PutObject", VPCE), POLICY_ALLOW);
		assert_int_equal(decide(PROCEDURE, callers[i], "s3:PutObject", NULL), POLICY_DENY);
		assert_int_equal(decide(PROCEDURE, callers[i], "s3:PutObject", "vpce-0b"),
				 POLICY_DENY);
		assert_int_equal(decide(PROCEDURE, callers[i], "s3:GetObject", VPCE),
				 POLICY_SILENT);
	}
}

#define ALLOW(principal)                                                                           \
	"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":" principal                            \
	",\"Action\":[\"s3:*\"],\"Resource\":[\"" B "\",\"" B "/*\"]}}"

static void principals_reach_whom_they_name(void **state)
{
	static const struct {
		const char *policy, *caller;
		enum policy_verdict want;
	} cases[] = {
		{ ALLOW("\"*\""), NULL, POLICY_ALLOW },
		{ ALLOW("{\"AWS\":\"*\"}"), NULL, POLICY_ALLOW },
		{ ALLOW("{\"AWS\":\"123456789012\"}"), SESSION, POLICY_ALLOW_ACCOUNT },
		{ ALLOW("{\"AWS\":\"arn:aws:iam::123456789012:root\"}"), SESSION,
		  POLICY_ALLOW_ACCOUNT },
		{ ALLOW("{\"AWS\":\"arn:aws:iam::999999999999:root\"}"), SESSION, POLICY_SILENT },
		{ ALLOW("{\"AWS\":\"arn:aws:iam::123456789012:root\"}"), NULL, POLICY_SILENT },
		{ ALLOW("{\"AWS\":\"" ROLE "\"}"), SESSION, POLICY_ALLOW },
		{ ALLOW("{\"AWS\":[\"" USER "\",\"" SESSION "\"]}"), SESSION, POLICY_ALLOW },
		{ ALLOW("{\"AWS\":\"" USER "\"}"), SESSION, POLICY_SILENT },
		{ ALLOW("{\"Service\":\"logging.s3.amazonaws.com\"}"), SESSION, POLICY_SILENT },
		{ "{\"Statement\":{\"Effect\":\"Deny\",\"NotPrincipal\":{\"AWS\":\"" ROLE
		  "\"},\"Action\":\"s3:*\",\"Resource\":\"*\"}}",
		  SESSION, POLICY_SILENT },
		{ "{\"Statement\":{\"Effect\":\"Deny\",\"NotPrincipal\":{\"AWS\":\"" ROLE
		  "\"},\"Action\":\"s3:*\",\"Resource\":\"*\"}}",
		  USER, POLICY_DENY },
		{ "{\"Statement\":[{\"Effect\":\"Allow\",\"NotAction\":\"s3:Get*\",\"Resource\":"
		  "\"*\"}]}",
		  USER, POLICY_ALLOW },
		{ "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"NotResource\":\"" B
		  "/*\"}]}",
		  USER, POLICY_SILENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (decide(cases[i].policy, cases[i].caller, "s3:PutObject", NULL) != cases[i].want)
			fail_msg("case %zu: %s", i, cases[i].policy);
	}
}

#define PUBLIC_IF(condition)                                                                       \
	"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\","   \
	"\"Resource\":\"" B "/*\",\"Condition\":" condition "}]}"

static void public_is_what_no_fixed_value_limits(void **state)
{
	static const struct {
		const char *policy;
		bool want;
	} cases[] = {
		{ PROCEDURE, false },
		{ ALLOW("\"*\""), true },
		{ ALLOW("{\"AWS\":\"*\"}"), true },
		{ ALLOW("{\"AWS\":\"" ROLE "\"}"), false },
		{ ALLOW("{\"Service\":\"logging.s3.amazonaws.com\"}"), false },
		{ PUBLIC_IF("{\"StringEquals\":{\"aws:SourceVpce\":\"vpce-1\"}}"), false },
		{ PUBLIC_IF("{\"StringLike\":{\"aws:SourceVpce\":\"vpce-*\"}}"), true },
		{ PUBLIC_IF("{\"StringEqualsIfExists\":{\"aws:SourceVpce\":\"vpce-1\"}}"), true },
		{ PUBLIC_IF("{\"StringNotEquals\":{\"aws:SourceVpce\":\"vpce-1\"}}"), true },
		{ PUBLIC_IF("{\"StringEquals\":{\"aws:SourceVpce\":[\"vpce-1\",\"*\"]}}"), true },
		{ PUBLIC_IF("{\"Bool\":{\"aws:SecureTransport\":\"true\"}}"), true },
		{ PUBLIC_IF("{\"IpAddress\":{\"aws:SourceIp\":\"203.0.113.0/24\"}}"), false },
		{ PUBLIC_IF("{\"IpAddress\":{\"aws:SourceIp\":\"0.0.0.0/1\"}}"), true },
		{ PUBLIC_IF("{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-1\"}}"), false },
		{ PUBLIC_IF("{\"StringLike\":{\"aws:userid\":\"AROAX:*\"}}"), false },
		{ "{\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\","
		  "\"Resource\":\"" B "/*\"}]}",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *policy = parse(cases[i].policy);

		if (policy_is_public(policy) != cases[i].want)
			fail_msg("case %zu: %s", i, cases[i].policy);
		json_decref(policy);
	}
}

static bool knows_app(void *arg, const char *arn)
{
	(void)arg;
	return strcmp(arn, ROLE) == 0;
}

#define ST(effect, principal, action, resource)                                                    \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":" effect                           \
	",\"Principal\":" principal ",\"Action\":" action ",\"Resource\":" resource "}]}"
#define OWN "\"" B "/*\""
#define PUT "\"s3:PutObject\""
#define IDENTITY(action, resource)                                                                 \
	"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":" action       \
	",\"Resource\":" resource "}}"

static void a_policy_is_refused_in_the_services_words(void **state)
{
	static const struct {
		enum policy_kind kind;
		const char *text, *want; /* NULL: accepted */
	} cases[] = {
		{ POLICY_OF_BUCKET, PROCEDURE, NULL },
		{ POLICY_OF_BUCKET, ST("\"Allow\"", "\"*\"", PUT, OWN), NULL },
		{ POLICY_OF_BUCKET, "", "Policies must be valid JSON" },
		{ POLICY_OF_BUCKET, "nope", "Policies must be valid JSON" },
		{ POLICY_OF_BUCKET, "[]", "Policies must be valid JSON" },
		{ POLICY_OF_BUCKET, "{\"Statement\":[", "Policies must be valid JSON" },
		{ POLICY_OF_BUCKET, "{\"x\":1}", "Unknown field x" },
		{ POLICY_OF_BUCKET, "{\"Version\":\"2012-10-17\"}",
		  "Missing required field Statement" },
		{ POLICY_OF_BUCKET, "{\"Version\":\"2012\",\"Statement\":{}}",
		  "The policy must contain a valid version string" },
		{ POLICY_OF_BUCKET, "{\"Statement\":[1]}", "Invalid policy syntax." },
		{ POLICY_OF_BUCKET, "{\"Statement\":{}}", "Missing required field Effect" },
		{ POLICY_OF_BUCKET, ST("\"allow\"", "\"*\"", PUT, OWN), "Invalid effect: allow" },
		{ POLICY_OF_BUCKET, ST("\"Allow\"", "\"x\"", PUT, OWN),
		  "Invalid principal in policy" },
		{ POLICY_OF_BUCKET, ST("\"Allow\"", "{\"AWS\":\"nobody\"}", PUT, OWN),
		  "Invalid principal in policy" },
		{ POLICY_OF_BUCKET, ST("\"Allow\"", "{\"AWS\":\"" ROLE "\"}", PUT, OWN), NULL },
		{ POLICY_OF_BUCKET, ST("\"Allow\"", "{\"AWS\":\"" ROLE "x\"}", PUT, OWN),
		  "Invalid principal in policy" },
		{ POLICY_OF_BUCKET, ST("\"Allow\"", "\"*\"", "\"s3:Frob\"", OWN),
		  "Policy has invalid action" },
		{ POLICY_OF_BUCKET, ST("\"Allow\"", "\"*\"", "\"ec2:*\"", OWN),
		  "Policy has invalid action" },
		{ POLICY_OF_BUCKET, ST("\"Allow\"", "\"*\"", PUT, "\"*\""),
		  "Policy has invalid resource" },
		{ POLICY_OF_BUCKET, ST("\"Allow\"", "\"*\"", PUT, "\"arn:aws:s3:::other/*\""),
		  "Policy has invalid resource" },
		{ POLICY_OF_BUCKET, ST("\"Allow\"", "\"*\"", PUT, "\"" B "\""),
		  "Action does not apply to any resource(s) in statement" },
		{ POLICY_OF_BUCKET, ST("\"Allow\"", "\"*\"", "\"s3:ListBucket\"", OWN),
		  "Action does not apply to any resource(s) in statement" },
		{ POLICY_OF_BUCKET, ST("\"Allow\"", "\"*\"", "\"s3:*\"", "\"" B "*\""), NULL },
		{ POLICY_OF_BUCKET, PUBLIC_IF("{\"StringIs\":{\"aws:SourceIp\":\"1\"}}"),
		  "Invalid Condition type : StringIs" },
		{ POLICY_OF_BUCKET, PUBLIC_IF("{\"StringEquals\":{\"s3:nothing\":\"1\"}}"),
		  "Policy has an invalid condition key" },
		{ POLICY_OF_BUCKET, PUBLIC_IF("{\"StringEquals\":\"s3:nothing\"}"),
		  "Invalid policy syntax." },
		{ POLICY_OF_TRUST, "garbage", "This policy contains invalid Json" },
		{ POLICY_OF_TRUST,
		  "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{"
		  "\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}",
		  NULL },
		{ POLICY_OF_TRUST, ST("\"Allow\"", "\"*\"", "\"sts:AssumeRole\"", "\"*\""),
		  "Has prohibited field Resource" },
		{ POLICY_OF_TRUST,
		  "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:Get\"}"
		  "}",
		  "AssumeRole policy may only specify STS AssumeRole actions." },
		{ POLICY_OF_TRUST,
		  "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\"}}",
		  "Missing required field Principal" },
		{ POLICY_OF_IDENTITY, IDENTITY("\"s3:*\"", "\"*\""), NULL },
		{ POLICY_OF_IDENTITY, IDENTITY("\"PutObject\"", "\"*\""),
		  "Actions/Conditions must be prefaced by a vendor" },
		{ POLICY_OF_IDENTITY, IDENTITY("\"s3:*\"", "\"bucket\""),
		  "Resource bucket must be in ARN format or \"*\"." },
		{ POLICY_OF_IDENTITY, ST("\"Allow\"", "\"*\"", PUT, OWN),
		  "Policy document should not specify a principal." },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct policy_rules rules = { cases[i].kind, "b", knows_app, NULL };
		json_t *policy = NULL;
		autofree char *why =
			policy_check(cases[i].text, strlen(cases[i].text), &rules, &policy);

		if ((why == NULL) != (cases[i].want == NULL) ||
		    (why && strncmp(why, cases[i].want, strlen(cases[i].want)) != 0))
			fail_msg("case %zu: '%s' for %s", i, why ? why : "accepted", cases[i].text);
		assert_int_equal(policy != NULL, why == NULL);
		json_decref(policy);
	}
}

static void hostile_policies_are_only_refused(void **state)
{
	static const char *const hostile[] = {
		"{\"Statement\":{\"Effect\":1,\"Principal\":2,\"Action\":3,\"Resource\":4}}",
		"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{},\"Action\":{},\"Resource\":["
		"]}}",
		"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[1,null]},\"Action\":["
		"[]],"
		"\"Resource\":[{}],\"Condition\":[]}}",
		"{\"Statement\":[null,null]}",
		"{\"Statement\":\"text\"}",
		"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:*\","
		"\"Resource\":\"arn:aws:s3:::b*\",\"Condition\":{\"StringEquals\":{\"aws:x\":[[]]}}"
		"}}",
		"{\"Statement\":{\"Effect\":\"Allow\",\"Effect\":\"Deny\"}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		struct policy_rules rules = { POLICY_OF_BUCKET, "b", NULL, NULL };
		struct policy_request ask = { .action = "s3:GetObject", .resource = B "/k" };
		json_t *policy = NULL;
		json_t *raw = json_loads(hostile[i], 0, NULL);
		autofree char *why = policy_check(hostile[i], strlen(hostile[i]), &rules, &policy);

		assert_non_null(why);
		/* Nor does deciding by one crash, whoever let it in. */
		(void)policy_decide(raw, &ask);
		(void)policy_is_public(raw);
		json_decref(raw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wildcards_match_as_policies_mean_them),
		cmocka_unit_test(conditions_hold_as_aws_says),
		cmocka_unit_test(the_procedures_policy_lets_only_the_endpoint_put),
		cmocka_unit_test(principals_reach_whom_they_name),
		cmocka_unit_test(public_is_what_no_fixed_value_limits),
		cmocka_unit_test(a_policy_is_refused_in_the_services_words),
		cmocka_unit_test(hostile_policies_are_only_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
