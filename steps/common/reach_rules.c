/* SPDX-License-Identifier: Apache-2.0 */
/* What lets a packet through: rules of groups and ACLs, and the route that it takes.  No calls. */
#include "steps/common/reach.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

static bool cidr_holds(const char *cidr, const char *ip)
{
	autofree char *host = xasprintf("%s/32", ip);

	return text_cidr_within(host, cidr);
}

bool reach_rules_allow(const struct ec2_rules *rules, bool egress, int port, const char *ip,
		       const char *group_id)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct ec2_rule *r = &rules->v[i];
		bool all = text_eq(r->protocol, "-1");

		if (r->egress != egress || (!all && !text_eq(r->protocol, "tcp")))
			continue;
		if (!all && r->from_port != -1 && (port < r->from_port || port > r->to_port))
			continue;
		if (r->cidr && ip && cidr_holds(r->cidr, ip))
			return true;
		if (r->group_id && group_id && strcmp(r->group_id, group_id) == 0)
			return true;
	}
	return false;
}

bool reach_acl_entry_has_all_ports(const struct ec2_acl_entry *e)
{
	return text_eq(e->protocol, "-1") || (!e->from_port && !e->to_port);
}

bool reach_acl_entry_concerns(const struct ec2_acl_entry *e, const char *ip)
{
	return e->cidr && cidr_holds(e->cidr, ip) &&
	       (text_eq(e->protocol, "-1") || text_eq(e->protocol, "6"));
}

static bool decides(const struct ec2_acl_entry *e, bool egress, int port, const char *ip)
{
	if (e->egress != egress || !reach_acl_entry_concerns(e, ip))
		return false;
	return reach_acl_entry_has_all_ports(e) || (e->from_port <= port && port <= e->to_port);
}

static bool acl_allows_port(const struct ec2_acl_entries *acl, bool egress, int port,
			    const char *ip)
{
	const struct ec2_acl_entry *first = NULL;

	for (size_t i = 0; i < acl->n; i++) {
		const struct ec2_acl_entry *e = &acl->v[i];

		if (decides(e, egress, port, ip) && (!first || e->rule_number < first->rule_number))
			first = e;
	}
	return first && text_eq(first->action, "allow");
}

/* The next port from which another entry may decide. */
static int next_port(const struct ec2_acl_entries *acl, int port, int to_port)
{
	int next = to_port + 1;

	for (size_t i = 0; i < acl->n; i++) {
		const struct ec2_acl_entry *e = &acl->v[i];

		if (e->from_port > port && e->from_port < next)
			next = e->from_port;
		if (e->to_port >= port && e->to_port < next - 1)
			next = e->to_port + 1;
	}
	return next;
}

bool reach_acl_allows(const struct ec2_acl_entries *acl, bool egress, int from_port, int to_port,
		      const char *ip)
{
	for (int port = from_port; port <= to_port; port = next_port(acl, port, to_port))
		if (!acl_allows_port(acl, egress, port, ip))
			return false;
	return true;
}

const struct ec2_route_table *reach_effective_table(const struct ec2_route_tables *tables,
						    const char *subnet_id)
{
	const struct ec2_route_table *main_table = NULL;

	for (size_t i = 0; i < tables->n; i++) {
		const struct ec2_route_table *t = &tables->v[i];

		for (size_t k = 0; k < t->associations.n; k++) {
			const struct ec2_association *a = &t->associations.v[k];

			if (text_eq(a->subnet_id, subnet_id) &&
			    (!a->state || strcmp(a->state, "associated") == 0))
				return t;
			if (a->main)
				main_table = t;
		}
	}
	return main_table;
}

const struct ec2_route *reach_route_for(const struct ec2_route_table *table, const char *ip)
{
	const struct ec2_route *best = NULL;
	int best_prefix = -1;

	for (size_t i = 0; table && i < table->routes.n; i++) {
		const struct ec2_route *r = &table->routes.v[i];
		uint32_t base;
		int prefix;

		if (!r->destination || !text_parse_cidr(r->destination, &base, &prefix) ||
		    !cidr_holds(r->destination, ip) || prefix <= best_prefix)
			continue;
		best = r;
		best_prefix = prefix;
	}
	return best;
}
