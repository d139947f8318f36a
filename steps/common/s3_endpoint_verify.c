/* SPDX-License-Identifier: Apache-2.0 */
/* The S3 interface endpoint as it should be: available, private DNS off, its rules in place. */
#include "steps/common/s3_endpoint_int.h"

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"
#include "steps/common/pick.h"
#include "steps/common/policy.h"
#include "steps/common/resource.h"
#include "steps/common/subnet.h"

static struct rb_error *verify_endpoint(struct step_ctx *ctx, void *arg)
{
	const char *id = step_output(ctx, "vpc_endpoint_id");
	const struct s3_endpoint_plan *plan = arg;
	const char *region = s3_endpoint_service_region(ctx, plan);
	autofree char *service = s3_service_name(ctx, region);
	autofree char *state = NULL, *dns = NULL;
	auto_ec2_vpc_endpoints found = { 0 };
	const struct ec2_vpc_endpoint *e;

	TRY(resource_unless_gone(
		ec2_describe_vpc_endpoints(step_aws(ctx), ONE_ID(id), NULL, &found)));
	if (!found.n || s3_endpoint_is_dead(&found.v[0]) || s3_endpoint_is_dying(&found.v[0])) {
		step_missing_output(ctx, "vpc_endpoint_id", "VPC endpoint '%s' is %-s", id,
				    found.n ? N_("deleted") : N_("gone"));
		return NULL;
	}
	e = &found.v[0];
	if (step_still(ctx, id, "pending", e->state, S3_ENDPOINT_USUAL_S))
		return NULL;
	dns = pick_endpoint_dns(&e->dns_names, id);
	if (dns && !step_output(ctx, "vpc_endpoint_dns"))
		TRY(step_record(ctx, "vpc_endpoint_dns", dns));
	state = resource_state_text(e->state, e->last_error_message);
	step_expect_state(ctx, s3_endpoint_state_is(e, "available"), "endpoint.state", "available",
			  state);
	step_expect(ctx, "endpoint.type", "Interface", e->type);
	step_expect(ctx, "endpoint.service", service, e->service_name);
	if (plan->service_region_param)
		step_expect(ctx, "endpoint.service_region", region, e->service_region);
	step_expect(ctx, "endpoint.vpc", step_output_of(ctx, plan->vpc_step, "vpc_id"), e->vpc_id);
	resource_expect_only(ctx, "endpoint.subnets",
			     step_output_of(ctx, plan->subnet_step, "subnet_id"), &e->subnet_ids);
	resource_expect_only(ctx, "endpoint.security_groups", step_output(ctx, "security_group_id"),
			     &e->group_ids);
	step_expect_bool(ctx, "endpoint.private_dns", false, e->private_dns);
	step_expect_that(ctx, !e->policy || policy_is_full_access(e->policy), "endpoint.policy",
			 N_("full access, as when none is given"),
			 e->policy ? e->policy : N_("full access"));
	if (step_output(ctx,
			"vpc_endpoint_dns")) /* else the command that made it has not read it yet */
		step_expect(ctx, "endpoint.dns", step_output(ctx, "vpc_endpoint_dns"), dns);
	resource_expect_tags(ctx, "endpoint", "endpoint", &e->tags);
	return NULL;
}

static struct rb_error *verify_group(struct step_ctx *ctx, void *arg)
{
	struct rule_want rules[S3_ENDPOINT_RULES];
	struct group_plan group;

	s3_endpoint_group(ctx, arg, rules, &group);
	return group_verify(ctx, &group);
}

struct rb_error *s3_endpoint_verify(struct step_ctx *ctx, const struct s3_endpoint_plan *plan)
{
	struct s3_endpoint_plan own = *plan;
	const struct step_branch slow[] = { { verify_endpoint, &own }, { 0 } };
	const struct step_branch rest[] = { { verify_group, &own }, { 0 } };

	if (!step_output(ctx, "vpc_endpoint_id")) {
		step_missing(ctx, "no VPC endpoint is recorded");
		return NULL;
	}
	return step_in_order(ctx, REST_UNLESS_PENDING, slow, rest);
}
