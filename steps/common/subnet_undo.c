/* SPDX-License-Identifier: Apache-2.0 */
/* A subnet and its route table go, the association of both first. */
#include "steps/common/subnet_int.h"

#include "aws/ec2/ec2.h"
#include "base/text.h"
#include "steps/common/blockers.h"
#include "steps/common/resource.h"

/* An endpoint's interface stays for about half a minute after it: one look just past that. */
enum { FREE_USUAL_S = 29 };

/* What exists, read side by side. */
struct net_answers {
	struct ec2_subnets subnets;
	struct ec2_route_tables tables;
};

static struct rb_error *read_subnet(struct step_ctx *ctx, void *arg)
{
	struct net_answers *answers = arg;

	return subnet_find(ctx, &answers->subnets);
}

static struct rb_error *read_table(struct step_ctx *ctx, void *arg)
{
	struct net_answers *answers = arg;

	return subnet_find_table(ctx, &answers->tables);
}

static void net_answers_clear(struct net_answers *answers)
{
	ec2_subnets_clear(&answers->subnets);
	ec2_route_tables_clear(&answers->tables);
}

/* The association of our subnet with our table: a subnet or table by itself is freed of no other.
 */
static struct rb_error *undo_association(struct step_ctx *ctx, const struct net_answers *answers)
{
	const struct ec2_route_table *t = answers->tables.n ? answers->tables.v : NULL;
	const char *recorded = step_output(ctx, "route_table_association_id");
	/* a journal that lost its end names neither the subnet nor the association */
	const char *subnet_id = answers->subnets.n && step_owns(ctx, &answers->subnets.v[0].tags)
					? answers->subnets.v[0].subnet_id
					: step_output(ctx, "subnet_id");

	for (size_t i = 0; t && step_owns(ctx, &t->tags) && i < t->associations.n; i++) {
		const struct ec2_association *a = &t->associations.v[i];

		if (!a->main &&
		    (text_eq(a->subnet_id, subnet_id) || text_eq(a->association_id, recorded)))
			TRY(resource_unless_gone(
				ec2_disassociate_route_table(step_aws(ctx), a->association_id)));
	}
	return step_forget(ctx, "route_table_association_id");
}

static struct rb_error *undo_table(struct step_ctx *ctx, void *arg)
{
	const struct net_answers *answers = arg;
	const struct ec2_route_table *t = answers->tables.v;
	bool gone;

	if (!answers->tables.n)
		return NULL;
	if (!step_owns(ctx, &t->tags))
		return resource_is_not_ours(ctx, N_("route table"), t->route_table_id, &t->tags);
	/* recorded, so that its token is retired when it is gone */
	TRY(resource_adopt(ctx, "route_table_id", t->route_table_id));
	TRY(blockers_after_delete(ctx, ec2_delete_route_table(step_aws(ctx), t->route_table_id),
				  BLOCKED_ROUTE_TABLE, t->route_table_id, /* usual_s= */ 10,
				  &gone));
	if (!gone)
		return NULL;
	TRY(step_retire_token(ctx, "route-table"));
	return step_forget(ctx, "route_table_id");
}

static struct rb_error *undo_subnet(struct step_ctx *ctx, void *arg)
{
	const struct net_answers *answers = arg;
	const struct ec2_subnet *s = answers->subnets.v;
	bool gone;

	if (!answers->subnets.n)
		return NULL;
	if (!step_owns(ctx, &s->tags))
		return resource_is_not_ours(ctx, N_("subnet"), s->subnet_id, &s->tags);
	TRY(blockers_after_delete(ctx, ec2_delete_subnet(step_aws(ctx), s->subnet_id),
				  BLOCKED_SUBNET, s->subnet_id, FREE_USUAL_S, &gone));
	return gone ? step_forget(ctx, "subnet_id") : NULL;
}

struct rb_error *subnet_undo(struct step_ctx *ctx)
{
	CLEANUP(net_answers_clear) struct net_answers answers = { 0 };
	const struct step_branch reads[] = { { read_subnet, &answers },
					     { read_table, &answers },
					     { 0 } };
	const struct step_branch deletes[] = { { undo_subnet, &answers },
					       { undo_table, &answers },
					       { 0 } };

	TRY(step_together(ctx, reads));
	if (step_waits(ctx))
		return NULL;
	TRY(undo_association(ctx, &answers));
	TRY(step_together(ctx, deletes));
	if (step_waits(ctx))
		return NULL;
	TRY(step_forget(ctx, "availability_zone"));
	return step_forget(ctx, "availability_zone_id");
}
