/* SPDX-License-Identifier: Apache-2.0 */
/* What instance.c, instance_verify.c and instance_undo.c share. */
#ifndef STEPS_COMMON_INSTANCE_INT_H
#define STEPS_COMMON_INSTANCE_INT_H

#include <stdbool.h>

#include "aws/ec2/ec2.h"
#include "base/attr.h"
#include "steps/common/group.h"
#include "steps/common/instance.h"

enum {
	INSTANCE_RUN_S = 25,	   /* from its launch until it runs, usually */
	INSTANCE_TERMINATE_S = 40, /* until it has ended */
	INSTANCE_RULES = 2,
};

/* The rules name an output, so they are written for each call; `rules` must outlive *ret. */
void instance_group(struct step_ctx *ctx, const struct instance_plan *plan,
		    struct rule_want rules[INSTANCE_RULES], struct group_plan *ret);
/* On its way out, or out already: for about an hour it is still listed. */
bool instance_is_ending(const struct ec2_instance *i);
/* Its outputs and its client token. */
NODISCARD struct rb_error *instance_forget(struct step_ctx *ctx);
/* This run's instance, recorded or merely tagged, ending ones included when recorded; NULL when
 * there is none.  Borrowed from `list`. */
NODISCARD struct rb_error *instance_find(struct step_ctx *ctx, struct ec2_instances *list,
					 const struct ec2_instance **ret);
/* By hand: what a person made without tags; likewise. */
NODISCARD struct rb_error *instance_offered(struct step_ctx *ctx, const struct instance_plan *plan,
					    struct ec2_instances *list,
					    const struct ec2_instance **ret);

#endif
