/* SPDX-License-Identifier: Apache-2.0 */
/* Judges which way a subnet sends a packet, and what its network ACL lets through. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/path_int.h"
#include "steps/common/reach.h"

/* Where answers go: the ports that Linux gives (net.ipv4.ip_local_port_range). */
enum { ANSWERS_FROM = 32768, ANSWERS_TO = 60999 };

/* The first that people may use, the last, and the deny behind them, which nobody can remove. */
enum { RULE_USUAL = 100, RULE_REST = 32767 };

static const struct path_end *other_of(const struct path *p, const struct hop_row *row)
{
	return &p->ends[row->end == END_FROM ? END_TO : END_FROM];
}

/* ---- network ACLs ------------------------------------------------------------------- */

struct acl_question {
	const struct ec2_acl *acl;
	bool egress;
	int from_port, to_port;
	const char *address; /* the other end's */
	const char *cidr;    /* its subnet's */
};

static bool is_asked(const struct acl_question *q, const struct ec2_acl_entry *e)
{
	return e->egress == q->egress && reach_acl_entry_concerns(e, q->address) &&
	       (reach_acl_entry_has_all_ports(e) ||
		(e->from_port <= q->to_port && e->to_port >= q->from_port));
}

/* The first entry that refuses some of it. */
static const struct ec2_acl_entry *refuser(const struct acl_question *q)
{
	const struct ec2_acl_entry *first = NULL;

	for (size_t i = 0; i < q->acl->entries.n; i++) {
		const struct ec2_acl_entry *e = &q->acl->entries.v[i];

		if (!text_eq(e->action, "allow") && is_asked(q, e) &&
		    (!first || e->rule_number < first->rule_number))
			first = e;
	}
	return first;
}

static bool lets_without(const struct acl_question *q, const struct ec2_acl_entry *out)
{
	struct ec2_acl_entries rest = { .v = xcalloc(q->acl->entries.n, sizeof(*rest.v)) };
	bool lets;

	for (size_t i = 0; i < q->acl->entries.n; i++)
		if (&q->acl->entries.v[i] != out)
			rest.v[rest.n++] = q->acl->entries.v[i];
	lets = reach_acl_allows(&rest, q->egress, q->from_port, q->to_port, q->address);
	free(rest.v);
	return lets;
}

static bool is_taken(const struct acl_question *q, int number)
{
	for (size_t i = 0; i < q->acl->entries.n; i++)
		if (q->acl->entries.v[i].egress == q->egress &&
		    q->acl->entries.v[i].rule_number == number)
			return true;
	return false;
}

/* A free number that comes before `limit`; 0: there is none. */
static int free_before(const struct acl_question *q, int limit)
{
	if (RULE_USUAL < limit && !is_taken(q, RULE_USUAL))
		return RULE_USUAL;
	for (int number = limit - 1; number > 0; number--)
		if (!is_taken(q, number))
			return number;
	return 0;
}

/* An entry that refuses goes when the rest will do; else one that allows comes before it. */
static void mend_acl(const struct acl_question *q, struct hop *hop)
{
	const struct ec2_acl_entry *first = refuser(q);
	int limit = first ? first->rule_number : RULE_REST;
	int number = free_before(q, limit);
	const char *way = q->egress ? "--egress" : "--ingress";
	autofree char *its = xasprintf("%d", limit);
	autofree char *new_one = xasprintf("%d", number ? number : limit);
	autofree char *ports = xasprintf("From=%d,To=%d", q->from_port, q->to_port);

	if (first && limit < RULE_REST && lets_without(q, first)) {
		hop_mend_by_aws(hop, "ec2", "delete-network-acl-entry", "--network-acl-id",
				q->acl->acl_id, "--rule-number", its, way);
		return;
	}
	hop_mend_by_aws(
		hop, "ec2", number ? "create-network-acl-entry" : "replace-network-acl-entry",
		"--network-acl-id", q->acl->acl_id, "--rule-number", new_one, way, "--protocol",
		"tcp", "--port-range", ports, "--cidr-block", q->cidr, "--rule-action", "allow");
}

