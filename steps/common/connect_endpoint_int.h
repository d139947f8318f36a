/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the EC2 Instance Connect Endpoint share. */
#ifndef STEPS_COMMON_CONNECT_ENDPOINT_INT_H
#define STEPS_COMMON_CONNECT_ENDPOINT_INT_H

#include <stdbool.h>

#include "aws/ec2/ec2.h"
#include "base/attr.h"
#include "base/error.h"
#include "steps/common/connect_endpoint.h"
#include "steps/common/group.h"

struct group_plan connect_endpoint_group(const struct connect_endpoint_plan *plan);

bool connect_endpoint_is_dying(const struct ec2_connect_endpoint *e);
bool connect_endpoint_is_dead(const struct ec2_connect_endpoint *e);
/* Whatever state an update left it in, it carries connections. */
bool connect_endpoint_is_usable(const struct ec2_connect_endpoint *e);
/* It carries none, and it may still come to: AWS works on it, or calls that by a newer name. */
bool connect_endpoint_is_on_its_way(const struct ec2_connect_endpoint *e);
/* The name to connect to; NULL: it has none yet.  Borrowed from `e`. */
const char *connect_endpoint_name(struct step_ctx *ctx, const struct ec2_connect_endpoint *e);

/* Its outputs and its client token. */
NODISCARD struct rb_error *connect_endpoint_forget(struct step_ctx *ctx);
/* This run's endpoint, recorded or merely tagged, dying or failed included; NULL when there is
 * none.  Borrowed from `list`. */
NODISCARD struct rb_error *connect_endpoint_find(struct step_ctx *ctx,
						 struct ec2_connect_endpoints *list,
						 const struct ec2_connect_endpoint **ret);
/* What a person made, borrowed from `list`; NULL: nothing, or it is not theirs. */
NODISCARD struct rb_error *connect_endpoint_offered(struct step_ctx *ctx, const char *subnet_step,
						    struct ec2_connect_endpoints *list,
						    const struct ec2_connect_endpoint **ret);

#endif
