/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 3-1  The request to peer 1-1's VPC with 2-1's, same account, other region.
 *
 * It is asked for in the source's region; the destination's learns of it a little
 * later, and 3-3 can accept it only then.  So it holds when both know it.  The call
 * takes no client token and answers well even to what must fail: a second request for
 * a pair, or overlapping blocks, end in state "failed" afterwards.
 */
#include <string.h>

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/contract/step.h"
#include "steps/common/offer.h"
#include "steps/common/resource.h"
#include "steps/common/peering.h"
#include "steps/common/sides.h"
#include "steps/common/vpc.h"
#include "steps/peering/by_hand.h"
#include "steps/peering/terraform.h"

enum { REQUEST_USUAL_S = 12, DELETE_USUAL_S = 5, DELETE_SEEN_S = 300 };

static bool is_live(const struct ec2_peering *p)
{
	return !peering_is_dead(p->status) && !text_eq(p->status, "deleting");
}

static bool is_between(const struct ec2_peering *p, const char *source, const char *destination)
{
	return text_eq(p->requester_vpc_id, source) && text_eq(p->accepter_vpc_id, destination);
}

/*
 * The live peering of this run, recorded or merely tagged; NULL when there is none.
 * Another live one between the two VPCs is an error: a second request could only fail.
 * Borrowed from `list`.
 */
static struct rb_error *find_peering(struct step_ctx *ctx, struct ec2_peerings *list,
				     const struct ec2_peering **ret)
{
	const char *recorded = step_output(ctx, "vpc_peering_connection_id");
	const char *source = step_output_of(ctx, "1-1", "vpc_id");
	const char *destination = step_output_of(ctx, "2-1", "vpc_id");
	const char *second = NULL;
	size_t n = 0;

	*ret = NULL;
	if (recorded) {
		TRY(peering_describe(step_aws(ctx), recorded, list));
		if (list->n && !peering_is_dead(list->v[0].status)) {
			*ret = &list->v[0];
			return NULL;
		}
		ec2_peerings_clear(list);
		TRY(step_forget(ctx, "vpc_peering_connection_id"));
	}
	if (step_is_fresh(ctx))
		return NULL;
	/* filtered by us: a peering stays listed for hours after its end */
	TRY(ec2_describe_peerings(step_aws(ctx), NULL, NULL, list));
	for (size_t i = 0; i < list->n; i++) {
		const struct ec2_peering *p = &list->v[i];

		if (!is_live(p))
			continue;
		if (step_owns(ctx, &p->tags)) {
			if (!n++)
				*ret = p;
			else
				second = p->peering_id;
		} else if (source && destination && is_between(p, source, destination) &&
			   !step_is_by_hand(ctx)) {
			return resource_is_not_ours(ctx, N_("peering"), p->peering_id, &p->tags);
		}
	}
	return resource_found_by_tag(ctx, N_("peering"), n, n ? (*ret)->peering_id : NULL, second);
}

struct pair {
	const char *source, *destination;
};

static bool joins_pair(const void *thing, const void *arg)
{
	const struct pair *pair = arg;

	return is_live(thing) && is_between(thing, pair->source, pair->destination);
}

/* What a person requested, borrowed from `list`; NULL: nothing, or it is not theirs. */
static struct rb_error *offered_peering(struct step_ctx *ctx, const struct pair *pair,
					struct ec2_peerings *list, const struct ec2_peering **ret)
{
	const void *found;

	ec2_peerings_clear(list);
	TRY(ec2_describe_peerings(step_aws(ctx), NULL, NULL, list));
	TRY(offer_one(ctx, N_("peering"), N_("the VPCs that it joins"),
		      &OFFER_LIST(list, struct ec2_peering, peering_id), joins_pair, pair, &found));
	*ret = found;
	for (size_t i = 0; i < list->n && !found; i++) /* a second request could only fail */
		if (joins_pair(&list->v[i], pair))
			return resource_is_not_ours(ctx, N_("peering"), list->v[i].peering_id,
						    &list->v[i].tags);
	return NULL;
}

static struct rb_error *do_peering_request(struct step_ctx *ctx)
{
	auto_ec2_peerings found = { 0 };
	const char *source, *destination;
	const struct ec2_peering *p;
	autofree char *id = NULL;
	struct rb_error *err;

