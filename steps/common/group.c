/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Security groups with exactly the rules that the procedure names: what lacks is
 * authorised, what is too many in a group of ours is revoked.
 *
 * CreateSecurityGroup takes no client token, but a group's name is unique in its VPC
 * and ours holds the run id: a second one cannot come to be.
 */
#include "steps/common/group.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/strv.h"
#include "base/text.h"
#include "steps/common/offer.h"
#include "steps/common/resource.h"
#include "steps/common/blockers.h"

/* ---- rules, pure --------------------------------------------------------- */

static const char *protocol_name(const char *protocol)
{
	static const struct {
		const char *number, *name;
	} names[] = { { "6", "tcp" }, { "17", "udp" }, { "1", "icmp" }, { "all", "-1" } };

	for (size_t i = 0; protocol && i < ARRAY_LEN(names); i++)
		if (text_eq(protocol, names[i].number))
			return names[i].name;
	return protocol;
}

bool rule_matches(const struct rule_want *want, const char *group_id, const struct ec2_rule *rule)
{
	const char *group = text_eq(want->group, RULE_SELF) ? group_id : want->group;
	const char *protocol = protocol_name(rule->protocol);

	if (want->egress != rule->egress || !text_eq(want->protocol, protocol) ||
	    !text_eq(want->cidr, rule->cidr) || !text_eq(group, rule->group_id) ||
	    rule->prefix_list_id)
		return false;
	/* "all protocols" knows no ports, whatever is written there */
	return text_eq(protocol, "-1") ||
	       (rule->from_port == want->port && rule->to_port == want->port);
}

char *rule_text(const struct ec2_rule *rule)
{
	const char *protocol = protocol_name(rule->protocol);
	const char *who = rule->cidr	   ? rule->cidr
			  : rule->group_id ? rule->group_id
					   : rule->prefix_list_id;
	auto_buf text = BUF_INIT;

	buf_addf(&text, "%s %s", rule->egress ? "egress" : "ingress",
		 text_eq(protocol, "-1") ? "all"
		 : protocol		 ? protocol
					 : "?");
	if (!text_eq(protocol, "-1")) {
		if (rule->from_port == rule->to_port)
			buf_addf(&text, " %d", rule->from_port);
		else
			buf_addf(&text, " %d-%d", rule->from_port, rule->to_port);
	}
	buf_addf(&text, " %s %s", rule->egress ? "to" : "from", who ? who : "?");
	return buf_steal(&text);
}

static const struct ec2_rule *find_rule(const struct rule_want *want, const char *group_id,
					const struct ec2_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rule_matches(want, group_id, &rules->v[i]))
			return &rules->v[i];
	return NULL;
}

static bool is_wanted(const struct group_plan *plan, const char *group_id,
		      const struct ec2_rule *rule)
{
	for (size_t i = 0; i < plan->n; i++)
		if (rule_matches(&plan->rules[i], group_id, rule))
			return true;
	return false;
}

/* ---- do -------------------------------------------------------------------- */

static struct rb_error *find_group(struct step_ctx *ctx, struct ec2_groups *ret)
{
	const char *recorded = step_output(ctx, "security_group_id");

	if (recorded) {
		TRY(resource_unless_gone(
			ec2_describe_groups(step_aws(ctx), ONE_ID(recorded), NULL, ret)));
		if (ret->n)
			return NULL;
		TRY(step_forget(ctx, "security_group_id"));
	}
	if (step_is_fresh(ctx) ||
	    step_is_known_gone(ctx, "security_group_id", "DeleteSecurityGroup"))
		return NULL;
	TRY(ec2_describe_groups(step_aws(ctx), NULL, step_filters(ctx), ret));
	return resource_found_by_tag(ctx, N_("security group"), ret->n,
				     ret->n ? ret->v[0].group_id : NULL,
				     ret->n > 1 ? ret->v[1].group_id : NULL);
}

