/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: instance profiles, each with one role at most. */
#include "sandbox/core/quota.h"
#include "sandbox/iam/call.h"

#include <string.h>

void siam_add_profile(struct siam_call *c, struct buf *out, const json_t *profile)
{
	const char *role_name = json_string_value(json_object_get(profile, "role"));
	const json_t *tags = json_object_get(profile, "tags");
	json_t *role = role_name ? store_get(c->st, SBX_ROLE, "", role_name) : NULL;

	sbx_xml_element(out, "Path", json_string_value(json_object_get(profile, "path")));
	sbx_xml_element(out, "InstanceProfileName",
			json_string_value(json_object_get(profile, "name")));
	sbx_xml_element(out, "InstanceProfileId",
			json_string_value(json_object_get(profile, "id")));
	sbx_xml_element(out, "Arn", json_string_value(json_object_get(profile, "arn")));
	sbx_query_add_time(out, "CreateDate",
			   json_integer_value(json_object_get(profile, "created_ms")));
	if (role) {
		(void)buf_adds(out, "<Roles><member>");
		siam_add_role(out, role, false);
		(void)buf_adds(out, "</member></Roles>");
	} else {
		(void)buf_adds(out, "<Roles/>");
	}
	if (json_array_size(tags))
		sbx_query_add_tags(out, "Tags", tags);
	json_decref(role);
}

static bool create_profile(struct siam_call *c)
{
	const char *name = siam_param(c, "InstanceProfileName");
	json_t *profile, *all;
	size_t n;

	if (siam_taken(c, SBX_PROFILE, name))
		return siam_fail(c, 409, "EntityAlreadyExists",
				 "Instance Profile %s already exists.", name);
	all = store_list(c->st, SBX_PROFILE, "");
	n = json_array_size(all);
	json_decref(all);
	if (n >= sbx_quota(c->st, SBX_QUOTA_PROFILES))
		return siam_fail(c, 409, "LimitExceeded",
				 "Cannot exceed quota for InstanceProfilesPerAccount: %d",
				 (int)sbx_quota(c->st, SBX_QUOTA_PROFILES));
	profile = siam_new_thing(c, "InstanceProfileName", "instance-profile", "AIPA");
	if (!profile)
		return false;
	siam_put_visible(c, SBX_PROFILE, name, profile);
	(void)buf_adds(&c->out, "<InstanceProfile>");
	siam_add_profile(c, &c->out, profile);
	(void)buf_adds(&c->out, "</InstanceProfile>");
	json_decref(profile);
	return true;
}

static bool get_profile(struct siam_call *c)
{
	json_t *profile = siam_profile(c, SIAM_SEEN);

	if (!profile)
		return false;
	(void)buf_adds(&c->out, "<InstanceProfile>");
	siam_add_profile(c, &c->out, profile);
	(void)buf_adds(&c->out, "</InstanceProfile>");
	json_decref(profile);
	return true;
}

static bool delete_profile(struct siam_call *c)
{
	const char *name = siam_param(c, "InstanceProfileName");
	json_t *profile = siam_profile(c, SIAM_TRUTH);
	bool has_role;

	if (!profile)
		return false;
	has_role = json_object_get(profile, "role") != NULL;
	json_decref(profile);
	if (has_role)
		return siam_fail(
			c, 409, "DeleteConflict",
			"Cannot delete entity, must remove roles from instance profile first.");
	store_delete_late(c->st, SBX_PROFILE, "", name, c->req->now_ms, sbx_lag_ms(c->sbx));
	return true;
}

