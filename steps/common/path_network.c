/* SPDX-License-Identifier: Apache-2.0 */
/* Judges what a packet meets: the ends, their groups, the peering, and the name of where it goes.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/path_int.h"
#include "steps/common/reach.h"
#include "steps/common/upload.h"

static const struct path_end *end_of(const struct path *p, const struct hop_row *row)
{
	return &p->ends[row->end];
}

static const struct path_end *other_of(const struct path *p, const struct hop_row *row)
{
	return &p->ends[row->end == END_FROM ? END_TO : END_FROM];
}

/* ---- the things at the ends --------------------------------------------------------- */

static bool is_one_of(const char *state, const char *const *list)
{
	for (; state && *list; list++)
		if (text_eq_nocase(state, *list))
			return true;
	return false;
}

bool path_end_serves(const struct path_end *end)
{
	static const char *const running[] = { "running", NULL };
	static const char *const available[] = { "available", NULL };
	/* whatever state an update left it in, it carries connections */
	static const char *const complete[] = { "create-complete", "update-complete",
						"update-in-progress", "update-failed", NULL };

	switch (end->plan->kind) {
	case END_INSTANCE:
		return is_one_of(end->state, running);
	case END_CONNECT_ENDPOINT:
		return is_one_of(end->state, complete);
	case END_S3_ENDPOINT:
		return is_one_of(end->state, available);
	}
	return false;
}

static const char *wanted_state(const struct path_end *end)
{
	static const char *const states[] = { [END_INSTANCE] = "running",
					      [END_CONNECT_ENDPOINT] = "create-complete",
					      [END_S3_ENDPOINT] = "available" };

	return states[end->plan->kind];
}

static const char *noun_of(const struct path_end *end)
{
	return end->plan->kind == END_INSTANCE ? N_("the instance") : N_("the endpoint");
}

static bool admits_everybody(const struct ec2_rules *rules, int port)
{
	/* two addresses that no smaller block of a sane group holds both of */
	return reach_rules_allow(rules, /* egress= */ false, port, "1.2.3.4", NULL) &&
	       reach_rules_allow(rules, /* egress= */ false, port, "203.0.113.7", NULL);
}

/* The instance then sees the operator's own address, which no rule that names a group admits. */
static void judge_preserved_client(const struct path *p, const struct path_end *end,
				   struct hop *hop)
{
	const struct path_end *to = &p->ends[END_TO];

	if (!end->preserves_client || admits_everybody(&to->rules, p->plan->port))
		return;
	hop->setting = N_("preserves the client's address");
	hop_saw(hop, said_new("off"), said_new("on"));
	hop_break(hop, said_new("the endpoint: '%s' preserves its client's address, and the "
				"instance's group admits the endpoint's group",
				end->id));
	hop_mend_by_aws(hop, "ec2", "modify-instance-connect-endpoint",
			"--instance-connect-endpoint-id", end->id, "--no-preserve-client-ip");
}

/* What its step does about an instance in this state. */
static const char *instance_mend(const char *state)
{
	if (text_eq(state, "stopped") || text_eq(state, "stopping"))
		return N_("this starts it again:");
	if (text_eq(state, "terminated") || text_eq(state, "shutting-down"))
		return N_("this makes another one:");
	return N_("this puts it right:");
}

void judge_end(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	const struct path_end *end = end_of(p, row);

	hop_is_of(hop, end->client, end->id, N_("state"));
	if (hop_is_blind(hop, &end->thing, noun_of(end), end->plan->step))
		return;
	hop_saw(hop, said_new("%s", wanted_state(end)),
		said_new("%s", end->state ? end->state : "-"));
	if (!path_end_serves(end)) {
		hop_break(hop, end->plan->kind == END_INSTANCE
				       ? said_new("the instance: '%s' is %-s, not running", end->id,
						  end->state ? end->state : N_("not there"))
				       : said_new("the endpoint: '%s' is %-s", end->id,
						  end->state ? end->state : N_("not there")));
		hop_mend_by_step(hop, end->plan->step);
		if (end->plan->kind == END_INSTANCE)
			hop->mend.how = instance_mend(end->state);
	} else if (end->plan->kind == END_CONNECT_ENDPOINT) {
		judge_preserved_client(p, end, hop);
	}
}

