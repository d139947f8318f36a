/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: roles and their tags. */
#include "sandbox/core/quota.h"
#include "sandbox/iam/call.h"

#include <string.h>

#define MAX_TRUST_BYTES 2048 /* without blanks */

void siam_add_role(struct buf *out, const json_t *role, bool whole)
{
	const char *boundary = json_string_value(json_object_get(role, "boundary"));
	const char *text = json_string_value(json_object_get(role, "description"));
	const json_t *tags = json_object_get(role, "tags");

	sbx_xml_element(out, "Path", json_string_value(json_object_get(role, "path")));
	sbx_xml_element(out, "RoleName", json_string_value(json_object_get(role, "name")));
	sbx_xml_element(out, "RoleId", json_string_value(json_object_get(role, "id")));
	sbx_xml_element(out, "Arn", json_string_value(json_object_get(role, "arn")));
	sbx_query_add_time(out, "CreateDate",
			   json_integer_value(json_object_get(role, "created_ms")));
	siam_add_document(out, "AssumeRolePolicyDocument",
			  json_string_value(json_object_get(role, "trust")));
	if (text)
		sbx_xml_element(out, "Description", text);
	(void)buf_addf(out, "<MaxSessionDuration>%" JSON_INTEGER_FORMAT "</MaxSessionDuration>",
		       json_integer_value(json_object_get(role, "max_session_s")));
	/* Lists leave these out: GetRole alone returns them. */
	if (!whole)
		return;
	if (boundary) {
		(void)buf_adds(out, "<PermissionsBoundary><PermissionsBoundaryType>Policy"
				    "</PermissionsBoundaryType>");
		sbx_xml_element(out, "PermissionsBoundaryArn", boundary);
		(void)buf_adds(out, "</PermissionsBoundary>");
	}
	if (json_array_size(tags))
		sbx_query_add_tags(out, "Tags", tags);
	(void)buf_adds(out, "<RoleLastUsed/>");
}

static size_t bytes_without_blanks(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += !strchr(" \t\r\n", *s);
	return n;
}

static bool check_trust(struct siam_call *c, const char *text)
{
	const struct policy_rules rules = { POLICY_OF_TRUST, NULL, siam_principal_exists, c->st };
	json_t *policy = NULL;
	autofree char *why = policy_check(text, strlen(text), &rules, &policy);

	json_decref(policy);
	if (why)
		return siam_fail(c, 400, "MalformedPolicyDocument", "%s", why);
	if (bytes_without_blanks(text) > MAX_TRUST_BYTES)
		return siam_fail(c, 409, "LimitExceeded",
				 "Cannot exceed quota for ACLSizePerRole: %d", MAX_TRUST_BYTES);
	return true;
}

static bool create_role(struct siam_call *c)
{
	const char *name = siam_param(c, "RoleName");
	const char *trust = siam_param(c, "AssumeRolePolicyDocument");
	const char *text = siam_param(c, "Description"),
		   *session = siam_param(c, "MaxSessionDuration");
	const char *boundary = siam_param(c, "PermissionsBoundary");
	autofree char *bound = boundary ? siam_managed_text(c->st, boundary) : NULL;
	int64_t max_session_s = 3600;
	json_t *role, *all;
	size_t n;

	if (siam_taken(c, SBX_ROLE, name))
		return siam_fail(c, 409, "EntityAlreadyExists", "Role with name %s already exists.",
				 name);
	if (!check_trust(c, trust))
		return false;
	if (boundary && !bound)
		return siam_fail(c, 404, "NoSuchEntity",
				 "Scope ARN: %s does not exist or is not attachable.", boundary);
	all = store_list(c->st, SBX_ROLE, "");
	n = json_array_size(all);
	json_decref(all);
	if (n >= sbx_quota(c->st, SBX_QUOTA_ROLES))
		return siam_fail(c, 409, "LimitExceeded",
				 "Cannot exceed quota for RolesPerAccount: %d",
				 (int)sbx_quota(c->st, SBX_QUOTA_ROLES));
	if (session)
		(void)!text_parse_i64(session, 3600, 43200, &max_session_s);
	role = siam_new_thing(c, "RoleName", "role", "AROA");
	if (!role)
		return false;
	(void)json_object_set_new(role, "trust", json_string(trust));
	(void)json_object_set_new(role, "max_session_s", json_integer(max_session_s));
	(void)json_object_set_new(role, "attached", json_array());
	(void)json_object_set_new(role, "inline", json_object());
	if (text && *text)
		(void)json_object_set_new(role, "description", json_string(text));
	if (boundary)
		(void)json_object_set_new(role, "boundary", json_string(boundary));
	siam_put_visible(c, SBX_ROLE, name, role);
	(void)buf_adds(&c->out, "<Role>");
	siam_add_role(&c->out, role, true);
	(void)buf_adds(&c->out, "</Role>");
	json_decref(role);
	return true;
}

static bool get_role(struct siam_call *c)
{
	json_t *role = siam_role(c, SIAM_SEEN);

	if (!role)
		return false;
	(void)buf_adds(&c->out, "<Role>");
	siam_add_role(&c->out, role, true);
	(void)buf_adds(&c->out, "</Role>");
	json_decref(role);
	return true;
}

