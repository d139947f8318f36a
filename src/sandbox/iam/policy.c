/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy says to a request, and whether it makes its bucket public. */
#include "sandbox/iam/policy.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

static size_t n_items(const json_t *list)
{
	return json_is_array(list) ? json_array_size(list) : list ? 1 : 0;
}

/* The i-th of a list, or the lone value itself; "" for what is no string. */
static const char *item(const json_t *list, size_t i)
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
	for (size_t i = 0; i < n_items(list); i++) {
		enum reach reach = aws_principal_reaches(item(list, i), ask);

		if (reach > best)
			best = reach;
	}
	/* A service or an identity provider that calls is named by itself. */
	static const char *const others[] = { "Service", "Federated" };
	for (size_t k = 0; k < ARRAY_LEN(others); k++) {
		list = json_object_get(principal, others[k]);
		for (size_t i = 0; i < n_items(list); i++) {
			if (ask->caller_arn && text_eq(item(list, i), ask->caller_arn))
				best = REACHED;
		}
	}
	return best;
}

/* ---- statements --------------------------------------------------------- */

static bool action_matches(const json_t *list, const char *action)
{
	for (size_t i = 0; i < n_items(list); i++) {
		if (sbx_glob(item(list, i), action, /* nocase= */ true))
			return true;
	}
	return false;
}

static bool resource_matches(const json_t *list, const struct policy_request *ask)
{
	for (size_t i = 0; i < n_items(list); i++) {
		auto_buf pattern = BUF_INIT;

		if (policy_expand(ask, item(list, i), &pattern) &&
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
	for (size_t i = 0; i < n_items(resource); i++) {
		if (text_eq(item(resource, i), "*"))
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

static size_t n_statements(const json_t *policy)
{
	return n_items(json_object_get(policy, "Statement"));
}

static const json_t *nth_statement(const json_t *policy, size_t i)
{
	const json_t *list = json_object_get(policy, "Statement");

	return json_is_array(list) ? json_array_get(list, i) : list;
}

enum policy_verdict policy_decide(const json_t *policy, const struct policy_request *ask)
{
	enum policy_verdict verdict = POLICY_SILENT;

	for (size_t i = 0; i < n_statements(policy); i++) {
		enum policy_verdict says = statement_says(nth_statement(policy, i), ask);

		if (says > verdict)
			verdict = says;
	}
	return verdict;
}

void policy_missing_keys(const json_t *policy, const struct policy_request *ask, json_t *ret)
{
	for (size_t i = 0; i < n_statements(policy); i++) {
		const json_t *statement = nth_statement(policy, i);

		if (action_applies(statement, ask) && resource_applies(statement, ask))
			conditions_missing_keys(json_object_get(statement, "Condition"), ask, ret);
	}
}

/* ---- public? ------------------------------------------------------------ */

/* Keys whose fixed value ties an Allow to somebody in particular. */
static const char *const narrowing_keys[] = {
	"aws:SourceVpce",
	"aws:SourceVpc",
	"aws:SourceArn",
	"aws:SourceAccount",
	"aws:SourceOwner",
	"aws:SourceOrgID",
	"aws:SourceOrgPaths",
	"aws:PrincipalArn",
	"aws:PrincipalAccount",
	"aws:PrincipalOrgID",
	"aws:PrincipalOrgPaths",
	"aws:userid",
	"aws:VpceAccount",
	"aws:VpceOrgID",
	"aws:VpceOrgPaths",
	"s3:DataAccessPointArn",
	"s3:DataAccessPointAccount",
	"aws:SourceIp",
	"aws:VpcSourceIp",
};
static const char *const narrowing_operators[] = {
	"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress",
};

static bool in_list(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (text_eq_nocase(list[i], name))
			return true;
	}
	return false;
}

/* Ranges wider than a /8 (IPv4) or a /32 (IPv6) are anybody. */
static bool narrow_range(const char *cidr)
{
	unsigned char bytes[16];
	const char *slash = strchr(cidr, '/');
	autofree char *base = slash ? xstrndup(cidr, (size_t)(slash - cidr)) : xstrdup(cidr);
	bool v4 = inet_pton(AF_INET, base, bytes) == 1;
	int64_t bits = 0;

	if (!v4 && inet_pton(AF_INET6, base, bytes) != 1)
		return false;
	if (!slash)
		return true;
	return text_parse_i64(slash + 1, 0, v4 ? 32 : 128, &bits) && bits >= (v4 ? 8 : 32);
}

static bool fixed_value(const char *operator_name, const char *key, const char *value)
{
	if (text_eq_nocase(operator_name, "IpAddress"))
		return narrow_range(value);
	if (strstr(value, "${"))
		return false;
	/* "AROA...:*" fixes the role and leaves the session open, which is enough. */
	if (text_eq_nocase(key, "aws:userid"))
		return value[0] != '*' && value[0] != '?' && value[0] != '\0';
	return value[0] != '\0' && !strpbrk(value, "*?");
}

static bool conditions_narrow(const json_t *condition)
{
	const char *name, *key;
	json_t *keys, *wanted;

	json_object_foreach((json_t *)condition, name, keys) {
		if (!in_list(narrowing_operators, ARRAY_LEN(narrowing_operators), name))
			continue;
		json_object_foreach(keys, key, wanted) {
			size_t fixed = 0;

			if (!in_list(narrowing_keys, ARRAY_LEN(narrowing_keys), key))
				continue;
			for (size_t i = 0; i < n_items(wanted); i++)
				fixed += fixed_value(name, key, item(wanted, i));
			if (fixed && fixed == n_items(wanted))
				return true;
		}
	}
	return false;
}

static bool reaches_everybody(const json_t *statement)
{
	const json_t *principal = json_object_get(statement, "Principal");
	const json_t *list;

	if (json_object_get(statement, "NotPrincipal"))
		return true;
	if (json_is_string(principal))
		return true;
	list = json_object_get(principal, "AWS");
	for (size_t i = 0; i < n_items(list); i++) {
		if (strchr(item(list, i), '*'))
			return true;
	}
	return false;
}

bool policy_is_public(const json_t *policy)
{
	for (size_t i = 0; i < n_statements(policy); i++) {
		const json_t *statement = nth_statement(policy, i);
		const char *effect = json_string_value(json_object_get(statement, "Effect"));

		if (text_eq(effect, "Allow") && reaches_everybody(statement) &&
		    !conditions_narrow(json_object_get(statement, "Condition")))
			return true;
	}
	return false;
}