/* ---- groups ------------------------------------------------------------------------- */

/* A rule that names a group knows the other end by it inside one VPC only. */
static bool group_lets(const struct path *p, const struct path_end *end,
		       const struct path_end *other, bool egress)
{
	if (reach_rules_allow(&end->rules, egress, p->plan->port, other->address, NULL))
		return true;
	for (size_t i = 0; !p->plan->peering_step && i < other->group_ids.n; i++)
		if (reach_rules_allow(&end->rules, egress, p->plan->port, NULL,
				      other->group_ids.v[i]))
			return true;
	return false;
}

static const char *group_noun(const struct path_end *end)
{
	return end->plan->kind == END_INSTANCE ? N_("the instance's group")
					       : N_("the endpoint's group");
}

static struct said *group_problem(const struct path *p, const struct path_end *end,
				  const struct path_end *other, bool egress, const char *group)
{
	int port = p->plan->port;

	if (egress && other->plan->kind == END_INSTANCE)
		return said_new("%-s: '%s' lets nothing out to port %d of the instance",
				group_noun(end), group, port);
	if (egress)
		return said_new("%-s: '%s' lets nothing out to %s port %d", group_noun(end), group,
				other->address, port);
	if (p->plan->peering_step)
		return said_new("%-s: '%s' does not admit port %d from %s", group_noun(end), group,
				port, other->address);
	return said_new("%-s: '%s' does not admit port %d from %-s '%s'", group_noun(end), group,
			port, group_noun(other), other->group_ids.n ? other->group_ids.v[0] : "-");
}

/* Its step gives an instance and an S3 endpoint their group back; a connect endpoint's it leaves.
 */
static void mend_group(const struct path_end *end, struct hop *hop)
{
	if (end->plan->kind == END_CONNECT_ENDPOINT && !strv_has(&end->group_ids, end->group_id))
		hop_mend_by_aws(hop, "ec2", "modify-instance-connect-endpoint",
				"--instance-connect-endpoint-id", end->id, "--security-group-ids",
				end->group_id);
	else
		hop_mend_by_step(hop, end->plan->step);
	if (hop->mend.kind == MEND_RESUME)
		hop->mend.how = N_("this puts the rules right:");
}

static void judge_group(const struct path *p, const struct hop_row *row, struct hop *hop,
			bool egress)
{
	const struct path_end *end = end_of(p, row), *other = other_of(p, row);
	const char *group = end->group_id;

	if (!group || !strv_has(&end->group_ids, group))
		group = end->group_ids.n ? end->group_ids.v[0] : NULL;
	hop_is_of(hop, end->client, group, egress ? N_("outbound rules") : N_("inbound rules"));
	if (hop_is_blind(hop, &end->rules_look, group_noun(end), end->plan->step))
		return;
	if (group_lets(p, end, other, egress)) {
		hop_saw(hop,
			egress ? said_new("tcp %d to %s", p->plan->port, other->address)
			       : said_new("tcp %d from %s", p->plan->port, other->address),
			egress ? said_new("tcp %d to %s is let out", p->plan->port, other->address)
			       : said_new("tcp %d from %s is let in", p->plan->port,
					  other->address));
		return;
	}
	hop_saw(hop,
		egress ? said_new("tcp %d to %s", p->plan->port, other->address)
		       : said_new("tcp %d from %s", p->plan->port, other->address),
		said_new("no rule lets it through"));
	hop_break(hop, group_problem(p, end, other, egress, group));
	mend_group(end, hop);
}

void judge_egress(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	judge_group(p, row, hop, /* egress= */ true);
}

