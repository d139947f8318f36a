/* SPDX-License-Identifier: Apache-2.0 */
/* Which instance is the run's, and the group that it is in. */
#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"
#include "steps/common/instance.h"
#include "steps/common/instance_int.h"
#include "steps/common/offer.h"
#include "steps/common/resource.h"

void instance_group(struct step_ctx *ctx, const struct instance_plan *plan,
		    struct rule_want rules[INSTANCE_RULES], struct group_plan *ret)
{
	const char *connect = step_output_of(ctx, plan->connect_step, "security_group_id");

	rules[0] = (struct rule_want){ .claim = N_("ingress 22 from the endpoint's group"),
				       .protocol = "tcp",
				       .port = 22,
				       .group = connect ? connect : "(not recorded)" };
	rules[1] = (struct rule_want)RULE_ALL_OUT;
	*ret = (struct group_plan){ .vpc_step = plan->vpc_step,
				    .what = "instance",
				    .description = "runbook: instance",
				    .rules = rules,
				    .n = INSTANCE_RULES };
}

bool instance_is_ending(const struct ec2_instance *i)
{
	return text_eq(i->state, "shutting-down") || text_eq(i->state, "terminated");
}

struct rb_error *instance_forget(struct step_ctx *ctx)
{
	TRY(step_retire_token(ctx, "instance"));
	TRY(step_forget(ctx, "private_ip"));
	return step_forget(ctx, "instance_id");
}

struct rb_error *instance_find(struct step_ctx *ctx, struct ec2_instances *list,
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
		TRY(instance_forget(ctx));
	}
	if (step_is_fresh(ctx) || step_is_known_gone(ctx, "instance_id", "TerminateInstances"))
		return NULL;
	TRY(ec2_describe_instances(step_aws(ctx), NULL, step_filters(ctx), list));
	for (size_t i = 0; i < list->n; i++) {
		if (instance_is_ending(&list->v[i]))
			continue;
		if (!n++)
			*ret = &list->v[i];
		else
			second = list->v[i].instance_id;
	}
	return resource_found_by_tag(ctx, N_("instance"), n, n ? (*ret)->instance_id : NULL,
				     second);
}

static bool is_living(const void *thing, const void *arg)
{
	(void)arg;
	return !instance_is_ending(thing);
}

struct rb_error *instance_offered(struct step_ctx *ctx, const struct instance_plan *plan,
				  struct ec2_instances *list, const struct ec2_instance **ret)
{
	struct aws_filter filters[3] = { { .name = "subnet-id" }, { .name = "instance-type" } };
	const void *found;

	TRY(step_need_output(ctx, plan->subnet_step, "subnet_id", &filters[0].values[0]));
	filters[1].values[0] = step_param(ctx, "source.instance_type");
	TRY(ec2_describe_instances(step_aws(ctx), NULL, filters, list));
	TRY(offer_one(ctx, N_("instance"), N_("its type in the subnet"),
		      &OFFER_LIST(list, struct ec2_instance, instance_id), is_living, NULL,
		      &found));
	*ret = found;
	return NULL;
}
