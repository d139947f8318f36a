/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making the S3 interface endpoint, with the group that lets the instance in.
 *
 * Private DNS stays off, and the request says so explicitly: the name of this endpoint is what the
 * upload uses, and no other name changes its meaning.
 */
#include "steps/common/s3_endpoint_int.h"

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"
#include "steps/common/policy.h"
#include "steps/common/resource.h"
#include "steps/common/subnet.h"

static struct rb_error *ask_for_endpoint(struct step_ctx *ctx, const struct s3_endpoint_plan *plan,
					 const char *group_id, char **ret_id)
{
	const char *region = s3_endpoint_service_region(ctx, plan);
	autofree char *service = s3_service_name(ctx, region);
	struct ec2_interface_endpoint wanted = { .service_name = service, .group_id = group_id };

	if (plan->service_region_param)
		wanted.service_region = region;
	TRY(step_need_output(ctx, plan->vpc_step, "vpc_id", &wanted.vpc_id));
	TRY(step_need_output(ctx, plan->subnet_step, "subnet_id", &wanted.subnet_id));
	return ec2_create_interface_endpoint(step_aws(ctx), &wanted, step_token(ctx, "endpoint"),
					     step_tags(ctx, "endpoint"), ret_id);
}

static struct rb_error *create_endpoint(struct step_ctx *ctx, const struct s3_endpoint_plan *plan,
					const char *group_id)
{
	autofree char *id = NULL;
	struct rb_error *err = ask_for_endpoint(ctx, plan, group_id, &id);

	if (resource_token_is_spent(ctx, err)) {
		(void)rb_error_free(err);
		TRY(step_retire_token(ctx, "endpoint"));
		err = ask_for_endpoint(ctx, plan, group_id, &id);
	}
	TRY(err);
	return step_record(ctx, "vpc_endpoint_id", id);
}

/* What somebody changed about an endpoint that is there, put back. */
static struct rb_error *repair_endpoint(struct step_ctx *ctx, const struct ec2_vpc_endpoint *e,
					const char *group_id)
{
	struct ec2_endpoint_change change = {
		.private_dns_off = e->private_dns,
		.reset_policy = e->policy && !policy_is_full_access(e->policy),
	};
	struct rb_error *err = NULL;

	if (s3_endpoint_state_is(e, "pending"))
		return NULL; /* not settled: verify will read it again */
	if (!strv_has(&e->group_ids, group_id))
		strv_add(&change.add_groups, group_id);
	for (size_t i = 0; i < e->group_ids.n; i++)
		if (!text_eq(e->group_ids.v[i], group_id))
			strv_add(&change.remove_groups, e->group_ids.v[i]);
	if (change.private_dns_off || change.reset_policy || change.add_groups.n ||
	    change.remove_groups.n)
		err = ec2_modify_interface_endpoint(step_aws(ctx), e->vpc_endpoint_id, &change);
	strv_clear(&change.add_groups);
	strv_clear(&change.remove_groups);
	return err;
}

static struct rb_error *do_endpoint(struct step_ctx *ctx, void *arg)
{
	const char *group_id = step_output(ctx, "security_group_id");
	auto_ec2_vpc_endpoints found = { 0 }, offered = { 0 };
	const struct ec2_vpc_endpoint *e;

	TRY(s3_endpoint_find(ctx, &found, &e));
	if (step_waits(ctx))
		return NULL;
	if (!e && step_is_by_hand(ctx))
		TRY(s3_endpoint_offered(ctx, arg, &offered, &e));
	if (e && s3_endpoint_has_failed(e)) {
		TRY(resource_adopt(ctx, "vpc_endpoint_id", e->vpc_endpoint_id));
		TRY(resource_unless_gone(
			ec2_delete_vpc_endpoint(step_aws(ctx), e->vpc_endpoint_id)));
		step_note(ctx, "removed %s, which is %s: %-s", e->vpc_endpoint_id, e->state,
			  e->last_error_message ? e->last_error_message
						: N_("AWS does not say why"));
		step_pending(ctx, e->vpc_endpoint_id, e->state, e->last_error_message,
			     S3_ENDPOINT_DELETE_USUAL_S);
		return NULL;
	}
	if (e && s3_endpoint_is_dying(e)) {
		step_pending(ctx, e->vpc_endpoint_id, e->state, NULL, S3_ENDPOINT_DELETE_USUAL_S);
		return NULL;
	}
	if (!e)
		return create_endpoint(ctx, arg, group_id);
	TRY(resource_adopt(ctx, "vpc_endpoint_id", e->vpc_endpoint_id));
	TRY(resource_restore_tags(ctx, step_aws(ctx), N_("VPC endpoint"), e->vpc_endpoint_id,
				  "endpoint", &e->tags));
	return repair_endpoint(ctx, e, group_id);
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

struct rb_error *s3_endpoint_do(struct step_ctx *ctx, const struct s3_endpoint_plan *plan)
{
	struct s3_endpoint_plan own = *plan;
	struct rules_todo todo = { 0 };
	const struct step_branch both[] = { { do_endpoint, &own }, { do_rules, &todo }, { 0 } };
	struct rule_want rules[S3_ENDPOINT_RULES];

	s3_endpoint_group(ctx, plan, rules, &todo.group);
	TRY(group_make(ctx, &todo.group, &todo.is_new));
	return step_waits(ctx) ? NULL : step_together(ctx, both);
}

struct rb_error *s3_endpoint_try(struct step_ctx *ctx, const struct s3_endpoint_plan *plan)
{
	struct rule_want rules[S3_ENDPOINT_RULES];
	struct group_plan group;

	s3_endpoint_group(ctx, plan, rules, &group);
	return group_try(ctx, &group);
}