static bool in_a_profile(struct siam_call *c, const char *role_name)
{
	json_t *all = store_list(c->st, SBX_PROFILE, "");
	bool found = false;
	size_t i;
	json_t *profile;

	json_array_foreach(all, i, profile) {
		if (text_eq(json_string_value(json_object_get(profile, "role")), role_name))
			found = true;
	}
	json_decref(all);
	return found;
}

/* What still hangs on the role; `seen` is its copy that has not caught up, or NULL. */
static const char *role_in_use(const json_t *role, const json_t *seen)
{
	if (json_array_size(json_object_get(role, "attached")) ||
	    json_array_size(json_object_get(seen, "attached")))
		return "Cannot delete entity, must detach all policies first.";
	if (json_object_size(json_object_get(role, "inline")) ||
	    json_object_size(json_object_get(seen, "inline")))
		return "Cannot delete entity, must delete policies first.";
	return NULL;
}

static bool delete_role(struct siam_call *c)
{
	const char *name = siam_param(c, "RoleName"), *why;
	json_t *role = siam_role(c, SIAM_TRUTH);
	json_t *seen;

	if (!role)
		return false;
	seen = store_get_visible(c->st, SBX_ROLE, "", name, c->req->now_ms);
	why = in_a_profile(c, name)
		      ? "Cannot delete entity, must remove roles from instance profile first."
		      : role_in_use(role, seen);
	json_decref(seen);
	json_decref(role);
	if (why)
		return siam_fail(c, 409, "DeleteConflict", "%s", why);
	store_delete_late(c->st, SBX_ROLE, "", name, c->req->now_ms, sbx_lag_ms(c->sbx));
	return true;
}

static void add_role_member(struct siam_call *c, struct buf *out, const json_t *role)
{
	(void)c;
	siam_add_role(out, role, false);
}

static bool list_roles(struct siam_call *c)
{
	json_t *roles = siam_list(c, SBX_ROLE);
	bool ok = siam_add_page(c, "Roles", roles, add_role_member);

	json_decref(roles);
	return ok;
}

static bool update_trust(struct siam_call *c)
{
	const char *text = siam_param(c, "PolicyDocument");
	json_t *role = siam_role(c, SIAM_TRUTH);
	bool ok;

	if (!role)
		return false;
	ok = check_trust(c, text);
	if (ok) {
		(void)json_object_set_new(role, "trust", json_string(text));
		siam_put(c, SBX_ROLE, siam_param(c, "RoleName"), role);
	}
	json_decref(role);
	return ok;
}

static bool tag_role(struct siam_call *c)
{
	json_t *role = siam_role(c, SIAM_TRUTH);
	json_t *tags;
	bool ok;

	if (!role)
		return false;
	tags = sbx_query_list(c->req, "Tags");
	ok = siam_merge_tags(c, role, tags);
	if (ok)
		siam_put(c, SBX_ROLE, siam_param(c, "RoleName"), role);
	json_decref(tags);
	json_decref(role);
	return ok;
}

static bool untag_role(struct siam_call *c)
{
	json_t *role = siam_role(c, SIAM_TRUTH);
	json_t *keys;

	if (!role)
		return false;
	keys = sbx_query_list(c->req, "TagKeys");
	siam_remove_tags(role, keys);
	siam_put(c, SBX_ROLE, siam_param(c, "RoleName"), role);
	json_decref(keys);
	json_decref(role);
	return true;
}

static bool list_role_tags(struct siam_call *c)
{
	json_t *role = siam_role(c, SIAM_SEEN);
	bool ok = role && siam_add_page(c, "Tags", json_object_get(role, "tags"), siam_add_tag);

	json_decref(role);
	return ok;
}

static bool put_boundary(struct siam_call *c)
{
	const char *arn = siam_param(c, "PermissionsBoundary");
	autofree char *bound = siam_managed_text(c->st, arn);
	json_t *role = siam_role(c, SIAM_TRUTH);
	bool ok = role != NULL;

	if (role && !bound)
		ok = siam_fail(c, 404, "NoSuchEntity",
			       "Scope ARN: %s does not exist or is not attachable.", arn);
	if (ok) {
		(void)json_object_set_new(role, "boundary", json_string(arn));
		siam_put(c, SBX_ROLE, siam_param(c, "RoleName"), role);
	}
	json_decref(role);
	return ok;
}

static bool delete_boundary(struct siam_call *c)
{
	json_t *role = siam_role(c, SIAM_TRUTH);
	bool ok = role != NULL;

	if (role && !json_object_get(role, "boundary"))
		ok = siam_fail(c, 404, "NoSuchEntity",
			       "Role %s does not have a permissions boundary.",
			       siam_param(c, "RoleName"));
	if (ok) {
		(void)json_object_del(role, "boundary");
		siam_put(c, SBX_ROLE, siam_param(c, "RoleName"), role);
	}
	json_decref(role);
	return ok;
}

const struct siam_action siam_role_actions[] = {
	{ "CreateRole", create_role, true },
	{ "GetRole", get_role, true },
	{ "DeleteRole", delete_role, false },
	{ "ListRoles", list_roles, true },
	{ "UpdateAssumeRolePolicy", update_trust, false },
	{ "TagRole", tag_role, false },
	{ "UntagRole", untag_role, false },
	{ "ListRoleTags", list_role_tags, true },
	{ "PutRolePermissionsBoundary", put_boundary, false },
	{ "DeleteRolePermissionsBoundary", delete_boundary, false },
	{ 0 },
};
