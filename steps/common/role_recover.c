/* SPDX-License-Identifier: Apache-2.0 */
/* The role and its profile when no journal tells of them. */
#include "steps/common/role.h"

#include "aws/iam.h"
#include "steps/common/offer.h"
#include "steps/common/resource.h"

static struct rb_error *recover_role(struct step_ctx *ctx, void *arg)
{
	auto_iam_role role = { 0 };
	bool *found = arg;

	*found = false;
	TRY(resource_unless_gone(
		iam_get_role(step_aws(ctx), step_name(ctx, ROLE_NAME_PART), &role)));
	if (!role.name)
		return NULL;
	if (!step_owns(ctx, &role.tags))
		return resource_is_not_ours(ctx, N_("role"), role.name, &role.tags);
	*found = true;
	step_recovered_param(ctx, "iam.permissions_boundary", role.boundary, KNOWN_BY_SHAPE);
	step_recovered_tags(ctx, &role.tags);
	return step_recovered(ctx, "role_name", role.name, KNOWN_BY_BOTH);
}

static struct rb_error *recover_profile(struct step_ctx *ctx, void *arg)
{
	auto_iam_profile profile = { 0 };
	bool *found = arg;

	*found = false;
	TRY(resource_unless_gone(
		iam_get_instance_profile(step_aws(ctx), step_name(ctx, ROLE_NAME_PART), &profile)));
	if (!profile.name)
		return NULL;
	if (!step_owns(ctx, &profile.tags))
		return resource_is_not_ours(ctx, N_("instance profile"), profile.name,
					    &profile.tags);
	*found = true;
	step_recovered_tags(ctx, &profile.tags);
	return step_recovered(ctx, "instance_profile_name", profile.name, KNOWN_BY_BOTH);
}

struct rb_error *role_recover(struct step_ctx *ctx, bool *ret_found)
{
	bool role, profile;
	const struct step_branch both[] = { { recover_role, &role },
					    { recover_profile, &profile },
					    { 0 } };

	TRY(step_together(ctx, both));
	*ret_found = role && profile;
	return NULL;
}