	TRY(step_need_output(ctx, "1-1", "vpc_id", &source));
	TRY(step_need_output(ctx, "2-1", "vpc_id", &destination));
	TRY(find_peering(ctx, &found, &p));
	if (step_waits(ctx))
		return NULL;
	if (p && text_eq(p->status, "deleting")) {
		step_pending(ctx, p->peering_id, p->status, p->status_message, DELETE_USUAL_S);
		return NULL;
	}
	if (p && !is_between(p, source, destination)) {
		/* of VPCs that are no more: it has no use, and 3-2 will find its route dead */
		TRY(resource_unless_gone(ec2_delete_peering(step_aws(ctx), p->peering_id)));
		step_note(ctx, "removed peering %s, between VPCs of before", p->peering_id);
		TRY(step_forget(ctx, "vpc_peering_connection_id"));
		p = NULL;
	}
	if (!p && step_is_by_hand(ctx))
		TRY(offered_peering(ctx, &(struct pair){ source, destination }, &found, &p));
	if (p) {
		TRY(resource_adopt(ctx, "vpc_peering_connection_id", p->peering_id));
		return resource_restore_tags(ctx, step_aws(ctx), N_("peering"), p->peering_id,
					     "peering", &p->tags);
	}
	err = ec2_create_peering(step_aws(ctx), source, destination,
				 aws_client_region(step_aws_destination(ctx)),
				 step_tags(ctx, "peering"), &id);
	if (rb_error_is(err, RB_EXISTS)) {
		/* the next pass finds whose it is: it lists the peerings of these VPCs */
		step_waiting(ctx, N_("peering"), N_("not listed"), err->why, /* usual_s= */ 10);
		return rb_error_free(err);
	}
	TRY(err);
	return step_record(ctx, "vpc_peering_connection_id", id);
}

static struct rb_error *verify_peering_request(struct step_ctx *ctx)
{
	const char *id = step_output(ctx, "vpc_peering_connection_id");
	auto_peering_sides sides = { .id = id };
	autofree char *state = NULL;
	const struct ec2_peering *p;

	if (!id) {
		step_missing(ctx, "no peering is recorded");
		return NULL;
	}
	TRY(peering_describe_sides(ctx, &sides));
	if (!sides.source.n || text_eq(sides.source.v[0].status, "deleted") ||
	    text_eq(sides.source.v[0].status, "deleting")) {
		step_missing_output(ctx, "vpc_peering_connection_id", "peering '%s' is %-s", id,
				    sides.source.n ? N_("deleted") : N_("gone"));
		return NULL;
	}
	p = &sides.source.v[0];
	if (text_eq(p->status, "initiating-request")) {
		step_pending(ctx, id, p->status, p->status_message, REQUEST_USUAL_S);
		return NULL;
	}
	if (text_eq(p->status, "pending-acceptance") &&
	    (!sides.destination.n ||
	     text_eq(sides.destination.v[0].status, "initiating-request"))) {
		step_waiting(ctx, id, N_("not known to the destination's region"), NULL,
			     REQUEST_USUAL_S);
		return NULL;
	}
	state = resource_state_text(p->status,
				    peering_is_dead(p->status) ? p->status_message : NULL);
	step_expect_state(ctx, is_live(p), "peering.status",
			  N_("pending-acceptance, provisioning or active"), state);
	step_expect(ctx, "peering.requester_vpc", step_output_of(ctx, "1-1", "vpc_id"),
		    p->requester_vpc_id);
	step_expect(ctx, "peering.requester_region", aws_client_region(step_aws(ctx)),
		    p->requester_region);
	step_expect(ctx, "peering.requester_owner", step_account(ctx), p->requester_owner_id);
	step_expect(ctx, "peering.accepter_vpc", step_output_of(ctx, "2-1", "vpc_id"),
		    p->accepter_vpc_id);
	step_expect(ctx, "peering.accepter_region", aws_client_region(step_aws_destination(ctx)),
		    p->accepter_region);
	step_expect(ctx, "peering.accepter_owner", step_account(ctx), p->accepter_owner_id);
	/* AWS returns the blocks as it comes to know them: the accepter's once it is active */
	if (p->requester_cidr)
		step_expect(ctx, "peering.requester_cidr", step_param(ctx, "source.vpc_cidr"),
			    p->requester_cidr);
	if (p->accepter_cidr)
		step_expect(ctx, "peering.accepter_cidr", step_param(ctx, "destination.vpc_cidr"),
			    p->accepter_cidr);
	resource_expect_tags(ctx, "peering", "peering", &p->tags);
	return NULL;
}

static const struct ec2_peering *unless_dead(const struct ec2_peerings *found)
{
	return found->n && !peering_is_dead(found->v[0].status) ? &found->v[0] : NULL;
}

/* True when there is one to ask for its end.  One of which the tags alone were seen has no status:
 * what it is, the delete's answer tells. */
static bool may_be_deleted(const struct ec2_peering *p)
{
	return p && (!p->status || is_live(p));
}

static struct rb_error *delete_peering(struct step_ctx *ctx, const struct ec2_peering *p)
{
	struct rb_error *err;

	if (!step_owns(ctx, &p->tags))
		return resource_is_not_ours(ctx, N_("peering"), p->peering_id, &p->tags);
	TRY(resource_adopt(ctx, "vpc_peering_connection_id", p->peering_id));
	err = ec2_delete_peering(step_aws(ctx), p->peering_id);
	/* it ended by itself meanwhile, or it is not requested yet: the next look tells */
	if (rb_error_is_aws(err, "InvalidStateTransition") ||
	    (!p->status && rb_error_is_aws(err, "IncorrectState")))
		err = rb_error_free(err);
	TRY(resource_unless_gone(err));
	step_pending(ctx, p->peering_id, "deleting", NULL, DELETE_USUAL_S);
	return NULL;
}

