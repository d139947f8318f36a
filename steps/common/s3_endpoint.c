/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The S3 interface endpoint, and the group that lets the instance in.
 *
 * Private DNS stays off, and the request says so explicitly: the name of this endpoint is what the
 * upload uses, and no other name changes its meaning.
 */
#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/group.h"
#include "steps/common/pick.h"
#include "steps/common/policy.h"
#include "steps/common/offer.h"
#include "steps/common/resource.h"
#include "steps/common/s3_endpoint.h"
#include "steps/common/subnet.h"

enum {
	DELETE_USUAL_S = 60,
	FREE_USUAL_S = S3_ENDPOINT_UNDO_USUAL_S,
	RULES = 2,
};

/* The rules name a parameter or an output, so they are written for each call; `rules` must outlive
 * *ret. */
static void group_plan(struct step_ctx *ctx, const struct s3_endpoint_plan *plan,
		       struct rule_want rules[RULES], struct group_plan *ret)
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
				    .n = RULES };
}

/* The letter case of an endpoint's state differs between answers. */
static bool state_is(const struct ec2_vpc_endpoint *e, const char *state)
{
	return e->state && text_eq_nocase(e->state, state);
}

static bool is_dead(const struct ec2_vpc_endpoint *e)
{
	return state_is(e, "deleted");
}

static bool is_dying(const struct ec2_vpc_endpoint *e)
{
	return state_is(e, "deleting");
}

static bool has_failed(const struct ec2_vpc_endpoint *e)
{
	return state_is(e, "failed") || state_is(e, "rejected") || state_is(e, "expired") ||
	       state_is(e, "partial");
}

static struct rb_error *forget_endpoint(struct step_ctx *ctx)
{
	TRY(step_retire_token(ctx, "endpoint"));
	TRY(step_forget(ctx, "vpc_endpoint_dns"));
	return step_forget(ctx, "vpc_endpoint_id");
}

/* This run's endpoint, recorded or merely tagged, dying or failed included; NULL when there is
 * none.  Borrowed from `list`. */
static struct rb_error *find_endpoint(struct step_ctx *ctx, struct ec2_vpc_endpoints *list,
				      const struct ec2_vpc_endpoint **ret)
{
	const char *recorded = step_output(ctx, "vpc_endpoint_id");
	const char *second = NULL;
	size_t n = 0;

	*ret = NULL;
	if (recorded) {
		TRY(resource_unless_gone(
			ec2_describe_vpc_endpoints(step_aws(ctx), ONE_ID(recorded), NULL, list)));
		if (list->n && !is_dead(&list->v[0])) {
			*ret = &list->v[0];
			return NULL;
		}
		ec2_vpc_endpoints_clear(list);
		TRY(forget_endpoint(ctx));
	}
	if (step_is_fresh(ctx) || step_is_known_gone(ctx, "vpc_endpoint_id", "DeleteVpcEndpoints"))
		return NULL;
	TRY(ec2_describe_vpc_endpoints(step_aws(ctx), NULL, step_filters(ctx), list));
	for (size_t i = 0; i < list->n; i++) {
		if (is_dead(&list->v[i]))
			continue;
		if (!n++)
			*ret = &list->v[i];
		else
			second = list->v[i].vpc_endpoint_id;
	}
	return resource_found_by_tag(ctx, N_("VPC endpoint"), n, n ? (*ret)->vpc_endpoint_id : NULL,
				     second);
}

static const char *service_region(struct step_ctx *ctx, const struct s3_endpoint_plan *plan)
{
	return plan->service_region_param ? step_param(ctx, plan->service_region_param)
					  : aws_client_region(step_aws(ctx));
}

