/* SPDX-License-Identifier: Apache-2.0 */
/* The instance as it should be: running, its checks passed, and everything about it as launched. */
#include <stdlib.h>
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

/* What is read of an instance that may run. */
struct instance_answers {
	const struct instance_plan *plan;
	const char *id;
	char *instance_status, *system_status;
	struct ec2_instances found;
};

static void instance_answers_clear(struct instance_answers *answers)
{
	free(answers->instance_status);
	free(answers->system_status);
	ec2_instances_clear(&answers->found);
}

/* step_pending while EC2 has not made up its mind. */
static struct rb_error *read_status_checks(struct step_ctx *ctx, void *arg)
{
	struct instance_answers *a = arg;

	set_str(&a->instance_status, NULL);
	set_str(&a->system_status, NULL);
	TRY(ec2_describe_instance_status(step_aws(ctx), a->id, &a->instance_status,
					 &a->system_status));
	if (!step_still(ctx, a->id, "initializing", a->instance_status, INSTANCE_USUAL_S))
		(void)step_still(ctx, a->id, "initializing", a->system_status, INSTANCE_USUAL_S);
	return NULL;
}

static struct rb_error *read_instance(struct step_ctx *ctx, void *arg)
{
	struct instance_answers *a = arg;

	return resource_unless_gone(
		ec2_describe_instances(step_aws(ctx), ONE_ID(a->id), NULL, &a->found));
}

static const char *reason_of(const struct ec2_instance *i)
{
	return i->state_reason_message ? i->state_reason_message : i->state_transition_reason;
}

/* Says what keeps it from running: it is not there, ends, or has not begun yet. */
static void tell_unless_it_runs(struct step_ctx *ctx, const struct instance_answers *a)
{
	const struct ec2_instance *i = a->found.n ? &a->found.v[0] : NULL;
	const char *reason = i ? reason_of(i) : NULL;

	if (!i)
		step_missing_output(ctx, "instance_id", "instance '%s' is gone", a->id);
	else if (instance_is_ending(i))
		step_missing_output(ctx, "instance_id", "instance '%s' is %s%s%s", a->id, i->state,
				    reason ? ": " : "", reason ? reason : "");
	else if (text_eq(i->state, "pending"))
		step_pending(ctx, a->id, i->state, reason, INSTANCE_RUN_S);
}

static struct rb_error *look_for_it(struct step_ctx *ctx, void *arg)
{
	const struct instance_answers *a = arg;
	const char *ip;

	TRY(read_instance(ctx, arg));
	tell_unless_it_runs(ctx, a);
	if (step_waits(ctx) || !a->found.n || instance_is_ending(&a->found.v[0]))
		return NULL;
	ip = a->found.v[0].private_ip;
	return ip ? step_record(ctx, "private_ip", ip) : NULL;
}

/* Once it was seen running, its checks are what is waited for. */
static struct rb_error *read_itself_and_checks(struct step_ctx *ctx, struct instance_answers *a)
{
	const struct step_branch checks[] = { { read_status_checks, a }, { 0 } };
	const struct step_branch itself[] = { { read_instance, a }, { 0 } };
	const struct step_branch first[] = { { look_for_it, a }, { 0 } };

	if (!step_output(ctx, "private_ip"))
		return step_in_order(ctx, REST_IF_IT_HOLDS, first, checks);
	TRY(step_in_order(ctx, REST_UNLESS_PENDING, checks, itself));
	if (!step_waits(ctx))
		tell_unless_it_runs(ctx, a);
	return NULL;
}

static struct rb_error *verify_running(struct step_ctx *ctx, void *arg)
{
	const struct instance_plan *plan = ((struct instance_answers *)arg)->plan;
	CLEANUP(instance_answers_clear)
	struct instance_answers a = { .plan = plan, .id = step_output(ctx, "instance_id") };
	autofree char *state = NULL;
	const struct ec2_instance *i;

	TRY(read_itself_and_checks(ctx, &a));
	if (step_waits(ctx) || !a.found.n || instance_is_ending(&a.found.v[0]))
		return NULL;
	i = &a.found.v[0];
	if (text_eq(i->state, "running") && (!a.instance_status || !a.system_status)) {
		step_waiting(ctx, a.id, N_("no status yet"), NULL, INSTANCE_USUAL_S);
		return NULL;
	}
	state = resource_state_text(i->state, text_eq(i->state, "running") ? NULL : reason_of(i));
	step_expect_state(ctx, text_eq(state, "running"), "instance.state", "running", state);
	step_expect_state(ctx, text_eq(a.instance_status, "ok"), "instance.status", "ok",
			  a.instance_status);
	step_expect_state(ctx, text_eq(a.system_status, "ok"), "instance.system_status", "ok",
			  a.system_status);
	expect_as_launched(ctx, plan, i);
	return NULL;
}

static struct rb_error *verify_association(struct step_ctx *ctx, void *arg)
{
	const char *id = step_output(ctx, "instance_id");
	autofree char *state = NULL, *arn = NULL;

	(void)arg;
	/* once it was seen to hold, the instance's own profile tells whether it still does */
	if (step_held_before(ctx))
		return NULL;
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
	struct instance_answers asked = { .plan = plan };
	const struct step_branch running[] = { { verify_running, &asked }, { 0 } };
	const struct step_branch rest[] = {
		{ verify_association, NULL }, { verify_group, &own }, { verify_role, NULL }, { 0 }
	};

	if (!step_output(ctx, "instance_id")) {
		step_missing(ctx, "no instance is recorded");
		return NULL;
	}
	return step_in_order(ctx, REST_UNLESS_PENDING, running, rest);
}
