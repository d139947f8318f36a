/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a packet does not get through: the hops between the instance and the
 * bucket, checked one after the other, read-only.  "Timed out" tells nobody
 * anything; the first hop that is broken does.
 *   source  Amazon VPC User Guide; docs of VPC peering and interface endpoints
 */
#ifndef STEPS_REACH_H
#define STEPS_REACH_H

#include <stdbool.h>

#include "aws/ec2/ec2.h"
#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"

/* What puts a broken hop right; texts are constants. */
struct reach_mend {
	const char *hint;
	enum rb_next_verb verb;
	const char *args;
};

/*
 * From the instance to the bucket through the S3 endpoint.  *ret_hop: "the route there: ..." for
 * the first hop that is broken; NULL when every hop looks right.  Caller frees.  *ret_mend: what
 * puts it right; without words: nobody knows.
 */
NODISCARD struct rb_error *reach_upload(struct step_ctx *ctx, struct said **ret_hop,
					struct reach_mend *ret_mend);

/* From the Instance Connect Endpoint to port 22 of the instance, likewise. */
NODISCARD struct rb_error *reach_ssh(struct step_ctx *ctx, struct said **ret_hop,
				     struct reach_mend *ret_mend);
/* The same of an instance in this state; without words: it needs no mending. */
struct reach_mend reach_mend_instance(const char *state);
/* Hint and verb of it.  Answers err. */
NODISCARD struct rb_error *reach_advise(struct rb_error *err, const struct reach_mend *mend);

/* The pure parts, for tests. */

/* True when a rule lets tcp `port` through, to or from `ip` or a member of `group_id` (either may
 * be NULL). */
bool reach_rules_allow(const struct ec2_rules *rules, bool egress, int port, const char *ip,
		       const char *group_id);
/* True when the ACL lets tcp ports from..to through for `ip`: lowest rule number wins. */
bool reach_acl_allows(const struct ec2_acl_entries *acl, bool egress, int from_port, int to_port,
		      const char *ip);
/* The table that governs `subnet_id` among all tables of its VPC: the associated, else the main. */
const struct ec2_route_table *reach_effective_table(const struct ec2_route_tables *tables,
						    const char *subnet_id);
/* The route that a packet to `ip` takes: the longest prefix; NULL: none. */
const struct ec2_route *reach_route_for(const struct ec2_route_table *table, const char *ip);

#endif
