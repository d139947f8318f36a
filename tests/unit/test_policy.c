/* SPDX-License-Identifier: Apache-2.0 */
/* The table of permissions, and the policy that is made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/grant_text.h"
#include "runbook/cli/policy_write.h"

static struct params params;
static struct policy_subject subject;

static int setup(void **state)
{
	(void)state;
	params_init(&params, all_procedures[0]);
	subject = (struct policy_subject){ .procedure = all_procedures[0],
					   .params = &params,
					   .account = "123456789012",
					   .partition = "aws",
					   .stack = "default" };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	params_clear(&params);
	return 0;
}

static void set(const char *pair)
{
	assert_null(params_set_pair(&params, pair));
}

static json_t *written(const char *word)
{
	json_t *documents;

	assert_null(policy_name_things(&subject, &params, NULL));
	documents = policy_write(&subject, grant_ways_of(word));
	assert_true(json_array_size(documents) > 0);
	return documents;
}

static const json_t *statements_of(const json_t *document)
{
	return json_object_get(json_object_get(document, "document"), "Statement");
}

static size_t n_items(const json_t *v)
{
	return json_is_array(v) ? json_array_size(v) : v ? 1 : 0;
}

static const char *item(const json_t *v, size_t i)
{
	return json_string_value(json_is_array(v) ? json_array_get(v, i) : v);
}

static bool holds(const json_t *list, const char *s)
{
	for (size_t i = 0; i < n_items(list); i++)
		if (text_eq(item(list, i), s))
			return true;
	return false;
}

/* Some statement has this action and this resource; `text`, when given, in its condition. */
static bool allows(const json_t *documents, const char *action, const char *resource,
		   const char *text)
{
	const json_t *d, *st;
	size_t i, k;

	json_array_foreach(documents, i, d) {
		json_array_foreach(statements_of(d), k, st) {
			autofree char *condition = NULL;

			if (!holds(json_object_get(st, "Action"), action) ||
			    !holds(json_object_get(st, "Resource"), resource))
				continue;
			condition = json_dumps(json_object_get(st, "Condition"),
					       JSON_COMPACT | JSON_ENCODE_ANY);
			if (!text || (condition && strstr(condition, text)))
				return true;
		}
	}
	return false;
}

/* ---- the table ---------------------------------------------------------------- */

static const char *const words[] = { "run", "verify", "connect", "undo", "all" };

static void every_step_is_in_the_table_and_every_row_is_of_a_step(void **state)
{
	const struct step *const *steps = subject.procedure->steps;

	(void)state;
	for (size_t i = 0; steps[i]; i++) {
		bool found = false;

		for (const struct permit *p = subject.procedure->permits; p->step; p++)
			found = found || text_eq(p->step, steps[i]->id);
		if (!found)
			fail_msg("step %s needs no permission", steps[i]->id);
	}
	for (const struct permit *p = subject.procedure->permits; p->step; p++) {
		bool found = false;

		for (size_t i = 0; steps[i]; i++)
			found = found || text_eq(p->step, steps[i]->id);
		assert_true(found);
		assert_true(p->ways && p->places);
		assert_non_null(strchr(p->action, ':'));
		assert_null(strchr(p->action, '*'));
	}
}

/* What plan tells of a step's calls is in its rows: a call that is added needs its permission. */
static void every_changing_call_of_a_step_has_its_row(void **state)
{
	static const struct {
		const char *call, *action; /* NULL: no permission is needed */
	} others[] = {
		{ "s3 HeadBucket", "s3:ListBucket" },
		{ "s3 PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock" },
		{ "s3 PutObject (on the instance)", NULL }, /* its role does */
	};
	const struct step *const *steps = subject.procedure->steps;

	(void)state;
	for (size_t i = 0; steps[i]; i++) {
		for (const char *const *c = steps[i]->calls; c && *c; c++) {
			autofree char *action = xstrdup(*c);
			const char *wanted = action;
			bool found = false;

			if (!strchr(action, ' '))
				continue;
			*strchr(action, ' ') = ':';
			for (size_t k = 0; k < ARRAY_LEN(others); k++)
				if (text_eq(others[k].call, *c))
					wanted = others[k].action;
			for (const struct permit *p = subject.procedure->permits; p->step; p++)
				found = found || (text_eq(p->step, steps[i]->id) &&
						  text_eq(p->action, wanted));
			if (wanted && !found)
				fail_msg("step %s calls %s without a row", steps[i]->id, *c);
		}
	}
}

