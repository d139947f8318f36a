/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 1-4  The instance: its group, its role, and itself.
 *
 * A new instance profile is not known to EC2 at once; RunInstances takes a client token, so
 * asking twice is the same as once; but the token of an instance that was terminated
 * meanwhile answers with the corpse, so it is retired with it.
 */
#include <string.h>

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/resource.h"
#include "steps/common/group.h"
#include "steps/common/image.h"
#include "steps/common/role.h"
#include "steps/common/sides.h"
#include "steps/peering/by_hand.h"

enum {
	RUN_USUAL_S = 25,
	BOOT_USUAL_S = RUN_USUAL_S + 120,
	TERMINATE_USUAL_S = 40,
	FREE_USUAL_S = TERMINATE_USUAL_S + 30,
	RULES = 2,
	TOKENS_MAX = 3,
};

/* The rules name an output, so they are written for each call; `rules` must outlive *ret. */
static void group_plan(struct step_ctx *ctx, struct rule_want rules[RULES], struct group_plan *ret)
{
	const char *connect = step_output_of(ctx, "1-3", "security_group_id");

	rules[0] = (struct rule_want){ .claim = "ingress 22 from the endpoint's group",
				       .protocol = "tcp",
				       .port = 22,
				       .group = connect ? connect : "(not recorded)" };
	rules[1] = (struct rule_want)RULE_ALL_OUT;
	*ret = (struct group_plan){ .vpc_step = "1-1",
				    .what = "instance",
				    .description = "runbook: instance",
				    .rules = rules,
				    .n = RULES };
}

/* On its way out, or out already: for about an hour it is still listed. */
static bool is_ending(const struct ec2_instance *i)
{
	return text_eq(i->state, "shutting-down") || text_eq(i->state, "terminated");
}

static struct rb_error *forget_instance(struct step_ctx *ctx)
{
	TRY(step_retire_token(ctx, "instance"));
	TRY(step_forget(ctx, "private_ip"));
	return step_forget(ctx, "instance_id");
}

/* This run's instance, recorded or merely tagged, ending ones included when recorded; NULL when
 * there is none.  Borrowed from `list`. */
static struct rb_error *find_instance(struct step_ctx *ctx, struct ec2_instances *list,
				      const struct ec2_instance **ret)
{
	const char *recorded = step_output(ctx, "instance_id");
	const char *second = NULL;
	size_t n = 0;

	*ret = NULL;
	if (recorded) {
		TRY(resource_unless_gone(
			ec2_describe_instances(step_aws(ctx), ONE_ID(recorded), NULL, list)));
		if (list->n) {
			*ret = &list->v[0];
			return NULL;
		}
		TRY(forget_instance(ctx));
	}
	if (step_is_fresh(ctx) || step_is_known_gone(ctx, "instance_id", "TerminateInstances"))
		return NULL;
	TRY(ec2_describe_instances(step_aws(ctx), NULL, step_filters(ctx), list));
	for (size_t i = 0; i < list->n; i++) {
		if (is_ending(&list->v[i]))
			continue;
		if (!n++)
			*ret = &list->v[i];
		else
			second = list->v[i].instance_id;
	}
	return resource_found_by_tag(ctx, N_("instance"), n, n ? (*ret)->instance_id : NULL,
				     second);
}

/* ---- do -------------------------------------------------------------------- */

static struct rb_error *check_offer(struct step_ctx *ctx)
{
	const char *type = step_param(ctx, "source.instance_type");
	const char *zone = step_output_of(ctx, "1-2", "availability_zone");
	bool offered = false;

	if (!zone)
		return NULL;
	TRY(ec2_type_offered(step_aws(ctx), type, zone, &offered));
	if (offered)
		return NULL;
	return rb_error_next(
		rb_error_new(RB_FAILED, "'%s' offers no instance type '%s'", zone, type),
		RB_NEXT_SET, "source.instance_type source.zone");
}

