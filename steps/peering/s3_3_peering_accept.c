/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 3-3  The peering accepted, in the destination's region: the other one refuses.
 *
 * "Accepted" is not "active" yet, and each region has its own view and its own tags;
 * so both are asked, and ours are put on this side too.  With both active, 3-2's route
 * must have come to life.
 */
#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/resource.h"
#include "steps/common/peering.h"
#include "steps/common/sides.h"
#include "steps/peering/by_hand.h"
#include "steps/peering/terraform.h"

enum { ACCEPT_USUAL_S = 5, SEEN_S = 300 /* until both regions know, at the latest */ };

static const struct route_plan way_there = {
	.subnet_step = "1-2",
	.cidr_param = "destination.vpc_cidr",
};

static struct rb_error *dead_peering(const struct ec2_peering *p)
{
	struct rb_error *err =
		rb_error_why(rb_error_new(RB_FAILED, "cannot accept peering '%s': it is '%s'",
					  p->peering_id, p->status),
			     "%s", p->status_message ? p->status_message : "");

	err = rb_error_hint(err, "request another:");
	return rb_error_next(err, RB_NEXT_RESUME, "--from 3-1");
}

/* The request accepted without a look at it, and tagged beside that. */
struct first_try {
	const char *id;
	bool refused; /* what it is must be read */
};

/* *ret_tagged: ours are on it. */
static struct rb_error *accept(struct step_ctx *ctx, const char *id, bool *ret_tagged)
{
	auto_ec2_peerings found = { 0 };
	const struct ec2_peering *p;
	struct rb_error *err;
	const char *run;

	*ret_tagged = false;
	TRY(peering_describe(step_aws(ctx), id, &found));
	if (!found.n) {
		step_waiting(ctx, id, N_("not known to the destination's region"), NULL,
			     ACCEPT_USUAL_S);
		return NULL;
	}
	p = &found.v[0];
	run = aws_tags_get(&p->tags, "runbook:run");
	if (run && !text_eq(run, step_run_id(ctx)))
		return resource_is_not_ours(ctx, N_("peering"), id, &p->tags);
	*ret_tagged =
		step_owns(ctx, &p->tags) && resource_has_tags(&p->tags, step_tags(ctx, "peering"));
	if (peering_is_dead(p->status) || text_eq(p->status, "deleting"))
		return dead_peering(p);
	if (text_eq(p->status, "initiating-request")) {
		step_pending(ctx, id, p->status, p->status_message, ACCEPT_USUAL_S);
		return NULL;
	}
	if (!text_eq(p->status, "pending-acceptance"))
		return NULL;
	err = ec2_accept_peering(step_aws(ctx), id);
	/* accepted already: what was asked for; the view that we read was an old one */
	if (rb_error_is_aws(err, "InvalidStateTransition"))
		return rb_error_free(err);
	if (rb_error_is(err, RB_GONE) || rb_error_is_aws(err, "IncorrectState")) {
		step_pending(ctx, id, p->status, err->why, ACCEPT_USUAL_S);
		return rb_error_free(err);
	}
	return err;
}

static struct rb_error *tag(struct step_ctx *ctx, void *arg)
{
	const struct first_try *t = arg;

	return ec2_create_tags(step_aws(ctx), t->id, step_tags(ctx, "peering"));
}

/* Whatever says that it is not as it should be: the look at it decides. */
static struct rb_error *unless_refused(struct first_try *t, struct rb_error *err)
{
	if (!rb_error_is_aws(err, "InvalidStateTransition") &&
	    !rb_error_is_aws(err, "IncorrectState") && !rb_error_is(err, RB_GONE))
		return err;
	t->refused = true;
	return rb_error_free(err);
}

static struct rb_error *accept_unread(struct step_ctx *ctx, void *arg)
{
	struct first_try *t = arg;

	return unless_refused(t, ec2_accept_peering(step_aws(ctx), t->id));
}

static struct rb_error *tag_unread(struct step_ctx *ctx, void *arg)
{
	return unless_refused(arg, tag(ctx, arg));
}

static struct rb_error *do_peering_accept(struct step_ctx *ctx)
{
	struct first_try t = { 0 };
	const struct step_branch both[] = { { accept_unread, &t }, { tag_unread, &t }, { 0 } };
	bool tagged = false;

	TRY(step_need_output(ctx, "3-1", "vpc_peering_connection_id", &t.id));
	/* 3-1 holds: this region knows the request, which may bear tags, and nearly always the
	 * first try does it */
	if (step_is_fresh(ctx)) {
		TRY(step_together(ctx, both));
		if (!t.refused)
			return NULL;
	}
	TRY(accept(ctx, t.id, &tagged));
	return step_waits(ctx) || tagged ? NULL : tag(ctx, &t);
}

/* Which step's name it bears on this side is no matter: it is 3-1's thing as well. */
static void expect_run_tags(struct step_ctx *ctx, const struct aws_tags *tags)
{
	static const char thing[] = "peering_in_destination";
	const struct aws_tags *want = step_tags(ctx, "peering");

	step_expect_tag(ctx, thing, "runbook:run", step_run_id(ctx),
			aws_tags_get(tags, "runbook:run"));
	step_expect_tag(ctx, thing, "runbook:stack", step_stack(ctx),
			aws_tags_get(tags, "runbook:stack"));
	for (size_t i = 0; i < want->n; i++) {
		const char *key = want->v[i].key;

		if (!text_eq(key, "Name") && !text_starts_with(key, "runbook:"))
			step_expect_tag(ctx, thing, key, want->v[i].value, aws_tags_get(tags, key));
	}
}

