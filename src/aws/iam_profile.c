/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: instance profiles. */
#include "aws/iam_int.h"

#include <stdlib.h>

#include "aws/core/call.h"
#include "aws/iam.h"
#include "base/alloc.h"

struct rb_error *iam_tag_instance_profile(struct aws_client *c, const char *profile,
					  const struct aws_tags *tags)
{
	return rb_error_what(iam_tag(c, "TagInstanceProfile", "InstanceProfileName", profile, tags),
			     "cannot tag instance profile '%s'", profile);
}

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
