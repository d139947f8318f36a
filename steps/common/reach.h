/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lets a packet through: rules of groups, entries of network ACLs, routes.  No calls.
 *   source  Amazon VPC User Guide, "Security group rules", "Network ACLs", "Route priority"
 */
#ifndef STEPS_REACH_H
#define STEPS_REACH_H

#include <stdbool.h>

#include "aws/ec2/ec2.h"
#include "base/attr.h"

/* True when a rule lets tcp `port` through, to or from `ip` or a member of `group_id` (either may
 * be NULL). */
bool reach_rules_allow(const struct ec2_rules *rules, bool egress, int port, const char *ip,
		       const char *group_id);
/* True when the ACL lets tcp ports from..to through for `ip`: lowest rule number wins. */
bool reach_acl_allows(const struct ec2_acl_entries *acl, bool egress, int from_port, int to_port,
		      const char *ip);
/* The entry is about tcp with that address; about which ports is another question. */
bool reach_acl_entry_concerns(const struct ec2_acl_entry *e, const char *ip);
bool reach_acl_entry_has_all_ports(const struct ec2_acl_entry *e);
/* The table that governs `subnet_id` among all tables of its VPC: the associated, else the main. */
const struct ec2_route_table *reach_effective_table(const struct ec2_route_tables *tables,
						    const char *subnet_id);
/* The route that a packet to `ip` takes: the longest prefix; NULL: none. */
const struct ec2_route *reach_route_for(const struct ec2_route_table *table, const char *ip);

#endif