static struct rb_error *verify_both_sides(struct step_ctx *ctx, void *arg)
{
	const char *id = arg;
	autofree char *state_here = NULL, *state_there = NULL;
	const struct ec2_peering *p, *source;
	auto_peering_sides sides = { .id = id };

	TRY(peering_describe_sides(ctx, &sides));
	if (!sides.source.n || !sides.destination.n) {
		step_missing(ctx, "peering '%s' is not known in '%s'", id,
			     aws_client_region(sides.destination.n ? step_aws_source(ctx)
								   : step_aws(ctx)));
		return NULL;
	}
	p = &sides.destination.v[0];
	source = &sides.source.v[0];
	/* one side active, the other still behind: the views of the regions lag apart */
	if (peering_is_moving(p->status) || peering_is_moving(source->status) ||
	    (text_eq(p->status, "active") && text_eq(source->status, "pending-acceptance")) ||
	    (text_eq(source->status, "active") && text_eq(p->status, "pending-acceptance")) ||
	    (text_eq(p->status, "pending-acceptance") &&
	     step_done_lately(ctx, "3-3", "AcceptVpcPeeringConnection", SEEN_S))) {
		const struct ec2_peering *behind = text_eq(p->status, "active") ? source : p;

		step_pending(ctx, id, behind->status, behind->status_message, ACCEPT_USUAL_S);
		return NULL;
	}
	state_here = resource_state_text(p->status,
					 text_eq(p->status, "active") ? NULL : p->status_message);
	state_there = resource_state_text(
		source->status, text_eq(source->status, "active") ? NULL : source->status_message);
	step_expect_state(ctx, text_eq(state_here, "active"), "peering.status_in_destination",
			  "active", state_here);
	step_expect_state(ctx, text_eq(state_there, "active"), "peering.status_in_source", "active",
			  state_there);
	expect_run_tags(ctx, &p->tags);
	if (!text_eq(p->status, "active") || !text_eq(source->status, "active"))
		return NULL;
	step_expect(ctx, "peering.source_block", step_param(ctx, "source.vpc_cidr"),
		    p->requester_cidr);
	step_expect(ctx, "peering.destination_block", step_param(ctx, "destination.vpc_cidr"),
		    p->accepter_cidr);
	return NULL;
}

static struct rb_error *verify_way_there(struct step_ctx *ctx, void *arg)
{
	(void)arg;
	return route_expect_active(ctx, step_aws_source(ctx), &way_there, "source_route", "3-2");
}

static struct rb_error *verify_peering_accept(struct step_ctx *ctx)
{
	autofree char *id =
		xstrdup_or_null(step_output_of(ctx, "3-1", "vpc_peering_connection_id"));
	const struct step_branch sides[] = { { verify_both_sides, id }, { 0 } };
	static const struct step_branch route[] = { { verify_way_there, NULL }, { 0 } };

	if (!id) {
		step_missing(ctx, "no peering is recorded");
		return NULL;
	}
	return step_in_order(ctx, REST_IF_IT_HOLDS, sides, route);
}

/* What was accepted cannot be un-accepted: deleting the peering, in 3-1's undo, takes it back. */
static struct rb_error *undo_peering_accept(struct step_ctx *ctx)
{
	(void)ctx;
	return NULL;
}

static struct rb_error *try_peering_accept(struct step_ctx *ctx)
{
	const char *id = step_output_of(ctx, "3-1", "vpc_peering_connection_id");

	return id ? step_tried(ec2_accept_peering(step_aws_dry(ctx), id)) : NULL;
}

/* Accepting leaves a state, and tags on this side; the last is how it is known to be done. */
static struct rb_error *recover_peering_accept(struct step_ctx *ctx)
{
	const char *id = step_output_of(ctx, "3-1", "vpc_peering_connection_id");
	auto_ec2_peerings found = { 0 };
	const struct ec2_peering *p;

	if (!id)
		return NULL;
	TRY(peering_describe(step_aws(ctx), id, &found));
	p = found.n ? &found.v[0] : NULL;
	if (p && (text_eq(p->status, "active") || text_eq(p->status, "provisioning")) &&
	    text_eq(aws_tags_get(&p->tags, "runbook:run"), step_run_id(ctx)))
		step_stands(ctx, KNOWN_BY_BOTH);
	return NULL;
}

const struct step step_3_3_peering_accept = {
	.id = "3-3",
	.title = N_("Accept the VPC peering"),
	.why = N_("The destination side accepts: the peering becomes active in both "
		  "regions."),
	.side = SIDE_DESTINATION,
	.needs = (const struct step_need[]){ { "3-1", WHEN_HELD, NULL },
					     { "3-2", WHEN_MADE, NULL },
					     { "1-2", WHEN_MADE, "route_table_id" },
					     { 0 } },
	.params = (const char *const[]){ "source.vpc_cidr", "destination.vpc_cidr", "tags.", NULL },
	.gives = (const char *const[]){ NULL },
	.calls = (const char *const[]){ "ec2 AcceptVpcPeeringConnection", "ec2 CreateTags", NULL },
	.undo_after = (const char *const[]){ NULL },
	.usual_s = ACCEPT_USUAL_S,
	.by_hand = &by_hand_3_3,
	.terraform = terraform_3_3,
	.do_ = do_peering_accept,
	.verify = verify_peering_accept,
	.undo = undo_peering_accept,
	.try_dry = try_peering_accept,
	.recover = recover_peering_accept,
};
