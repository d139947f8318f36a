/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VPC: available, DNS support and DNS hostnames on, the main route table left
 * alone.
 *
 * CreateVpc takes no client token (EC2 API 2016-11-15), so a call whose answer was
 * lost may still have worked.  The run tag travels in the same request; it is how a
 * resumed run finds that VPC instead of making a second one.
 */
#include "steps/common/vpc.h"

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "steps/common/offer.h"
#include "steps/common/resource.h"
#include "steps/common/blockers.h"

enum { DELETE_USUAL_S = 10 };

/* AWS shows a VPC that it takes away for a while (state "deleting", since August 2026). */
static bool is_deleting(const struct ec2_vpc *v)
{
	return text_eq(v->state, "deleting");
}

/* The living ones of `list`: how many, and the first two. */
static size_t living(const struct ec2_vpcs *list, const struct ec2_vpc *first_two[2])
{
	size_t n = 0;

	first_two[0] = first_two[1] = NULL;
	for (size_t i = 0; i < list->n; i++) {
		if (is_deleting(&list->v[i]))
			continue;
		if (n < 2)
			first_two[n] = &list->v[i];
		n++;
	}
	return n;
}

/*
 * This run's VPC, recorded or merely tagged, borrowed from `list`; NULL when there is none.  One
 * that is being deleted is answered only when no other is there.
 */
static struct rb_error *find_vpc(struct step_ctx *ctx, struct ec2_vpcs *list,
				 const struct ec2_vpc **ret)
{
	const char *recorded = step_output(ctx, "vpc_id");
	const struct ec2_vpc *two[2];
	size_t n;

	*ret = NULL;
	if (recorded) {
		TRY(resource_unless_gone(
			ec2_describe_vpcs(step_aws(ctx), ONE_ID(recorded), NULL, list)));
		if (list->n) {
			*ret = &list->v[0];
			return NULL;
		}
		TRY(step_forget(ctx, "vpc_id"));
		TRY(step_forget(ctx, "main_route_table_id"));
	}
	if (step_is_fresh(ctx) || step_is_known_gone(ctx, "vpc_id", "DeleteVpc"))
		return NULL;
	TRY(ec2_describe_vpcs(step_aws(ctx), NULL, step_filters(ctx), list));
	n = living(list, two);
	*ret = n ? two[0] : list->n ? &list->v[0] : NULL;
	return resource_found_by_tag(ctx, N_("VPC"), n, n ? two[0]->vpc_id : NULL,
				     n > 1 ? two[1]->vpc_id : NULL);
}

/* What is right already is no change: later steps would count as passed by another path. */
static struct rb_error *switch_on(struct step_ctx *ctx, const char *id, const char *read_as,
				  const char *written_as)
{
	bool on = false;

	TRY(ec2_describe_vpc_attribute(step_aws(ctx), id, read_as, &on));
	return on ? NULL : ec2_modify_vpc_attribute(step_aws(ctx), id, written_as, true);
}

static bool is_there(const void *thing, const void *arg)
{
	(void)arg;
	return !is_deleting(thing);
}

/* What a person made, borrowed from `list`; NULL: nothing, or it is not theirs. */
static struct rb_error *offered_vpc(struct step_ctx *ctx, const char *cidr_param,
				    struct ec2_vpcs *list, const struct ec2_vpc **ret)
{
	const void *found;

	TRY(ec2_describe_vpcs(step_aws(ctx), NULL, ONE_FILTER("cidr", step_param(ctx, cidr_param)),
			      list));
	TRY(offer_one(ctx, N_("VPC"), N_("its CIDR block"),
		      &OFFER_LIST(list, struct ec2_vpc, vpc_id), is_there, NULL, &found));
	*ret = found;
	return NULL;
}

struct rb_error *vpc_do(struct step_ctx *ctx, const char *cidr_param)
{
	auto_ec2_vpcs found = { 0 }, offered = { 0 };
	const struct ec2_vpc *vpc;
	autofree char *id = NULL;

