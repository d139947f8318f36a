/* SPDX-License-Identifier: Apache-2.0 */
/* The instance as it should be: running, its checks passed, and everything about it as launched. */
#include <string.h>

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"
#include "steps/common/instance.h"
#include "steps/common/instance_int.h"
#include "steps/common/resource.h"
#include "steps/common/role.h"

static void expect_as_launched(struct step_ctx *ctx, const struct instance_plan *plan,
			       const struct ec2_instance *i)
{
	const char *name = step_output(ctx, "instance_profile_name");
	const char *profile = i->profile_arn ? strrchr(i->profile_arn, '/') : NULL;

	step_expect(ctx, "instance.image", step_output(ctx, "image_id"), i->image_id);
	step_expect(ctx, "instance.type", step_param(ctx, "source.instance_type"),
		    i->instance_type);
	step_expect(ctx, "instance.architecture", step_param(ctx, "source.architecture"),
		    i->architecture);
	step_expect(ctx, "instance.vpc", step_output_of(ctx, plan->vpc_step, "vpc_id"), i->vpc_id);
	step_expect(ctx, "instance.subnet", step_output_of(ctx, plan->subnet_step, "subnet_id"),
		    i->subnet_id);
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
	if (!step_still(ctx, id, "initializing", *ret_instance, INSTANCE_USUAL_S))
		(void)step_still(ctx, id, "initializing", *ret_system, INSTANCE_USUAL_S);
	return NULL;
}

static struct rb_error *verify_running(struct step_ctx *ctx, const struct instance_plan *plan,
				       const char *id)
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
	if (instance_is_ending(i)) {
		step_missing_output(ctx, "instance_id", "instance '%s' is %s%s%s", id, i->state,
				    reason ? ": " : "", reason ? reason : "");
		return NULL;
	}
	if (text_eq(i->state, "pending")) {
		step_pending(ctx, id, i->state, reason, INSTANCE_RUN_S);
		return NULL;
	}
	if (i->private_ip && !step_output(ctx, "private_ip"))
		TRY(step_record(ctx, "private_ip", i->private_ip));
	if (text_eq(i->state, "running") && !instance_status) {
		TRY(describe_status_checks(ctx, id, &instance_status, &system_status));
		if (!step_waits(ctx) && (!instance_status || !system_status))
			step_waiting(ctx, id, N_("no status yet"), NULL, INSTANCE_USUAL_S);
		if (step_waits(ctx))
			return NULL;
	}
	state = resource_state_text(i->state, text_eq(i->state, "running") ? NULL : reason);
	step_expect_state(ctx, text_eq(state, "running"), "instance.state", "running", state);
	step_expect_state(ctx, text_eq(instance_status, "ok"), "instance.status", "ok",
			  instance_status);
	step_expect_state(ctx, text_eq(system_status, "ok"), "instance.system_status", "ok",
			  system_status);
	expect_as_launched(ctx, plan, i);
	return NULL;
}

static struct rb_error *verify_association(struct step_ctx *ctx, void *arg)
{
	const char *id = step_output(ctx, "instance_id");
	autofree char *state = NULL, *arn = NULL;

	(void)arg;
	TRY(ec2_describe_profile_association(step_aws(ctx), id, &state, &arn));
	if (!step_still(ctx, id, "associating", state, INSTANCE_USUAL_S))
		step_expect(ctx, "instance.profile_association", "associated", state);
	return NULL;
}

static struct rb_error *verify_group(struct step_ctx *ctx, void *arg)
{
	struct rule_want rules[INSTANCE_RULES];
	struct group_plan group;

	instance_group(ctx, arg, rules, &group);
	return group_verify(ctx, &group);
}

static struct rb_error *verify_role(struct step_ctx *ctx, void *arg)
{
	(void)arg;
	return role_verify(ctx);
}

struct rb_error *instance_verify(struct step_ctx *ctx, const struct instance_plan *plan)
{
	struct instance_plan own = *plan;
	const struct step_branch rest[] = {
		{ verify_association, NULL }, { verify_group, &own }, { verify_role, NULL }, { 0 }
	};
	const char *id = step_output(ctx, "instance_id");

	if (!id) {
		step_missing(ctx, "no instance is recorded");
		return NULL;
	}
	TRY(verify_running(ctx, plan, id)); /* the slow one first */
	return step_waits(ctx) ? NULL : step_together(ctx, rest);
}
