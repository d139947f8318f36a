/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: the account itself. */
#include "sandbox/core/quota.h"
#include "sandbox/iam/call.h"

#include <string.h>

bool siam_arn_is_local(const char *arn, const char **ret_rest)
{
	static const char ours[] = "::" SANDBOX_ACCOUNT ":";
	const char *at = strstr(arn, ours);

	if (!at)
		return false;
	*ret_rest = at + strlen(ours);
	return true;
}

bool siam_principal_exists(void *arg, const char *arn)
{
	struct store *st = arg;
	const char *rest, *name;
	json_t *role;
	bool known;

	if (!siam_arn_is_local(arn, &rest))
		return true; /* another account's: it cannot be read */
	if (text_starts_with(rest, "user/")) {
		json_t *principal = principal_find(st, arn);

		json_decref(principal);
		return principal != NULL;
	}
	if (!text_starts_with(rest, "role/"))
		return true;
	name = strrchr(rest, '/') + 1;
	role = store_get(st, SBX_ROLE, "", name);
	known = role && text_eq(json_string_value(json_object_get(role, "arn")), arn);
	json_decref(role);
	return known;
}

/* ---- actions ------------------------------------------------------------ */

/* The account has one identity that is no role: its root. */
static bool get_user(struct siam_call *c)
{
	const char *wanted = siam_param(c, "UserName");

	if (!wanted && strstr(c->req->caller_arn, ":assumed-role/"))
		return siam_fail(c, 400, "ValidationError",
				 "Must specify userName when calling with non-User credentials");
	if (wanted)
		return siam_fail(c, 404, "NoSuchEntity", "The user with name %s cannot be found.",
				 wanted);
	(void)buf_adds(&c->out, "<User>");
	sbx_xml_element(&c->out, "UserId", SANDBOX_ACCOUNT);
	sbx_xml_element(&c->out, "Arn", c->req->caller_arn);
	sbx_xml_element(&c->out, "CreateDate", "2026-01-01T00:00:00Z");
	(void)buf_adds(&c->out, "</User>");
	return true;
}

static size_t count(struct siam_call *c, const char *kind)
{
	json_t *all = store_list(c->st, kind, "");
	size_t n = json_array_size(all);

	json_decref(all);
	return n;
}

static void add_entry(struct buf *out, const char *key, size_t value)
{
	(void)buf_addf(out, "<entry><key>%s</key><value>%zu</value></entry>", key, value);
}

static bool get_summary(struct siam_call *c)
{
	static const struct {
		const char *key;
		size_t value;
	} fixed[] = {
		{ "Users", 0 },
		{ "UsersQuota", 5000 },
		{ "Groups", 0 },
		{ "GroupsQuota", 300 },
		{ "Policies", 0 },
		{ "PoliciesQuota", 1500 },
		{ "AttachedPoliciesPerRoleQuota", 10 },
		{ "AssumeRolePolicySizeQuota", 2048 },
		{ "RolePolicySizeQuota", 10240 },
		{ "PolicySizeQuota", 6144 },
		{ "ServerCertificates", 0 },
		{ "ServerCertificatesQuota", 20 },
		{ "AccessKeysPerUserQuota", 2 },
		{ "AccountMFAEnabled", 0 },
		{ "AccountAccessKeysPresent", 0 },
		{ "MFADevices", 1 },
		{ "MFADevicesInUse", 1 },
		{ "Providers", 0 },
	};

	(void)buf_adds(&c->out, "<SummaryMap>");
	add_entry(&c->out, "Roles", count(c, SBX_ROLE));
	add_entry(&c->out, "RolesQuota", sbx_quota(c->st, SBX_QUOTA_ROLES));
	add_entry(&c->out, "InstanceProfilesQuota", sbx_quota(c->st, SBX_QUOTA_PROFILES));
	add_entry(&c->out, "InstanceProfiles", count(c, SBX_PROFILE));
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		add_entry(&c->out, fixed[i].key, fixed[i].value);
	(void)buf_adds(&c->out, "</SummaryMap>");
	return true;
}

/* ---- the alias ---------------------------------------------------------- */

/* An account has one or none: another one takes its place. */
#define SBX_ALIAS "account-alias"

static char *alias_of(struct siam_call *c)
{
	json_t *doc = store_get(c->st, SBX_ALIAS, "", SANDBOX_ACCOUNT);
	char *alias = xstrdup_or_null(json_string_value(json_object_get(doc, "alias")));

	json_decref(doc);
	return alias;
}

static bool list_aliases(struct siam_call *c)
{
	autofree char *alias = alias_of(c);
	json_t *list = alias ? json_pack("[s]", alias) : json_array();
	bool ok = siam_add_page(c, "AccountAliases", list, siam_add_string);

	json_decref(list);
	return ok;
}

static bool create_alias(struct siam_call *c)
{
	const char *wanted = siam_param(c, "AccountAlias");
	autofree char *alias = alias_of(c);
	json_t *doc;

	if (text_eq(alias, wanted))
		return siam_fail(c, 409, "EntityAlreadyExists",
				 "The account alias %s already exists.", wanted);
	doc = json_pack("{s:s}", "alias", wanted);
	siam_put_visible(c, SBX_ALIAS, SANDBOX_ACCOUNT, doc);
	json_decref(doc);
	return true;
}

static bool delete_alias(struct siam_call *c)
{
	const char *wanted = siam_param(c, "AccountAlias");
	autofree char *alias = alias_of(c);

	if (!text_eq(alias, wanted))
		return siam_fail(c, 404, "NoSuchEntity", "The account alias %s cannot be found.",
				 wanted);
	store_delete(c->st, SBX_ALIAS, "", SANDBOX_ACCOUNT);
	return true;
}

const struct siam_action siam_account_actions[] = {
	{ "GetUser", get_user, true },
	{ "GetAccountSummary", get_summary, true },
	{ "ListAccountAliases", list_aliases, true },
	{ "CreateAccountAlias", create_alias, false },
	{ "DeleteAccountAlias", delete_alias, false },
	{ 0 },
};
