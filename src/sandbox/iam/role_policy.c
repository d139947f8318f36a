/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: policies on roles, attached or inline. */
#include "base/alloc.h"
#include "sandbox/iam/call.h"
#include "sandbox/iam/principal.h"

#include <string.h>

#define MAX_ATTACHED 10
#define MAX_INLINE_BYTES 10240

static bool attach(struct siam_call *c)
{
	const char *arn = siam_param(c, "PolicyArn");
	json_t *role = siam_role(c, SIAM_TRUTH);
	json_t *attached = json_object_get(role, "attached");
	bool ok = role && siam_managed_param(c);

	if (ok && siam_find_string(attached, arn) == json_array_size(attached)) {
		if (json_array_size(attached) >= MAX_ATTACHED) {
			ok = siam_fail(c, 409, "LimitExceeded",
				       "Cannot exceed quota for PoliciesPerRole: %d", MAX_ATTACHED);
		} else {
			(void)json_array_append_new(attached, json_string(arn));
			siam_put(c, SBX_ROLE, siam_param(c, "RoleName"), role);
		}
	}
	json_decref(role);
	return ok;
}

static bool detach(struct siam_call *c)
{
	const char *arn = siam_param(c, "PolicyArn");
	json_t *role = siam_role(c, SIAM_TRUTH);
	json_t *attached = json_object_get(role, "attached");
	size_t at = siam_find_string(attached, arn);
	bool ok = role != NULL;

	if (ok && at == json_array_size(attached))
		ok = siam_is_policy_arn(arn)
			     ? siam_fail(c, 404, "NoSuchEntity", "Policy %s was not found.", arn)
			     : siam_fail(c, 400, "InvalidInput", "ARN %s is not valid.", arn);
	if (ok) {
		(void)json_array_remove(attached, at);
		siam_put(c, SBX_ROLE, siam_param(c, "RoleName"), role);
	}
	json_decref(role);
	return ok;
}

static void add_attached(struct siam_call *c, struct buf *out, const json_t *arn)
{
	const char *text = json_string_value(arn), *slash = strrchr(text, '/');

	(void)c;
	sbx_xml_element(out, "PolicyName", slash ? slash + 1 : text);
	sbx_xml_element(out, "PolicyArn", text);
}

static bool list_attached(struct siam_call *c)
{
	const char *prefix = siam_param(c, "PathPrefix");
	json_t *role = siam_role(c, SIAM_SEEN);
	json_t *kept;
	size_t i;
	json_t *arn;
	bool ok;

	if (!role)
		return false;
	kept = json_array();
	json_array_foreach(json_object_get(role, "attached"), i, arn) {
		const struct siam_managed *policy = siam_managed_find(json_string_value(arn));

		if (!prefix || (policy && text_starts_with(policy->path, prefix)))
			(void)json_array_append(kept, arn);
	}
	ok = siam_add_page(c, "AttachedPolicies", kept, add_attached);
	json_decref(kept);
	json_decref(role);
	return ok;
}

static bool put_inline(struct siam_call *c)
{
	const struct policy_rules rules = { POLICY_OF_IDENTITY, NULL, NULL, NULL };
	const char *text = siam_param(c, "PolicyDocument"), *name = siam_param(c, "PolicyName");
	json_t *role = siam_role(c, SIAM_TRUTH);
	json_t *policy = NULL;
	bool ok = role != NULL;
	autofree char *why = policy_check(text, strlen(text), &rules, &policy);

	json_decref(policy);
	if (ok && why)
		ok = siam_fail(c, 400, "MalformedPolicyDocument", "%s", why);
	if (ok && strlen(text) > MAX_INLINE_BYTES)
		ok = siam_fail(c, 409, "LimitExceeded",
			       "Maximum policy size of %d bytes exceeded for role %s",
			       MAX_INLINE_BYTES, siam_param(c, "RoleName"));
	if (ok) {
		(void)json_object_set_new(json_object_get(role, "inline"), name, json_string(text));
		siam_put(c, SBX_ROLE, siam_param(c, "RoleName"), role);
	}
	json_decref(role);
	return ok;
}

/* The text of the inline policy in PolicyName; answers NoSuchEntity and NULL.  Borrowed. */
static const char *inline_param(struct siam_call *c, const json_t *role)
{
	const char *name = siam_param(c, "PolicyName");
	const char *text =
		json_string_value(json_object_get(json_object_get(role, "inline"), name));

	if (role && !text)
		sbx_fail(c->req, c->rep, 404, "NoSuchEntity",
			 "The role policy with name %s cannot be found.", name);
	return text;
}

static bool get_inline(struct siam_call *c)
{
	json_t *role = siam_role(c, SIAM_SEEN);
	const char *text = inline_param(c, role);

	if (text) {
		sbx_xml_element(&c->out, "RoleName", siam_param(c, "RoleName"));
		sbx_xml_element(&c->out, "PolicyName", siam_param(c, "PolicyName"));
		siam_add_document(&c->out, "PolicyDocument", text);
	}
	json_decref(role);
	return text != NULL;
}

static bool delete_inline(struct siam_call *c)
{
	json_t *role = siam_role(c, SIAM_TRUTH);
	bool ok = inline_param(c, role) != NULL;

	if (ok) {
		(void)json_object_del(json_object_get(role, "inline"), siam_param(c, "PolicyName"));
		siam_put(c, SBX_ROLE, siam_param(c, "RoleName"), role);
	}
	json_decref(role);
	return ok;
}

static bool list_inline(struct siam_call *c)
{
	json_t *role = siam_role(c, SIAM_SEEN);
	json_t *names;
	const char *name;
	json_t *text;
	bool ok;

	if (!role)
		return false;
	names = json_array();
	json_object_foreach(json_object_get(role, "inline"), name, text)
		(void)json_array_append_new(names, json_string(name));
	ok = siam_add_page(c, "PolicyNames", names, siam_add_string);
	json_decref(names);
	json_decref(role);
	return ok;
}

const struct siam_action siam_role_policy_actions[] = {
	{ "AttachRolePolicy", attach, false },
	{ "DetachRolePolicy", detach, false },
	{ "ListAttachedRolePolicies", list_attached, true },
	{ "PutRolePolicy", put_inline, false },
	{ "GetRolePolicy", get_inline, true },
	{ "DeleteRolePolicy", delete_inline, false },
	{ "ListRolePolicies", list_inline, true },
	{ 0 },
};