void judge_acl(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	const struct path_end *end = &p->ends[row->end], *other = other_of(p, row);
	bool back = row->leg == HOP_BACK;
	struct acl_question q = {
		.acl = end->acls.n ? &end->acls.v[0] : NULL,
		.egress = back == (row->end == END_TO),
		.from_port = back ? ANSWERS_FROM : p->plan->port,
		.to_port = back ? ANSWERS_TO : p->plan->port,
		.address = other->address,
		.cidr = step_param(p->ctx, other->plan->cidr_param),
	};
	auto_said *what = back ? said_new("the answers (to ports %d-%d)", ANSWERS_FROM, ANSWERS_TO)
			       : said_new("port %d", p->plan->port);

	hop_is_of(hop, end->client, q.acl ? q.acl->acl_id : end->subnet,
		  q.egress ? N_("outbound entries") : N_("inbound entries"));
	if (end->subnet && text_eq(end->subnet, other->subnet)) {
		hop_saw(hop, said_new("let through"),
			said_new("not met: both ends are in subnet %s", end->subnet));
		return;
	}
	if (hop_is_blind(hop, &end->acl_look, N_("the network ACL"), end->plan->subnet_step))
		return;
	if (!q.acl) {
		hop_hangs_on(hop, N_("the subnet"));
		return;
	}
	if (reach_acl_allows(&q.acl->entries, q.egress, q.from_port, q.to_port, q.address)) {
		hop_saw(hop, said_new("%s let through", said_english(what)),
			said_new("%s let through", said_english(what)));
		return;
	}
	hop_saw(hop, said_new("%s let through", said_english(what)), said_new("refused"));
	hop_break(hop, said_new("the network ACL: that of subnet '%s' stops %s", end->subnet,
				said_english(what)));
	mend_acl(&q, hop);
}

/* ---- route tables ------------------------------------------------------------------- */

static const struct ec2_route_table *table_of(const struct path_end *end, const char *id)
{
	for (size_t i = 0; id && i < end->tables.n; i++)
		if (text_eq(end->tables.v[i].route_table_id, id))
			return &end->tables.v[i];
	return NULL;
}

static bool leads_there(const struct path *p, const struct ec2_route *route)
{
	return route && text_eq(route->target, p->plan->peering_step ? p->peering_id : "local");
}

static bool table_leads_there(const struct path *p, const struct ec2_route_table *table,
			      const struct path_end *other)
{
	return leads_there(p, reach_route_for(table, other->address));
}

void judge_association(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	const struct path_end *end = &p->ends[row->end], *other = other_of(p, row);
	const struct ec2_route_table *table = reach_effective_table(&end->tables, end->subnet);
	const char *id = table ? table->route_table_id : NULL;

	hop_is_of(hop, end->client, end->subnet, N_("its route table"));
	if (hop_is_blind(hop, &end->tables_look, N_("the association"), end->plan->subnet_step))
		return;
	hop_saw(hop, said_new("%s", end->table_id ? end->table_id : "-"),
		said_new("%s", id ? id : "-"));
	if (table && (text_eq(id, end->table_id) || table_leads_there(p, table, other)))
		return;
	hop_break(hop, table ? said_new("the association: subnet '%s' goes by table '%s', not by "
					"the one of step %s",
					end->subnet, id, end->plan->subnet_step)
			     : said_new("%-s: subnet '%s' has no route table",
					N_("the association"), end->subnet ? end->subnet : "-"));
	hop_mend_by_step(hop, end->plan->subnet_step);
}