/* Asked once more with another token when the answer is an instance that has ended already. */
static struct rb_error *launch(struct step_ctx *ctx, const struct ec2_run_instance *plan,
			       char **ret_id, bool *ret_ended)
{
	struct rb_error *err = ec2_run_instance(step_aws(ctx), plan, ret_id);

	*ret_ended = false;
	if (rb_error_is_aws(err, "IdempotentInstanceTerminated") ||
	    resource_token_is_spent(ctx, err)) {
		*ret_ended = true;
		return rb_error_free(err);
	}
	TRY(err);
	if (!step_is_fresh(ctx)) {
		auto_ec2_instances found = { 0 };

		TRY(resource_unless_gone(
			ec2_describe_instances(step_aws(ctx), ONE_ID(*ret_id), NULL, &found)));
		*ret_ended = found.n && is_ending(&found.v[0]);
	}
	return NULL;
}

static struct rb_error *create_instance(struct step_ctx *ctx, const char *group_id,
					const char *image_id)
{
	struct ec2_run_instance plan = {
		.image_id = image_id,
		.instance_type = step_param(ctx, "source.instance_type"),
		.group_id = group_id,
		.profile_name = step_output(ctx, "instance_profile_name"),
		.tags = step_tags(ctx, "instance"),
	};
	autofree char *root_device = NULL;

	TRY(step_need_output(ctx, "1-2", "subnet_id", &plan.subnet_id));
	/* Amazon's images let the root volume go with the instance; one of somebody's choice is
	 * asked for, whatever its own mapping says. */
	if (*step_param(ctx, "source.image")) {
		TRY(image_root_volume(ctx, image_id, &root_device, &plan.root_volume_gib));
		plan.root_device_name = root_device;
	}
	for (int i = 0; i < TOKENS_MAX; i++) {
		autofree char *id = NULL;
		bool ended;

		plan.token = step_token(ctx, "instance");
		TRY(launch(ctx, &plan, &id, &ended));
		if (!ended)
			return step_record(ctx, "instance_id", id);
		TRY(step_retire_token(ctx, "instance"));
	}
	return rb_error_new(RB_FAILED, "each instance of this run has ended as soon as it began");
}

/* What somebody changed about an instance that is there, put back; its image, type and subnet
 * are its own for life. */
static struct rb_error *repair_instance(struct step_ctx *ctx, const struct ec2_instance *i,
					const char *group_id)
{
	struct aws_client *c = step_aws(ctx);

	if (i->group_ids.n != 1 || !text_eq(i->group_ids.v[0], group_id))
		TRY(ec2_modify_instance_group(c, i->instance_id, group_id));
	if (!text_eq(i->http_tokens, "required") || !text_eq(i->http_endpoint, "enabled"))
		TRY(ec2_require_metadata_tokens(c, i->instance_id));
	if (!i->profile_arn && text_eq(i->state, "running"))
		TRY(ec2_associate_profile(c, i->instance_id,
					  step_output(ctx, "instance_profile_name")));
	if (text_eq(i->state, "stopping")) {
		step_pending(ctx, i->instance_id, i->state, i->state_transition_reason,
			     TERMINATE_USUAL_S);
		return NULL;
	}
	return text_eq(i->state, "stopped") ? ec2_start_instance(c, i->instance_id) : NULL;
}

static struct rb_error *do_role(struct step_ctx *ctx, void *arg)
{
	(void)arg;
	return role_do(ctx);
}

static struct rb_error *do_group(struct step_ctx *ctx, void *arg)
{
	struct rule_want rules[RULES];
	struct group_plan group;
	bool is_new;

	(void)arg;
	group_plan(ctx, rules, &group);
	TRY(group_make(ctx, &group, &is_new));
	return step_waits(ctx) ? NULL : group_rules(ctx, &group, is_new);
}

static struct rb_error *do_image(struct step_ctx *ctx, void *arg)
{
	autofree char *id = NULL;

	(void)arg;
	/* an instance that is there has its own already */
	return step_output(ctx, "instance_id") ? NULL : image_choose(ctx, &id);
}

static struct rb_error *do_offer(struct step_ctx *ctx, void *arg)
{
	(void)arg;
	return step_output(ctx, "instance_id") ? NULL : check_offer(ctx);
}

static struct rb_error *do_instance(struct step_ctx *ctx)
{
	static const struct step_branch first[] = {
		{ do_role, NULL }, { do_group, NULL }, { do_image, NULL }, { do_offer, NULL }, { 0 }
	};
	auto_ec2_instances found = { 0 };
	const struct ec2_instance *i;
	autofree char *image_id = NULL;
	const char *group_id;

