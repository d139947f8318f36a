/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: the dispatch. */
#include "sandbox/iam/call.h"

#define XMLNS "https://iam.amazonaws.com/doc/2010-05-08/"

const char *siam_param(const struct siam_call *c, const char *name)
{
	return sbx_pairs_get(c->req->params, name);
}

static const struct siam_action *find_action(const char *name)
{
	static const struct siam_action *const tables[] = {
		siam_role_actions,    siam_profile_actions, siam_role_policy_actions,
		siam_managed_actions, siam_account_actions, siam_simulate_actions
	};

	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		for (const struct siam_action *a = tables[t]; a->name; a++) {
			if (text_eq(a->name, name))
				return a;
		}
	}
	return NULL;
}

static void handle(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	const struct siam_action *action = find_action(req->action);
	struct siam_call c = { sbx, sbx_store(sbx), req, rep, BUF_INIT };

	if (!action)
		sbx_fail(req, rep, 400, "InvalidAction",
			 "Could not find operation %s for version 2010-05-08", req->action);
	else if (sbx_query_check(req, rep) && action->run(&c))
		sbx_query_answer(req, rep, XMLNS, action->has_result ? &c.out : NULL);
	buf_clear(&c.out);
}

const struct sbx_action siam_actions[] = {
	{ "iam", "AddRoleToInstanceProfile", handle, true },
	{ "iam", "AttachRolePolicy", handle, true },
	{ "iam", "CreateAccountAlias", handle, true },
	{ "iam", "CreateInstanceProfile", handle, true },
	{ "iam", "CreateRole", handle, true },
	{ "iam", "DeleteAccountAlias", handle, true },
	{ "iam", "DeleteInstanceProfile", handle, true },
	{ "iam", "DeleteRole", handle, true },
	{ "iam", "DeleteRolePermissionsBoundary", handle, true },
	{ "iam", "DeleteRolePolicy", handle, true },
	{ "iam", "DetachRolePolicy", handle, true },
	{ "iam", "GetAccountSummary", handle, false },
	{ "iam", "GetInstanceProfile", handle, false },
	{ "iam", "GetPolicy", handle, false },
	{ "iam", "GetPolicyVersion", handle, false },
	{ "iam", "GetRole", handle, false },
	{ "iam", "GetRolePolicy", handle, false },
	{ "iam", "GetUser", handle, false },
	{ "iam", "ListAccountAliases", handle, false },
	{ "iam", "ListAttachedRolePolicies", handle, false },
	{ "iam", "ListInstanceProfileTags", handle, false },
	{ "iam", "ListInstanceProfiles", handle, false },
	{ "iam", "ListInstanceProfilesForRole", handle, false },
	{ "iam", "ListRolePolicies", handle, false },
	{ "iam", "ListRoleTags", handle, false },
	{ "iam", "ListRoles", handle, false },
	{ "iam", "PutRolePermissionsBoundary", handle, true },
	{ "iam", "PutRolePolicy", handle, true },
	{ "iam", "RemoveRoleFromInstanceProfile", handle, true },
	{ "iam", "SimulatePrincipalPolicy", handle, false },
	{ "iam", "TagInstanceProfile", handle, true },
	{ "iam", "TagRole", handle, true },
	{ "iam", "UntagInstanceProfile", handle, true },
	{ "iam", "UntagRole", handle, true },
	{ "iam", "UpdateAssumeRolePolicy", handle, true },
	{ 0 },
};