static struct rb_error *authorize(struct step_ctx *ctx, const struct group_plan *plan,
				  const char *group_id, const struct rule_want *want)
{
	const char *group = text_eq(want->group, RULE_SELF) ? group_id : want->group;
	autofree char *protocol = xstrdup(want->protocol);
	autofree char *cidr = xstrdup_or_null(want->cidr);
	autofree char *who = xstrdup_or_null(group);
	autofree char *id = NULL;
	const struct ec2_rule rule = {
		.egress = want->egress,
		.protocol = protocol,
		.from_port = want->port,
		.to_port = want->port,
		.cidr = cidr,
		.group_id = who,
	};
	struct rb_error *err;

	err = ec2_authorize(step_aws(ctx), group_id, &rule, step_tags(ctx, plan->what), &id);
	/* a duplicate is what was wanted; verify reads it back */
	return rb_error_is(err, RB_EXISTS) ? rb_error_free(err) : err;
}

static struct rb_error *describe_rules(struct step_ctx *ctx, const char *group_id,
				       struct ec2_rules *ret)
{
	return ec2_describe_rules(step_aws(ctx), ONE_FILTER("group-id", group_id), ret);
}

static struct rb_error *repair_rules(struct step_ctx *ctx, const struct group_plan *plan,
				     const char *group_id)
{
	auto_ec2_rules rules = { 0 };

	TRY(describe_rules(ctx, group_id, &rules));
	for (size_t i = 0; i < plan->n; i++)
		if (!find_rule(&plan->rules[i], group_id, &rules))
			TRY(authorize(ctx, plan, group_id, &plan->rules[i]));
	for (size_t i = 0; i < rules.n; i++) {
		const struct ec2_rule *r = &rules.v[i];

		if (is_wanted(plan, group_id, r))
			continue;
		autofree char *text = rule_text(r);

		TRY(resource_unless_gone(
			ec2_revoke(step_aws(ctx), group_id, r->egress, r->rule_id)));
		step_note(ctx, "revoked a rule of %s that is none of the procedure's: %s", group_id,
			  text);
	}
	return NULL;
}

/* A new group has its egress rule from the start, and nothing else. */
static struct rb_error *first_rules(struct step_ctx *ctx, const struct group_plan *plan,
				    const char *group_id)
{
	static const struct rule_want all_out = RULE_ALL_OUT;

	for (size_t i = 0; i < plan->n; i++) {
		const struct rule_want *w = &plan->rules[i];

		if (w->egress && text_eq(w->protocol, all_out.protocol) &&
		    text_eq(w->cidr, all_out.cidr))
			continue;
		TRY(authorize(ctx, plan, group_id, w));
	}
	return NULL;
}

struct rb_error *group_try(struct step_ctx *ctx, const struct group_plan *plan)
{
	const char *vpc_id = step_output_of(ctx, plan->vpc_step, "vpc_id");

	if (!vpc_id)
		return NULL;
	return step_tried(ec2_create_group(step_aws_dry(ctx), vpc_id, step_name(ctx, plan->what),
					   plan->description, step_tags(ctx, plan->what), NULL));
}

/* A name is unique in its VPC. */
static struct rb_error *offered_group(struct step_ctx *ctx, const struct group_plan *plan,
				      struct ec2_groups *list, const struct ec2_group **ret)
{
	struct aws_filter filters[3] = { { .name = "vpc-id" }, { .name = "group-name" } };
	const void *found;

	TRY(step_need_output(ctx, plan->vpc_step, "vpc_id", &filters[0].values[0]));
	filters[1].values[0] = step_name(ctx, plan->what);
	TRY(ec2_describe_groups(step_aws(ctx), NULL, filters, list));
	TRY(offer_one(ctx, N_("security group"), N_("its name in the VPC"),
		      &OFFER_LIST(list, struct ec2_group, group_id), NULL, NULL, &found));
	*ret = found;
	return NULL;
}

struct rb_error *group_make(struct step_ctx *ctx, const struct group_plan *plan, bool *ret_new)
{
	auto_ec2_groups found = { 0 }, offered = { 0 };
	const struct ec2_group *g;
	autofree char *id = NULL;
	struct rb_error *err;
	const char *vpc_id;