	TRY(step_together(ctx, first));
	if (step_waits(ctx))
		return NULL;
	group_id = step_output(ctx, "security_group_id");
	TRY(find_instance(ctx, &found, &i));
	if (step_waits(ctx))
		return NULL;
	if (i && is_ending(i)) {
		TRY(forget_instance(ctx));
		i = NULL;
	}
	if (i) {
		bool is_known = step_output(ctx, "instance_id") && step_output(ctx, "image_id");

		TRY(resource_adopt(ctx, "instance_id", i->instance_id));
		/* a journal that lost its end does not know what was launched; the image that is
		 * the newest today may not have been so then */
		if (!is_known)
			TRY(step_record(ctx, "image_id",
					*step_param(ctx, "source.image")
						? step_param(ctx, "source.image")
						: i->image_id));
		TRY(resource_restore_tags(ctx, step_aws(ctx), N_("instance"), i->instance_id,
					  "instance", &i->tags));
		return repair_instance(ctx, i, group_id);
	}
	TRY(image_choose(ctx, &image_id));
	return create_instance(ctx, group_id, image_id);
}

/* ---- verify ---------------------------------------------------------------- */

static void expect_as_launched(struct step_ctx *ctx, const struct ec2_instance *i)
{
	const char *name = step_output(ctx, "instance_profile_name");
	const char *profile = i->profile_arn ? strrchr(i->profile_arn, '/') : NULL;

	step_expect(ctx, "instance.image", step_output(ctx, "image_id"), i->image_id);
	step_expect(ctx, "instance.type", step_param(ctx, "source.instance_type"),
		    i->instance_type);
	step_expect(ctx, "instance.architecture", step_param(ctx, "source.architecture"),
		    i->architecture);
	step_expect(ctx, "instance.vpc", step_output_of(ctx, "1-1", "vpc_id"), i->vpc_id);
	step_expect(ctx, "instance.subnet", step_output_of(ctx, "1-2", "subnet_id"), i->subnet_id);
	if (step_output(ctx, "private_ip")) /* else the command that made it has not read it yet */
		step_expect(ctx, "instance.private_ip", step_output(ctx, "private_ip"),
			    i->private_ip);
	resource_expect_none(ctx, "instance.public_ip", i->public_ip);
	resource_expect_none(ctx, "instance.ipv6", i->ipv6);
	resource_expect_only(ctx, "instance.security_groups", step_output(ctx, "security_group_id"),
			     &i->group_ids);
	step_expect(ctx, "instance.profile", name, profile ? profile + 1 : NULL);
	resource_expect_none(ctx, "instance.key_pair", i->key_name);
	step_expect(ctx, "instance.metadata_tokens", "required", i->http_tokens);
	step_expect(ctx, "instance.metadata_endpoint", "enabled", i->http_endpoint);
	step_expect_bool(ctx, "instance.root_deleted_on_termination", true,
			 i->root_deleted_on_termination);
	resource_expect_tags(ctx, "instance", "instance", &i->tags);
}

/* step_pending while EC2 has not made up its mind. */
static struct rb_error *describe_status_checks(struct step_ctx *ctx, const char *id,
					       char **ret_instance, char **ret_system)
{
	set_str(ret_instance, NULL);
	set_str(ret_system, NULL);
	TRY(ec2_describe_instance_status(step_aws(ctx), id, ret_instance, ret_system));
	if (!step_still(ctx, id, "initializing", *ret_instance, BOOT_USUAL_S))
		(void)step_still(ctx, id, "initializing", *ret_system, BOOT_USUAL_S);
	return NULL;
}

static struct rb_error *verify_running(struct step_ctx *ctx, const char *id)
{
	autofree char *instance_status = NULL, *system_status = NULL, *state = NULL;
	auto_ec2_instances found = { 0 };
	const struct ec2_instance *i;
	const char *reason;

