/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making the EC2 Instance Connect Endpoint, with the group that it speaks from.
 *
 * preserveClientIp is always sent as false: documents disagree about the default,
 * and with true the instance would see the operator's own address, which the rule of the
 * instance's group, "22 from this group", never matches.
 *
 * A VPC holds one endpoint only, failed and dying ones included; so a corpse is
 * deleted and awaited before another is asked for.  The service-linked role that the
 * first endpoint of an account brings along stays: others may use it.
 */
#include "steps/common/connect_endpoint_int.h"

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"
#include "steps/common/resource.h"

static struct rb_error *create_endpoint(struct step_ctx *ctx, const char *subnet_id,
					const char *group_id, char **ret_id)
{
	return ec2_create_connect_endpoint(step_aws(ctx), subnet_id, group_id,
					   /* preserve_client_ip= */ false,
					   step_token(ctx, "endpoint"), step_tags(ctx, "endpoint"),
					   ret_id);
}

static struct rb_error *do_endpoint(struct step_ctx *ctx, void *arg)
{
	const struct connect_endpoint_plan *plan = arg;
	const char *subnet_id, *group_id = step_output(ctx, "security_group_id");
	auto_ec2_connect_endpoints found = { 0 }, offered = { 0 };
	const struct ec2_connect_endpoint *e;
	autofree char *id = NULL;
	struct rb_error *err;

	TRY(connect_endpoint_find(ctx, &found, &e));
	if (step_waits(ctx))
		return NULL;
	if (!e && step_is_by_hand(ctx))
		TRY(connect_endpoint_offered(ctx, plan->subnet_step, &offered, &e));
	if (e && (text_eq(e->state, "create-failed") || text_eq(e->state, "delete-failed"))) {
		TRY(resource_adopt(ctx, "instance_connect_endpoint_id", e->endpoint_id));
		TRY(resource_unless_gone(
			ec2_delete_connect_endpoint(step_aws(ctx), e->endpoint_id)));
		step_note(ctx, "removed %s (%s): %-s", e->endpoint_id, e->state,
			  e->state_message ? e->state_message : N_("AWS does not say why"));
		step_pending(ctx, e->endpoint_id, e->state, e->state_message,
			     CONNECT_ENDPOINT_UNDO_USUAL_S);
		return NULL;
	}
	if (e && connect_endpoint_is_dying(e)) {
		step_pending(ctx, e->endpoint_id, e->state, e->state_message,
			     CONNECT_ENDPOINT_UNDO_USUAL_S);
		return NULL;
	}
	if (e) {
		TRY(resource_adopt(ctx, "instance_connect_endpoint_id", e->endpoint_id));
		return resource_restore_tags(ctx, step_aws(ctx), N_("instance connect endpoint"),
					     e->endpoint_id, "endpoint", &e->tags);
	}
	TRY(step_need_output(ctx, plan->subnet_step, "subnet_id", &subnet_id));
	err = create_endpoint(ctx, subnet_id, group_id, &id);
	if (resource_token_is_spent(ctx, err)) {
		(void)rb_error_free(err);
		TRY(step_retire_token(ctx, "endpoint"));
		err = create_endpoint(ctx, subnet_id, group_id, &id);
	}
	TRY(err);
	return step_record(ctx, "instance_connect_endpoint_id", id);
}

struct rules_todo {
	struct group_plan group;
	bool is_new;
};

static struct rb_error *do_rules(struct step_ctx *ctx, void *arg)
{
	const struct rules_todo *todo = arg;

	return group_rules(ctx, &todo->group, todo->is_new);
}

struct rb_error *connect_endpoint_do(struct step_ctx *ctx, const struct connect_endpoint_plan *plan)
{
	struct connect_endpoint_plan own = *plan;
	struct rules_todo todo = { .group = connect_endpoint_group(plan) };
	const struct step_branch both[] = { { do_endpoint, &own }, { do_rules, &todo }, { 0 } };

	TRY(group_make(ctx, &todo.group, &todo.is_new));
	return step_waits(ctx) ? NULL : step_together(ctx, both);
}

struct rb_error *connect_endpoint_try(struct step_ctx *ctx,
				      const struct connect_endpoint_plan *plan)
{
	const struct group_plan group = connect_endpoint_group(plan);

	return group_try(ctx, &group);
}
