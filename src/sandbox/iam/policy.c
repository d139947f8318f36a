/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy says to a request. */
#include "sandbox/iam/policy_inner.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

size_t policy_n_items(const json_t *list)
{
	return json_is_array(list) ? json_array_size(list) : list ? 1 : 0;
}

const char *policy_item(const json_t *list, size_t i)
{
	const char *s = json_string_value(json_is_array(list) ? json_array_get(list, i) : list);

	return s ? s : "";
}

/* ---- principals --------------------------------------------------------- */

/* The account in an ARN, 12 digits; false when there is none. */
static bool arn_account(const char *arn, char out[13])
{
	for (int colons = 0; colons < 4; colons++) {
		arn = strchr(arn, ':');
		if (!arn)
			return false;
		arn++;
	}
	if (strspn(arn, "0123456789") != 12 || arn[12] != ':')
		return false;
	memcpy(out, arn, 12);
	out[12] = '\0';
	return true;
}

enum reach { NOT_REACHED, REACHED_BY_ACCOUNT, REACHED };

/* Does the one principal `who` of an "AWS" list mean the caller? */
static enum reach aws_principal_reaches(const char *who, const struct policy_request *ask)
{
	char mine[13], its[13];

	if (text_eq(who, "*"))
		return REACHED;
	if (!ask->caller_arn)
		return NOT_REACHED;
	if (text_eq(who, ask->caller_arn) || (ask->role_arn && text_eq(who, ask->role_arn)))
		return REACHED;
	if (!arn_account(ask->caller_arn, mine))
		return NOT_REACHED;
	if (text_eq(who, mine))
		return REACHED_BY_ACCOUNT;
	if (text_starts_with(who, "arn:") && text_ends_with(who, ":root") &&
	    arn_account(who, its) && text_eq(its, mine))
		return REACHED_BY_ACCOUNT;
	return NOT_REACHED;
}

static enum reach principal_reaches(const json_t *principal, const struct policy_request *ask)
{
	enum reach best = NOT_REACHED;
	const json_t *list;

	if (json_is_string(principal))
		return text_eq(json_string_value(principal), "*") ? REACHED : NOT_REACHED;
	list = json_object_get(principal, "AWS");
	for (size_t i = 0; i < policy_n_items(list); i++) {
		enum reach reach = aws_principal_reaches(policy_item(list, i), ask);

		if (reach > best)
			best = reach;
	}
	/* A service or an identity provider that calls is named by itself. */
	static const char *const others[] = { "Service", "Federated" };
	for (size_t k = 0; k < ARRAY_LEN(others); k++) {
		list = json_object_get(principal, others[k]);
		for (size_t i = 0; i < policy_n_items(list); i++) {
			if (ask->caller_arn && text_eq(policy_item(list, i), ask->caller_arn))
				best = REACHED;
		}
	}
	return best;
}

/* ---- statements --------------------------------------------------------- */

static bool action_matches(const json_t *list, const char *action)
{
	for (size_t i = 0; i < policy_n_items(list); i++) {
		if (sbx_glob(policy_item(list, i), action, /* nocase= */ true))
			return true;
	}
	return false;
}

static bool resource_matches(const json_t *list, const struct policy_request *ask)
{
	for (size_t i = 0; i < policy_n_items(list); i++) {
		auto_buf pattern = BUF_INIT;

		if (policy_expand(ask, policy_item(list, i), &pattern) &&
		    sbx_glob(pattern.p, ask->resource, /* nocase= */ false))
			return true;
	}
	return false;
}

static bool action_applies(const json_t *statement, const struct policy_request *ask)
{
	const json_t *action = json_object_get(statement, "Action");
	const json_t *not_action = json_object_get(statement, "NotAction");

	return action ? action_matches(action, ask->action)
		      : not_action && !action_matches(not_action, ask->action);
}

/* A refusal of certain things is none of a thing that is not known. */
static bool unknown_applies(const json_t *statement, const json_t *resource)
{
	const char *effect = json_string_value(json_object_get(statement, "Effect"));

	if (text_eq(effect, "Allow"))
		return true;
	for (size_t i = 0; i < policy_n_items(resource); i++) {
		if (text_eq(policy_item(resource, i), "*"))
			return true;
	}
	return false;
}

static bool resource_applies(const json_t *statement, const struct policy_request *ask)
{
	const json_t *resource = json_object_get(statement, "Resource");
	const json_t *not_resource = json_object_get(statement, "NotResource");

	if (!ask->resource)
		return unknown_applies(statement, resource);
	if (resource)
		return resource_matches(resource, ask);
	/* A trust policy names none: its resource is the role itself. */
	return !not_resource || !resource_matches(not_resource, ask);
}

static enum reach statement_reaches(const json_t *statement, const struct policy_request *ask)
{
	const json_t *principal = json_object_get(statement, "Principal");
	const json_t *not_principal = json_object_get(statement, "NotPrincipal");

	if (principal)
		return principal_reaches(principal, ask);
	if (not_principal)
		return principal_reaches(not_principal, ask) == NOT_REACHED ? REACHED : NOT_REACHED;
	return REACHED;
}

static enum policy_verdict statement_says(const json_t *statement, const struct policy_request *ask)
{
	const char *effect = json_string_value(json_object_get(statement, "Effect"));
	enum reach reach = statement_reaches(statement, ask);

	if (!effect || reach == NOT_REACHED || !action_applies(statement, ask) ||
	    !resource_applies(statement, ask) ||
	    !conditions_hold(json_object_get(statement, "Condition"), ask))
		return POLICY_SILENT;
	if (text_eq(effect, "Deny"))
		return POLICY_DENY;
	return reach == REACHED ? POLICY_ALLOW : POLICY_ALLOW_ACCOUNT;
}

size_t policy_n_statements(const json_t *policy)
{
	return policy_n_items(json_object_get(policy, "Statement"));
}

const json_t *policy_statement(const json_t *policy, size_t i)
{
	const json_t *list = json_object_get(policy, "Statement");

	return json_is_array(list) ? json_array_get(list, i) : list;
}

enum policy_verdict policy_decide(const json_t *policy, const struct policy_request *ask)
{
	enum policy_verdict verdict = POLICY_SILENT;

	for (size_t i = 0; i < policy_n_statements(policy); i++) {
		enum policy_verdict says = statement_says(policy_statement(policy, i), ask);

		if (says > verdict)
			verdict = says;
	}
	return verdict;
}

void policy_missing_keys(const json_t *policy, const struct policy_request *ask, json_t *ret)
{
	for (size_t i = 0; i < policy_n_statements(policy); i++) {
		const json_t *statement = policy_statement(policy, i);

		if (action_applies(statement, ask) && resource_applies(statement, ask))
			conditions_missing_keys(json_object_get(statement, "Condition"), ask, ret);
	}
}
