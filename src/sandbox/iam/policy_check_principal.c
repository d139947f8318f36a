/* SPDX-License-Identifier: Apache-2.0 */
/* Is the principal of a policy's statement one that the service would store? */
#include "sandbox/iam/policy_check.h"

#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/text.h"
#include "sandbox/iam/policy.h"

static bool is_account(const char *s)
{
	return strlen(s) == 12 && strspn(s, "0123456789") == 12;
}

/* "arn:PARTITION:iam|sts::ACCOUNT:root|user/..|role/..|assumed-role/../..", no wildcard. */
static bool is_principal_arn(const char *arn)
{
	static const char *const kinds[] = { "user/", "role/", "assumed-role/", "federated-user/" };
	autofree char *copy = xstrdup(arn);
	char *part[6] = { NULL }, *at = copy;

	for (int i = 0; i < 5; i++) {
		char *colon = strchr(at, ':');

		if (!colon)
			return false;
		*colon = '\0';
		part[i] = at;
		at = colon + 1;
	}
	part[5] = at;
	if (!text_eq(part[0], "arn") || !text_starts_with(part[1], "aws") || *part[3] ||
	    (!text_eq(part[2], "iam") && !text_eq(part[2], "sts")) || strpbrk(arn, "*?"))
		return false;
	if (text_eq(part[4], "cloudfront"))
		return text_starts_with(part[5], "user/");
	if (!is_account(part[4]))
		return false;
	if (text_eq(part[5], "root"))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (text_starts_with(part[5], kinds[i]) && part[5][strlen(kinds[i])])
			return true;
	}
	return false;
}

static bool principal_known(const char *kind, const char *who, const struct policy_rules *rules)
{
	if (text_eq(kind, "Service"))
		return text_ends_with(who, ".amazonaws.com") ||
		       text_ends_with(who, ".amazonaws.com.cn");
	if (text_eq(kind, "Federated"))
		return who[0] != '\0' && !strpbrk(who, "*?");
	if (text_eq(kind, "CanonicalUser"))
		return strlen(who) == 64 && strspn(who, "0123456789abcdef") == 64;
	if (text_eq(who, "*") || is_account(who))
		return true;
	return is_principal_arn(who) && (!rules->knows || rules->knows(rules->arg, who));
}

static char *bad_principal(const struct policy_rules *rules, const char *kind, const char *who)
{
	if (rules->kind == POLICY_OF_BUCKET)
		return xstrdup("Invalid principal in policy");
	return xasprintf("Invalid principal in policy: \"%s\":\"%s\"", kind, who);
}

char *policy_check_principal(const json_t *statement, const struct policy_rules *rules)
{
	static const char *const kinds[] = { "AWS", "Service", "Federated", "CanonicalUser" };
	const json_t *principal = json_object_get(statement, "Principal");
	const char *kind;
	json_t *list;

	if (!principal)
		principal = json_object_get(statement, "NotPrincipal");
	if (rules->kind == POLICY_OF_IDENTITY)
		return principal ? xstrdup("Policy document should not specify a principal.")
				 : NULL;
	if (!principal)
		return xstrdup("Missing required field Principal");
	if (json_is_string(principal))
		return text_eq(json_string_value(principal), "*")
			       ? NULL
			       : bad_principal(rules, "AWS", json_string_value(principal));
	if (!json_is_object(principal) || json_object_size(principal) == 0)
		return xstrdup(rules->kind == POLICY_OF_BUCKET
				       ? "Invalid policy syntax."
				       : "Missing required field Principal cannot be empty!");
	json_object_foreach((json_t *)principal, kind, list) {
		size_t i = 0;
		const char *who;

		while (i < ARRAY_LEN(kinds) && !text_eq(kinds[i], kind))
			i++;
		if (i == ARRAY_LEN(kinds))
			return xasprintf("Unknown principal type %s", kind);
		if (!policy_is_text_list(list))
			return xstrdup("Invalid policy syntax.");
		for (i = 0; (who = policy_nth_text(list, i)); i++) {
			if (!principal_known(kind, who, rules))
				return bad_principal(rules, kind, who);
		}
	}
	return NULL;
}
