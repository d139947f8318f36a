/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the S3 interface endpoint share. */
#ifndef STEPS_COMMON_S3_ENDPOINT_INT_H
#define STEPS_COMMON_S3_ENDPOINT_INT_H

#include <stdbool.h>

#include "aws/ec2/ec2.h"
#include "base/attr.h"
#include "base/error.h"
#include "steps/common/group.h"
#include "steps/common/s3_endpoint.h"

enum {
	S3_ENDPOINT_DELETE_USUAL_S = 60, /* until it is gone, its interface not yet */
	S3_ENDPOINT_RULES = 2,
};

/* The rules name a parameter or an output, so they are written for each call; `rules` must outlive
 * *ret. */
void s3_endpoint_group(struct step_ctx *ctx, const struct s3_endpoint_plan *plan,
		       struct rule_want rules[S3_ENDPOINT_RULES], struct group_plan *ret);
/* Where the service lies.  Borrowed. */
const char *s3_endpoint_service_region(struct step_ctx *ctx, const struct s3_endpoint_plan *plan);

/* The letter case of an endpoint's state differs between answers. */
bool s3_endpoint_state_is(const struct ec2_vpc_endpoint *e, const char *state);
bool s3_endpoint_is_dead(const struct ec2_vpc_endpoint *e);
bool s3_endpoint_is_dying(const struct ec2_vpc_endpoint *e);
bool s3_endpoint_has_failed(const struct ec2_vpc_endpoint *e);

/* Its outputs and its client token. */
NODISCARD struct rb_error *s3_endpoint_forget(struct step_ctx *ctx);
/* This run's endpoint, recorded or merely tagged, dying or failed included; NULL when there is
 * none.  Borrowed from `list`. */
NODISCARD struct rb_error *s3_endpoint_find(struct step_ctx *ctx, struct ec2_vpc_endpoints *list,
					    const struct ec2_vpc_endpoint **ret);
/* What a person made, borrowed from `list`; NULL: nothing, or it is not theirs. */
NODISCARD struct rb_error *s3_endpoint_offered(struct step_ctx *ctx,
					       const struct s3_endpoint_plan *plan,
					       struct ec2_vpc_endpoints *list,
					       const struct ec2_vpc_endpoint **ret);

#endif
