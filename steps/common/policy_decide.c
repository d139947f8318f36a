/* SPDX-License-Identifier: Apache-2.0 */
/* A policy's statements and conditions, in three values: yes, no, and not known. */
#include "steps/common/policy_decide.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/policy.h"

enum answer { NO, MAYBE, YES };

static enum answer also(enum answer a, enum answer b)
{
	return a < b ? a : b;
}

static enum answer either(enum answer a, enum answer b)
{
	return a > b ? a : b;
}

static enum answer negated(enum answer a)
{
	return a == YES ? NO : a == NO ? YES : MAYBE;
}

static enum answer answer_of(bool b)
{
	return b ? YES : NO;
}

/* ---- lists of patterns -------------------------------------------------------------- */

typedef enum answer one_matches(const char *pattern, const void *arg);

/* A list, or the one that stands for it. */
static enum answer any_of(const json_t *list, one_matches *matches, const void *arg)
{
	enum answer all = NO;

	if (json_is_string(list))
		return matches(json_string_value(list), arg);
	if (json_is_boolean(list))
		return matches(json_is_true(list) ? "true" : "false", arg);
	for (size_t i = 0; i < json_array_size(list); i++)
		all = either(all, any_of(json_array_get(list, i), matches, arg));
	return all;
}

/* A policy variable has a value that only AWS knows. */
static bool has_variable(const char *pattern)
{
	return strstr(pattern, "${") != NULL;
}

static enum answer action_matches(const char *pattern, const void *arg)
{
	return answer_of(policy_glob(pattern, arg, /* nocase= */ true));
}

static enum answer text_matches(const char *pattern, const void *arg)
{
	if (has_variable(pattern))
		return MAYBE;
	return answer_of(policy_glob(pattern, arg, /* nocase= */ false));
}

/* ---- principals --------------------------------------------------------------------- */

/* The account itself, as "123456789012" and as its root. */
static bool names_account(const char *principal, const char *account)
{
	const char *at = strstr(principal, ":iam::");

	if (text_eq(principal, account))
		return true;
	return at && text_starts_with(at + strlen(":iam::"), account) &&
	       text_eq(at + strlen(":iam::") + strlen(account), ":root");
}

static enum answer names_role(const char *principal, const void *arg)
{
	const struct policy_question *q = arg;

	return answer_of(text_eq(principal, "*") || text_eq(principal, q->role_arn) ||
			 (q->session_arn && text_eq(principal, q->session_arn)));
}

static enum answer names_its_account(const char *principal, const void *arg)
{
	const struct policy_question *q = arg;

	return answer_of(names_account(principal, q->account));
}

static enum answer is_principal(const json_t *statement, const struct policy_question *q,
				bool *ret_account)
{
	const json_t *who = json_object_get(statement, "Principal");
	const json_t *but = json_object_get(statement, "NotPrincipal");
	enum answer role;

	*ret_account = false;
	if (but) /* who that leaves out hangs on sessions and accounts alike */
		return MAYBE;
	if (json_is_object(who))
		who = json_object_get(who, "AWS");
	role = any_of(who, names_role, q);
	if (role == NO && any_of(who, names_its_account, q) == YES) {
		*ret_account = true;
		return YES;
	}
	return role;
}

/* ---- conditions --------------------------------------------------------------------- */

enum compare { EQUALS, EQUALS_NOCASE, LIKE, BOOLEAN, ADDRESS };

static const struct {
	const char *name;
	enum compare compare;
	bool negative;
} operators[] = {
	{ "StringEquals", EQUALS, false },
	{ "StringNotEquals", EQUALS, true },
	{ "StringEqualsIgnoreCase", EQUALS_NOCASE, false },
	{ "StringNotEqualsIgnoreCase", EQUALS_NOCASE, true },
	{ "StringLike", LIKE, false },
	{ "StringNotLike", LIKE, true },
	{ "ArnEquals", LIKE, false },
	{ "ArnLike", LIKE, false },
	{ "ArnNotEquals", LIKE, true },
	{ "ArnNotLike", LIKE, true },
	{ "Bool", BOOLEAN, false },
	{ "IpAddress", ADDRESS, false },
	{ "NotIpAddress", ADDRESS, true },
};

static const struct policy_fact *fact_of(const struct policy_question *q, const char *name)
{
	for (size_t i = 0; i < q->n_facts; i++)
		if (text_eq_nocase(q->facts[i].name, name))
			return &q->facts[i];
	return NULL;
}

static enum answer equals(const char *pattern, const void *arg)
{
	return has_variable(pattern) ? MAYBE : answer_of(strcmp(pattern, arg) == 0);
}

static enum answer equals_nocase(const char *pattern, const void *arg)
{
	return has_variable(pattern) ? MAYBE : answer_of(text_eq_nocase(pattern, arg));
}

