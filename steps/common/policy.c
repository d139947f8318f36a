/* SPDX-License-Identifier: Apache-2.0 */
/* The policy documents that the procedure writes, and their comparison. */
#include "steps/common/policy.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/text.h"

#define auto_json CLEANUP(json_decrefp_) json_t
static void json_decrefp_(json_t **j)
{
	json_decref(*j);
}

static char *dump(const json_t *j, size_t flags)
{
	char *text = json_dumps(j, flags | JSON_ENCODE_ANY);

	if (!text)
		abort(); /* out of memory: what we dump is always a value */
	return text;
}

/* ---- writing ------------------------------------------------------------ */

static json_t *put_statement(const char *effect, const char *operator_name, const char *resource,
			     const char *vpc_endpoint_id)
{
	return json_pack("{s:s, s:{s:s}, s:s, s:s, s:{s:{s:s}}}", "Effect", effect, "Principal",
			 "AWS", "*", "Action", "s3:PutObject", "Resource", resource, "Condition",
			 operator_name, "aws:sourceVpce", vpc_endpoint_id);
}

char *policy_for_bucket(const char *partition, const char *bucket, const char *vpc_endpoint_id)
{
	autofree char *resource = xasprintf("arn:%s:s3:::%s/*", partition, bucket);
	auto_json *doc =
		json_pack("{s:s, s:[o, o]}", "Version", "2012-10-17", "Statement",
			  put_statement("Deny", "StringNotEquals", resource, vpc_endpoint_id),
			  put_statement("Allow", "StringEquals", resource, vpc_endpoint_id));

	return dump(doc, JSON_COMPACT);
}

char *policy_for_trust(const char *partition)
{
	/* the China partition's EC2 is a principal under its own domain */
	const char *ec2 =
		text_eq(partition, "aws-cn") ? "ec2.amazonaws.com.cn" : "ec2.amazonaws.com";
	auto_json *doc = json_pack("{s:s, s:[{s:s, s:{s:s}, s:s}]}", "Version", "2012-10-17",
				   "Statement", "Effect", "Allow", "Principal", "Service", ec2,
				   "Action", "sts:AssumeRole");

	return dump(doc, JSON_COMPACT);
}

char *policy_arn(const char *partition, const char *name)
{
	return xasprintf("arn:%s:iam::aws:policy/%s", partition, name);
}

/* ---- comparing ---------------------------------------------------------- */

enum { POLICY_DEPTH_MAX = 32 };

static json_t *normal(const json_t *j, int depth, bool lower_keys);

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Policies know no order in lists, and a list of one is the same as the one. */
static json_t *normal_array(const json_t *j, int depth)
{
	size_t n = json_array_size(j);
	char **texts = xcalloc(n ? n : 1, sizeof(*texts));
	json_t *out;

	for (size_t i = 0; i < n; i++) {
		auto_json *item = normal(json_array_get(j, i), depth, false);

		texts[i] = dump(item, JSON_COMPACT | JSON_SORT_KEYS);
	}
	qsort(texts, n, sizeof(*texts), by_text);
	out = json_array();
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(out, json_loads(texts[i], JSON_DECODE_ANY, NULL));
		free(texts[i]);
	}
	free(texts);
	if (n == 1) {
		json_t *only = json_incref(json_array_get(out, 0));

		json_decref(out);
		return only;
	}
	return out;
}

static char *lower(const char *s)
{
	char *copy = xstrdup(s);

	for (char *p = copy; *p; p++)
		*p = text_lower(*p);
	return copy;
}

static json_t *normal_object(const json_t *j, int depth, bool lower_keys)
{
	json_t *out = json_object();
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)j, key, value) {
		autofree char *name = lower_keys ? lower(key) : xstrdup(key);
		bool condition = text_eq(key, "Condition");
		json_t *item;

		if (condition && json_is_object(value)) {
			const char *operator_name;
			json_t *pairs;

			item = json_object();
			json_object_foreach(value, operator_name, pairs) {
				json_object_set_new(item, operator_name,
						    normal(pairs, depth + 1, true));
			}
		} else {
			item = normal(value, depth, false);
		}
		if (text_eq(key, "Principal") && json_object_size(item) == 1 &&
		    text_eq(json_string_value(json_object_get(item, "AWS")), "*")) {
			json_decref(item);
			item = json_string("*");
		}
		json_object_set_new(out, name, item);
	}
	return out;
}

