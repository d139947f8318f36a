/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles and instance profiles.  Names are what IAM's things are found by, so names
 * are what is noted as made recently.
 */
#include "aws/iam.h"

#include <stdlib.h>

#include "aws/core/advice.h"
#include "aws/core/call.h"
#include "base/alloc.h"
#include "base/percent.h"

static struct rb_error *iam_change(struct aws_client *c, const char *action,
				   const struct aws_params *params)
{
	return aws_query_call(c, "iam", action, params, AWS_CHANGES | AWS_AGAIN, NULL);
}

/* A change of a role that takes one more parameter. */
static struct rb_error *iam_change_role(struct aws_client *c, const char *action, const char *role,
					const char *name, const char *value)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "RoleName", role);
	params_add(&p, name, value);
	return iam_change(c, action, &p);
}

/* Make what is called `name`; the new thing's unique id is at `id_path`. */
static struct rb_error *iam_make(struct aws_client *c, const char *action, const char *name,
				 const struct aws_params *params, const char *id_path,
				 char **ret_id)
{
	auto_xml_reply reply = XML_REPLY_INIT;
	autofree char *id = NULL;

	TRY(aws_query_call(c, "iam", action, params, AWS_CHANGES, &reply));
	id = xml_text(reply.root, id_path);
	if (!id) {
		struct rb_error *err = rb_error_because(
			RB_LOST, "the answer of %s names no id (%s)", action, id_path);

		advice_lost(err);
		return err;
	}
	aws_session_note_id(aws_client_session(c), name, /* age_s= */ 0);
	if (ret_id)
		*ret_id = steal_str(&id);
	return NULL;
}

static struct rb_error *iam_remove(struct aws_client *c, const char *action, const char *name_param,
				   const char *name)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	struct rb_error *err;

	params_add(&p, name_param, name);
	err = iam_change(c, action, &p);
	if (!err || rb_error_is(err, RB_GONE))
		aws_session_forget_id(aws_client_session(c), name);
	return err;
}

/* Reads what is called `name`; *ret_node, at `path` of the answer, is of `reply`. */
static struct rb_error *iam_read(struct aws_client *c, const char *action, const char *name_param,
				 const char *name, const char *path, struct xml_reply *reply,
				 const struct xml_node **ret_node)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, name_param, name);
	TRY(aws_query_call(c, "iam", action, &p, AWS_READS, reply));
	*ret_node = xml_first(reply->root, path);
	return *ret_node ? NULL : rb_error_because(RB_PROTOCOL, "the answer holds none");
}

static struct rb_error *iam_tag(struct aws_client *c, const char *action, const char *name_param,
				const char *name, const struct aws_tags *tags)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, name_param, name);
	params_add_tags(&p, "Tags.member", tags);
	return iam_change(c, action, &p);
}

static struct rb_error *add_text(void *list, const struct xml_node *item)
{
	xml_strv(item, "", list);
	return NULL;
}

/* A list of texts by one parameter, all pages. */
static struct rb_error *iam_list(struct aws_client *c, const char *action, const char *param,
				 const char *value, const char *items, struct strv *ret)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_strv found = { 0 };

	params_add(&p, param, value);
	TRY(aws_query_items(c, "iam", action, &p, AWS_READS, items, add_text, &found));
	*ret = found;
	found = (struct strv){ 0 };
	return NULL;
}

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

struct rb_error *iam_tag_instance_profile(struct aws_client *c, const char *profile,
					  const struct aws_tags *tags)
{
	return rb_error_what(iam_tag(c, "TagInstanceProfile", "InstanceProfileName", profile, tags),
			     "cannot tag instance profile '%s'", profile);
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
		iam_list(c, "ListAttachedRolePolicies", "RoleName", role,
			 "ListAttachedRolePoliciesResult/AttachedPolicies/member/PolicyArn", ret),
		"cannot list the policies attached to role '%s'", role);
}

