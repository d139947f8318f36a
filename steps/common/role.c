/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The role of 1-4's instance: EC2 may take it on, AmazonS3FullAccess is attached,
 * and a profile of the same name carries it.
 *
 * Both have names that hold the run id, so a second one cannot come to be and a lost
 * create is found by its name.  No run uses another's names again: an instance could
 * come up bound to an older role of the same name, and get no credentials.
 */
#include "steps/common/role.h"

#include "aws/iam.h"
#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "steps/common/offer.h"
#include "steps/common/policy.h"
#include "steps/common/resource.h"

/* "/runbook/RUN/": what is left of a run is found under it. */
static char *run_path(struct step_ctx *ctx)
{
	return xasprintf(RUN_IAM_PATH_FORMAT, step_run_id(ctx));
}

/* NULL: none was asked for, and what somebody set is not ours to judge. */
static const char *boundary_wanted(struct step_ctx *ctx)
{
	const char *arn = step_param(ctx, "iam.permissions_boundary");

	return *arn ? arn : NULL;
}

/* ---- do -------------------------------------------------------------------- */

/* What is attached beside ours goes, ours comes: also after a stranger changed it. */
static struct rb_error *repair_policies(struct step_ctx *ctx, const char *role, const char *arn)
{
	auto_strv attached = { 0 }, inlined = { 0 };

	TRY(iam_list_attached_role_policies(step_aws(ctx), role, &attached));
	if (!strv_has(&attached, arn))
		TRY(iam_attach_role_policy(step_aws(ctx), role, arn));
	for (size_t i = 0; i < attached.n; i++)
		if (!text_eq(attached.v[i], arn)) {
			TRY(resource_unless_gone(
				iam_detach_role_policy(step_aws(ctx), role, attached.v[i])));
			step_note(ctx, "detached %s from %s", attached.v[i], role);
		}
	TRY(iam_list_role_policies(step_aws(ctx), role, &inlined));
	for (size_t i = 0; i < inlined.n; i++) {
		TRY(resource_unless_gone(
			iam_delete_role_policy(step_aws(ctx), role, inlined.v[i])));
		step_note(ctx, "deleted inline policy %s of %s", inlined.v[i], role);
	}
	return NULL;
}

/* As resource_restore_tags, for IAM: by name, and with a call of its own. */
static struct rb_error *
restore(struct step_ctx *ctx, const char *kind, const char *name, const struct aws_tags *tags,
	struct rb_error *(*tag)(struct aws_client *, const char *, const struct aws_tags *))
{
	const char *run = aws_tags_get(tags, "runbook:run");

	if (run && !text_eq(run, step_run_id(ctx)))
		return resource_is_not_ours(ctx, kind, name, tags);
	if (resource_has_tags(tags, step_tags(ctx, ROLE_NAME_PART)))
		return NULL;
	return tag(step_aws(ctx), name, step_tags(ctx, ROLE_NAME_PART));
}

/* The creating call was refused, or left to a person: with `unread` NULL it is there already, so
 * neither is an error. */
static struct rb_error *unless_there(struct rb_error *err, struct rb_error *unread)
{
	if (rb_error_is(err, RB_BY_HAND) && rb_error_is(unread, RB_GONE)) {
		(void)rb_error_free(unread);
		return err;
	}
	(void)rb_error_free(err);
	return unread;
}

/* A name with the run's id in it, and other tags: this run's by its journal, or by a person's word.
 */
static struct rb_error *take_or_refuse(struct step_ctx *ctx, const char *output, const char *kind,
				       const char *name, const struct aws_tags *tags,
				       struct rb_error *(*tag)(struct aws_client *, const char *,
							       const struct aws_tags *))
{
	bool taken = step_output(ctx, output) != NULL;

	if (!taken && step_owns(ctx, tags))
		return NULL;
	if (!taken)
		TRY(offer_named(ctx, kind, name, tags, &taken));
	return taken ? restore(ctx, kind, name, tags, tag)
		     : resource_is_not_ours(ctx, kind, name, tags);
}

