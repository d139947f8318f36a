/* SPDX-License-Identifier: Apache-2.0 */
/* Which S3 interface endpoint is the run's, with the group that it is in. */
#include "steps/common/s3_endpoint_int.h"

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"
#include "steps/common/offer.h"
#include "steps/common/resource.h"
#include "steps/common/subnet.h"

/* The rules name a parameter or an output, so they are written for each call; `rules` must outlive
 * *ret. */
void s3_endpoint_group(struct step_ctx *ctx, const struct s3_endpoint_plan *plan,
		       struct rule_want rules[S3_ENDPOINT_RULES], struct group_plan *ret)
{
	const char *group =
		plan->from_step ? step_output_of(ctx, plan->from_step, "security_group_id") : NULL;

	rules[0] =
		(struct rule_want){ .claim = plan->ingress_claim, .protocol = "tcp", .port = 443 };
	if (plan->from_step)
		rules[0].group = group ? group : "(not recorded)";
	else
		rules[0].cidr = step_param(ctx, plan->from_cidr_param);
	rules[1] = (struct rule_want)RULE_ALL_OUT;
	*ret = (struct group_plan){ .vpc_step = plan->vpc_step,
				    .what = "s3",
				    .description = "runbook: S3 interface endpoint",
				    .rules = rules,
				    .n = S3_ENDPOINT_RULES };
}

/* The letter case of an endpoint's state differs between answers. */
bool s3_endpoint_state_is(const struct ec2_vpc_endpoint *e, const char *state)
{
	return e->state && text_eq_nocase(e->state, state);
}

bool s3_endpoint_is_dead(const struct ec2_vpc_endpoint *e)
{
	return s3_endpoint_state_is(e, "deleted");
}

bool s3_endpoint_is_dying(const struct ec2_vpc_endpoint *e)
{
	return s3_endpoint_state_is(e, "deleting");
}

bool s3_endpoint_has_failed(const struct ec2_vpc_endpoint *e)
{
	return s3_endpoint_state_is(e, "failed") || s3_endpoint_state_is(e, "rejected") ||
	       s3_endpoint_state_is(e, "expired") || s3_endpoint_state_is(e, "partial");
}

struct rb_error *s3_endpoint_forget(struct step_ctx *ctx)
{
	TRY(step_retire_token(ctx, "endpoint"));
	TRY(step_forget(ctx, "vpc_endpoint_dns"));
	return step_forget(ctx, "vpc_endpoint_id");
}

/* This run's endpoint, recorded or merely tagged, dying or failed included; NULL when there is
 * none.  Borrowed from `list`. */
struct rb_error *s3_endpoint_find(struct step_ctx *ctx, struct ec2_vpc_endpoints *list,
				  const struct ec2_vpc_endpoint **ret)
{
	const char *recorded = step_output(ctx, "vpc_endpoint_id");
	const char *second = NULL;
	size_t n = 0;

	*ret = NULL;
	if (recorded) {
		TRY(resource_unless_gone(
			ec2_describe_vpc_endpoints(step_aws(ctx), ONE_ID(recorded), NULL, list)));
		if (list->n && !s3_endpoint_is_dead(&list->v[0])) {
			*ret = &list->v[0];
			return NULL;
		}
		ec2_vpc_endpoints_clear(list);
		TRY(s3_endpoint_forget(ctx));
	}
	if (step_is_fresh(ctx) || step_is_known_gone(ctx, "vpc_endpoint_id", "DeleteVpcEndpoints"))
		return NULL;
	TRY(ec2_describe_vpc_endpoints(step_aws(ctx), NULL, step_filters(ctx), list));
	for (size_t i = 0; i < list->n; i++) {
		if (s3_endpoint_is_dead(&list->v[i]))
			continue;
		if (!n++)
			*ret = &list->v[i];
		else
			second = list->v[i].vpc_endpoint_id;
	}
	return resource_found_by_tag(ctx, N_("VPC endpoint"), n, n ? (*ret)->vpc_endpoint_id : NULL,
				     second);
}

const char *s3_endpoint_service_region(struct step_ctx *ctx, const struct s3_endpoint_plan *plan)
{
	return plan->service_region_param ? step_param(ctx, plan->service_region_param)
					  : aws_client_region(step_aws(ctx));
}

static bool is_in_subnet(const void *thing, const void *subnet_id)
{
	const struct ec2_vpc_endpoint *e = thing;

	return !s3_endpoint_is_dead(e) && !s3_endpoint_is_dying(e) && !s3_endpoint_has_failed(e) &&
	       strv_has(&e->subnet_ids, subnet_id);
}

/* What a person made, borrowed from `list`; NULL: nothing, or it is not theirs. */
struct rb_error *s3_endpoint_offered(struct step_ctx *ctx, const struct s3_endpoint_plan *plan,
				     struct ec2_vpc_endpoints *list,
				     const struct ec2_vpc_endpoint **ret)
{
	struct aws_filter filters[3] = { { .name = "vpc-id" }, { .name = "service-name" } };
	autofree char *service = s3_service_name(ctx, s3_endpoint_service_region(ctx, plan));
	const char *subnet_id;
	const void *found;

	TRY(step_need_output(ctx, plan->vpc_step, "vpc_id", &filters[0].values[0]));
	TRY(step_need_output(ctx, plan->subnet_step, "subnet_id", &subnet_id));
	filters[1].values[0] = service;
	TRY(ec2_describe_vpc_endpoints(step_aws(ctx), NULL, filters, list));
	TRY(offer_one(ctx, N_("VPC endpoint"), N_("its service in the subnet"),
		      &OFFER_LIST(list, struct ec2_vpc_endpoint, vpc_endpoint_id), is_in_subnet,
		      subnet_id, &found));
	*ret = found;
	return NULL;
}