/* A route that no step made: a step's do refuses to live with it. */
static bool has_foreign_route(const struct ec2_route_table *table, const char *cidr)
{
	for (size_t i = 0; i < table->routes.n; i++)
		if (!text_eq(table->routes.v[i].target, "local") &&
		    !text_eq(table->routes.v[i].destination, cidr))
			return true;
	return false;
}

static const struct ec2_route *route_of_block(const struct ec2_route_table *table, const char *cidr)
{
	for (size_t i = 0; i < table->routes.n; i++)
		if (text_eq(table->routes.v[i].destination, cidr))
			return &table->routes.v[i];
	return NULL;
}

static void mend_route(const struct path *p, const struct path_end *end,
		       const struct ec2_route_table *table, const struct ec2_route *best,
		       struct hop *hop)
{
	const char *cidr = step_param(p->ctx, end->plan->route_cidr_param);
	const struct ec2_route *ours = route_of_block(table, cidr);
	const char *call = ours ? "replace-route" : "create-route";

	if (!p->peering_id) {
		hop_mend_by_step(hop, NULL);
	} else if (best && best != ours && !text_eq(best->destination, "0.0.0.0/0")) {
		/* a smaller block of somebody's takes it away */
		hop_mend_by_aws(hop, "ec2", "delete-route", "--route-table-id",
				table->route_table_id, "--destination-cidr-block",
				best->destination);
		hop->mend.then_resume = !ours || !leads_there(p, ours);
		hop->mend.step = end->plan->route_step;
	} else if (!has_foreign_route(table, cidr) &&
		   (!ours || text_eq(ours->state, "blackhole"))) {
		hop_mend_by_step(hop, end->plan->route_step);
	} else {
		hop_mend_by_aws(hop, "ec2", call, "--route-table-id", table->route_table_id,
				"--destination-cidr-block", cidr, "--vpc-peering-connection-id",
				p->peering_id);
	}
}

static bool peering_is_active(const struct path *p)
{
	for (int i = 0; i < ENDS_N; i++)
		if (!p->ends[i].peerings.n || !text_eq(p->ends[i].peerings.v[0].status, "active"))
			return false;
	return true;
}

void judge_route(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	const struct path_end *end = &p->ends[row->end], *other = other_of(p, row);
	const char *name = row->leg == HOP_BACK ? N_("the route back") : N_("the route there");
	const struct ec2_route_table *table = reach_effective_table(&end->tables, end->subnet);
	const struct ec2_route *route;

	/* that the subnet goes by another table is the association's affair */
	if (!table || !table_leads_there(p, table, other))
		table = table_of(end, end->table_id);
	hop_is_of(hop, end->client, table ? table->route_table_id : end->table_id, N_("routes"));
	if (hop_is_blind(hop, &end->tables_look, name, end->plan->subnet_step))
		return;
	if (!table) {
		hop_hangs_on(hop, N_("the association"));
		return;
	}
	route = reach_route_for(table, other->address);
	hop_saw(hop,
		said_new("%s goes to %s", other->address,
			 p->plan->peering_step ? p->peering_id ? p->peering_id : "-" : "local"),
		route ? said_new("to %s, %-s", route->target ? route->target : "-",
				 route->state ? route->state : N_("of unknown state"))
		      : said_new("no route"));
	if (!leads_there(p, route)) {
		hop_break(hop,
			  route && route->target
				  ? said_new("%-s: table '%s' sends %s to %s, not to the peering",
					     name, table->route_table_id, other->address,
					     route->target)
				  : said_new("%-s: table '%s' sends %s to nowhere, not to the "
					     "peering",
					     name, table->route_table_id, other->address));
		hop->unmade = route ? NULL : end->plan->route_step;
		mend_route(p, end, table, route, hop);
	} else if (!text_eq(route->state, "active") && peering_is_active(p)) {
		hop_break(hop, said_new("%-s: the route to the peering is %-s", name,
					route->state ? route->state : N_("of unknown state")));
		hop_mend_by_step(hop, end->plan->route_step);
	}
}
