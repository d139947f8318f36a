/* SPDX-License-Identifier: Apache-2.0 */
/* The way of one packet and of its answer.  Groups are stateful, ACLs and routes are not. */
#include "sandbox/network/walk.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* The port that answers go to is any of those that Linux gives. */
enum { ANSWERS_FROM = 32768, ANSWERS_TO = 60999 };

const char *sbx_walk_hop_name(enum sbx_walk_hop hop)
{
	static const char *const names[] = {
#define SBX_WALK_NAME_(name, label) [SBX_WALK_##name] = (label),
		SBX_WALK_HOPS(SBX_WALK_NAME_)
#undef SBX_WALK_NAME_
	};

	return names[hop];
}

/* The prefix length of `cidr` when `address` is in it, else -1. */
static int prefix_that_holds(const char *address, const char *cidr)
{
	char base[INET_ADDRSTRLEN];
	struct in_addr a, net;
	const char *slash;
	int64_t prefix;
	uint32_t mask;

	if (!address || !cidr)
		return -1;
	slash = strchr(cidr, '/');
	if (!slash || (size_t)(slash - cidr) >= sizeof(base))
		return -1;
	memcpy(base, cidr, (size_t)(slash - cidr));
	base[slash - cidr] = 0;
	if (!text_parse_i64(slash + 1, 0, 32, &prefix) || inet_pton(AF_INET, base, &net) != 1 ||
	    inet_pton(AF_INET, address, &a) != 1)
		return -1;
	mask = prefix == 0 ? 0 : UINT32_MAX << (32 - prefix);
	return ((ntohl(a.s_addr) ^ ntohl(net.s_addr)) & mask) == 0 ? (int)prefix : -1;
}

bool sbx_walk_address_in(const char *address, const char *cidr)
{
	return prefix_that_holds(address, cidr) >= 0;
}

static bool end_has_group(const struct sbx_walk_end *end, const char *group_id)
{
	for (size_t i = 0; i < end->n_groups; i++)
		if (text_eq(end->group_ids[i], group_id))
			return true;
	return false;
}

static bool rule_is_for(const struct sbx_walk_rule *rule, int port)
{
	if (text_eq(rule->protocol, "-1"))
		return true;
	if (!text_eq(rule->protocol, "tcp") && !text_eq(rule->protocol, "6"))
		return false;
	/* -1 means all ports, as RevokeSecurityGroupEgress of a full rule shows it */
	return rule->from_port == -1 || (rule->from_port <= port && port <= rule->to_port);
}

/*
 * Does a rule of `own`'s groups let `other` through?  A rule that names a group
 * knows the other end by its group only inside one region: across regions AWS
 * cannot see it, which is why the endpoint's group has to name a CIDR.
 */
static bool rules_admit(const struct sbx_walk *w, bool egress, const struct sbx_walk_end *own,
			const struct sbx_walk_end *other)
{
	const char *address = other->address;
	bool by_group = text_eq(own->region, other->region);

	if (!egress && w->seen_address) {
		address = w->seen_address;
		by_group = false;
	}
	for (size_t i = 0; i < w->n_rules; i++) {
		const struct sbx_walk_rule *rule = &w->rules[i];

		if (rule->egress != egress || !end_has_group(own, rule->group_id) ||
		    !rule_is_for(rule, w->port))
			continue;
		if (rule->cidr && sbx_walk_address_in(address, rule->cidr))
			return true;
		if (rule->peer_group && by_group && end_has_group(other, rule->peer_group))
			return true;
	}
	return false;
}

static bool entry_is_of(const struct sbx_walk_acl_entry *e, const struct sbx_walk_end *end,
			bool egress)
{
	return e->egress == egress && text_eq(e->vpc_id, end->vpc_id);
}

static bool entry_has_port(const struct sbx_walk_acl_entry *e, int port)
{
	return text_eq(e->protocol, "-1") ||
	       (text_eq(e->protocol, "6") && e->from_port <= port && port <= e->to_port);
}