	TRY(find_vpc(ctx, &found, &vpc));
	if (step_waits(ctx))
		return NULL;
	if (vpc && is_deleting(vpc)) {
		step_note(ctx, "%s is being deleted: another one is made", vpc->vpc_id);
		TRY(step_forget(ctx, "vpc_id"));
		TRY(step_forget(ctx, "main_route_table_id"));
		vpc = NULL;
	}
	if (!vpc && step_is_by_hand(ctx))
		TRY(offered_vpc(ctx, cidr_param, &offered, &vpc));
	if (vpc) {
		id = xstrdup(vpc->vpc_id);
		TRY(resource_adopt(ctx, "vpc_id", id));
		TRY(resource_restore_tags(ctx, step_aws(ctx), N_("VPC"), id, "vpc", &vpc->tags));
	} else {
		TRY(ec2_create_vpc(step_aws(ctx), step_param(ctx, cidr_param),
				   step_tags(ctx, "vpc"), &id));
		TRY(step_record(ctx, "vpc_id", id));
	}
	/* one attribute a call, and names need support first, which a new VPC has */
	if (vpc)
		TRY(switch_on(ctx, id, "enableDnsSupport", "EnableDnsSupport"));
	if (vpc)
		return switch_on(ctx, id, "enableDnsHostnames", "EnableDnsHostnames");
	return ec2_modify_vpc_attribute(step_aws(ctx), id, "EnableDnsHostnames", true);
}

struct rb_error *vpc_try(struct step_ctx *ctx, const char *cidr_param)
{
	return step_tried(ec2_create_vpc(step_aws_dry(ctx), step_param(ctx, cidr_param),
					 step_tags(ctx, "vpc"), NULL));
}

void vpc_list_routes(const struct ec2_route_table *table, const char *but, struct strv *out)
{
	for (size_t i = 0; i < table->routes.n; i++) {
		const struct ec2_route *r = &table->routes.v[i];

		if (!but || !text_eq(r->destination, but))
			strv_addf(out, "%s -> %s (%s)", r->destination ? r->destination : "?",
				  r->target ? r->target : "?", r->state ? r->state : "?");
	}
}

/* The VPC that the calls of verify ask about, side by side. */
struct vpc_query {
	const char *id;
	const char *cidr;
};

static struct rb_error *verify_support(struct step_ctx *ctx, void *arg)
{
	const struct vpc_query *query = arg;
	bool on = false;

	TRY(ec2_describe_vpc_attribute(step_aws(ctx), query->id, "enableDnsSupport", &on));
	step_expect_bool(ctx, "vpc.dns_support", true, on);
	return NULL;
}

static struct rb_error *verify_hostnames(struct step_ctx *ctx, void *arg)
{
	const struct vpc_query *query = arg;
	bool on = false;

	TRY(ec2_describe_vpc_attribute(step_aws(ctx), query->id, "enableDnsHostnames", &on));
	step_expect_bool(ctx, "vpc.dns_hostnames", true, on);
	return NULL;
}

static const struct ec2_route_table *main_of(const struct ec2_route_tables *list)
{
	for (size_t i = 0; i < list->n; i++)
		for (size_t k = 0; k < list->v[i].associations.n; k++)
			if (list->v[i].associations.v[k].main)
				return &list->v[i];
	return NULL;
}

/* The table that is the main one: by its id as long as that is so, else whichever it is now.
 * Borrowed from `list`; NULL: there is none. */
static struct rb_error *find_main_table(struct step_ctx *ctx, const char *vpc_id,
					struct ec2_route_tables *list,
					const struct ec2_route_table **ret)
{
	const char *recorded = step_output(ctx, "main_route_table_id");

	if (recorded)
		TRY(resource_unless_gone(
			ec2_describe_route_tables(step_aws(ctx), ONE_ID(recorded), NULL, list)));
	*ret = main_of(list);
	if (*ret)
		return NULL;
	ec2_route_tables_clear(list);
	/* of all tables, as those who ask for others of them are answered by the same call */
	TRY(ec2_describe_route_tables(step_aws(ctx), NULL, ONE_FILTER("vpc-id", vpc_id), list));
	*ret = main_of(list);
	return NULL;
}

static struct rb_error *verify_main_table(struct step_ctx *ctx, void *arg)
{
	const struct vpc_query *query = arg;
	auto_ec2_route_tables tables = { 0 };
	const struct ec2_route_table *table;
	autofree char *only_local = xasprintf("%s -> local (active)", query->cidr);
	auto_strv routes = { 0 };