static struct rb_error *make_role(struct step_ctx *ctx, void *arg)
{
	autofree char *path = run_path(ctx), *trust = policy_for_trust(step_partition(ctx));
	const char *name = step_name(ctx, ROLE_NAME_PART);
	autofree char *id = NULL;
	auto_iam_role role = { 0 };
	struct rb_error *err;
	bool *is_new = arg;

	err = iam_create_role(step_aws(ctx), name, path, trust, "runbook: instance of step 1-4",
			      boundary_wanted(ctx), step_tags(ctx, ROLE_NAME_PART), &id);
	*is_new = !err;
	if (!err)
		return step_record(ctx, "role_name", name);
	if (!rb_error_is(err, RB_EXISTS) && !rb_error_is(err, RB_BY_HAND))
		return err;
	TRY(unless_there(err, iam_get_role(step_aws(ctx), name, &role)));
	TRY(take_or_refuse(ctx, "role_name", N_("role"), name, &role.tags, iam_tag_role));
	TRY(resource_adopt(ctx, "role_name", name));
	if (boundary_wanted(ctx) && !text_eq(role.boundary, boundary_wanted(ctx)))
		TRY(iam_put_role_boundary(step_aws(ctx), name, boundary_wanted(ctx)));
	return policy_same(role.trust_policy, trust)
		       ? NULL
		       : iam_update_trust_policy(step_aws(ctx), name, trust);
}

static struct rb_error *give_policies(struct step_ctx *ctx, void *arg)
{
	autofree char *arn = policy_arn(step_partition(ctx), ROLE_POLICY_NAME);
	const char *name = step_name(ctx, ROLE_NAME_PART);
	const bool *is_new = arg;

	return *is_new ? iam_attach_role_policy(step_aws(ctx), name, arn)
		       : repair_policies(ctx, name, arn);
}

/* A profile holds one role: "already there" is well when it is ours. */
static struct rb_error *add_role(struct step_ctx *ctx, const char *name, const char *role)
{
	struct rb_error *err = iam_add_role_to_instance_profile(step_aws(ctx), name, role);
	auto_iam_profile profile = { 0 };
	struct rb_error *unread;

	if (!rb_error_is(err, RB_EXISTS))
		return err;
	unread = iam_get_instance_profile(step_aws(ctx), name, &profile);
	if (unread) {
		(void)rb_error_free(err);
		return unread;
	}
	return strv_has(&profile.role_names, role) ? rb_error_free(err) : err;
}

static struct rb_error *make_profile(struct step_ctx *ctx, void *arg)
{
	const char *name = step_name(ctx, ROLE_NAME_PART);
	autofree char *path = run_path(ctx), *id = NULL;
	auto_iam_profile profile = { 0 };
	struct rb_error *err;
	bool *is_new = arg;

	err = iam_create_instance_profile(step_aws(ctx), name, path, step_tags(ctx, ROLE_NAME_PART),
					  &id);
	*is_new = !err;
	if (!err)
		return step_record(ctx, "instance_profile_name", name);
	if (!rb_error_is(err, RB_EXISTS) && !rb_error_is(err, RB_BY_HAND))
		return err;
	TRY(unless_there(err, iam_get_instance_profile(step_aws(ctx), name, &profile)));
	TRY(take_or_refuse(ctx, "instance_profile_name", N_("instance profile"), name,
			   &profile.tags, iam_tag_instance_profile));
	return resource_adopt(ctx, "instance_profile_name", name);
}

static struct rb_error *give_role(struct step_ctx *ctx, void *arg)
{
	const char *name = step_name(ctx, ROLE_NAME_PART); /* the role's as well */
	auto_iam_profile profile = { 0 };
	const bool *is_new = arg;

	if (*is_new)
		return add_role(ctx, name, name);
	TRY(iam_get_instance_profile(step_aws(ctx), name, &profile));
	for (size_t i = 0; i < profile.role_names.n; i++) /* one at most: it must be ours */
		if (!text_eq(profile.role_names.v[i], name))
			TRY(resource_unless_gone(iam_remove_role_from_instance_profile(
				step_aws(ctx), name, profile.role_names.v[i])));
	return strv_has(&profile.role_names, name) ? NULL : add_role(ctx, name, name);
}

