/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this text a policy that the service would store?  One check a function;
 * each answers NULL or the service's own message, and the first one counts.
 */
#include "sandbox/iam/policy.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/iam/policy_check.h"

static char *check_text(const char *text, size_t n, const struct policy_rules *rules,
			json_t **ret_policy)
{
	size_t blanks = 0;
	json_t *policy;

	while (blanks < n && strchr(" \t\r\n", text[blanks]) && text[blanks])
		blanks++;
	policy = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(policy) || blanks == n || text[blanks] != '{') {
		json_decref(policy);
		return xstrdup(
			rules->kind == POLICY_OF_BUCKET
				? "Policies must be valid JSON and the first byte must be '{'"
				: "This policy contains invalid Json");
	}
	*ret_policy = policy;
	return NULL;
}

static char *check_known_fields(const json_t *object, const char *const *known, size_t n_known)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value) {
		size_t i = 0;

		while (i < n_known && !text_eq(known[i], name))
			i++;
		if (i == n_known)
			return xasprintf("Unknown field %s", name);
	}
	return NULL;
}

static char *check_top(const json_t *policy, const struct policy_rules *rules)
{
	static const char *const known[] = { "Version", "Id", "Statement" };
	const json_t *version = json_object_get(policy, "Version");
	const json_t *statements = json_object_get(policy, "Statement");
	char *why = check_known_fields(policy, known, ARRAY_LEN(known));

	if (why)
		return why;
	if (version && !text_eq(json_string_value(version), "2012-10-17") &&
	    !text_eq(json_string_value(version), "2008-10-17"))
		return xstrdup(rules->kind == POLICY_OF_BUCKET
				       ? "The policy must contain a valid version string"
				       : "Syntax errors in policy.");
	if (!statements)
		return xstrdup("Missing required field Statement");
	if (json_is_array(statements) ? json_array_size(statements) == 0
				      : !json_is_object(statements))
		return xstrdup(rules->kind == POLICY_OF_BUCKET
				       ? "Could not parse the policy: Statement is empty!"
				       : "Syntax errors in policy.");
	return NULL;
}

/* A string, or a list of strings with something in it. */
bool policy_is_text_list(const json_t *list)
{
	size_t i;
	const json_t *entry;

	if (json_is_string(list))
		return true;
	if (!json_is_array(list) || json_array_size(list) == 0)
		return false;
	json_array_foreach(list, i, entry) {
		if (!json_is_string(entry))
			return false;
	}
	return true;
}

const char *policy_nth_text(const json_t *list, size_t i)
{
	if (json_is_array(list))
		return json_string_value(json_array_get(list, i));
	return i == 0 ? json_string_value(list) : NULL;
}

/* ---- conditions --------------------------------------------------------- */

static bool is_scalar_list(const json_t *list)
{
	size_t i;
	const json_t *entry;

	if (json_is_string(list) || json_is_boolean(list) || json_is_number(list))
		return true;
	if (!json_is_array(list) || json_array_size(list) == 0)
		return false;
	json_array_foreach(list, i, entry) {
		if (!json_is_string(entry) && !json_is_boolean(entry) && !json_is_number(entry))
			return false;
	}
	return true;
}

static char *check_conditions(const json_t *statement, const struct policy_rules *rules)
{
	const json_t *condition = json_object_get(statement, "Condition");
	const char *name, *key;
	json_t *keys, *wanted;

	if (!condition)
		return NULL;
	if (!json_is_object(condition))
		return xstrdup("Invalid policy syntax.");
	json_object_foreach((json_t *)condition, name, keys) {
		if (!condition_known(name))
			return xasprintf("Invalid Condition type : %s", name);
		if (!json_is_object(keys))
			return xstrdup("Invalid policy syntax.");
		json_object_foreach(keys, key, wanted) {
			if (rules->kind == POLICY_OF_BUCKET && !condition_key_known(key))
				return xstrdup("Policy has an invalid condition key");
			if (!is_scalar_list(wanted))
				return xstrdup("Invalid policy syntax.");
		}
	}
	return NULL;
}

static char *check_statement(const json_t *statement, const struct policy_rules *rules)
{
	static const char *const known[] = { "Sid",	     "Effect",	    "Principal",
					     "NotPrincipal", "Action",	    "NotAction",
					     "Resource",     "NotResource", "Condition" };
	static const char *const pairs[][2] = { { "Principal", "NotPrincipal" },
						{ "Action", "NotAction" },
						{ "Resource", "NotResource" } };
	const json_t *effect, *sid;
	char *why;

	if (!json_is_object(statement))
		return xstrdup("Invalid policy syntax.");
	why = check_known_fields(statement, known, ARRAY_LEN(known));
	if (why)
		return why;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		if (json_object_get(statement, pairs[i][0]) &&
		    json_object_get(statement, pairs[i][1]))
			return xstrdup("Invalid policy syntax.");
	}
	sid = json_object_get(statement, "Sid");
	if (sid && !json_is_string(sid))
		return xstrdup("Invalid policy syntax.");
	effect = json_object_get(statement, "Effect");
	if (!effect)
		return xstrdup("Missing required field Effect");
	if (!text_eq(json_string_value(effect), "Allow") &&
	    !text_eq(json_string_value(effect), "Deny"))
		return xasprintf("Invalid effect: %s",
				 json_is_string(effect) ? json_string_value(effect) : "");
	why = policy_check_principal(statement, rules);
	if (!why)
		why = policy_check_scope(statement, rules);
	if (!why)
		why = check_conditions(statement, rules);
	return why;
}

char *policy_check(const char *text, size_t n, const struct policy_rules *rules,
		   json_t **ret_policy)
{
	json_t *policy = NULL;
	const json_t *statements;
	char *why = check_text(text, n, rules, &policy);

	if (why)
		return why;
	why = check_top(policy, rules);
	statements = json_object_get(policy, "Statement");
	if (!why && json_is_object(statements))
		why = check_statement(statements, rules);
	for (size_t i = 0; !why && i < json_array_size(statements); i++)
		why = check_statement(json_array_get(statements, i), rules);
	if (why)
		json_decref(policy);
	else
		*ret_policy = policy;
	return why;
}