static bool add_role(struct siam_call *c)
{
	json_t *profile = siam_profile(c, SIAM_TRUTH);
	json_t *role = profile ? siam_role(c, SIAM_TRUTH) : NULL;
	bool ok = role != NULL;

	if (ok && json_object_get(profile, "role"))
		ok = siam_fail(c, 409, "LimitExceeded",
			       "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
	if (ok) {
		(void)json_object_set_new(profile, "role", json_string(siam_param(c, "RoleName")));
		(void)json_object_set_new(profile, "role_added_ms", json_integer(c->req->now_ms));
		siam_put(c, SBX_PROFILE, siam_param(c, "InstanceProfileName"), profile);
	}
	json_decref(role);
	json_decref(profile);
	return ok;
}

static bool remove_role(struct siam_call *c)
{
	const char *role_name = siam_param(c, "RoleName");
	json_t *profile = siam_profile(c, SIAM_TRUTH);
	json_t *role = profile ? siam_role(c, SIAM_TRUTH) : NULL;
	bool ok = role != NULL;

	if (ok && !text_eq(json_string_value(json_object_get(profile, "role")), role_name))
		ok = siam_fail(c, 404, "NoSuchEntity",
			       "The role with name %s cannot be found in instance profile %s.",
			       role_name, siam_param(c, "InstanceProfileName"));
	if (ok) {
		(void)json_object_del(profile, "role");
		(void)json_object_del(profile, "role_added_ms");
		siam_put(c, SBX_PROFILE, siam_param(c, "InstanceProfileName"), profile);
	}
	json_decref(role);
	json_decref(profile);
	return ok;
}

static bool list_profiles(struct siam_call *c)
{
	json_t *profiles = siam_list(c, SBX_PROFILE);
	bool ok = siam_add_page(c, "InstanceProfiles", profiles, siam_add_profile);

	json_decref(profiles);
	return ok;
}

static bool list_profiles_for_role(struct siam_call *c)
{
	const char *name = siam_param(c, "RoleName");
	json_t *role = siam_role(c, SIAM_SEEN);
	json_t *all, *its;
	size_t i;
	json_t *profile;
	bool ok;

	if (!role)
		return false;
	all = siam_list(c, SBX_PROFILE);
	its = json_array();
	json_array_foreach(all, i, profile) {
		if (text_eq(json_string_value(json_object_get(profile, "role")), name))
			(void)json_array_append(its, profile);
	}
	ok = siam_add_page(c, "InstanceProfiles", its, siam_add_profile);
	json_decref(its);
	json_decref(all);
	json_decref(role);
	return ok;
}

static bool tag_profile(struct siam_call *c)
{
	json_t *profile = siam_profile(c, SIAM_TRUTH);
	json_t *tags;
	bool ok;

	if (!profile)
		return false;
	tags = sbx_query_list(c->req, "Tags");
	ok = siam_merge_tags(c, profile, tags);
	if (ok)
		siam_put(c, SBX_PROFILE, siam_param(c, "InstanceProfileName"), profile);
	json_decref(tags);
	json_decref(profile);
	return ok;
}

static bool untag_profile(struct siam_call *c)
{
	json_t *profile = siam_profile(c, SIAM_TRUTH);
	json_t *keys;

	if (!profile)
		return false;
	keys = sbx_query_list(c->req, "TagKeys");
	siam_remove_tags(profile, keys);
	siam_put(c, SBX_PROFILE, siam_param(c, "InstanceProfileName"), profile);
	json_decref(keys);
	json_decref(profile);
	return true;
}

static bool list_profile_tags(struct siam_call *c)
{
	json_t *profile = siam_profile(c, SIAM_SEEN);
	bool ok =
		profile && siam_add_page(c, "Tags", json_object_get(profile, "tags"), siam_add_tag);

	json_decref(profile);
	return ok;
}

const struct siam_action siam_profile_actions[] = {
	{ "CreateInstanceProfile", create_profile, true },
	{ "GetInstanceProfile", get_profile, true },
	{ "DeleteInstanceProfile", delete_profile, false },
	{ "ListInstanceProfiles", list_profiles, true },
	{ "ListInstanceProfilesForRole", list_profiles_for_role, true },
	{ "AddRoleToInstanceProfile", add_role, false },
	{ "RemoveRoleFromInstanceProfile", remove_role, false },
	{ "TagInstanceProfile", tag_profile, false },
	{ "UntagInstanceProfile", untag_profile, false },
	{ "ListInstanceProfileTags", list_profile_tags, true },
	{ 0 },
};