/* The entry that decides about this port; NULL: there is none. */
static const struct sbx_walk_acl_entry *entry_for(const struct sbx_walk *w,
						  const struct sbx_walk_end *end, bool egress,
						  const char *address, int port)
{
	const struct sbx_walk_acl_entry *first = NULL;

	for (size_t i = 0; i < w->n_acl_entries; i++) {
		const struct sbx_walk_acl_entry *e = &w->acl_entries[i];

		if (entry_is_of(e, end, egress) && entry_has_port(e, port) &&
		    sbx_walk_address_in(address, e->cidr) && (!first || e->number < first->number))
			first = e;
	}
	return first;
}

/* The next port above `port` from which another entry may decide; past `last` when there is none.
 */
static int next_edge(const struct sbx_walk *w, int port, int last)
{
	int next = last + 1;

	for (size_t i = 0; i < w->n_acl_entries; i++) {
		const struct sbx_walk_acl_entry *e = &w->acl_entries[i];

		if (e->from_port > port && e->from_port < next)
			next = e->from_port;
		if (e->to_port >= port && e->to_port < last && e->to_port + 1 < next)
			next = e->to_port + 1;
	}
	return next;
}

/* Does the ACL of `end`'s subnet let every one of the ports through, to or from `other`? */
static bool acl_admits(const struct sbx_walk *w, const struct sbx_walk_end *end, bool egress,
		       const struct sbx_walk_end *other, int from_port, int to_port)
{
	bool any = false;

	/* what stays inside a subnet meets no ACL */
	if (text_eq(end->subnet_id, other->subnet_id))
		return true;
	for (size_t i = 0; i < w->n_acl_entries && !any; i++)
		any = text_eq(w->acl_entries[i].vpc_id, end->vpc_id);
	for (int port = from_port; any && port <= to_port; port = next_edge(w, port, to_port)) {
		const struct sbx_walk_acl_entry *e =
			entry_for(w, end, egress, other->address, port);

		if (!e || !e->allow)
			return false;
	}
	return true;
}

/* The request's way through one ACL. */
static enum sbx_walk_hop acl_lets(const struct sbx_walk *w, bool source, char *why)
{
	const struct sbx_walk_end *end = source ? &w->from : &w->to;

	if (acl_admits(w, end, source, source ? &w->to : &w->from, w->port, w->port))
		return SBX_WALK_OK;
	snprintf(why, SBX_WALK_TEXT, "the network ACL of '%s' stops port %d", end->subnet_id,
		 w->port);
	return source ? SBX_WALK_SOURCE_ACL : SBX_WALK_TARGET_ACL;
}

/* The answers' way, out of the target's subnet and into the sender's. */
static enum sbx_walk_hop acls_let_answers(const struct sbx_walk *w, char *why)
{
	bool out = acl_admits(w, &w->to, true, &w->from, ANSWERS_FROM, ANSWERS_TO);

	if (out && acl_admits(w, &w->from, false, &w->to, ANSWERS_FROM, ANSWERS_TO))
		return SBX_WALK_OK;
	snprintf(why, SBX_WALK_TEXT, "the network ACL of '%s' stops the answers",
		 out ? w->from.subnet_id : w->to.subnet_id);
	return SBX_WALK_RETURN_ACL;
}

/* The table that the subnet really uses: its own association's, else the VPC's main one. */
static const char *effective_table(const struct sbx_walk *w, const struct sbx_walk_end *end)
{
	for (size_t i = 0; i < w->n_assocs; i++)
		if (text_eq(w->assocs[i].subnet_id, end->subnet_id))
			return w->assocs[i].table_id;
	for (size_t i = 0; i < w->n_tables; i++)
		if (w->tables[i].main && text_eq(w->tables[i].vpc_id, end->vpc_id))
			return w->tables[i].id;
	return NULL;
}

static const struct sbx_walk_peering *find_peering(const struct sbx_walk *w, const char *id)
{
	for (size_t i = 0; i < w->n_peerings; i++)
		if (text_eq(w->peerings[i].id, id))
			return &w->peerings[i];
	return NULL;
}

static bool peering_joins(const struct sbx_walk_peering *p, const char *a, const char *b)
{
	return (text_eq(p->vpc_id[0], a) && text_eq(p->vpc_id[1], b)) ||
	       (text_eq(p->vpc_id[0], b) && text_eq(p->vpc_id[1], a));
}

