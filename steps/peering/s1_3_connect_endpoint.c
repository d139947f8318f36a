/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 1-3  The EC2 Instance Connect Endpoint, and the group that it speaks from.
 *
 * preserveClientIp is always sent as false: documents disagree about the default,
 * and with true the instance would see the operator's own address, which 1-4's rule
 * "22 from this group" never matches.
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
#include "steps/common/resource.h"
#include "steps/common/group.h"
#include "steps/common/sides.h"
#include "steps/peering/by_hand.h"

static const struct rule_want rules[] = {
	{ .claim = "ingress all from itself", .protocol = "-1", .port = -1, .group = RULE_SELF },
	RULE_ALL_OUT,
};

static const struct group_plan group = {
	.vpc_step = "1-1",
	.what = "connect",
	.description = "runbook: EC2 Instance Connect Endpoint",
	.rules = rules,
	.n = ARRAY_LEN(rules),
};

enum { CREATE_USUAL_S = 180, DELETE_USUAL_S = 180, FREE_USUAL_S = DELETE_USUAL_S + 30 };

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

static struct rb_error *do_endpoint(struct step_ctx *ctx, void *arg)
{
	const char *subnet_id, *group_id = step_output(ctx, "security_group_id");
	auto_ec2_connect_endpoints found = { 0 };
	const struct ec2_connect_endpoint *e;
	autofree char *id = NULL;
	struct rb_error *err;

	(void)arg;
	TRY(find_endpoint(ctx, &found, &e));
	if (step_waits(ctx))
		return NULL;
	if (e && (text_eq(e->state, "create-failed") || text_eq(e->state, "delete-failed"))) {
		step_note(ctx, "removed %s (%s): %-s", e->endpoint_id, e->state,
			  e->state_message ? e->state_message : N_("AWS does not say why"));
		TRY(resource_adopt(ctx, "instance_connect_endpoint_id", e->endpoint_id));
		TRY(resource_unless_gone(
			ec2_delete_connect_endpoint(step_aws(ctx), e->endpoint_id)));
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
	TRY(step_need_output(ctx, "1-2", "subnet_id", &subnet_id));
	err = create_endpoint(ctx, subnet_id, group_id, &id);
	if (resource_token_is_spent(ctx, err)) {
		(void)rb_error_free(err);
		TRY(step_retire_token(ctx, "endpoint"));
		err = create_endpoint(ctx, subnet_id, group_id, &id);
	}
	TRY(err);
	return step_record(ctx, "instance_connect_endpoint_id", id);
}

static struct rb_error *do_rules(struct step_ctx *ctx, void *arg)
{
	const bool *is_new = arg;

	return group_rules(ctx, &group, *is_new);
}

static struct rb_error *do_connect_endpoint(struct step_ctx *ctx)
{
	bool is_new;
	const struct step_branch both[] = { { do_endpoint, NULL }, { do_rules, &is_new }, { 0 } };

	TRY(group_make(ctx, &group, &is_new));
	return step_waits(ctx) ? NULL : step_together(ctx, both);
}

/* The name to connect to; NULL: it has none yet. */
static const char *name_of(struct step_ctx *ctx, const struct ec2_connect_endpoint *e)
{
	return aws_session_config(aws_client_session(step_aws(ctx)))->fips ? e->fips_dns_name
									   : e->dns_name;
}

static struct rb_error *verify_endpoint(struct step_ctx *ctx, const char *id)
{
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
			     CREATE_USUAL_S);
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
	step_expect(ctx, "endpoint.vpc", step_output_of(ctx, "1-1", "vpc_id"), e->vpc_id);
	step_expect(ctx, "endpoint.subnet", step_output_of(ctx, "1-2", "subnet_id"), e->subnet_id);
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

static struct rb_error *verify_connect_endpoint(struct step_ctx *ctx)
{
	const char *id = step_output(ctx, "instance_connect_endpoint_id");

	if (!id) {
		step_missing(ctx, "no instance connect endpoint is recorded");
		return NULL;
	}
	TRY(verify_endpoint(ctx, id)); /* the slow one first: the rest is verified once it is up */
	if (step_waits(ctx))
		return NULL;
	return group_verify(ctx, &group);
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
		step_pending(ctx, e->endpoint_id, e->state ? e->state : N_("(no state)"), err->why,
			     DELETE_USUAL_S);
		return rb_error_free(err);
	}
	if (!err && text_eq(e->state, "delete-failed"))
		step_pending(ctx, e->endpoint_id, e->state, e->state_message, DELETE_USUAL_S);
	else if (!err)
		step_pending(ctx, e->endpoint_id, "delete-in-progress", NULL, DELETE_USUAL_S);
	return err;
}

static struct rb_error *undo_connect_endpoint(struct step_ctx *ctx)
{
	if (!step_is_fresh(ctx))
		step_note_kept(ctx,
			       "service-linked role AWSServiceRoleForEC2InstanceConnect: free, "
			       "and other endpoints may use it");
	TRY(undo_endpoint(ctx));
	if (step_waits(ctx))
		return NULL;
	if (step_output_of(ctx, "1-4", "security_group_id") &&
	    step_output(ctx, "security_group_id")) {
		step_pending_undo(ctx, step_output(ctx, "security_group_id"),
				  "the group of 1-4's instance names it", "1-4", FREE_USUAL_S);
		return NULL;
	}
	return group_undo(ctx, FREE_USUAL_S);
}

static struct rb_error *try_connect_endpoint(struct step_ctx *ctx)
{
	return group_try(ctx, &group);
}

const struct step step_1_3_connect_endpoint = {
	.id = "1-3",
	.title = N_("Create the EC2 Instance Connect Endpoint"),
	.why = N_("The only way in for people: SSH reaches the instance through this "
		  "endpoint, so the instance needs no public address, no key pair and no "
		  "bastion host."),
	.side = SIDE_SOURCE,
	.needs = (const struct step_need[]){ { "1-1", WHEN_MADE, "vpc_id" },
					     { "1-2", WHEN_MADE, "subnet_id" },
					     { 0 } },
	.params = (const char *const[]){ "tags.", NULL },
	.gives = (const char *const[]){ "security_group_id", "instance_connect_endpoint_id",
					"instance_connect_endpoint_dns", NULL },
	.calls = (const char *const[]){ "ec2 CreateSecurityGroup",
					"ec2 AuthorizeSecurityGroupIngress",
					"ec2 CreateInstanceConnectEndpoint", NULL },
	/* asked to go at once: it takes minutes, and its group waits for 1-4's inside undo */
	.undo_after = (const char *const[]){ NULL },
	.usual_s = CREATE_USUAL_S,
	.by_hand = &by_hand_1_3,
	.do_ = do_connect_endpoint,
	.verify = verify_connect_endpoint,
	.undo = undo_connect_endpoint,
	.try_dry = try_connect_endpoint,
};
