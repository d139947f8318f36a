/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: roles, the account, and what a path holds. */
#include "aws/iam.h"

#include <stdlib.h>

#include "aws/core/call.h"
#include "aws/iam_int.h"
#include "base/alloc.h"
#include "base/percent.h"

/*
 * Policy documents come percent-encoded.  One that is plain JSON already (old
 * emulators) is left alone: encoded JSON never begins with a brace.
 */
static char *policy_text(const struct xml_node *node, const char *path)
{
	autofree char *raw = xml_text(node, path);
	struct buf text = BUF_INIT;

	if (!raw || *raw == '{')
		return steal_str(&raw);
	if (!percent_decode(&text, raw, strlen(raw))) {
		buf_clear(&text);
		return steal_str(&raw);
	}
	return buf_steal(&text);
}

/* ---- roles -------------------------------------------------------------- */

void iam_role_clear(struct iam_role *r)
{
	free(r->name);
	free(r->id);
	free(r->arn);
	free(r->path);
	free(r->description);
	free(r->max_session_s);
	free(r->trust_policy);
	free(r->boundary);
	aws_tags_clear(&r->tags);
	*r = (struct iam_role){ 0 };
}

struct rb_error *iam_create_role(struct aws_client *c, const char *name, const char *path,
				 const char *trust_policy, const char *description,
				 const char *boundary, const struct aws_tags *tags,
				 char **ret_role_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "RoleName", name);
	params_add(&p, "Path", path);
	params_add(&p, "AssumeRolePolicyDocument", trust_policy);
	params_add(&p, "Description", description);
	params_add(&p, "PermissionsBoundary", boundary);
	params_add_tags(&p, "Tags.member", tags);
	return rb_error_what(
		iam_make(c, "CreateRole", name, &p, "CreateRoleResult/Role/RoleId", ret_role_id),
		"cannot create role '%s'", name);
}

struct rb_error *iam_get_role(struct aws_client *c, const char *name, struct iam_role *ret)
{
	auto_xml_reply reply = XML_REPLY_INIT;
	const struct xml_node *role = NULL;

	TRY(rb_error_what(
		iam_read(c, "GetRole", "RoleName", name, "GetRoleResult/Role", &reply, &role),
		"cannot read role '%s'", name));
	*ret = (struct iam_role){
		.name = xml_text(role, "RoleName"),
		.id = xml_text(role, "RoleId"),
		.arn = xml_text(role, "Arn"),
		.path = xml_text(role, "Path"),
		.description = xml_text(role, "Description"),
		.max_session_s = xml_text(role, "MaxSessionDuration"),
		.trust_policy = policy_text(role, "AssumeRolePolicyDocument"),
		.boundary = xml_text(role, "PermissionsBoundary/PermissionsBoundaryArn"),
	};
	xml_tags(role, "Tags/member", &ret->tags);
	return NULL;
}

struct rb_error *iam_delete_role(struct aws_client *c, const char *name)
{
	return rb_error_what(iam_remove(c, "DeleteRole", "RoleName", name),
			     "cannot delete role '%s'", name);
}

struct rb_error *iam_update_trust_policy(struct aws_client *c, const char *role,
					 const char *trust_policy)
{
	return rb_error_what(
		iam_change_role(c, "UpdateAssumeRolePolicy", role, "PolicyDocument", trust_policy),
		"cannot write the trust policy of role '%s'", role);
}

struct rb_error *iam_put_role_boundary(struct aws_client *c, const char *role, const char *boundary)
{
	return rb_error_what(iam_change_role(c, "PutRolePermissionsBoundary", role,
					     "PermissionsBoundary", boundary),
			     "cannot set the permissions boundary of role '%s'", role);
}

struct rb_error *iam_tag_role(struct aws_client *c, const char *role, const struct aws_tags *tags)
{
	return rb_error_what(iam_tag(c, "TagRole", "RoleName", role, tags), "cannot tag role '%s'",
			     role);
}