static struct rb_error *ask_for_endpoint(struct step_ctx *ctx, const struct s3_endpoint_plan *plan,
					 const char *group_id, char **ret_id)
{
	const char *region = service_region(ctx, plan);
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

	if (state_is(e, "pending"))
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

static bool is_in_subnet(const void *thing, const void *subnet_id)
{
	const struct ec2_vpc_endpoint *e = thing;

	return !is_dead(e) && !is_dying(e) && !has_failed(e) && strv_has(&e->subnet_ids, subnet_id);
}

/* What a person made, borrowed from `list`; NULL: nothing, or it is not theirs. */
static struct rb_error *offered_endpoint(struct step_ctx *ctx, const struct s3_endpoint_plan *plan,
					 struct ec2_vpc_endpoints *list,
					 const struct ec2_vpc_endpoint **ret)
{
	struct aws_filter filters[3] = { { .name = "vpc-id" }, { .name = "service-name" } };
	autofree char *service = s3_service_name(ctx, service_region(ctx, plan));
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

static struct rb_error *do_endpoint(struct step_ctx *ctx, void *arg)
{
	const char *group_id = step_output(ctx, "security_group_id");
	auto_ec2_vpc_endpoints found = { 0 }, offered = { 0 };
	const struct ec2_vpc_endpoint *e;

	TRY(find_endpoint(ctx, &found, &e));
	if (step_waits(ctx))
		return NULL;
	if (!e && step_is_by_hand(ctx))
		TRY(offered_endpoint(ctx, arg, &offered, &e));
	if (e && has_failed(e)) {
		TRY(resource_adopt(ctx, "vpc_endpoint_id", e->vpc_endpoint_id));
		TRY(resource_unless_gone(
			ec2_delete_vpc_endpoint(step_aws(ctx), e->vpc_endpoint_id)));
		step_note(ctx, "removed %s, which is %s: %-s", e->vpc_endpoint_id, e->state,
			  e->last_error_message ? e->last_error_message
						: N_("AWS does not say why"));
		step_pending(ctx, e->vpc_endpoint_id, e->state, e->last_error_message,
			     DELETE_USUAL_S);
		return NULL;
	}
	if (e && is_dying(e)) {
		step_pending(ctx, e->vpc_endpoint_id, e->state, NULL, DELETE_USUAL_S);
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
	struct rule_want rules[RULES];

	group_plan(ctx, plan, rules, &todo.group);
	TRY(group_make(ctx, &todo.group, &todo.is_new));
	return step_waits(ctx) ? NULL : step_together(ctx, both);
}

static struct rb_error *verify_endpoint(struct step_ctx *ctx, void *arg)
{
	const char *id = step_output(ctx, "vpc_endpoint_id");
	const struct s3_endpoint_plan *plan = arg;
	const char *region = service_region(ctx, plan);
	autofree char *service = s3_service_name(ctx, region);
	autofree char *state = NULL, *dns = NULL;
	auto_ec2_vpc_endpoints found = { 0 };
	const struct ec2_vpc_endpoint *e;

	TRY(resource_unless_gone(
		ec2_describe_vpc_endpoints(step_aws(ctx), ONE_ID(id), NULL, &found)));
	if (!found.n || is_dead(&found.v[0]) || is_dying(&found.v[0])) {
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
	step_expect_state(ctx, state_is(e, "available"), "endpoint.state", "available", state);
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
	struct rule_want rules[RULES];
	struct group_plan group;

	group_plan(ctx, arg, rules, &group);
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

static struct rb_error *undo_endpoint(struct step_ctx *ctx)
{
	auto_ec2_vpc_endpoints found = { 0 };
	const struct ec2_vpc_endpoint *e;
	struct rb_error *err;

	TRY(find_endpoint(ctx, &found, &e));
	if (!e)
		return NULL;
	if (!step_owns(ctx, &e->tags))
		return resource_is_not_ours(ctx, N_("VPC endpoint"), e->vpc_endpoint_id, &e->tags);
	/* recorded, so that its token is retired when it is gone */
	TRY(resource_adopt(ctx, "vpc_endpoint_id", e->vpc_endpoint_id));
	if (is_dying(e)) {
		step_pending(ctx, e->vpc_endpoint_id, e->state, NULL, DELETE_USUAL_S);
		return NULL;
	}
	err = ec2_delete_vpc_endpoint(step_aws(ctx), e->vpc_endpoint_id);
	if (rb_error_is(err, RB_GONE)) {
		(void)rb_error_free(err);
		return forget_endpoint(ctx);
	}
	if (!err)
		step_pending(ctx, e->vpc_endpoint_id, "deleting", NULL, DELETE_USUAL_S);
	return err;
}

struct rb_error *s3_endpoint_undo(struct step_ctx *ctx)
{
	TRY(undo_endpoint(ctx));
	return step_waits(ctx) ? NULL : group_undo(ctx, FREE_USUAL_S);
}

struct rb_error *s3_endpoint_try(struct step_ctx *ctx, const struct s3_endpoint_plan *plan)
{
	struct rule_want rules[RULES];
	struct group_plan group;

	group_plan(ctx, plan, rules, &group);
	return group_try(ctx, &group);
}

struct rb_error *s3_endpoint_recover(struct step_ctx *ctx)
{
	auto_ec2_vpc_endpoints found = { 0 };
	const struct ec2_vpc_endpoint *e;
	autofree char *dns = NULL;
	bool has_group;

	TRY(group_recover(ctx, "s3", &has_group));
	TRY(find_endpoint(ctx, &found, &e));
	if (!e || is_dying(e))
		return NULL;
	dns = pick_endpoint_dns(&e->dns_names, e->vpc_endpoint_id);
	TRY(step_recovered_at(ctx, "vpc_endpoint_id", e->vpc_endpoint_id, KNOWN_BY_TAG,
			      e->created_at));
	TRY(step_recovered(ctx, "vpc_endpoint_dns", dns, KNOWN_BY_SHAPE));
	step_recovered_tags(ctx, &e->tags);
	if (has_group)
		step_stands(ctx, KNOWN_BY_TAG);
	return NULL;
}