static enum answer holds_address(const char *pattern, const void *arg)
{
	autofree char *block =
		strchr(pattern, '/') ? xstrdup(pattern) : xasprintf("%s/32", pattern);
	autofree char *host = xasprintf("%s/32", (const char *)arg);
	uint32_t base;
	int prefix;

	if (!text_parse_cidr(block, &base, &prefix)) /* of IPv6, or of no network */
		return strchr(pattern, ':') ? NO : MAYBE;
	return answer_of(text_cidr_within(host, block));
}

static enum answer compare(enum compare how, const json_t *values, const char *value)
{
	switch (how) {
	case EQUALS:
		return any_of(values, equals, value);
	case EQUALS_NOCASE:
	case BOOLEAN:
		return any_of(values, equals_nocase, value);
	case LIKE:
		return any_of(values, text_matches, value);
	case ADDRESS:
		return any_of(values, holds_address, value);
	}
	return MAYBE;
}

/* "Null": is the key not there? */
static enum answer is_null(const struct policy_fact *fact, const json_t *values)
{
	return fact ? any_of(values, equals_nocase, fact->value ? "false" : "true") : MAYBE;
}

static enum answer one_condition(const char *name, const char *key, const json_t *values,
				 const struct policy_question *q)
{
	static const char all[] = "ForAllValues:", any[] = "ForAnyValue:", exists[] = "IfExists";
	const struct policy_fact *fact = fact_of(q, key);
	bool if_exists = text_ends_with(name, exists), vacuous = text_starts_with(name, all);
	autofree char *base = NULL;
	enum answer found;

	if (vacuous || text_starts_with(name, any))
		name = strchr(name, ':') + 1;
	base = xstrndup(name, strlen(name) - (if_exists ? strlen(exists) : 0));
	if (text_eq(base, "Null"))
		return is_null(fact, values);
	for (size_t i = 0; fact && i < ARRAY_LEN(operators); i++) {
		if (!text_eq(base, operators[i].name))
			continue;
		if (!fact->value)
			return answer_of(if_exists || vacuous || operators[i].negative);
		found = compare(operators[i].compare, values, fact->value);
		return operators[i].negative ? negated(found) : found;
	}
	return MAYBE;
}

static enum answer conditions_hold(const json_t *conditions, const struct policy_question *q)
{
	enum answer all = YES;
	const char *name, *key;
	json_t *keys, *values;

	json_object_foreach((json_t *)(uintptr_t)conditions, name, keys) {
		json_object_foreach(keys, key, values) {
			all = also(all, one_condition(name, key, values, q));
		}
	}
	return all;
}

/* ---- statements --------------------------------------------------------------------- */

/* The element that says which, or the one that says which not; a policy has one of them. */
static enum answer is_among(const json_t *statement, const char *only, const char *but,
			    one_matches *matches, const char *value)
{
	const json_t *list = json_object_get(statement, only);

	if (list)
		return any_of(list, matches, value);
	list = json_object_get(statement, but);
	return list ? negated(any_of(list, matches, value)) : NO;
}

/* Each by its best statement. */
struct tally {
	enum answer denies, allows, delegates;
};

static void count(const json_t *statement, const struct policy_question *q, struct tally *t)
{
	const char *effect = json_string_value(json_object_get(statement, "Effect"));
	bool account = false;
	enum answer applies = is_principal(statement, q, &account);
	enum answer *best = text_eq(effect, "Deny") ? &t->denies
			    : account		    ? &t->delegates
						    : &t->allows;

	applies = also(applies,
		       is_among(statement, "Action", "NotAction", action_matches, q->action));
	applies = also(applies,
		       is_among(statement, "Resource", "NotResource", text_matches, q->resource));
	applies = also(applies, conditions_hold(json_object_get(statement, "Condition"), q));
	*best = either(*best, applies);
}

static enum policy_says says(const struct tally *t)
{
	if (t->denies != NO)
		return t->denies == YES ? POLICY_DENIES : POLICY_UNKNOWN;
	if (t->allows != NO)
		return t->allows == YES ? POLICY_ALLOWS : POLICY_UNKNOWN;
	if (t->delegates != NO)
		return t->delegates == YES ? POLICY_DELEGATES : POLICY_UNKNOWN;
	return POLICY_SAYS_NOTHING;
}

enum policy_says policy_says_of(const char *json, const struct policy_question *q)
{
	json_t *doc = json ? json_loads(json, 0, NULL) : NULL;
	const json_t *list = json_object_get(doc, "Statement");
	struct tally tally = { NO, NO, NO };

	if (json && !json_is_object(list) && !json_is_array(list)) {
		json_decref(doc);
		return POLICY_UNKNOWN;
	}
	if (json_is_object(list))
		count(list, q, &tally);
	for (size_t i = 0; json_is_array(list) && i < json_array_size(list); i++)
		count(json_array_get(list, i), q, &tally);
	json_decref(doc);
	return says(&tally);
}