/* One direction: longest prefix wins; what it leads to must be the other end's VPC. */
static enum sbx_walk_hop route_leads(const struct sbx_walk *w, const struct sbx_walk_end *a,
				     const struct sbx_walk_end *b, enum sbx_walk_hop missing,
				     char *why)
{
	const char *table = effective_table(w, a);
	const struct sbx_walk_route *best = NULL;
	const struct sbx_walk_peering *pcx;
	int best_prefix = -1;

	for (size_t i = 0; table && i < w->n_routes; i++) {
		int prefix;

		if (!text_eq(w->routes[i].table_id, table))
			continue;
		prefix = prefix_that_holds(b->address, w->routes[i].cidr);
		if (prefix > best_prefix) {
			best_prefix = prefix;
			best = &w->routes[i];
		}
	}
	if (!best) {
		snprintf(why, SBX_WALK_TEXT,
			 "'%s' uses route table '%s', which has no route to '%s'", a->subnet_id,
			 table ? table : "(none)", b->address);
		return missing;
	}
	if (text_eq(best->target, "local")) {
		if (text_eq(a->vpc_id, b->vpc_id))
			return SBX_WALK_OK;
		snprintf(why, SBX_WALK_TEXT, "'%s' keeps '%s' inside '%s'", table, b->address,
			 a->vpc_id);
		return missing;
	}
	if (!text_starts_with(best->target, "pcx-")) {
		snprintf(why, SBX_WALK_TEXT, "'%s' sends '%s' to '%s', which does not lead there",
			 table, b->address, best->target);
		return missing;
	}
	pcx = find_peering(w, best->target);
	if (!pcx || !pcx->active[0] || !pcx->active[1]) {
		snprintf(why, SBX_WALK_TEXT, "peering '%s' is not active", best->target);
		return SBX_WALK_PEERING;
	}
	if (!peering_joins(pcx, a->vpc_id, b->vpc_id)) {
		snprintf(why, SBX_WALK_TEXT, "peering '%s' does not join '%s' and '%s'", pcx->id,
			 a->vpc_id, b->vpc_id);
		return SBX_WALK_PEERING;
	}
	return SBX_WALK_OK;
}

enum sbx_walk_hop sbx_walk_run(const struct sbx_walk *w, char why[SBX_WALK_TEXT])
{
	enum sbx_walk_hop hop;

	why[0] = 0;
	if (!w->name_resolves) {
		snprintf(why, SBX_WALK_TEXT, "the name of '%s' does not resolve in '%s'", w->to.id,
			 w->from.vpc_id);
		return SBX_WALK_NAME;
	}
	if (!w->from.up) {
		snprintf(why, SBX_WALK_TEXT, "'%s' is not up", w->from.id);
		return SBX_WALK_SOURCE_STATE;
	}
	if (!rules_admit(w, true, &w->from, &w->to)) {
		snprintf(why, SBX_WALK_TEXT, "no outbound rule of '%s' admits port %d of '%s'",
			 w->from.id, w->port, w->to.address);
		return SBX_WALK_SOURCE_EGRESS;
	}
	hop = acl_lets(w, /* source= */ true, why);
	if (hop == SBX_WALK_OK)
		hop = route_leads(w, &w->from, &w->to, SBX_WALK_SOURCE_ROUTE, why);
	if (hop == SBX_WALK_OK)
		hop = acl_lets(w, /* source= */ false, why);
	if (hop != SBX_WALK_OK)
		return hop;
	if (!rules_admit(w, false, &w->to, &w->from)) {
		snprintf(why, SBX_WALK_TEXT, "no inbound rule of '%s' admits '%s' to port %d",
			 w->to.id, w->seen_address ? w->seen_address : w->from.address, w->port);
		return SBX_WALK_TARGET_INGRESS;
	}
	hop = acls_let_answers(w, why);
	if (hop == SBX_WALK_OK)
		hop = route_leads(w, &w->to, &w->from, SBX_WALK_RETURN_ROUTE, why);
	if (hop != SBX_WALK_OK)
		return hop;
	if (!w->to.up) {
		snprintf(why, SBX_WALK_TEXT, "'%s' is not up", w->to.id);
		return SBX_WALK_TARGET_STATE;
	}
	return SBX_WALK_OK;
}