/* ---- the policy --------------------------------------------------------------- */

/* "vpc", "role": what stands before the id. */
static size_t type_of(const char *arn, const char **ret)
{
	*ret = arn;
	for (int i = 0; i < 5 && strchr(*ret, ':'); i++)
		*ret = strchr(*ret, ':') + 1;
	return strcspn(*ret, "/");
}

static bool same_type(const char *a, const char *b)
{
	const char *x, *y;
	size_t n = type_of(a, &x), m = type_of(b, &y);

	if (strstr(a, ":s3:::")) /* buckets and objects */
		return strstr(b, ":s3:::") && !strchr(a, '/') == !strchr(b, '/');

	return n == m && strncmp(x, y, n) == 0;
}

/* No row has just this pair, though AWS checks the action against things of that type. */
static bool is_more(const struct grants *grants, const char *action, const char *resource)
{
	bool touched = false;

	for (size_t i = 0; i < grants->n; i++) {
		const struct grant *g = &grants->v[i];

		for (size_t k = 0; k < g->resources.n && text_eq(g->permit->action, action); k++) {
			if (text_eq(g->resources.v[k], resource))
				return false;
			touched = touched || same_type(g->resources.v[k], resource);
		}
	}
	return touched;
}

/* Each pair of action and resource in a statement has a row, or AWS never looks at it. */
static void statements_put_together_allow_nothing_more(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(words); w++) {
		json_t *documents = written(words[w]);
		auto_grants grants = { 0 };
		const json_t *d, *st;
		size_t i, k;

		grants_make(&subject, grant_ways_of(words[w]), &grants);
		json_array_foreach(documents, i, d) {
			json_array_foreach(statements_of(d), k, st) {
				const json_t *actions = json_object_get(st, "Action");
				const json_t *resources = json_object_get(st, "Resource");

				/* beside something else "*" would be everything */
				if (holds(resources, "*"))
					assert_int_equal(n_items(resources), 1);
				for (size_t a = 0; a < n_items(actions); a++) {
					assert_null(strchr(item(actions, a), '*'));
					for (size_t r = 0; r < n_items(resources); r++)
						if (is_more(&grants, item(actions, a),
							    item(resources, r)))
							fail_msg("%s %s", item(actions, a),
								 item(resources, r));
				}
			}
		}
		json_decref(documents);
	}
	json_t *all = written("all");

	assert_false(allows(all, "ec2:DeleteVpc", "arn:aws:ec2:us-east-1:123456789012:vpc/*",
			    "RequestTag"));
	assert_false(allows(all, "ec2:CreateSubnet", "arn:aws:ec2:us-east-1:123456789012:vpc/*",
			    "RequestTag"));
	assert_false(allows(all, "iam:DeleteRole", "*", NULL));
	assert_false(allows(all, "ec2:RunInstances",
			    "arn:aws:ec2:us-east-1:123456789012:instance/*", NULL));
	json_decref(all);
}

static void what_changes_something_is_held_to_the_stacks_tag_or_name(void **state)
{
	static const char *const reads[] = {
		"ec2:Describe", "iam:Get", "iam:List",	 "s3:Get",
		"s3:List",	"ssm:Get", "sts:Decode", "iam:Simulate"
	};
	auto_grants grants = { 0 };

	(void)state;
	assert_null(policy_name_things(&subject, &params, NULL));
	grants_make(&subject, grant_ways_of("all"), &grants);
	for (size_t i = 0; i < grants.n; i++) {
		const struct grant *g = &grants.v[i];
		autofree char *condition = json_dumps(g->condition, JSON_COMPACT);
		bool narrow = strstr(condition, "runbook:stack") ||
			      text_eq(g->permit->action, "ec2:CreateNetworkInterface");

		for (size_t k = 0; k < ARRAY_LEN(reads); k++)
			narrow = narrow || text_starts_with(g->permit->action, reads[k]);
		/* by name, by whose VPCs, by whom it is passed to */
		narrow = narrow || strstr(g->resources.v[0], "runbook") ||
			 strstr(condition, "RequesterVpc") || strstr(condition, "AWSServiceName") ||
			 strstr(condition, "ec2:Owner");
		if (!narrow)
			fail_msg("%s %s", g->permit->action, condition);
	}
}

