/* SPDX-License-Identifier: Apache-2.0 */
/* The way of one packet and of its answer.  Groups are stateful, ACLs and routes are not. */
#include "sandbox/network/path_trace.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* The port that answers go to is any of those that Linux gives. */
enum { ANSWERS_FROM = 32768, ANSWERS_TO = 60999 };

const char *network_hop_name(enum network_hop hop)
{
	static const char *const names[] = {
#define NETWORK_HOP_NAME_(name, label) [NETWORK_HOP_##name] = (label),
		NETWORK_HOPS(NETWORK_HOP_NAME_)
#undef NETWORK_HOP_NAME_
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

bool network_address_in(const char *address, const char *cidr)
{
	return prefix_that_holds(address, cidr) >= 0;
}

static bool end_has_group(const struct network_path_end *end, const char *group_id)
{
	for (size_t i = 0; i < end->n_groups; i++)
		if (text_eq(end->group_ids[i], group_id))
			return true;
	return false;
}

static bool rule_is_for(const struct network_rule *rule, int port)
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
static bool rules_admit(const struct network_path *path, bool egress,
			const struct network_path_end *own, const struct network_path_end *other)
{
	const char *address = other->address;
	bool by_group = text_eq(own->region, other->region);

	if (!egress && path->seen_address) {
		address = path->seen_address;
		by_group = false;
	}
	for (size_t i = 0; i < path->n_rules; i++) {
		const struct network_rule *rule = &path->rules[i];

		if (rule->egress != egress || !end_has_group(own, rule->group_id) ||
		    !rule_is_for(rule, path->port))
			continue;
		if (rule->cidr && network_address_in(address, rule->cidr))
			return true;
		if (rule->peer_group && by_group && end_has_group(other, rule->peer_group))
			return true;
	}
	return false;
}

static bool entry_is_of(const struct network_acl_entry *e, const struct network_path_end *end,
			bool egress)
{
	return e->egress == egress && text_eq(e->vpc_id, end->vpc_id);
}

static bool entry_has_port(const struct network_acl_entry *e, int port)
{
	return text_eq(e->protocol, "-1") ||
	       (text_eq(e->protocol, "6") && e->from_port <= port && port <= e->to_port);
}

/* The entry that decides about this port; NULL: there is none. */
static const struct network_acl_entry *entry_for(const struct network_path *path,
						 const struct network_path_end *end, bool egress,
						 const char *address, int port)
{
	const struct network_acl_entry *first = NULL;

	for (size_t i = 0; i < path->n_acl_entries; i++) {
		const struct network_acl_entry *e = &path->acl_entries[i];

		if (entry_is_of(e, end, egress) && entry_has_port(e, port) &&
		    network_address_in(address, e->cidr) && (!first || e->number < first->number))
			first = e;
	}
	return first;
}

/* The next port above `port` from which another entry may decide; past `last` when there is none.
 */
static int next_edge(const struct network_path *path, int port, int last)
{
	int next = last + 1;

	for (size_t i = 0; i < path->n_acl_entries; i++) {
		const struct network_acl_entry *e = &path->acl_entries[i];

		if (e->from_port > port && e->from_port < next)
			next = e->from_port;
		if (e->to_port >= port && e->to_port < last && e->to_port + 1 < next)
			next = e->to_port + 1;
	}
	return next;
}

/* Does the ACL of `end`'s subnet let every one of the ports through, to or from `other`? */
static bool acl_admits(const struct network_path *path, const struct network_path_end *end,
		       bool egress, const struct network_path_end *other, int from_port,
		       int to_port)
{
	bool any = false;

	/* what stays inside a subnet meets no ACL */
	if (text_eq(end->subnet_id, other->subnet_id))
		return true;
	for (size_t i = 0; i < path->n_acl_entries && !any; i++)
		any = text_eq(path->acl_entries[i].vpc_id, end->vpc_id);
	for (int port = from_port; any && port <= to_port; port = next_edge(path, port, to_port)) {
		const struct network_acl_entry *e =
			entry_for(path, end, egress, other->address, port);

		if (!e || !e->allow)
			return false;
	}
	return true;
}

/* The request's way through one ACL. */
static enum network_hop acl_lets(const struct network_path *path, bool source, char *why)
{
	const struct network_path_end *end = source ? &path->from : &path->to;

	if (acl_admits(path, end, source, source ? &path->to : &path->from, path->port, path->port))
		return NETWORK_HOP_OK;
	snprintf(why, NETWORK_PATH_WHY_MAX, "the network ACL of '%s' stops port %d", end->subnet_id,
		 path->port);
	return source ? NETWORK_HOP_SOURCE_ACL : NETWORK_HOP_TARGET_ACL;
}

/* The answers' way, out of the target's subnet and into the sender's. */
static enum network_hop acls_let_answers(const struct network_path *path, char *why)
{
	bool out = acl_admits(path, &path->to, true, &path->from, ANSWERS_FROM, ANSWERS_TO);

	if (out && acl_admits(path, &path->from, false, &path->to, ANSWERS_FROM, ANSWERS_TO))
		return NETWORK_HOP_OK;
	snprintf(why, NETWORK_PATH_WHY_MAX, "the network ACL of '%s' stops the answers",
		 out ? path->from.subnet_id : path->to.subnet_id);
	return NETWORK_HOP_RETURN_ACL;
}

/* The table that the subnet really uses: its own association's, else the VPC's main one. */
static const char *effective_table(const struct network_path *path,
				   const struct network_path_end *end)
{
	for (size_t i = 0; i < path->n_assocs; i++)
		if (text_eq(path->assocs[i].subnet_id, end->subnet_id))
			return path->assocs[i].table_id;
	for (size_t i = 0; i < path->n_tables; i++)
		if (path->tables[i].main && text_eq(path->tables[i].vpc_id, end->vpc_id))
			return path->tables[i].id;
	return NULL;
}

static const struct network_peering *find_peering(const struct network_path *path, const char *id)
{
	for (size_t i = 0; i < path->n_peerings; i++)
		if (text_eq(path->peerings[i].id, id))
			return &path->peerings[i];
	return NULL;
}

static bool peering_joins(const struct network_peering *p, const char *a, const char *b)
{
	return (text_eq(p->vpc_id[0], a) && text_eq(p->vpc_id[1], b)) ||
	       (text_eq(p->vpc_id[0], b) && text_eq(p->vpc_id[1], a));
}

/* One direction: longest prefix wins; what it leads to must be the other end's VPC. */
static enum network_hop route_leads(const struct network_path *path,
				    const struct network_path_end *a,
				    const struct network_path_end *b, enum network_hop missing,
				    char *why)
{
	const char *table = effective_table(path, a);
	const struct network_route *best = NULL;
	const struct network_peering *pcx;
	int best_prefix = -1;

	for (size_t i = 0; table && i < path->n_routes; i++) {
		int prefix;

		if (!text_eq(path->routes[i].table_id, table))
			continue;
		prefix = prefix_that_holds(b->address, path->routes[i].cidr);
		if (prefix > best_prefix) {
			best_prefix = prefix;
			best = &path->routes[i];
		}
	}
	if (!best) {
		snprintf(why, NETWORK_PATH_WHY_MAX,
			 "'%s' uses route table '%s', which has no route to '%s'", a->subnet_id,
			 table ? table : "(none)", b->address);
		return missing;
	}
	if (text_eq(best->target, "local")) {
		if (text_eq(a->vpc_id, b->vpc_id))
			return NETWORK_HOP_OK;
		snprintf(why, NETWORK_PATH_WHY_MAX, "'%s' keeps '%s' inside '%s'", table,
			 b->address, a->vpc_id);
		return missing;
	}
	if (!text_starts_with(best->target, "pcx-")) {
		snprintf(why, NETWORK_PATH_WHY_MAX,
			 "'%s' sends '%s' to '%s', which does not lead there", table, b->address,
			 best->target);
		return missing;
	}
	pcx = find_peering(path, best->target);
	if (!pcx || !pcx->active[0] || !pcx->active[1]) {
		snprintf(why, NETWORK_PATH_WHY_MAX, "peering '%s' is not active", best->target);
		return NETWORK_HOP_PEERING;
	}
	if (!peering_joins(pcx, a->vpc_id, b->vpc_id)) {
		snprintf(why, NETWORK_PATH_WHY_MAX, "peering '%s' does not join '%s' and '%s'",
			 pcx->id, a->vpc_id, b->vpc_id);
		return NETWORK_HOP_PEERING;
	}
	return NETWORK_HOP_OK;
}

enum network_hop network_path_trace(const struct network_path *path, char why[NETWORK_PATH_WHY_MAX])
{
	enum network_hop hop;

	why[0] = 0;
	if (!path->name_resolves) {
		snprintf(why, NETWORK_PATH_WHY_MAX, "the name of '%s' does not resolve in '%s'",
			 path->to.id, path->from.vpc_id);
		return NETWORK_HOP_NAME;
	}
	if (!path->from.up) {
		snprintf(why, NETWORK_PATH_WHY_MAX, "'%s' is not up", path->from.id);
		return NETWORK_HOP_SOURCE_STATE;
	}
	if (!rules_admit(path, true, &path->from, &path->to)) {
		snprintf(why, NETWORK_PATH_WHY_MAX,
			 "no outbound rule of '%s' admits port %d of '%s'", path->from.id,
			 path->port, path->to.address);
		return NETWORK_HOP_SOURCE_EGRESS;
	}
	hop = acl_lets(path, /* source= */ true, why);
	if (hop == NETWORK_HOP_OK)
		hop = route_leads(path, &path->from, &path->to, NETWORK_HOP_SOURCE_ROUTE, why);
	if (hop == NETWORK_HOP_OK)
		hop = acl_lets(path, /* source= */ false, why);
	if (hop != NETWORK_HOP_OK)
		return hop;
	if (!rules_admit(path, false, &path->to, &path->from)) {
		snprintf(why, NETWORK_PATH_WHY_MAX,
			 "no inbound rule of '%s' admits '%s' to port %d", path->to.id,
			 path->seen_address ? path->seen_address : path->from.address, path->port);
		return NETWORK_HOP_TARGET_INGRESS;
	}
	hop = acls_let_answers(path, why);
	if (hop == NETWORK_HOP_OK)
		hop = route_leads(path, &path->to, &path->from, NETWORK_HOP_RETURN_ROUTE, why);
	if (hop != NETWORK_HOP_OK)
		return hop;
	if (!path->to.up) {
		snprintf(why, NETWORK_PATH_WHY_MAX, "'%s' is not up", path->to.id);
		return NETWORK_HOP_TARGET_STATE;
	}
	return NETWORK_HOP_OK;
}
