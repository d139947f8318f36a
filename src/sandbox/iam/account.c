/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: the account itself, and SimulatePrincipalPolicy. */
#include "sandbox/iam/call.h"

#include <string.h>

/* The account of an ARN of IAM or STS is ours, and what follows is `*ret_rest`. */
static bool is_ours(const char *arn, const char **ret_rest)
{
	static const char ours[] = "::" SBX_ACCOUNT ":";
	const char *at = strstr(arn, ours);

	if (!at)
		return false;
	*ret_rest = at + strlen(ours);
	return true;
}

bool sbx_iam_knows(void *arg, const char *arn)
{
	struct sbx_store *st = arg;
	const char *rest, *name;
	json_t *role;
	bool known;

	if (!is_ours(arn, &rest))
		return true; /* another account's: we cannot look */
	if (text_starts_with(rest, "user/"))
		return false; /* it has none */
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
static bool get_user(struct iam_call *c)
{
	const char *wanted = iam_param(c, "UserName");

	if (!wanted && strstr(c->req->caller_arn, ":assumed-role/"))
		return iam_fail(c, 400, "ValidationError",
				"Must specify userName when calling with non-User credentials");
	if (wanted)
		return iam_fail(c, 404, "NoSuchEntity", "The user with name %s cannot be found.",
				wanted);
	(void)buf_adds(&c->out, "<User>");
	sbx_xml_element(&c->out, "UserId", SBX_ACCOUNT);
	sbx_xml_element(&c->out, "Arn", c->req->caller_arn);
	sbx_xml_element(&c->out, "CreateDate", "2026-01-01T00:00:00Z");
	(void)buf_adds(&c->out, "</User>");
	return true;
}

static size_t count(struct iam_call *c, const char *kind)
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

static bool get_summary(struct iam_call *c)
{
	static const struct {
		const char *key;
		size_t value;
	} fixed[] = {
		{ "Users", 0 },
		{ "UsersQuota", 5000 },
		{ "Groups", 0 },
		{ "GroupsQuota", 300 },
		{ "RolesQuota", 1000 },
		{ "InstanceProfilesQuota", 1000 },
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
	add_entry(&c->out, "InstanceProfiles", count(c, SBX_PROFILE));
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		add_entry(&c->out, fixed[i].key, fixed[i].value);
	(void)buf_adds(&c->out, "</SummaryMap>");
	return true;
}

static bool list_aliases(struct iam_call *c)
{
	json_t *none = json_array();
	bool ok = iam_add_page(c, "AccountAliases", none, iam_add_string);

	json_decref(none);
	return ok;
}

/* ---- SimulatePrincipalPolicy -------------------------------------------- */

#define MAX_FACTS 64

/* Who is asked about: a role's name, or NULL for an administrator; false after an answer. */
static bool simulate_source(struct iam_call *c, char **ret_role)
{
	const char *arn = iam_param(c, "PolicySourceArn"), *rest;

	if (!text_starts_with(arn, "arn:aws") || !is_ours(arn, &rest))
		return iam_fail(c, 400, "InvalidInput", "Invalid Entity Arn: %s", arn);
	if (!sbx_iam_knows(c->st, arn))
		return iam_fail(c, 404, "NoSuchEntity", "%s cannot be found.", arn);
	if (text_starts_with(rest, "role/"))
		*ret_role = xstrdup(strrchr(rest, '/') + 1);
	else if (!text_starts_with(rest, "user/") && !text_eq(rest, "root"))
		return iam_fail(c, 400, "InvalidInput", "Invalid Entity Arn: %s", arn);
	return true;
}

static size_t simulate_facts(struct iam_call *c, struct sbx_fact facts[MAX_FACTS])
{
	size_t n = 0, i, k;
	json_t *entry, *value;

	json_array_foreach(json_object_get(c->req->args, "ContextEntries"), i, entry) {
		const char *name = json_string_value(json_object_get(entry, "ContextKeyName"));

		json_array_foreach(json_object_get(entry, "ContextKeyValues"), k, value) {
			if (name && n < MAX_FACTS)
				facts[n++] = (struct sbx_fact){ name, json_string_value(value) };
		}
	}
	return n;
}

static const char *simulate_one(struct iam_call *c, const char *role, struct sbx_ask *ask)
{
	const char *resource_policy = iam_param(c, "ResourcePolicy");
	enum sbx_verdict verdict =
		role ? sbx_iam_role_says(c->st, role, ask, c->req->now_ms) : SBX_ALLOW;
	json_t *policy = resource_policy ? json_loads(resource_policy, 0, NULL) : NULL;
	enum sbx_verdict says = sbx_policy_decide(policy, ask);

	json_decref(policy);
	if (says > verdict)
		verdict = says;
	return verdict == SBX_DENY    ? "explicitDeny"
	       : verdict == SBX_ALLOW ? "allowed"
				      : "implicitDeny";
}

static void add_result(struct iam_call *c, struct buf *out, const json_t *item)
{
	(void)c;
	sbx_xml_element(out, "EvalActionName", json_string_value(json_object_get(item, "action")));
	sbx_xml_element(out, "EvalResourceName",
			json_string_value(json_object_get(item, "resource")));
	sbx_xml_element(out, "EvalDecision", json_string_value(json_object_get(item, "decision")));
	(void)buf_adds(out, "<MatchedStatements/><MissingContextValues/>");
}

static bool simulate(struct iam_call *c)
{
	autofree char *role = NULL;
	struct sbx_fact facts[MAX_FACTS];
	json_t *actions, *resources, *results;
	size_t i, k;
	json_t *action, *resource;
	bool ok;

	if (!simulate_source(c, &role))
		return false;
	actions = sbx_query_list(c->req, "ActionNames");
	resources = sbx_query_list(c->req, "ResourceArns");
	results = json_array();
	if (json_array_size(resources) == 0)
		(void)json_array_append_new(resources, json_string("*"));
	json_array_foreach(actions, i, action) {
		json_array_foreach(resources, k, resource) {
			struct sbx_ask ask = {
				.caller_arn = iam_param(c, "PolicySourceArn"),
				.action = json_string_value(action),
				.resource = json_string_value(resource),
				.facts = facts,
				.n_facts = simulate_facts(c, facts),
			};

			(void)json_array_append_new(results,
						    json_pack("{s:O, s:O, s:s}", "action", action,
							      "resource", resource, "decision",
							      simulate_one(c, role, &ask)));
		}
	}
	ok = iam_add_page(c, "EvaluationResults", results, add_result);
	json_decref(results);
	json_decref(resources);
	json_decref(actions);
	return ok;
}

const struct iam_action iam_account_actions[] = {
	{ "GetUser", get_user, true },
	{ "GetAccountSummary", get_summary, true },
	{ "ListAccountAliases", list_aliases, true },
	{ "SimulatePrincipalPolicy", simulate, true },
	{ 0 },
};
