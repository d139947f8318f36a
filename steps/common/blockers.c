/* SPDX-License-Identifier: Apache-2.0 */
/* Who is in the way of the delete of a group, a subnet, a route table, a VPC, by name. */
#include "steps/common/blockers.h"

#include <string.h>

#include "aws/ec2/ec2.h"
#include "base/said.h"
#include "base/text.h"
#include "steps/common/blockers_int.h"
#include "steps/common/resource.h"

enum { REASON_ITEMS_MAX = 12 };

static void clear_blockers(struct blockers *b)
{
	said_free(b->fading.said);
	said_free(b->foreign.said);
	said_free(b->peerings.said);
}
#define auto_blockers CLEANUP(clear_blockers) struct blockers

struct blockers_list *blockers_list_for(struct blockers *b, bool fades)
{
	return fades ? &b->fading : &b->foreign;
}

/* Takes `item`.  What is beyond the last that has room is not named. */
void blockers_add(struct blockers_list *list, struct said *item)
{
	auto_said *before = list->said, *one = item;

	if (list->n < REASON_ITEMS_MAX)
		list->said = before ? said_new("%s; %s", said_english(before), said_english(one))
				    : said_copy(one);
	else if (list->n == REASON_ITEMS_MAX)
		list->said = said_new("%s; ...", said_english(before));
	else
		list->said = said_copy(before);
	list->n++;
}

bool blockers_is_of_run(struct step_ctx *ctx, const char *id, const struct aws_tags *tags)
{
	return text_eq(aws_tags_get(tags, "runbook:run"), step_run_id(ctx)) ||
	       (id && step_run_made(ctx, id));
}

/* "deleting", "delete-in-progress", "deleted": it goes, whosever it is. */
bool blockers_is_going(const char *state)
{
	return state && strlen(state) >= 6 && (state[0] == 'd' || state[0] == 'D') &&
	       text_starts_with(state + 1, "elet");
}

/* ---- what else holds a group, a subnet, a route table ------------------------ */

static struct rb_error *groups_naming(struct step_ctx *ctx, const char *filter, const char *id,
				      struct blockers *out)
{
	auto_ec2_groups found = { 0 };

	TRY(ec2_describe_groups(step_aws(ctx), NULL, ONE_FILTER(filter, id), &found));
	for (size_t i = 0; i < found.n; i++) {
		const struct ec2_group *g = &found.v[i];

		if (!text_eq(g->group_id, id))
			blockers_add(blockers_list_for(
					     out, blockers_is_of_run(ctx, g->group_id, &g->tags)),
				     said_new("a rule of group %s ('%s') names it", g->group_id,
					      g->name ? g->name : ""));
	}
	return NULL;
}

static struct rb_error *blockers_of_group(struct step_ctx *ctx, const char *id,
					  struct blockers *out)
{
	TRY(blockers_interfaces(ctx, "group-id", id, out));
	TRY(groups_naming(ctx, "ip-permission.group-id", id, out));
	return groups_naming(ctx, "egress.ip-permission.group-id", id, out);
}

static struct rb_error *blockers_of_subnet(struct step_ctx *ctx, const char *id,
					   struct blockers *out)
{
	auto_ec2_connect_endpoints connect = { 0 };

	TRY(blockers_interfaces(ctx, "subnet-id", id, out));
	TRY(ec2_describe_connect_endpoints(step_aws(ctx), NULL, ONE_FILTER("subnet-id", id),
					   &connect));
	for (size_t i = 0; i < connect.n; i++)
		blockers_add(blockers_list_for(
				     out, blockers_is_going(connect.v[i].state) ||
						  blockers_is_of_run(ctx, connect.v[i].endpoint_id,
								     &connect.v[i].tags)),
			     said_new("instance connect endpoint %s (%s)", connect.v[i].endpoint_id,
				      connect.v[i].state));
	return NULL;
}

static struct rb_error *blockers_of_table(struct step_ctx *ctx, const char *id,
					  struct blockers *out)
{
	auto_ec2_route_tables found = { 0 };

	TRY(resource_unless_gone(
		ec2_describe_route_tables(step_aws(ctx), ONE_ID(id), NULL, &found)));
	for (size_t i = 0; i < found.n; i++)
		for (size_t k = 0; k < found.v[i].associations.n; k++) {
			const struct ec2_association *a = &found.v[i].associations.v[k];
			bool fades = text_starts_with(a->state ? a->state : "", "disassociat") ||
				     (a->subnet_id && step_run_made(ctx, a->subnet_id));

			blockers_add(blockers_list_for(out, fades),
				     said_new("association %s with %-s (%-s)", a->association_id,
					      a->subnet_id    ? a->subnet_id
					      : a->gateway_id ? a->gateway_id
							      : N_("the VPC"),
					      a->state ? a->state : N_("unknown")));
		}
	return NULL;
}

/* Nobody waits for what never goes. */
static struct rb_error *held_by_others(struct rb_error *blocked, const struct said *foreign,
				       const char *id)
{
	struct rb_error *err = rb_error_new(RB_DRIFT, "%-s", blocked->what ? blocked->what : id);

	err = rb_error_why(err, "it is in use by what is not the run's: %s", said_english(foreign));
	(void)rb_error_free(blocked);
	return rb_error_next(rb_error_hint(err, "not the run's: remove it, then:"), RB_NEXT_UNDO,
			     NULL);
}

struct rb_error *blockers_after_delete(struct step_ctx *ctx, struct rb_error *err,
				       enum blocked_kind kind, const char *id, int usual_s,
				       bool *ret_gone)
{
	static struct rb_error *(*const finders[])(struct step_ctx *, const char *,
						   struct blockers *) = {
		[BLOCKED_GROUP] = blockers_of_group,
		[BLOCKED_SUBNET] = blockers_of_subnet,
		[BLOCKED_ROUTE_TABLE] = blockers_of_table,
		[BLOCKED_VPC] = blockers_of_vpc,
	};
	auto_error struct rb_error *blocked = err;
	auto_blockers by = { 0 };

	*ret_gone = false;
	if (!blocked || rb_error_is(blocked, RB_GONE)) {
		*ret_gone = true;
		return NULL;
	}
	if (!rb_error_is(blocked, RB_DEPENDENCY)) {
		struct rb_error *failed = blocked;

		blocked = NULL;
		return failed;
	}
	/* The diagnosis is a help, not the work: what it may not read is left out of it. */
	err = finders[kind](ctx, id, &by);
	if (rb_error_is(err, RB_INTERRUPTED))
		return err;
	(void)rb_error_free(err);
	if (!by.fading.n && by.peerings.n)
		blockers_add(&by.foreign, said_copy(by.peerings.said));
	if (by.foreign.n) {
		struct rb_error *failed = blocked;

		blocked = NULL;
		return held_by_others(failed, by.foreign.said, id);
	}
	step_pending_undo(ctx, id,
			  by.fading.n	 ? said_english(by.fading.said)
			  : blocked->why ? blocked->why
					 : N_("AWS does not say by what"),
			  /* step_id= */ NULL, usual_s);
	return NULL;
}
