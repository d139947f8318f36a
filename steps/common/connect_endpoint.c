/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The EC2 Instance Connect Endpoint, and the group that it speaks from.
 *
 * preserveClientIp is always sent as false: documents disagree about the default,
 * and with true the instance would see the operator's own address, which the rule of the
 * instance's group, "22 from this group", never matches.
 *
 * A VPC holds one endpoint only, failed and dying ones included; so a corpse is
 * deleted and awaited before another is asked for.  The service-linked role that the
 * first endpoint of an account brings along stays: others may use it.
 */
#include "aws/core/config.h"
#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/connect_endpoint.h"
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

static struct group_plan group_of(const struct connect_endpoint_plan *plan)
{
	return (struct group_plan){
		.vpc_step = plan->vpc_step,
		.what = "connect",
		.description = "runbook: EC2 Instance Connect Endpoint",
		.rules = rules,
		.n = ARRAY_LEN(rules),
	};
}

enum { DELETE_USUAL_S = CONNECT_ENDPOINT_UNDO_USUAL_S, FREE_USUAL_S = DELETE_USUAL_S + 30 };

static bool is_dying(const struct ec2_connect_endpoint *e)
{
	return text_eq(e->state, "delete-in-progress");
}

static bool is_dead(const struct ec2_connect_endpoint *e)
{
	return text_eq(e->state, "delete-complete");
}

/* Whatever state an update left it in, it carries connections. */
static bool is_usable(const struct ec2_connect_endpoint *e)
{
	static const char *const usable[] = { "create-complete", "update-complete",
					      "update-in-progress", "update-failed" };

	for (size_t i = 0; i < ARRAY_LEN(usable); i++)
		if (text_eq(e->state, usable[i]))
			return true;
	return false;
}

/* It carries none, and it may still come to: AWS works on it, or calls that by a newer name. */
static bool is_on_its_way(const struct ec2_connect_endpoint *e)
{
	return !is_usable(e) && !is_dying(e) && !is_dead(e) &&
	       !text_eq(e->state, "create-failed") && !text_eq(e->state, "delete-failed");
}

static struct rb_error *forget_endpoint(struct step_ctx *ctx)
{
	TRY(step_retire_token(ctx, "endpoint"));
	TRY(step_forget(ctx, "instance_connect_endpoint_dns"));
	return step_forget(ctx, "instance_connect_endpoint_id");
}

/*
 * This run's endpoint, recorded or merely tagged, dying or failed included; NULL when
 * there is none.  Borrowed from `list`.
 */
static struct rb_error *find_endpoint(struct step_ctx *ctx, struct ec2_connect_endpoints *list,
				      const struct ec2_connect_endpoint **ret)
{
	const char *recorded = step_output(ctx, "instance_connect_endpoint_id");
	const char *second = NULL;
	size_t n = 0;

	*ret = NULL;
	if (recorded) {
		TRY(resource_unless_gone(ec2_describe_connect_endpoints(
			step_aws(ctx), ONE_ID(recorded), NULL, list)));
		if (list->n && !is_dead(&list->v[0])) {
			*ret = &list->v[0];
			return NULL;
		}
		ec2_connect_endpoints_clear(list);
		TRY(forget_endpoint(ctx));
	}
	if (step_is_fresh(ctx) || step_is_known_gone(ctx, "instance_connect_endpoint_id",
						     "DeleteInstanceConnectEndpoint"))
		return NULL;
	TRY(ec2_describe_connect_endpoints(step_aws(ctx), NULL, step_filters(ctx), list));
	for (size_t i = 0; i < list->n; i++) {
		if (is_dead(&list->v[i]))
			continue;
		if (!n++)
			*ret = &list->v[i];
		else
			second = list->v[i].endpoint_id;
	}
	return resource_found_by_tag(ctx, N_("instance connect endpoint"), n,
				     n ? (*ret)->endpoint_id : NULL, second);
}

static struct rb_error *create_endpoint(struct step_ctx *ctx, const char *subnet_id,
					const char *group_id, char **ret_id)
{
	return ec2_create_connect_endpoint(step_aws(ctx), subnet_id, group_id,
					   /* preserve_client_ip= */ false,
					   step_token(ctx, "endpoint"), step_tags(ctx, "endpoint"),
					   ret_id);
}

static bool may_be_used(const void *thing, const void *arg)
{
	(void)arg;
	return is_usable(thing) || is_on_its_way(thing);
}

