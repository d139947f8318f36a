/* SPDX-License-Identifier: Apache-2.0 */
/* Which Instance Connect Endpoint is the run's, with the group that it speaks from. */
#include "steps/common/connect_endpoint_int.h"

#include "aws/core/config.h"
#include "aws/ec2/ec2.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"
#include "steps/common/offer.h"
#include "steps/common/resource.h"

static const struct rule_want rules[] = {
	{ .claim = N_("ingress all from itself"),
	  .protocol = "-1",
	  .port = -1,
	  .group = RULE_SELF },
	RULE_ALL_OUT,
};

struct group_plan connect_endpoint_group(const struct connect_endpoint_plan *plan)
{
	return (struct group_plan){
		.vpc_step = plan->vpc_step,
		.what = "connect",
		.description = "runbook: EC2 Instance Connect Endpoint",
		.rules = rules,
		.n = ARRAY_LEN(rules),
	};
}

bool connect_endpoint_is_dying(const struct ec2_connect_endpoint *e)
{
	return text_eq(e->state, "delete-in-progress");
}

bool connect_endpoint_is_dead(const struct ec2_connect_endpoint *e)
{
	return text_eq(e->state, "delete-complete");
}

/* Whatever state an update left it in, it carries connections. */
bool connect_endpoint_is_usable(const struct ec2_connect_endpoint *e)
{
	static const char *const usable[] = { "create-complete", "update-complete",
					      "update-in-progress", "update-failed" };

	for (size_t i = 0; i < ARRAY_LEN(usable); i++)
		if (text_eq(e->state, usable[i]))
			return true;
	return false;
}

/* It carries none, and it may still come to: AWS works on it, or calls that by a newer name. */
bool connect_endpoint_is_on_its_way(const struct ec2_connect_endpoint *e)
{
	return !connect_endpoint_is_usable(e) && !connect_endpoint_is_dying(e) &&
	       !connect_endpoint_is_dead(e) && !text_eq(e->state, "create-failed") &&
	       !text_eq(e->state, "delete-failed");
}

struct rb_error *connect_endpoint_forget(struct step_ctx *ctx)
{
	TRY(step_retire_token(ctx, "endpoint"));
	TRY(step_forget(ctx, "instance_connect_endpoint_dns"));
	return step_forget(ctx, "instance_connect_endpoint_id");
}

/*
 * This run's endpoint, recorded or merely tagged, dying or failed included; NULL when
 * there is none.  Borrowed from `list`.
 */
struct rb_error *connect_endpoint_find(struct step_ctx *ctx, struct ec2_connect_endpoints *list,
				       const struct ec2_connect_endpoint **ret)
{
	const char *recorded = step_output(ctx, "instance_connect_endpoint_id");
	const char *second = NULL;
	size_t n = 0;

	*ret = NULL;
	if (recorded) {
		TRY(resource_unless_gone(ec2_describe_connect_endpoints(
			step_aws(ctx), ONE_ID(recorded), NULL, list)));
		if (list->n && !connect_endpoint_is_dead(&list->v[0])) {
			*ret = &list->v[0];
			return NULL;
		}
		ec2_connect_endpoints_clear(list);
		TRY(connect_endpoint_forget(ctx));
	}
	if (step_is_fresh(ctx) || step_is_known_gone(ctx, "instance_connect_endpoint_id",
						     "DeleteInstanceConnectEndpoint"))
		return NULL;
	TRY(ec2_describe_connect_endpoints(step_aws(ctx), NULL, step_filters(ctx), list));
	for (size_t i = 0; i < list->n; i++) {
		if (connect_endpoint_is_dead(&list->v[i]))
			continue;
		if (!n++)
			*ret = &list->v[i];
		else
			second = list->v[i].endpoint_id;
	}
	return resource_found_by_tag(ctx, N_("instance connect endpoint"), n,
				     n ? (*ret)->endpoint_id : NULL, second);
}

static bool may_be_used(const void *thing, const void *arg)
{
	(void)arg;
	return connect_endpoint_is_usable(thing) || connect_endpoint_is_on_its_way(thing);
}

/* What a person made, borrowed from `list`; NULL: nothing, or it is not theirs. */
struct rb_error *connect_endpoint_offered(struct step_ctx *ctx, const char *subnet_step,
					  struct ec2_connect_endpoints *list,
					  const struct ec2_connect_endpoint **ret)
{
	const char *subnet_id;
	const void *found;

	TRY(step_need_output(ctx, subnet_step, "subnet_id", &subnet_id));
	TRY(ec2_describe_connect_endpoints(step_aws(ctx), NULL, ONE_FILTER("subnet-id", subnet_id),
					   list));
	TRY(offer_one(ctx, N_("instance connect endpoint"), N_("its subnet"),
		      &OFFER_LIST(list, struct ec2_connect_endpoint, endpoint_id), may_be_used,
		      NULL, &found));
	*ret = found;
	return NULL;
}

/* The name to connect to; NULL: it has none yet. */
const char *connect_endpoint_name(struct step_ctx *ctx, const struct ec2_connect_endpoint *e)
{
	return aws_session_config(aws_client_session(step_aws(ctx)))->fips ? e->fips_dns_name
									   : e->dns_name;
}