struct rb_error *iam_list_role_policies(struct aws_client *c, const char *role, struct strv *ret)
{
	return rb_error_what(iam_list(c, "ListRolePolicies", "RoleName", role,
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

/* ---- instance profiles -------------------------------------------------- */

void iam_profile_clear(struct iam_profile *p)
{
	free(p->name);
	free(p->id);
	free(p->arn);
	free(p->path);
	strv_clear(&p->role_names);
	aws_tags_clear(&p->tags);
	*p = (struct iam_profile){ 0 };
}

struct rb_error *iam_create_instance_profile(struct aws_client *c, const char *name,
					     const char *path, const struct aws_tags *tags,
					     char **ret_profile_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "InstanceProfileName", name);
	params_add(&p, "Path", path);
	params_add_tags(&p, "Tags.member", tags);
	return rb_error_what(
		iam_make(c, "CreateInstanceProfile", name, &p,
			 "CreateInstanceProfileResult/InstanceProfile/InstanceProfileId",
			 ret_profile_id),
		"cannot create instance profile '%s'", name);
}

struct rb_error *iam_get_instance_profile(struct aws_client *c, const char *name,
					  struct iam_profile *ret)
{
	auto_xml_reply reply = XML_REPLY_INIT;
	const struct xml_node *profile = NULL;

	TRY(rb_error_what(iam_read(c, "GetInstanceProfile", "InstanceProfileName", name,
				   "GetInstanceProfileResult/InstanceProfile", &reply, &profile),
			  "cannot read instance profile '%s'", name));
	*ret = (struct iam_profile){
		.name = xml_text(profile, "InstanceProfileName"),
		.id = xml_text(profile, "InstanceProfileId"),
		.arn = xml_text(profile, "Arn"),
		.path = xml_text(profile, "Path"),
	};
	xml_strv(profile, "Roles/member/RoleName", &ret->role_names);
	xml_tags(profile, "Tags/member", &ret->tags);
	return NULL;
}

struct rb_error *iam_delete_instance_profile(struct aws_client *c, const char *name)
{
	return rb_error_what(iam_remove(c, "DeleteInstanceProfile", "InstanceProfileName", name),
			     "cannot delete instance profile '%s'", name);
}

static void membership_params(struct aws_params *p, const char *profile, const char *role)
{
	params_add(p, "InstanceProfileName", profile);
	params_add(p, "RoleName", role);
}

struct rb_error *iam_add_role_to_instance_profile(struct aws_client *c, const char *profile,
						  const char *role)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	membership_params(&p, profile, role);
	/* a profile holds one role: the second of two is LimitExceeded, so not blindly again */
	return rb_error_what(
		aws_query_call(c, "iam", "AddRoleToInstanceProfile", &p, AWS_CHANGES, NULL),
		"cannot add role '%s' to instance profile '%s'", role, profile);
}

struct rb_error *iam_remove_role_from_instance_profile(struct aws_client *c, const char *profile,
						       const char *role)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	membership_params(&p, profile, role);
	return rb_error_what(iam_change(c, "RemoveRoleFromInstanceProfile", &p),
			     "cannot remove role '%s' from instance profile '%s'", role, profile);
}

/* ---- the account -------------------------------------------------------- */

struct rb_error *iam_list_account_aliases(struct aws_client *c, struct strv *ret)
{
	return rb_error_what(iam_list(c, "ListAccountAliases", NULL, NULL,
				      "ListAccountAliasesResult/AccountAliases/member", ret),
			     "cannot list the account's aliases");
}

/* ---- by path ------------------------------------------------------------ */

struct rb_error *iam_list_roles(struct aws_client *c, const char *path_prefix,
				struct strv *ret_names)
{
	return rb_error_what(iam_list(c, "ListRoles", "PathPrefix", path_prefix,
				      "ListRolesResult/Roles/member/RoleName", ret_names),
			     "cannot list roles under '%s'", path_prefix ? path_prefix : "/");
}

struct rb_error *iam_list_instance_profiles(struct aws_client *c, const char *path_prefix,
					    struct strv *ret_names)
{
	return rb_error_what(
		iam_list(c, "ListInstanceProfiles", "PathPrefix", path_prefix,
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
