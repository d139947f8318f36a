/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the role and its profile. */
#include "steps/common/role.h"

#include "aws/iam.h"
#include "base/alloc.h"
#include "base/strv.h"
#include "steps/common/offer.h"
#include "steps/common/policy.h"
#include "steps/common/resource.h"

/* What is there, read side by side, and what it is called. */
struct undo_answers {
	const char *profile, *role;
	bool profile_gone, role_gone;
};

struct policies {
	const char *role;
	struct strv attached, inlined;
};

/* IAM's own reads lag: what was removed a moment ago may still be in the way. */
static struct rb_error *iam_deleted(struct step_ctx *ctx, const char *name, struct rb_error *err,
				    bool *ret_gone)
{
	*ret_gone = !err || rb_error_is(err, RB_GONE);
	if (err && rb_error_is(err, RB_DEPENDENCY)) {
		step_waiting(ctx, name, N_("in use"), err->why, /* usual_s= */ 10);
		return rb_error_free(err);
	}
	return resource_unless_gone(err);
}

static const char *recorded_or_named(struct step_ctx *ctx, const char *output)
{
	const char *recorded = step_output(ctx, output);

	return recorded ? recorded : step_name(ctx, ROLE_NAME_PART);
}

/* Whose the profile is; then no role is in it any more. */
static struct rb_error *empty_profile(struct step_ctx *ctx, void *arg)
{
	struct undo_answers *answers = arg;
	auto_iam_profile profile = { 0 };
	struct rb_error *err = iam_get_instance_profile(step_aws(ctx), answers->profile, &profile);

	answers->profile_gone = rb_error_is(err, RB_GONE);
	TRY(resource_unless_gone(err));
	if (answers->profile_gone)
		return NULL;
	if (!step_owns(ctx, &profile.tags))
		return resource_is_not_ours(ctx, N_("instance profile"), answers->profile,
					    &profile.tags);
	for (size_t i = 0; i < profile.role_names.n; i++)
		TRY(resource_unless_gone(iam_remove_role_from_instance_profile(
			step_aws(ctx), answers->profile, profile.role_names.v[i])));
	return NULL;
}

static void policies_clear(struct policies *p)
{
	strv_clear(&p->attached);
	strv_clear(&p->inlined);
}

static struct rb_error *read_attached(struct step_ctx *ctx, void *arg)
{
	struct policies *p = arg;

	return resource_unless_gone(
		iam_list_attached_role_policies(step_aws(ctx), p->role, &p->attached));
}

static struct rb_error *read_inline(struct step_ctx *ctx, void *arg)
{
	struct policies *p = arg;

	return resource_unless_gone(iam_list_role_policies(step_aws(ctx), p->role, &p->inlined));
}

/* What others hung on the run's role goes with it.  *ret_any: there was something. */
static struct rb_error *strip_of_others(struct step_ctx *ctx, const char *role, bool *ret_any)
{
	CLEANUP(policies_clear) struct policies p = { .role = role };
	const struct step_branch reads[] = { { read_attached, &p }, { read_inline, &p }, { 0 } };

	TRY(step_together(ctx, reads));
	*ret_any = p.attached.n || p.inlined.n;
	for (size_t i = 0; i < p.attached.n; i++)
		TRY(resource_unless_gone(
			iam_detach_role_policy(step_aws(ctx), role, p.attached.v[i])));
	for (size_t i = 0; i < p.inlined.n; i++)
		TRY(resource_unless_gone(
			iam_delete_role_policy(step_aws(ctx), role, p.inlined.v[i])));
	return NULL;
}

/* Whose the role is; then our policy is detached.  What else hangs on it, the delete will tell. */
static struct rb_error *strip_role(struct step_ctx *ctx, void *arg)
{
	autofree char *arn = policy_arn(step_partition(ctx), ROLE_POLICY_NAME);
	struct undo_answers *answers = arg;
	auto_iam_role role = { 0 };
	struct rb_error *err = iam_get_role(step_aws(ctx), answers->role, &role);
	bool any;

	answers->role_gone = rb_error_is(err, RB_GONE);
	TRY(resource_unless_gone(err));
	if (answers->role_gone)
		return NULL;
	if (!step_owns(ctx, &role.tags))
		return resource_is_not_ours(ctx, N_("role"), answers->role, &role.tags);
	err = iam_detach_role_policy(step_aws(ctx), answers->role, arn);
	if (rb_error_is(err, RB_BY_HAND)) { /* it is theirs to do if it is still to be done */
		(void)rb_error_free(err);
		return strip_of_others(ctx, answers->role, &any);
	}
	return resource_unless_gone(err);
}

static struct rb_error *delete_profile(struct step_ctx *ctx, void *arg)
{
	struct undo_answers *answers = arg;
	const char *name = answers->profile;

	if (!answers->profile_gone)
		TRY(iam_deleted(ctx, name, iam_delete_instance_profile(step_aws(ctx), name),
				&answers->profile_gone));
	return answers->profile_gone ? step_forget(ctx, "instance_profile_name") : NULL;
}

static struct rb_error *delete_role(struct step_ctx *ctx, void *arg)
{
	struct undo_answers *answers = arg;
	struct rb_error *err;
	bool any = false;

	if (!answers->role_gone) {
		err = iam_delete_role(step_aws(ctx), answers->role);
		if (rb_error_is(err, RB_DEPENDENCY)) {
			struct rb_error *stripped = strip_of_others(ctx, answers->role, &any);

			if (stripped || any)
				(void)rb_error_free(err);
			TRY(stripped);
			if (any)
				err = iam_delete_role(step_aws(ctx), answers->role);
		}
		TRY(iam_deleted(ctx, answers->role, err, &answers->role_gone));
	}
	return answers->role_gone ? step_forget(ctx, "role_name") : NULL;
}

struct rb_error *role_undo(struct step_ctx *ctx)
{
	const char *profile = step_output(ctx, "instance_profile_name");
	const char *role = step_output(ctx, "role_name");
	bool done = !profile && !role &&
		    step_is_known_gone(ctx, "instance_profile_name", "DeleteInstanceProfile") &&
		    step_is_known_gone(ctx, "role_name", "DeleteRole");
	struct undo_answers answers = { .profile = recorded_or_named(ctx, "instance_profile_name"),
					.role = recorded_or_named(ctx, "role_name") };
	const struct step_branch parts[] = { { empty_profile, &answers },
					     { strip_role, &answers },
					     { 0 } };
	const struct step_branch deletes[] = { { delete_profile, &answers },
					       { delete_role, &answers },
					       { 0 } };

	/* nothing recorded may still mean a lost create, which its name finds */
	if (done || step_is_fresh(ctx))
		return NULL;
	TRY(step_together(ctx, parts));
	return step_together(ctx, deletes);
}