	*ret_new = false;
	TRY(find_group(ctx, &found));
	if (step_waits(ctx))
		return NULL;
	g = found.n ? &found.v[0] : NULL;
	if (!g && step_is_by_hand(ctx))
		TRY(offered_group(ctx, plan, &offered, &g));
	if (g) {
		TRY(resource_adopt(ctx, "security_group_id", g->group_id));
		return resource_restore_tags(ctx, step_aws(ctx), N_("security group"), g->group_id,
					     plan->what, &g->tags);
	}
	TRY(step_need_output(ctx, plan->vpc_step, "vpc_id", &vpc_id));
	err = ec2_create_group(step_aws(ctx), vpc_id, step_name(ctx, plan->what), plan->description,
			       step_tags(ctx, plan->what), &id);
	if (rb_error_is(err, RB_EXISTS) && !step_is_fresh(ctx)) {
		/* the name holds our run id: it is there, only not listed yet */
		step_pending(ctx, step_name(ctx, plan->what), "not listed", err->why,
			     /* usual_s= */ 10);
		(void)rb_error_free(err);
		return NULL;
	}
	TRY(err);
	*ret_new = true;
	return step_record(ctx, "security_group_id", id);
}

struct rb_error *group_rules(struct step_ctx *ctx, const struct group_plan *plan, bool is_new)
{
	const char *id = step_output(ctx, "security_group_id");

	return is_new ? first_rules(ctx, plan, id) : repair_rules(ctx, plan, id);
}

/* ---- verify ------------------------------------------------------------------ */

struct rb_error *group_verify(struct step_ctx *ctx, const struct group_plan *plan)
{
	const char *id = step_output(ctx, "security_group_id");
	auto_ec2_groups groups = { 0 };
	const struct ec2_rules *rules;
	autofree char *all_others = NULL;
	auto_strv others = { 0 };

	if (!id) {
		step_missing(ctx, "no security group is recorded");
		return NULL;
	}
	TRY(resource_unless_gone(ec2_describe_groups(step_aws(ctx), ONE_ID(id), NULL, &groups)));
	if (!groups.n) {
		step_missing_output(ctx, "security_group_id", "security group '%s' is gone", id);
		return NULL;
	}
	step_expect(ctx, "security_group.vpc", step_output_of(ctx, plan->vpc_step, "vpc_id"),
		    groups.v[0].vpc_id);
	step_expect(ctx, "security_group.name", step_name(ctx, plan->what), groups.v[0].name);
	resource_expect_tags(ctx, "security_group", plan->what, &groups.v[0].tags);
	rules = &groups.v[0].rules;
	for (size_t i = 0; i < plan->n; i++) {
		const struct ec2_rule *r = find_rule(&plan->rules[i], id, rules);
		autofree char *claim = xasprintf("security_group.%s", plan->rules[i].claim);

		step_expect(ctx, claim, N_("allowed"), r ? "allowed" : NULL);
	}
	for (size_t i = 0; i < rules->n; i++)
		if (!is_wanted(plan, id, &rules->v[i]))
			strv_add_owned(&others, rule_text(&rules->v[i]));
	all_others = others.n ? strv_join(&others, "; ") : NULL;
	resource_expect_none(ctx, "security_group.other_rules", all_others);
	return NULL;
}

/* ---- undo ---------------------------------------------------------------------- */

struct rb_error *group_undo(struct step_ctx *ctx, int usual_s)
{
	auto_ec2_groups found = { 0 };
	const struct ec2_group *g;
	bool gone;

	TRY(find_group(ctx, &found));
	if (step_waits(ctx) || !found.n)
		return NULL;
	g = found.v;
	if (!step_owns(ctx, &g->tags))
		return resource_is_not_ours(ctx, N_("security group"), g->group_id, &g->tags);
	TRY(blockers_after_delete(ctx, ec2_delete_group(step_aws(ctx), g->group_id), BLOCKED_GROUP,
				  g->group_id, usual_s, &gone));
	return gone ? step_forget(ctx, "security_group_id") : NULL;
}

/* ---- recover ------------------------------------------------------------------- */

struct rb_error *group_recover(struct step_ctx *ctx, const char *what, bool *ret_found)
{
	auto_ec2_groups found = { 0 };
	const struct ec2_group *g;

	*ret_found = false;
	TRY(find_group(ctx, &found));
	if (!found.n)
		return NULL;
	g = found.v;
	*ret_found = true;
	step_recovered_tags(ctx, &g->tags);
	return step_recovered(ctx, "security_group_id", g->group_id,
			      text_eq(g->name, step_name(ctx, what)) ? KNOWN_BY_BOTH
								     : KNOWN_BY_TAG);
}