struct rb_error *role_do(struct step_ctx *ctx)
{
	bool new_role, new_profile;
	const struct step_branch make[] = { { make_role, &new_role },
					    { make_profile, &new_profile },
					    { 0 } };
	const struct step_branch give[] = { { give_policies, &new_role },
					    { give_role, &new_profile },
					    { 0 } };

	TRY(step_together(ctx, make));
	return step_together(ctx, give);
}

/* ---- verify ---------------------------------------------------------------- */

static struct rb_error *verify_role(struct step_ctx *ctx, void *arg)
{
	autofree char *path = run_path(ctx), *trust = policy_for_trust(step_partition(ctx));
	autofree char *wanted = policy_line(trust), *found = NULL;
	const char *name = step_output(ctx, "role_name");
	auto_iam_role role = { 0 };
	struct rb_error *err = iam_get_role(step_aws(ctx), name, &role);

	(void)arg;
	if (rb_error_is(err, RB_GONE)) {
		step_missing_output(ctx, "role_name", "role '%s' is gone", name);
		return rb_error_free(err);
	}
	TRY(err);
	found = role.trust_policy ? policy_line(role.trust_policy) : NULL;
	step_expect(ctx, "role.path", path, role.path);
	step_expect_that(ctx, policy_same(trust, role.trust_policy), "role.trust_policy", wanted,
			 found);
	if (boundary_wanted(ctx))
		step_expect(ctx, "role.permissions_boundary", boundary_wanted(ctx), role.boundary);
	resource_expect_tags(ctx, "role", ROLE_NAME_PART, &role.tags);
	return NULL;
}

static struct rb_error *verify_attached(struct step_ctx *ctx, void *arg)
{
	autofree char *arn = policy_arn(step_partition(ctx), ROLE_POLICY_NAME);
	auto_strv attached = { 0 };

	(void)arg;
	TRY(resource_unless_gone(iam_list_attached_role_policies(
		step_aws(ctx), step_output(ctx, "role_name"), &attached)));
	resource_expect_only(ctx, "role.policies", arn, &attached);
	return NULL;
}

static struct rb_error *verify_inline(struct step_ctx *ctx, void *arg)
{
	autofree char *names = NULL;
	auto_strv inlined = { 0 };

	(void)arg;
	TRY(resource_unless_gone(
		iam_list_role_policies(step_aws(ctx), step_output(ctx, "role_name"), &inlined)));
	names = inlined.n ? strv_join(&inlined, " ") : NULL;
	resource_expect_none(ctx, "role.inline_policies", names);
	return NULL;
}

static struct rb_error *verify_profile(struct step_ctx *ctx, void *arg)
{
	const char *name = step_output(ctx, "instance_profile_name");
	auto_iam_profile profile = { 0 };
	struct rb_error *err = iam_get_instance_profile(step_aws(ctx), name, &profile);

	(void)arg;
	if (rb_error_is(err, RB_GONE)) {
		step_missing_output(ctx, "instance_profile_name", "instance profile '%s' is gone",
				    name);
		return rb_error_free(err);
	}
	TRY(err);
	resource_expect_only(ctx, "instance_profile.roles", step_output(ctx, "role_name"),
			     &profile.role_names);
	resource_expect_tags(ctx, "instance_profile", ROLE_NAME_PART, &profile.tags);
	return NULL;
}

struct rb_error *role_verify(struct step_ctx *ctx)
{
	static const struct step_branch all[] = { { verify_role, NULL },
						  { verify_attached, NULL },
						  { verify_inline, NULL },
						  { verify_profile, NULL },
						  { 0 } };

	if (!step_output(ctx, "role_name") || !step_output(ctx, "instance_profile_name")) {
		step_missing(ctx, "no %-s is recorded",
			     step_output(ctx, "role_name") ? N_("instance profile") : N_("role"));
		return NULL;
	}
	return step_together(ctx, all);
}