/*
 * Gone from both regions: a live side prevents the deletion of its VPC.  One that lives here is
 * asked to end.  Then the other region, which was not asked, hears of it last, and what is dead
 * there is dead; only where it is not, this one is asked again.
 */
static struct rb_error *read_sides(struct step_ctx *ctx, struct peering_sides *sides)
{
	bool asked = step_done_lately(ctx, "3-1", "DeleteVpcPeeringConnection", DELETE_SEEN_S);

	if (!asked)
		TRY(peering_describe(step_aws(ctx), sides->id, &sides->source));
	if (sides->source.n && may_be_deleted(&sides->source.v[0]))
		return NULL;
	TRY(peering_describe(step_aws_destination(ctx), sides->id, &sides->destination));
	if (!asked || (sides->destination.n && peering_is_dead(sides->destination.v[0].status)))
		return NULL;
	return peering_describe(step_aws(ctx), sides->id, &sides->source);
}

static struct rb_error *undo_peering_request(struct step_ctx *ctx)
{
	const char *recorded = step_output(ctx, "vpc_peering_connection_id");
	const struct ec2_peering *here = NULL, *there;
	auto_peering_sides sides = { 0 };
	auto_ec2_peerings found = { 0 };

	if (recorded) {
		sides.id = recorded;
		TRY(read_sides(ctx, &sides));
		here = unless_dead(&sides.source);
	} else {
		if (step_is_known_gone(ctx, "vpc_peering_connection_id",
				       "DeleteVpcPeeringConnection"))
			return NULL;
		TRY(find_peering(ctx, &found, &here));
	}
	if (here && text_eq(here->status, "initiating-request")) {
		step_pending(ctx, here->peering_id, here->status, here->status_message,
			     REQUEST_USUAL_S);
		return NULL;
	}
	if (may_be_deleted(here))
		return delete_peering(ctx, here);
	there = unless_dead(&sides.destination);
	if (here || there) {
		here = here ? here : there;
		step_pending(ctx, here->peering_id, here->status, here->status_message,
			     DELETE_USUAL_S);
		return NULL;
	}
	return step_forget(ctx, "vpc_peering_connection_id");
}

static struct rb_error *try_peering_request(struct step_ctx *ctx)
{
	const char *source = step_output_of(ctx, "1-1", "vpc_id");
	const char *destination = step_output_of(ctx, "2-1", "vpc_id");

	if (!source || !destination)
		return NULL;
	return step_tried(ec2_create_peering(step_aws_dry(ctx), source, destination,
					     aws_client_region(step_aws_destination(ctx)),
					     step_tags(ctx, "peering"), NULL));
}

static struct rb_error *recover_peering_request(struct step_ctx *ctx)
{
	const char *source = step_output_of(ctx, "1-1", "vpc_id");
	const char *destination = step_output_of(ctx, "2-1", "vpc_id");
	auto_ec2_peerings found = { 0 };
	const struct ec2_peering *p;

	TRY(find_peering(ctx, &found, &p));
	if (!p)
		return NULL;
	TRY(step_recovered(ctx, "vpc_peering_connection_id", p->peering_id,
			   is_between(p, source, destination) ? KNOWN_BY_BOTH : KNOWN_BY_TAG));
	step_recovered_param(ctx, "source.vpc_cidr", p->requester_cidr, KNOWN_BY_SHAPE);
	step_recovered_param(ctx, "destination.vpc_cidr", p->accepter_cidr, KNOWN_BY_SHAPE);
	step_recovered_tags(ctx, &p->tags);
	step_stands(ctx, KNOWN_BY_TAG);
	return NULL;
}

const struct step step_3_1_peering_request = {
	.id = "3-1",
	.title = N_("Request the VPC peering"),
	.why = N_("Asks to join the two VPCs across the regions. Nothing flows until it is "
		  "accepted (3-3) and both sides have routes (3-2, 3-4)."),
	.side = SIDE_SOURCE,
	/* a VPC that is still pending would make a request that fails */
	.needs = (const struct step_need[]){ { "1-1", WHEN_HELD, NULL },
					     { "2-1", WHEN_HELD, NULL },
					     { 0 } },
	.params = (const char *const[]){ "source.vpc_cidr", "destination.vpc_cidr", "tags.", NULL },
	.gives = (const char *const[]){ "vpc_peering_connection_id", NULL },
	.calls = (const char *const[]){ "ec2 CreateVpcPeeringConnection", NULL },
	/* the routes first: left behind, they would be in the way of the next run's */
	.undo_after = (const char *const[]){ "3-2", "3-3", "3-4", NULL },
	.usual_s = REQUEST_USUAL_S,
	.by_hand = &by_hand_3_1,
	.terraform = terraform_3_1,
	.do_ = do_peering_request,
	.verify = verify_peering_request,
	.undo = undo_peering_request,
	.try_dry = try_peering_request,
	.recover = recover_peering_request,
};
