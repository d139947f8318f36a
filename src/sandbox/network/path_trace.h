/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Would a TCP packet arrive, and would its answer come back?  A pure function of
 * a picture of the network: no store, no clock, no socket.  The first thing that
 * stops it is named, in the order in which a packet meets it.
 */
#ifndef SANDBOX_NETWORK_PATH_TRACE_H
#define SANDBOX_NETWORK_PATH_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* HOP(enumerator, name as tests and people see it), in the order of the way */
#define NETWORK_HOPS(HOP)                                                                          \
	HOP(OK, "ok")                                                                              \
	HOP(NAME, "name")		  /* the name does not resolve where the packet starts */  \
	HOP(SOURCE_STATE, "source-state") /* what sends is not up */                               \
	HOP(SOURCE_EGRESS, "source-egress") /* no outbound rule of the sender's groups */          \
	HOP(SOURCE_ACL, "source-acl")	    /* the network ACL of the sender's subnet */           \
	HOP(SOURCE_ROUTE, "source-route")   /* no route from the sender's subnet */                \
	HOP(PEERING, "peering")		    /* a peering that is not active, or leads elsewhere */ \
	HOP(TARGET_ACL, "target-acl")                                                              \
	HOP(TARGET_INGRESS, "target-ingress")                                                      \
	HOP(RETURN_ACL, "return-acl") /* either subnet's, for the answers */                       \
	HOP(RETURN_ROUTE, "return-route")                                                          \
	HOP(TARGET_STATE, "target-state")

enum network_hop {
#define NETWORK_HOP_ENUM_(name, label) NETWORK_HOP_##name,
	NETWORK_HOPS(NETWORK_HOP_ENUM_)
#undef NETWORK_HOP_ENUM_
};

const char *network_hop_name(enum network_hop hop);

/* Everything here is borrowed from whoever drew the picture. */
struct network_rule {
	const char *group_id; /* the group it belongs to */
	bool egress;
	const char *protocol; /* "tcp", "6", "-1" for all */
	int from_port, to_port;
	const char *cidr;	/* NULL: names a group */
	const char *peer_group; /* NULL: names a CIDR */
};

/* Of the network ACL that all subnets of the VPC have.  A VPC without any lets all through. */
struct network_acl_entry {
	const char *vpc_id;
	int number; /* the lowest that fits decides */
	bool egress;
	bool allow;
	const char *protocol; /* a number; "-1" for all */
	int from_port, to_port;
	const char *cidr;
};

struct network_route {
	const char *table_id;
	const char *cidr;
	const char *target; /* "local", "pcx-...", "igw-..." */
};

struct network_route_table {
	const char *id;
	const char *vpc_id;
	bool main;
};

struct network_table_association {
	const char *table_id;
	const char *subnet_id;
};

struct network_peering {
	const char *id;
	const char *vpc_id[2];
	bool active[2]; /* as each side sees it */
};

/* One network interface. */
struct network_path_end {
	const char *id; /* of what it belongs to, for messages */
	const char *region;
	const char *vpc_id;
	const char *subnet_id;
	const char *address;
	const char *group_ids[8];
	size_t n_groups;
	bool up;
};

struct network_path {
	struct network_path_end from, to;
	int port;
	bool name_resolves;
	/* When the sender preserves its client's address: rules see this one, and no group.  NULL:
	 * no.
	 */
	const char *seen_address;

	const struct network_rule *rules;
	size_t n_rules;
	const struct network_acl_entry *acl_entries;
	size_t n_acl_entries;
	const struct network_route_table *tables;
	size_t n_tables;
	const struct network_table_association *assocs;
	size_t n_assocs;
	const struct network_route *routes;
	size_t n_routes;
	const struct network_peering *peerings;
	size_t n_peerings;
};

#define NETWORK_PATH_WHY_MAX 256

/* `why` receives one sentence about the hop that stops it, "" when none does. */
NODISCARD enum network_hop network_path_trace(const struct network_path *path,
					      char why[NETWORK_PATH_WHY_MAX]);

/* True when the IPv4 address lies in the network; false for what is neither. */
bool network_address_in(const char *address, const char *cidr);

#endif