	TRY(find_main_table(ctx, query->id, &tables, &table));
	if (!table) {
		step_expect(ctx, "main_route_table", N_("present"), NULL);
		return NULL;
	}
	if (!step_output(ctx, "main_route_table_id"))
		TRY(step_record(ctx, "main_route_table_id", table->route_table_id));
	step_expect(ctx, "main_route_table.id", step_output(ctx, "main_route_table_id"),
		    table->route_table_id);
	vpc_list_routes(table, NULL, &routes);
	resource_expect_only(ctx, "main_route_table.routes", only_local, &routes);
	return NULL;
}

static struct rb_error *verify_itself(struct step_ctx *ctx, void *arg)
{
	const struct vpc_query *query = arg;
	auto_ec2_vpcs found = { 0 };
	const struct ec2_vpc *vpc;

	TRY(resource_unless_gone(
		ec2_describe_vpcs(step_aws(ctx), ONE_ID(query->id), NULL, &found)));
	if (!found.n) {
		step_missing_output(ctx, "vpc_id", "VPC '%s' is gone", query->id);
		return NULL;
	}
	vpc = &found.v[0];
	if (is_deleting(vpc)) {
		step_missing_output(ctx, "vpc_id", "VPC '%s' is being deleted", query->id);
		return NULL;
	}
	if (step_still(ctx, query->id, "pending", vpc->state, /* usual_s= */ 2))
		return NULL;
	step_expect_state(ctx, text_eq(vpc->state, "available"), "vpc.state", "available",
			  vpc->state);
	step_expect(ctx, "vpc.cidr_block", query->cidr, vpc->cidr_block);
	resource_expect_only(ctx, "vpc.cidr_blocks", query->cidr, &vpc->cidr_blocks);
	step_expect(ctx, "vpc.owner", step_account(ctx), vpc->owner_id);
	resource_expect_tags(ctx, "vpc", "vpc", &vpc->tags);
	return NULL;
}

struct rb_error *vpc_verify(struct step_ctx *ctx, const char *cidr_param)
{
	const char *id = step_output(ctx, "vpc_id");
	struct vpc_query query = { id, step_param(ctx, cidr_param) };
	const struct step_branch itself[] = { { verify_itself, &query }, { 0 } };
	const struct step_branch rest[] = { { verify_support, &query },
					    { verify_hostnames, &query },
					    { verify_main_table, &query },
					    { 0 } };

	if (!id) {
		step_missing(ctx, "no VPC is recorded");
		return NULL;
	}
	return step_in_order(ctx, REST_LATER, itself, rest);
}

struct rb_error *vpc_undo(struct step_ctx *ctx)
{
	auto_ec2_vpcs found = { 0 };
	const struct ec2_vpc *vpc;
	bool gone;

	TRY(find_vpc(ctx, &found, &vpc));
	if (!vpc)
		return NULL;
	if (!step_owns(ctx, &vpc->tags))
		return resource_is_not_ours(ctx, N_("VPC"), vpc->vpc_id, &vpc->tags);
	if (is_deleting(vpc)) {
		step_pending(ctx, vpc->vpc_id, vpc->state, NULL, DELETE_USUAL_S);
		return NULL;
	}
	TRY(blockers_after_delete(ctx, ec2_delete_vpc(step_aws(ctx), vpc->vpc_id), BLOCKED_VPC,
				  vpc->vpc_id, DELETE_USUAL_S, &gone));
	if (!gone)
		return NULL;
	TRY(step_forget(ctx, "main_route_table_id"));
	return step_forget(ctx, "vpc_id");
}

/* The main route table came with the VPC, so it carries no tag of ours. */
struct rb_error *vpc_recover(struct step_ctx *ctx, const char *cidr_param)
{
	auto_ec2_route_tables tables = { 0 };
	const struct ec2_route_table *table;
	auto_ec2_vpcs found = { 0 };
	const struct ec2_vpc *vpc;

	TRY(find_vpc(ctx, &found, &vpc));
	if (!vpc || is_deleting(vpc))
		return NULL;
	TRY(step_recovered(ctx, "vpc_id", vpc->vpc_id, KNOWN_BY_TAG));
	step_recovered_param(ctx, cidr_param, vpc->cidr_block, KNOWN_BY_SHAPE);
	step_recovered_tags(ctx, &vpc->tags);
	TRY(find_main_table(ctx, vpc->vpc_id, &tables, &table));
	if (table)
		TRY(step_recovered(ctx, "main_route_table_id", table->route_table_id,
				   KNOWN_BY_SHAPE));
	step_stands(ctx, KNOWN_BY_TAG);
	return NULL;
}
