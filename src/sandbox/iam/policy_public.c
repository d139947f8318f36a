/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a policy makes its bucket public. */
#include "sandbox/iam/policy_inner.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

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
			for (size_t i = 0; i < policy_n_items(wanted); i++)
				fixed += fixed_value(name, key, policy_item(wanted, i));
			if (fixed && fixed == policy_n_items(wanted))
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
	for (size_t i = 0; i < policy_n_items(list); i++) {
		if (strchr(policy_item(list, i), '*'))
			return true;
	}
	return false;
}

bool policy_is_public(const json_t *policy)
{
	for (size_t i = 0; i < policy_n_statements(policy); i++) {
		const json_t *statement = policy_statement(policy, i);
		const char *effect = json_string_value(json_object_get(statement, "Effect"));

		if (text_eq(effect, "Allow") && reaches_everybody(statement) &&
		    !conditions_narrow(json_object_get(statement, "Condition")))
			return true;
	}
	return false;
}