struct rb_error *iam_attach_role_policy(struct aws_client *c, const char *role,
					const char *policy_arn)
{
	return rb_error_what(iam_change_role(c, "AttachRolePolicy", role, "PolicyArn", policy_arn),
			     "cannot attach policy '%s' to role '%s'", policy_arn, role);
}

struct rb_error *iam_detach_role_policy(struct aws_client *c, const char *role,
					const char *policy_arn)
{
	return rb_error_what(iam_change_role(c, "DetachRolePolicy", role, "PolicyArn", policy_arn),
			     "cannot detach policy '%s' from role '%s'", policy_arn, role);
}

struct rb_error *iam_list_attached_role_policies(struct aws_client *c, const char *role,
						 struct strv *ret)
{
	return rb_error_what(
		iam_list_texts(c, "ListAttachedRolePolicies", "RoleName", role,
			       "ListAttachedRolePoliciesResult/AttachedPolicies/member/PolicyArn",
			       ret),
		"cannot list the policies attached to role '%s'", role);
}

struct rb_error *iam_list_role_policies(struct aws_client *c, const char *role, struct strv *ret)
{
	return rb_error_what(iam_list_texts(c, "ListRolePolicies", "RoleName", role,
					    "ListRolePoliciesResult/PolicyNames/member", ret),
			     "cannot list the inline policies of role '%s'", role);
}

struct rb_error *iam_delete_role_policy(struct aws_client *c, const char *role,
					const char *policy_name)
{
	return rb_error_what(
		iam_change_role(c, "DeleteRolePolicy", role, "PolicyName", policy_name),
		"cannot delete policy '%s' of role '%s'", policy_name, role);
}

/* ---- the account -------------------------------------------------------- */

struct rb_error *iam_list_account_aliases(struct aws_client *c, struct strv *ret)
{
	return rb_error_what(iam_list_texts(c, "ListAccountAliases", NULL, NULL,
					    "ListAccountAliasesResult/AccountAliases/member", ret),
			     "cannot list the account's aliases");
}

/* ---- by path ------------------------------------------------------------ */

struct rb_error *iam_list_roles(struct aws_client *c, const char *path_prefix,
				struct strv *ret_names)
{
	return rb_error_what(iam_list_texts(c, "ListRoles", "PathPrefix", path_prefix,
					    "ListRolesResult/Roles/member/RoleName", ret_names),
			     "cannot list roles under '%s'", path_prefix ? path_prefix : "/");
}

struct rb_error *iam_list_instance_profiles(struct aws_client *c, const char *path_prefix,
					    struct strv *ret_names)
{
	return rb_error_what(
		iam_list_texts(
			c, "ListInstanceProfiles", "PathPrefix", path_prefix,
			"ListInstanceProfilesResult/InstanceProfiles/member/InstanceProfileName",
			ret_names),
		"cannot list instance profiles under '%s'", path_prefix ? path_prefix : "/");
}

void iam_listing_clear(struct iam_listing *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].name);
		free(l->v[i].path);
		free(l->v[i].created);
	}
	free(l->v);
	*l = (struct iam_listing){ 0 };
}

static struct rb_error *add_listed(void *list, const struct xml_node *item)
{
	struct iam_listing *l = list;

	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = (struct iam_listed){ .name = xml_text(item, "RoleName"),
					    .path = xml_text(item, "Path"),
					    .created = xml_text(item, "CreateDate") };
	return NULL;
}

struct rb_error *iam_list_roles_of_path(struct aws_client *c, const char *path_prefix,
					struct iam_listing *ret)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_iam_listing found = { 0 };

	params_add(&p, "PathPrefix", path_prefix);
	TRY(rb_error_what(aws_query_items(c, "iam", "ListRoles", &p, AWS_READS,
					  "ListRolesResult/Roles/member", add_listed, &found),
			  "cannot list roles under '%s'", path_prefix));
	*ret = found;
	found = (struct iam_listing){ 0 };
	return NULL;
}