static void every_document_is_under_the_limit_and_its_sids_are_its_own(void **state)
{
	(void)state;
	set("source.region=ap-southeast-99");
	set("destination.region=ap-northeast-99");
	subject.stack = "a-stack-whose-name-is-very-long0";
	for (size_t w = 0; w < ARRAY_LEN(words); w++) {
		json_t *documents = written(words[w]);
		const json_t *d, *st, *other;
		size_t i, k, m;

		json_array_foreach(documents, i, d) {
			autofree char *text =
				json_dumps(json_object_get(d, "document"), JSON_COMPACT);

			assert_true(strlen(text) <= POLICY_MAX_CHARACTERS);
			assert_int_equal(strlen(text),
					 json_integer_value(json_object_get(d, "characters")));
			json_array_foreach(statements_of(d), k, st) {
				const char *sid = json_string_value(json_object_get(st, "Sid"));

				assert_int_equal(strspn(sid,
							"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
							"mnopqrstuvwxyz0123456789"),
						 strlen(sid));
				json_array_foreach(statements_of(d), m, other)
					assert_true(m == k ||
						    !text_eq(json_string_value(
								     json_object_get(other, "Sid")),
							     sid));
			}
		}
		json_decref(documents);
	}
}

static void each_is_a_part_of_all(void **state)
{
	json_t *all = written("all");

	(void)state;
	assert_true(allows(all, "ec2:CreateVpc", "arn:aws:ec2:us-east-1:123456789012:vpc/*",
			   "\"aws:RequestTag/runbook:stack\":\"default\""));
	assert_true(allows(all, "ec2:DeleteVpc", "arn:aws:ec2:us-east-1:123456789012:vpc/*",
			   "\"aws:ResourceTag/runbook:stack\":\"default\""));
	json_decref(all);
	json_t *connect = written("connect");
	const json_t *st;
	size_t i;

	assert_int_equal(json_array_size(connect), 1);
	json_array_foreach(statements_of(json_array_get(connect, 0)), i, st)
		assert_true(text_starts_with(item(json_object_get(st, "Action"), 0),
					     "ec2-instance-connect:"));
	assert_true(allows(connect, "ec2-instance-connect:OpenTunnel",
			   "arn:aws:ec2:ap-northeast-1:123456789012:instance-connect-endpoint/*",
			   "\"ec2-instance-connect:remotePort\":\"22\""));
	assert_false(allows(connect, "ec2:DescribeInstances", "*", NULL));
	json_decref(connect);
	json_t *undo = written("undo");

	assert_false(
		allows(undo, "ec2:CreateVpc", "arn:aws:ec2:us-east-1:123456789012:vpc/*", NULL));
	json_decref(undo);
}

static void parameters_partition_and_bucket_are_in_it(void **state)
{
	(void)state;
	set("source.region=cn-north-1");
	set("destination.region=cn-northwest-1");
	set("source.image=ami-0123456789abcdef0");
	set("destination.bucket=my-own-bucket");
	subject.partition = "aws-cn";
	json_t *all = written("all");

	assert_true(allows(all, "ec2:RunInstances",
			   "arn:aws-cn:ec2:cn-north-1::image/ami-0123456789abcdef0", NULL));
	assert_false(allows(all, "ec2:RunInstances",
			    "arn:aws-cn:ec2:cn-north-1::image/ami-0123456789abcdef0", "ec2:Owner"));
	assert_true(allows(all, "s3:CreateBucket", "arn:aws-cn:s3:::my-own-bucket",
			   "\"aws:RequestedRegion\":\"cn-northwest-1\""));
	assert_true(allows(all, "iam:PassRole",
			   "arn:aws-cn:iam::123456789012:role/runbook/*/runbook-*-instance",
			   "[\"ec2.amazonaws.com\",\"ec2.amazonaws.com.cn\"]"));
	json_decref(all);
}

static void the_name_that_a_run_gave_its_bucket_is_not_the_stacks(void **state)
{
	static const char run[] = "20261128-5f0c2a91";

	(void)state;
	assert_null(params_begin(&params, "default", run, "123456789012"));
	assert_string_equal(params_get(&params, "destination.bucket"),
			    "runbook-default-20261128-5f0c2a91");
	assert_null(policy_name_things(&subject, &params, run));
	assert_string_equal(params_get(&params, "destination.bucket"),
			    "runbook-default-????\?\?\?\?-????\?\?\?\?");
	set("destination.bucket=given");
	assert_null(policy_name_things(&subject, &params, run));
	assert_string_equal(params_get(&params, "destination.bucket"), "given");
}

