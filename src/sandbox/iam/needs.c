/* SPDX-License-Identifier: Apache-2.0 */
/* What requests to IAM and Systems Manager need permission for. */
#include "sandbox/iam/needs.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/query.h"
#include "sandbox/iam/iam.h"

void required_permissions_clear(struct required_permissions *needs)
{
	for (size_t i = 0; i < needs->n; i++) {
		free(needs->v[i].action);
		free(needs->v[i].resource);
		sbx_pairs_clear(&needs->v[i].facts);
	}
	free(needs->v);
	*needs = (struct required_permissions){ 0 };
}

struct required_permission *required_permissions_add(struct required_permissions *needs,
						     const char *action, char *resource)
{
	struct required_permission *need;

	needs->v = xreallocarray(needs->v, needs->n + 1, sizeof(*needs->v));
	need = &needs->v[needs->n++];
	*need = (struct required_permission){ .action = xstrdup(action), .resource = resource };
	return need;
}

void required_permission_fact(struct required_permission *need, const char *key, const char *value)
{
	if (value)
		sbx_pairs_add(&need->facts, key, value);
}

/* ---- IAM ---------------------------------------------------------------- */

static char *siam_arn(const struct sbx_request *req, const char *type, const char *path,
		      const char *name)
{
	return xasprintf("arn:%s:iam::" SANDBOX_ACCOUNT ":%s%s%s", sbx_query_partition(req), type,
			 path, name);
}

/*
 * The ARN of a role or profile that a parameter names.  Its path is known of what
 * is there; a name alone has none, and that is what IAM checks then.
 */
static struct required_permission *need_named(struct sbx *sbx, const struct sbx_request *req,
					      const char *action, const char *kind,
					      const char *name, struct required_permissions *ret)
{
	json_t *thing = store_get(sbx_store(sbx), kind, "", name), *tag;
	const char *path = json_string_value(json_object_get(thing, "path"));
	struct required_permission *need =
		required_permissions_add(ret, action, siam_arn(req, kind, path ? path : "/", name));
	size_t i;

	json_array_foreach(json_object_get(thing, "tags"), i, tag) {
		autofree char *key = xasprintf("aws:ResourceTag/%s",
					       json_string_value(json_object_get(tag, "Key")));

		required_permission_fact(need, key,
					 json_string_value(json_object_get(tag, "Value")));
	}
	/* the boundary that it has, or is to have */
	required_permission_fact(need, "iam:PermissionsBoundary",
				 text_eq(req->action, "PutRolePermissionsBoundary")
					 ? sbx_pairs_get(req->params, "PermissionsBoundary")
					 : json_string_value(json_object_get(thing, "boundary")));
	json_decref(thing);
	return need;
}

static void add_request_tags(const struct sbx_request *req, struct required_permission *need)
{
	json_t *tag;
	size_t i;

	json_array_foreach(json_object_get(req->args, "Tags"), i, tag) {
		const char *name = json_string_value(json_object_get(tag, "Key"));
		autofree char *key = xasprintf("aws:RequestTag/%s", name ? name : "");

		required_permission_fact(need, key,
					 json_string_value(json_object_get(tag, "Value")));
		required_permission_fact(need, "aws:TagKeys", name);
	}
}

static void need_new(const struct sbx_request *req, const char *action, const char *kind,
		     const char *name, struct required_permissions *ret)
{
	const char *path = sbx_pairs_get(req->params, "Path");
	struct required_permission *need =
		required_permissions_add(ret, action, siam_arn(req, kind, path ? path : "/", name));

	add_request_tags(req, need);
	required_permission_fact(need, "iam:PermissionsBoundary",
				 sbx_pairs_get(req->params, "PermissionsBoundary"));
}

static void need_pass(struct sbx *sbx, const struct sbx_request *req, const char *role,
		      struct required_permissions *ret)
{
	struct required_permission *need =
		need_named(sbx, req, "iam:PassRole", SBX_ROLE, role, ret);

	required_permission_fact(need, "iam:PassedToService", "ec2.amazonaws.com");
}

void siam_require_pass_role(struct sbx *sbx, const struct sbx_request *req,
			    const char *profile_name, struct required_permissions *ret)
{
	json_t *profile = store_get(sbx_store(sbx), SBX_PROFILE, "", profile_name);
	const char *role = json_string_value(json_object_get(profile, "role"));

	if (role)
		need_pass(sbx, req, role, ret);
	json_decref(profile);
}

void siam_required_permissions(struct sbx *sbx, const struct sbx_request *req,
			       struct required_permissions *ret)
{
	const char *role = sbx_pairs_get(req->params, "RoleName");
	const char *profile = sbx_pairs_get(req->params, "InstanceProfileName");
	autofree char *action = xasprintf("%s:%s", req->service, req->action);

	if (text_eq(req->service, "ssm")) {
		const char *name = json_string_value(json_object_get(req->json, "Name"));
		const struct region_partition *part = region_partition(req->region);

		/* A public parameter is nobody's: its ARN has no account. */
		(void)required_permissions_add(ret, action,
					       name ? xasprintf("arn:%s:ssm:%s::parameter%s",
								part ? part->id : "aws",
								req->region, name)
						    : xstrdup("*"));
	} else if (text_eq(req->service, "kms")) {
		const char *key = json_string_value(json_object_get(req->json, "KeyId"));

		(void)required_permissions_add(ret, action, xstrdup(key ? key : "*"));
	} else if (text_eq(req->action, "CreateRole") && role) {
		need_new(req, action, SBX_ROLE, role, ret);
	} else if (text_eq(req->action, "CreateInstanceProfile") && profile) {
		need_new(req, action, SBX_PROFILE, profile, ret);
	} else if (profile) {
		add_request_tags(req, need_named(sbx, req, action, SBX_PROFILE, profile, ret));
		if (text_eq(req->action, "AddRoleToInstanceProfile") && role)
			need_pass(sbx, req, role, ret);
	} else if (role) {
		struct required_permission *need =
			need_named(sbx, req, action, SBX_ROLE, role, ret);

		add_request_tags(req, need);
		required_permission_fact(need, "iam:PolicyARN",
					 sbx_pairs_get(req->params, "PolicyArn"));
	} else {
		const char *source = sbx_pairs_get(req->params, "PolicySourceArn");

		(void)required_permissions_add(ret, action, xstrdup(source ? source : "*"));
	}
}