static json_t *normal(const json_t *j, int depth, bool lower_keys)
{
	if (depth >= POLICY_DEPTH_MAX)
		return json_deep_copy(j); /* too deep for any policy: taken literally */
	if (json_is_array(j))
		return normal_array(j, depth + 1);
	if (json_is_object(j))
		return normal_object(j, depth + 1, lower_keys);
	return json_deep_copy(j);
}

static json_t *load_policy(const char *json)
{
	auto_json *doc = json ? json_loads(json, JSON_REJECT_DUPLICATES, NULL) : NULL;

	return json_is_object(doc) ? normal(doc, 0, false) : NULL;
}

bool policy_same(const char *a, const char *b)
{
	auto_json *left = load_policy(a);
	auto_json *right = load_policy(b);

	return left && right && json_equal(left, right);
}

bool policy_is_full_access(const char *json)
{
	auto_json *doc = load_policy(json);
	auto_json *everything = json_pack("{s:s, s:s, s:s, s:s}", "Effect", "Allow", "Principal",
					  "*", "Action", "*", "Resource", "*");
	json_t *statement = json_object_get(doc, "Statement");

	return json_is_object(statement) && json_equal(statement, everything);
}

char *policy_line(const char *json)
{
	auto_json *doc = json_loads(json, 0, NULL);

	return doc ? dump(doc, JSON_COMPACT | JSON_SORT_KEYS) : xstrdup(json);
}

/* ---- locking out -------------------------------------------------------- */

bool policy_glob(const char *pattern, const char *text, bool nocase)
{
	const char *star = NULL, *from = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			from = text;
		} else if (*pattern == '?' || *pattern == *text ||
			   (nocase && text_lower(*pattern) == text_lower(*text))) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

/* `list`: one pattern or several. */
static bool any_matches(const json_t *list, const char *action)
{
	if (json_is_string(list))
		return policy_glob(json_string_value(list), action, /* nocase= */ true);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (any_matches(json_array_get(list, i), action))
			return true;
	return false;
}

static bool denies(const json_t *statement, const char *action)
{
	const json_t *only = json_object_get(statement, "Action");
	const json_t *but = json_object_get(statement, "NotAction");

	if (!text_eq(json_string_value(json_object_get(statement, "Effect")), "Deny"))
		return false;
	return only ? any_matches(only, action) : but && !any_matches(but, action);
}

const char *policy_locks_out(const char *json)
{
	static const char *const needed[] = {
		"s3:GetBucketPolicy", "s3:PutBucketPolicy",	"s3:DeleteBucketPolicy",
		"s3:DeleteBucket",    "s3:ListBucket",		"s3:ListBucketVersions",
		"s3:DeleteObject",    "s3:DeleteObjectVersion",
	};
	auto_json *doc = json ? json_loads(json, 0, NULL) : NULL;
	json_t *statements = json_object_get(doc, "Statement");

	if (!json_is_object(doc))
		return "s3:*";
	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		if (json_is_object(statements) && denies(statements, needed[i]))
			return needed[i];
		for (size_t k = 0; json_is_array(statements) && k < json_array_size(statements);
		     k++)
			if (denies(json_array_get(statements, k), needed[i]))
				return needed[i];
	}
	return NULL;
}

/* ---- trust -------------------------------------------------------------- */

static bool lets_ec2(const json_t *statement)
{
	const json_t *service = json_object_get(json_object_get(statement, "Principal"), "Service");

	return text_eq(json_string_value(json_object_get(statement, "Effect")), "Allow") &&
	       any_matches(json_object_get(statement, "Action"), "sts:AssumeRole") &&
	       (any_matches(service, "ec2.amazonaws.com") ||
		any_matches(service, "ec2.amazonaws.com.cn"));
}

bool policy_trusts_ec2(const char *json)
{
	auto_json *doc = json ? json_loads(json, 0, NULL) : NULL;
	json_t *statements = json_object_get(doc, "Statement");
	bool lets = json_is_object(statements) && lets_ec2(statements);

	for (size_t i = 0; json_is_array(statements) && i < json_array_size(statements); i++) {
		const json_t *one = json_array_get(statements, i);

		if (denies(one, "sts:AssumeRole"))
			return false;
		lets |= lets_ec2(one);
	}
	return lets;
}