	/* once it was seen running, its checks are what is waited for */
	if (step_output(ctx, "private_ip")) {
		TRY(describe_status_checks(ctx, id, &instance_status, &system_status));
		if (step_waits(ctx))
			return NULL;
	}
	TRY(resource_unless_gone(ec2_describe_instances(step_aws(ctx), ONE_ID(id), NULL, &found)));
	if (!found.n) {
		step_missing_output(ctx, "instance_id", "instance '%s' is gone", id);
		return NULL;
	}
	i = &found.v[0];
	reason = i->state_reason_message ? i->state_reason_message : i->state_transition_reason;
	if (is_ending(i)) {
		step_missing_output(ctx, "instance_id", "instance '%s' is %s%s%s", id, i->state,
				    reason ? ": " : "", reason ? reason : "");
		return NULL;
	}
	if (text_eq(i->state, "pending")) {
		step_pending(ctx, id, i->state, reason, RUN_USUAL_S);
		return NULL;
	}
	if (i->private_ip && !step_output(ctx, "private_ip"))
		TRY(step_record(ctx, "private_ip", i->private_ip));
	if (text_eq(i->state, "running") && !instance_status) {
		TRY(describe_status_checks(ctx, id, &instance_status, &system_status));
		if (!step_waits(ctx) && (!instance_status || !system_status))
			step_waiting(ctx, id, N_("no status yet"), NULL, BOOT_USUAL_S);
		if (step_waits(ctx))
			return NULL;
	}
	state = resource_state_text(i->state, text_eq(i->state, "running") ? NULL : reason);
	step_expect_state(ctx, text_eq(state, "running"), "instance.state", "running", state);
	step_expect_state(ctx, text_eq(instance_status, "ok"), "instance.status", "ok",
			  instance_status);
	step_expect_state(ctx, text_eq(system_status, "ok"), "instance.system_status", "ok",
			  system_status);
	expect_as_launched(ctx, i);
	return NULL;
}

static struct rb_error *verify_association(struct step_ctx *ctx, void *arg)
{
	const char *id = step_output(ctx, "instance_id");
	autofree char *state = NULL, *arn = NULL;

	(void)arg;
	TRY(ec2_describe_profile_association(step_aws(ctx), id, &state, &arn));
	if (!step_still(ctx, id, "associating", state, BOOT_USUAL_S))
		step_expect(ctx, "instance.profile_association", "associated", state);
	return NULL;
}

static struct rb_error *verify_group(struct step_ctx *ctx, void *arg)
{
	struct rule_want rules[RULES];
	struct group_plan group;

	(void)arg;
	group_plan(ctx, rules, &group);
	return group_verify(ctx, &group);
}

static struct rb_error *verify_role(struct step_ctx *ctx, void *arg)
{
	(void)arg;
	return role_verify(ctx);
}

static struct rb_error *verify_instance(struct step_ctx *ctx)
{
	static const struct step_branch rest[] = {
		{ verify_association, NULL }, { verify_group, NULL }, { verify_role, NULL }, { 0 }
	};
	const char *id = step_output(ctx, "instance_id");

	if (!id) {
		step_missing(ctx, "no instance is recorded");
		return NULL;
	}
	TRY(verify_running(ctx, id)); /* the slow one first */
	return step_waits(ctx) ? NULL : step_together(ctx, rest);
}

/* ---- undo ------------------------------------------------------------------ */

/* Volumes that somebody made outlive the instance; ours carry our tags. */
static struct rb_error *undo_volumes(struct step_ctx *ctx)
{
	auto_ec2_volumes found = { 0 };

	TRY(ec2_describe_volumes(step_aws(ctx), NULL, step_filters(ctx), &found));
	for (size_t k = 0; k < found.n; k++) {
		const struct ec2_volume *v = &found.v[k];

		if (text_eq(v->state, "deleted"))
			continue;
		if (!text_eq(v->state, "available")) {
			step_pending(ctx, v->volume_id, v->state, NULL, TERMINATE_USUAL_S);
			continue;
		}
		TRY(resource_unless_gone(ec2_delete_volume(step_aws(ctx), v->volume_id)));
	}
	return NULL;
}

enum ending { NOT_ENDING, JUST_ASKED, ENDING, ENDED };

static struct rb_error *undo_launch(struct step_ctx *ctx, enum ending *ret)
{
	auto_ec2_instances found = { 0 };
	const struct ec2_instance *i;
	struct rb_error *err;

