/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The instance is launched: its group, its role, and itself.
 *
 * A new instance profile is not known to EC2 at once; RunInstances takes a client token, so
 * asking twice is the same as once; but the token of an instance that was terminated
 * meanwhile answers with the corpse, so it is retired with it.
 */
#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"
#include "steps/common/instance.h"
#include "steps/common/image.h"
#include "steps/common/instance_int.h"
#include "steps/common/resource.h"
#include "steps/common/role.h"

enum { TOKENS_MAX = 3 };

const struct step_price instance_prices[] = {
	/* Amazon EC2 On-Demand Pricing, and Amazon EBS pricing of 8 GB of gp3 */
	{ "instance_id",
	  "instance",
	  13600,
	  { { "source.region", "ap-northeast-1" }, { "source.instance_type", "t3.micro" } } },
	{ "instance_id",
	  "volume",
	  1100,
	  { { "source.region", "ap-northeast-1" }, { "source.image", "" } } },
	{ 0 }
};

static struct rb_error *check_offer(struct step_ctx *ctx, const struct instance_plan *plan)
{
	const char *type = step_param(ctx, "source.instance_type");
	const char *zone = step_output_of(ctx, plan->subnet_step, "availability_zone");
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

/* A refused launch: because the zone has no such type? */
static struct rb_error *why_refused(struct step_ctx *ctx, const struct instance_plan *plan,
				    struct rb_error *refused)
{
	struct rb_error *why;

	if (!rb_error_is_aws(refused, "Unsupported") &&
	    !rb_error_is_aws(refused, "InvalidParameterValue"))
		return refused;
	why = check_offer(ctx, plan);
	if (!why || why->aws_code) { /* it has, or that could not be learned */
		(void)rb_error_free(why);
		return refused;
	}
	(void)rb_error_free(refused);
	return why;
}

/* *ret_ended: what answers is an instance that has ended already, so another token is to be used;
 * at the `last` try the error says so. */
static struct rb_error *launch(struct step_ctx *ctx, const struct ec2_run_instance *plan, bool last,
			       char **ret_id, bool *ret_ended)
{
	struct rb_error *err = ec2_run_instance(step_aws(ctx), plan, ret_id);

	*ret_ended = false;
	if (!last && (rb_error_is_aws(err, "IdempotentInstanceTerminated") ||
		      resource_token_is_spent(ctx, err))) {
		*ret_ended = true;
		return rb_error_free(err);
	}
	TRY(err);
	if (!step_is_fresh(ctx)) {
		auto_ec2_instances found = { 0 };

		TRY(resource_unless_gone(
			ec2_describe_instances(step_aws(ctx), ONE_ID(*ret_id), NULL, &found)));
		*ret_ended = found.n && instance_is_ending(&found.v[0]);
	}
	return NULL;
}

static struct rb_error *create_instance(struct step_ctx *ctx, const struct instance_plan *own,
					const char *group_id, const char *image_id)
{
	struct ec2_run_instance plan = {
		.image_id = image_id,
		.instance_type = step_param(ctx, "source.instance_type"),
		.group_id = group_id,
		.profile_name = step_output(ctx, "instance_profile_name"),
		.tags = step_tags(ctx, "instance"),
	};
	autofree char *root_device = NULL;

	TRY(step_need_output(ctx, own->subnet_step, "subnet_id", &plan.subnet_id));
	/* Amazon's images let the root volume go with the instance; one of somebody's choice is
	 * asked for, whatever its own mapping says. */
	if (*step_param(ctx, "source.image")) {
		TRY(image_root_volume(ctx, image_id, &root_device, &plan.root_volume_gib));
		plan.root_device_name = root_device;
	}
	for (int i = 0; i < TOKENS_MAX; i++) {
		autofree char *id = NULL;
		struct rb_error *err;
		bool ended;

		plan.token = step_token(ctx, "instance");
		err = launch(ctx, &plan, i + 1 == TOKENS_MAX, &id, &ended);
		if (err)
			return why_refused(ctx, own, err);
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
			     INSTANCE_TERMINATE_S);
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
	struct rule_want rules[INSTANCE_RULES];
	struct group_plan group;
	bool is_new;

	instance_group(ctx, arg, rules, &group);
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
	/* whom the launch would refuse is told it there; a person is told before theirs */
	return step_is_by_hand(ctx) && !step_output(ctx, "instance_id") ? check_offer(ctx, arg)
									: NULL;
}

struct rb_error *instance_do(struct step_ctx *ctx, const struct instance_plan *plan)
{
	struct instance_plan own = *plan;
	const struct step_branch first[] = {
		{ do_role, NULL }, { do_group, &own }, { do_image, NULL }, { do_offer, &own }, { 0 }
	};
	auto_ec2_instances found = { 0 }, offered = { 0 };
	const struct ec2_instance *i;
	autofree char *image_id = NULL;
	const char *group_id;

	TRY(step_together(ctx, first));
	if (step_waits(ctx))
		return NULL;
	group_id = step_output(ctx, "security_group_id");
	TRY(instance_find(ctx, &found, &i));
	if (step_waits(ctx))
		return NULL;
	if (i && instance_is_ending(i)) {
		TRY(instance_forget(ctx));
		i = NULL;
	}
	if (!i && step_is_by_hand(ctx))
		TRY(instance_offered(ctx, plan, &offered, &i));
	if (i) {
		/* by hand: chosen above, for the person to launch */
		bool is_known = (step_output(ctx, "instance_id") || step_is_by_hand(ctx)) &&
				step_output(ctx, "image_id");

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
	return create_instance(ctx, plan, group_id, image_id);
}

struct rb_error *instance_try(struct step_ctx *ctx, const struct instance_plan *plan)
{
	struct rule_want rules[INSTANCE_RULES];
	struct group_plan group;

	instance_group(ctx, plan, rules, &group);
	return group_try(ctx, &group);
}
