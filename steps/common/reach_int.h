/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of reach.h's looks, for each other. */
#ifndef STEPS_REACH_INT_H
#define STEPS_REACH_INT_H

#include "base/attr.h"
#include "base/error.h"
#include "steps/common/reach.h"

/* What a path is made of, by its recorded ids; NULL where nothing was recorded. */
struct reach_path {
	struct step_ctx *ctx;
	struct aws_client *source, *destination;
	const char *instance_id, *instance_ip, *instance_group, *source_vpc, *source_subnet;
	const char *endpoint_id, *endpoint_group, *destination_subnet, *destination_vpc;
	const char *peering_id;
	char *endpoint_ip;
	struct reach_mend mend; /* what puts the broken hop right, when that is known */
};

/* NotFound is an answer here: the hop is not there.  Takes err. */
NODISCARD struct rb_error *reach_gone_is_broken(struct rb_error *err, struct said **hop,
						const char *name, const char *id);

/* Each checks one hop of `p`, and sets *hop, which the caller frees, when it is broken. */
NODISCARD struct rb_error *reach_check_endpoint_policy(struct reach_path *p, struct said **hop);
NODISCARD struct rb_error *reach_check_bucket(struct reach_path *p, struct said **hop);
NODISCARD struct rb_error *reach_check_role(struct reach_path *p, struct said **hop);
/* Last: what somebody added to the policy need not be what stops us. */
NODISCARD struct rb_error *reach_check_other_statements(struct reach_path *p, struct said **hop);

#endif