	*ret = NOT_ENDING;
	TRY(find_instance(ctx, &found, &i));
	if (step_waits(ctx))
		return NULL;
	if (!i || text_eq(i->state, "terminated")) {
		*ret = ENDED;
		return i ? forget_instance(ctx) : NULL;
	}
	*ret = ENDING;
	if (!text_eq(i->state, "shutting-down")) {
		*ret = JUST_ASKED;
		if (!step_owns(ctx, &i->tags))
			return resource_is_not_ours(ctx, N_("instance"), i->instance_id, &i->tags);
		/* recorded, so that its token is retired when it is gone */
		TRY(resource_adopt(ctx, "instance_id", i->instance_id));
		err = ec2_terminate_instance(step_aws(ctx), i->instance_id);
		if (rb_error_is(err, RB_GONE)) {
			(void)rb_error_free(err);
			*ret = ENDED;
			return forget_instance(ctx);
		}
		TRY(err);
	}
	step_pending(ctx, i->instance_id, "shutting-down", NULL, TERMINATE_USUAL_S);
	return NULL;
}

static struct rb_error *undo_group(struct step_ctx *ctx, void *arg)
{
	(void)arg;
	TRY(group_undo(ctx, FREE_USUAL_S));
	return step_waits(ctx) ? NULL : undo_volumes(ctx);
}

static struct rb_error *undo_role(struct step_ctx *ctx, void *arg)
{
	(void)arg;
	return role_undo(ctx);
}

static struct rb_error *undo_instance(struct step_ctx *ctx)
{
	static const struct step_branch rest[] = { { undo_role, NULL },
						   { undo_group, NULL },
						   { 0 } };
	enum ending ending;

	if (step_is_fresh(ctx))
		return NULL;
	TRY(undo_launch(ctx, &ending));
	if (ending == ENDING)
		return role_undo(ctx); /* while AWS ends the instance, which uses it no more */
	if (ending != ENDED)
		return NULL;
	TRY(step_together(ctx, rest));
	return step_waits(ctx) ? NULL : step_forget(ctx, "image_id");
}

static struct rb_error *try_instance(struct step_ctx *ctx)
{
	struct rule_want rules[RULES];
	struct group_plan group;

	group_plan(ctx, rules, &group);
	return group_try(ctx, &group);
}

const struct step step_1_4_instance = {
	.id = "1-4",
	.title = N_("Create the role and launch the instance"),
	.why = N_("The machine that uploads. It takes SSH from the endpoint's security "
		  "group alone, and has a role for S3."),
	.side = SIDE_SOURCE,
	.needs = (const struct step_need[]){ { "1-1", WHEN_MADE, "vpc_id" },
					     { "1-2", WHEN_MADE, "subnet_id" },
					     { "1-3", WHEN_MADE, "security_group_id" },
					     { 0 } },
	.params =
		(const char *const[]){ "source.instance_type", "source.architecture",
				       "source.image", "tags.", "iam.permissions_boundary", NULL },
	.gives = (const char *const[]){ "security_group_id", "role_name", "instance_profile_name",
					"image_id", "instance_id", "private_ip", NULL },
	.calls = (const char *const[]){ "iam CreateRole", "iam AttachRolePolicy",
					"iam CreateInstanceProfile", "iam AddRoleToInstanceProfile",
					"ec2 CreateSecurityGroup",
					"ec2 AuthorizeSecurityGroupIngress", "ssm GetParameter",
					"ec2 DescribeInstanceTypeOfferings", "ec2 RunInstances",
					NULL },
	.undo_after = (const char *const[]){ NULL }, /* asked to end at once: it takes minutes */
	.usual_s = BOOT_USUAL_S,
	.prices =
		(const struct step_price[]){
			/* Amazon EC2 On-Demand Pricing, and Amazon EBS pricing of 8 GB of gp3 */
			{ "instance_id",
			  "instance",
			  13600,
			  { { "source.region", "ap-northeast-1" },
			    { "source.instance_type", "t3.micro" } } },
			{ "instance_id",
			  "volume",
			  1100,
			  { { "source.region", "ap-northeast-1" }, { "source.image", "" } } },
			{ 0 } },
	.by_hand = &by_hand_1_4,
	.do_ = do_instance,
	.verify = verify_instance,
	.undo = undo_instance,
	.try_dry = try_instance,
};