/* What a person made, borrowed from `list`; NULL: nothing, or it is not theirs. */
static struct rb_error *offered_endpoint(struct step_ctx *ctx, const char *subnet_step,
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

static struct rb_error *do_endpoint(struct step_ctx *ctx, void *arg)
{
	const struct connect_endpoint_plan *plan = arg;
	const char *subnet_id, *group_id = step_output(ctx, "security_group_id");
	auto_ec2_connect_endpoints found = { 0 }, offered = { 0 };
	const struct ec2_connect_endpoint *e;
	autofree char *id = NULL;
	struct rb_error *err;

	TRY(find_endpoint(ctx, &found, &e));
	if (step_waits(ctx))
		return NULL;
	if (!e && step_is_by_hand(ctx))
		TRY(offered_endpoint(ctx, plan->subnet_step, &offered, &e));
	if (e && (text_eq(e->state, "create-failed") || text_eq(e->state, "delete-failed"))) {
		TRY(resource_adopt(ctx, "instance_connect_endpoint_id", e->endpoint_id));
		TRY(resource_unless_gone(
			ec2_delete_connect_endpoint(step_aws(ctx), e->endpoint_id)));
		step_note(ctx, "removed %s (%s): %-s", e->endpoint_id, e->state,
			  e->state_message ? e->state_message : N_("AWS does not say why"));
		step_pending(ctx, e->endpoint_id, e->state, e->state_message, DELETE_USUAL_S);
		return NULL;
	}
	if (e && is_dying(e)) {
		step_pending(ctx, e->endpoint_id, e->state, e->state_message, DELETE_USUAL_S);
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
	struct rules_todo todo = { .group = group_of(plan) };
	const struct step_branch both[] = { { do_endpoint, &own }, { do_rules, &todo }, { 0 } };

	TRY(group_make(ctx, &todo.group, &todo.is_new));
	return step_waits(ctx) ? NULL : step_together(ctx, both);
}

/* The name to connect to; NULL: it has none yet. */
static const char *name_of(struct step_ctx *ctx, const struct ec2_connect_endpoint *e)
{
	return aws_session_config(aws_client_session(step_aws(ctx)))->fips ? e->fips_dns_name
									   : e->dns_name;
}

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
	if (!found.n || is_dead(&found.v[0]) || is_dying(&found.v[0])) {
		step_missing_output(ctx, "instance_connect_endpoint_id",
				    "instance connect endpoint '%s' is %-s", id,
				    found.n ? N_("deleted") : N_("gone"));
		return NULL;
	}
	e = &found.v[0];
	if (is_on_its_way(e)) {
		step_pending(ctx, id, e->state ? e->state : N_("(no state)"), e->state_message,
			     CONNECT_ENDPOINT_USUAL_S);
		return NULL;
	}
	dns = name_of(ctx, e);
	if (!dns && e->dns_name)
		return rb_error_hint(rb_error_new(RB_FAILED, "endpoint '%s' has no FIPS name", id),
				     "FIPS endpoints are asked for (AWS_USE_FIPS_ENDPOINT or "
				     "use_fips_endpoint), and this region has none for it");
	if (dns && !step_output(ctx, "instance_connect_endpoint_dns"))
		TRY(step_record(ctx, "instance_connect_endpoint_dns", dns));
	state = resource_state_text(e->state, e->state_message);
	step_expect_state(ctx, is_usable(e), "endpoint.state", "create-complete", state);
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
	const struct group_plan group = group_of(arg);

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

static struct rb_error *undo_endpoint(struct step_ctx *ctx)
{
	auto_ec2_connect_endpoints found = { 0 };
	const struct ec2_connect_endpoint *e;
	struct rb_error *err;

	TRY(find_endpoint(ctx, &found, &e));
	if (!e)
		return NULL;
	if (!step_owns(ctx, &e->tags))
		return resource_is_not_ours(ctx, N_("instance connect endpoint"), e->endpoint_id,
					    &e->tags);
	/* recorded, so that its token is retired when it is gone */
	TRY(resource_adopt(ctx, "instance_connect_endpoint_id", e->endpoint_id));
	step_note_kept(ctx, "service-linked role AWSServiceRoleForEC2InstanceConnect: free, "
			    "and other endpoints may use it");
	if (is_dying(e) || text_eq(e->state, "create-in-progress") ||
	    text_eq(e->state, "update-in-progress")) {
		/* one that is still being made cannot be deleted: AWS must finish first */
		step_pending(ctx, e->endpoint_id, e->state, e->state_message, DELETE_USUAL_S);
		return NULL;
	}
	err = ec2_delete_connect_endpoint(step_aws(ctx), e->endpoint_id);
	if (rb_error_is(err, RB_GONE)) {
		(void)rb_error_free(err);
		return forget_endpoint(ctx);
	}
	if (rb_error_is(err, RB_DEPENDENCY)) { /* "incorrect state", whatever that one is called */
		step_pending(ctx, e->endpoint_id, e->state ? e->state : err->aws_code, err->why,
			     DELETE_USUAL_S);
		return rb_error_free(err);
	}
	if (!err && text_eq(e->state, "delete-failed"))
		step_pending(ctx, e->endpoint_id, e->state, e->state_message, DELETE_USUAL_S);
	else if (!err)
		step_pending(ctx, e->endpoint_id, "delete-in-progress", NULL, DELETE_USUAL_S);
	return err;
}

struct rb_error *connect_endpoint_undo(struct step_ctx *ctx,
				       const struct connect_endpoint_plan *plan)
{
	TRY(undo_endpoint(ctx));
	if (step_waits(ctx))
		return NULL;
	if (step_output_of(ctx, plan->instance_step, "security_group_id") &&
	    step_output(ctx, "security_group_id")) {
		step_pending_undo(ctx, step_output(ctx, "security_group_id"),
				  "the instance's group names it", plan->instance_step,
				  FREE_USUAL_S);
		return NULL;
	}
	return group_undo(ctx, FREE_USUAL_S);
}

struct rb_error *connect_endpoint_try(struct step_ctx *ctx,
				      const struct connect_endpoint_plan *plan)
{
	const struct group_plan group = group_of(plan);

	return group_try(ctx, &group);
}

struct rb_error *connect_endpoint_recover(struct step_ctx *ctx)
{
	auto_ec2_connect_endpoints found = { 0 };
	const struct ec2_connect_endpoint *e;
	bool has_group;

	TRY(group_recover(ctx, "connect", &has_group));
	TRY(find_endpoint(ctx, &found, &e));
	if (!e || is_dying(e))
		return NULL;
	TRY(step_recovered_at(ctx, "instance_connect_endpoint_id", e->endpoint_id, KNOWN_BY_TAG,
			      e->created_at));
	TRY(step_recovered(ctx, "instance_connect_endpoint_dns", name_of(ctx, e), KNOWN_BY_SHAPE));
	step_recovered_tags(ctx, &e->tags);
	if (has_group)
		step_stands(ctx, KNOWN_BY_TAG);
	return NULL;
}
