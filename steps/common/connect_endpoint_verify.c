/* SPDX-License-Identifier: Apache-2.0 */
/* The Instance Connect Endpoint as it should be: carrying connections, its rules in place. */
#include "steps/common/connect_endpoint_int.h"

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"
#include "steps/common/resource.h"

static struct rb_error *verify_endpoint(struct step_ctx *ctx, void *arg)
{
	const char *id = step_output(ctx, "instance_connect_endpoint_id");
	const struct connect_endpoint_plan *plan = arg;
	auto_ec2_connect_endpoints found = { 0 };
	autofree char *state = NULL;
	const struct ec2_connect_endpoint *e;
	const char *dns;

	TRY(resource_unless_gone(
		ec2_describe_connect_endpoints(step_aws(ctx), ONE_ID(id), NULL, &found)));
	if (!found.n || connect_endpoint_is_dead(&found.v[0]) ||
	    connect_endpoint_is_dying(&found.v[0])) {
		step_missing_output(ctx, "instance_connect_endpoint_id",
				    "instance connect endpoint '%s' is %-s", id,
				    found.n ? N_("deleted") : N_("gone"));
		return NULL;
	}
	e = &found.v[0];
	if (connect_endpoint_is_on_its_way(e)) {
		step_pending(ctx, id, e->state ? e->state : N_("(no state)"), e->state_message,
			     CONNECT_ENDPOINT_USUAL_S);
		return NULL;
	}
	dns = connect_endpoint_name(ctx, e);
	if (!dns && e->dns_name)
		return rb_error_hint(rb_error_new(RB_FAILED, "endpoint '%s' has no FIPS name", id),
				     "FIPS endpoints are asked for (AWS_USE_FIPS_ENDPOINT or "
				     "use_fips_endpoint), and this region has none for it");
	if (dns && !step_output(ctx, "instance_connect_endpoint_dns"))
		TRY(step_record(ctx, "instance_connect_endpoint_dns", dns));
	state = resource_state_text(e->state, e->state_message);
	step_expect_state(ctx, connect_endpoint_is_usable(e), "endpoint.state", "create-complete",
			  state);
	step_expect(ctx, "endpoint.vpc", step_output_of(ctx, plan->vpc_step, "vpc_id"), e->vpc_id);
	step_expect(ctx, "endpoint.subnet", step_output_of(ctx, plan->subnet_step, "subnet_id"),
		    e->subnet_id);
	resource_expect_only(ctx, "endpoint.security_groups", step_output(ctx, "security_group_id"),
			     &e->group_ids);
	step_expect_bool(ctx, "endpoint.preserve_client_ip", false, e->preserve_client_ip);
	if (step_output(ctx, "instance_connect_endpoint_dns")) /* else the command that made it has
								  not read it yet */
		step_expect(ctx, "endpoint.dns", step_output(ctx, "instance_connect_endpoint_dns"),
			    dns);
	resource_expect_tags(ctx, "endpoint", "endpoint", &e->tags);
	return NULL;
}

static struct rb_error *verify_group(struct step_ctx *ctx, void *arg)
{
	const struct group_plan group = connect_endpoint_group(arg);

	return group_verify(ctx, &group);
}

struct rb_error *connect_endpoint_verify(struct step_ctx *ctx,
					 const struct connect_endpoint_plan *plan)
{
	struct connect_endpoint_plan own = *plan;
	const struct step_branch slow[] = { { verify_endpoint, &own }, { 0 } };
	const struct step_branch rest[] = { { verify_group, &own }, { 0 } };

	if (!step_output(ctx, "instance_connect_endpoint_id")) {
		step_missing(ctx, "no instance connect endpoint is recorded");
		return NULL;
	}
	return step_in_order(ctx, REST_UNLESS_PENDING, slow, rest);
}