static void an_account_regional_bucket_is_named_as_such(void **state)
{
	(void)state;
	set("destination.bucket_namespace=account-regional");
	json_t *all = written("all");

	assert_true(allows(all, "s3:DeleteBucket",
			   "arn:aws:s3:::runbook-de-?\?\?\?\?\?\?\?-?\?\?\?\?\?\?\?-123456789012-"
			   "us-east-1-an",
			   NULL) ||
		    allows(all, "s3:DeleteBucket",
			   "arn:aws:s3:::runbook-default-?\?\?\?\?\?\?\?-?\?\?\?\?\?\?\?-"
			   "123456789012-us-east-1-an",
			   NULL));
	json_decref(all);
}

static void what_is_given_for_a_governed_account_is_demanded(void **state)
{
	static const char tag[] = "\"aws:RequestTag/Cost Center\":\"4711 / A\"";
	static const char edge[] =
		"\"iam:PermissionsBoundary\":\"arn:aws:iam::123456789012:policy/edge\"";
	static const char vpc[] = "arn:aws:ec2:us-east-1:123456789012:vpc/*";
	static const char subnet[] = "arn:aws:ec2:us-east-1:123456789012:subnet/*";
	static const char role[] = "arn:aws:iam::123456789012:role/runbook/*/runbook-*-instance";
	static const char bucket[] = "arn:aws:s3:::mine";
	json_t *all, *undo;

	(void)state;
	set("destination.bucket=mine");
	all = written("all");
	assert_false(allows(all, "s3:TagResource", bucket, NULL));
	assert_false(allows(all, "iam:PutRolePermissionsBoundary", role, NULL));
	json_decref(all);
	set("tags.Cost Center=4711 / A");
	set("iam.permissions_boundary=arn:aws:iam::123456789012:policy/edge");
	all = written("all");
	assert_true(allows(all, "ec2:CreateVpc", vpc, tag));
	assert_true(allows(all, "ec2:CreateSubnet", subnet, tag));
	assert_true(allows(all, "ec2:CreateTags", subnet, tag));
	assert_true(allows(all, "ec2:CreateTags", subnet, "\"Cost Center\"")); /* aws:TagKeys */
	assert_true(allows(all, "iam:CreateRole", role, tag));
	assert_true(allows(all, "iam:CreateRole", role, edge));
	assert_true(allows(all, "iam:AttachRolePolicy", role, edge));
	assert_true(allows(all, "iam:PutRolePermissionsBoundary", role, edge));
	assert_true(allows(all, "s3:CreateBucket", bucket, tag));
	assert_true(allows(all, "s3:TagResource", bucket, tag));
	json_decref(all);
	undo = written("undo");
	{
		autofree char *text = json_dumps(undo, 0);

		assert_null(strstr(text, "4711"));
		assert_null(strstr(text, "edge"));
	}
	json_decref(undo);
}

/* As many and as long as AWS takes: each document is still under the limit. */
static void many_tags_are_held_by_their_keys_alone(void **state)
{
	char pair[400];
	json_t *all;
	const json_t *d;
	size_t i;

	(void)state;
	for (int n = 0; n < 45; n++) {
		(void)snprintf(pair, sizeof(pair), "tags.key-%d=%0256d", n, n);
		set(pair);
	}
	all = written("all");
	json_array_foreach(all, i, d)
		assert_true(json_integer_value(json_object_get(d, "characters")) <=
			    POLICY_MAX_CHARACTERS);
	assert_true(allows(all, "ec2:CreateVpc", "arn:aws:ec2:us-east-1:123456789012:vpc/*", NULL));
	assert_false(allows(all, "ec2:CreateVpc", "arn:aws:ec2:us-east-1:123456789012:vpc/*",
			    "RequestTag/key-"));
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(every_step_is_in_the_table_and_every_row_is_of_a_step),
		T(every_changing_call_of_a_step_has_its_row),
		T(statements_put_together_allow_nothing_more),
		T(what_changes_something_is_held_to_the_stacks_tag_or_name),
		T(every_document_is_under_the_limit_and_its_sids_are_its_own),
		T(each_is_a_part_of_all),
		T(parameters_partition_and_bucket_are_in_it),
		T(the_name_that_a_run_gave_its_bucket_is_not_the_stacks),
		T(an_account_regional_bucket_is_named_as_such),
		T(what_is_given_for_a_governed_account_is_demanded),
		T(many_tags_are_held_by_their_keys_alone),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