void judge_ingress(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	judge_group(p, row, hop, /* egress= */ false);
}

/* ---- the peering -------------------------------------------------------------------- */

static const char *status_of(const struct path_end *end)
{
	return end->peerings.n && end->peerings.v[0].status ? end->peerings.v[0].status
							    : N_("not there");
}

void judge_peering(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	const struct path_end *from = &p->ends[END_FROM], *to = &p->ends[END_TO];

	hop_is_of(hop, end_of(p, row)->client, p->peering_id, N_("state, as both ends see it"));
	if (hop_is_blind(hop, &from->peering_look, N_("the peering"), p->plan->peering_step) ||
	    hop_is_blind(hop, &to->peering_look, N_("the peering"), p->plan->peering_step))
		return;
	hop_saw(hop, said_new("active, active"),
		said_new("%-s, %-s", status_of(from), status_of(to)));
	for (int i = 0; i < ENDS_N; i++) {
		const char *status = status_of(&p->ends[i]);
		bool awaited = text_eq(status, "pending-acceptance") ||
			       text_eq(status, "provisioning") ||
			       text_eq(status, "initiating-request");

		if (text_eq(status, "active"))
			continue;
		hop_break(hop, said_new("the peering: '%s' is %-s in %s", p->peering_id, status,
					aws_client_region(p->ends[i].client)));
		hop_mend_by_step(hop, awaited ? p->plan->accept_step : p->plan->peering_step);
		return;
	}
}

/* ---- the name ----------------------------------------------------------------------- */

void judge_dns(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	const struct path_end *from = end_of(p, row);

	hop_is_of(hop, from->client, from->vpc_id, N_("DNS support"));
	if (hop_is_blind(hop, &p->dns_look, N_("the name"), from->plan->vpc_step))
		return;
	hop_saw(hop, said_new("on"), p->dns_support ? said_new("on") : said_new("off"));
	if (p->dns_support)
		return;
	hop_break(hop, said_new("the name: DNS support of VPC '%s' is off, so the endpoint's name "
				"does not resolve there",
				from->vpc_id));
	hop_mend_by_step(hop, from->plan->vpc_step);
}

/* The name that uploads go by is one of the endpoint's; AWS lists it with or without "*.". */
static bool has_name(const struct path_end *end, const char *name)
{
	for (size_t i = 0; i < end->dns_names.n; i++) {
		const char *its = end->dns_names.v[i];

		if (text_eq(its, name) || (text_starts_with(its, "*.") && text_eq(its + 2, name)))
			return true;
	}
	return false;
}

void judge_addresses(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	const struct path_end *end = end_of(p, row);
	const char *cidr = step_param(p->ctx, end->plan->cidr_param);
	const char *name = step_output_of(p->ctx, end->plan->step, "vpc_endpoint_dns");
	autofree char *found = strv_join(&end->addresses, ", ");

	hop_is_of(hop, end->client, name ? name : end->id, N_("its addresses"));
	if (!end->thing.made || rb_error_is(end->thing.err, RB_GONE) ||
	    (!end->thing.err && !path_end_serves(end))) {
		hop_hangs_on(hop, N_("the endpoint"));
		return;
	}
	if (hop_is_blind(hop, &end->thing, N_("the endpoint"), end->plan->step))
		return;
	hop_saw(hop, said_new("addresses inside %s", cidr),
		*found ? said_new("%s", found) : said_new("(no address)"));
	if (!upload_all_inside(&end->addresses, cidr))
		hop_break(hop, said_new("the endpoint: '%s' has no address in subnet '%s'", end->id,
					end->subnet_id ? end->subnet_id : "-"));
	else if (name && !has_name(end, name))
		hop_break(hop, said_new("the name: '%s' is none of endpoint '%s'", name, end->id));
	if (hop->state == HOP_BROKEN)
		hop_mend_by_step(hop, end->plan->step);
}
