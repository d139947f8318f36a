/* SPDX-License-Identifier: Apache-2.0 */
/* The instance ends, then what only it used: its role, its group, and volumes that outlived it. */
#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"
#include "steps/common/instance.h"
#include "steps/common/instance_int.h"
#include "steps/common/resource.h"
#include "steps/common/role.h"

enum { FREE_S = INSTANCE_TERMINATE_S + 30 };

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
			step_pending(ctx, v->volume_id, v->state, NULL, INSTANCE_TERMINATE_S);
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
	TRY(instance_find(ctx, &found, &i));
	if (step_waits(ctx))
		return NULL;
	if (!i || text_eq(i->state, "terminated")) {
		*ret = ENDED;
		return i ? instance_forget(ctx) : NULL;
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
			return instance_forget(ctx);
		}
		TRY(err);
	}
	step_pending(ctx, i->instance_id, "shutting-down", NULL, INSTANCE_TERMINATE_S);
	return NULL;
}

static struct rb_error *undo_group(struct step_ctx *ctx, void *arg)
{
	const char *group_id = step_output(ctx, "security_group_id");
	const struct instance_plan *plan = arg;

	if (plan->named_by_step && group_id &&
	    step_output_of(ctx, plan->named_by_step, "security_group_id")) {
		step_pending_undo(ctx, group_id, "the endpoint's group names it",
				  plan->named_by_step, FREE_S);
		return NULL;
	}
	TRY(group_undo(ctx, FREE_S));
	return step_waits(ctx) ? NULL : undo_volumes(ctx);
}

static struct rb_error *undo_role(struct step_ctx *ctx, void *arg)
{
	(void)arg;
	return role_undo(ctx);
}

struct rb_error *instance_undo(struct step_ctx *ctx, const struct instance_plan *plan)
{
	struct instance_plan own = *plan;
	const struct step_branch rest[] = { { undo_role, NULL }, { undo_group, &own }, { 0 } };
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
