/* SPDX-License-Identifier: Apache-2.0 */
/* Security groups with exactly the rules that the procedure names. */
#ifndef STEPS_COMMON_GROUP_H
#define STEPS_COMMON_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "aws/ec2/ec2.h"
#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"

/* A rule as it should be.  Either `cidr` or `group` says who; RULE_SELF is the group itself. */
struct rule_want {
	const char *claim; /* "ingress 22 from the endpoint's group" */
	bool egress;
	const char *protocol; /* "tcp"; "-1" is all */
	int port;	      /* -1: all */
	const char *cidr;
	const char *group;
};
#define RULE_SELF "self"
/* What a new group has from the start, and what the procedure leaves in place. */
#define RULE_ALL_OUT                                                                               \
	{                                                                                          \
		.claim = N_("egress all to anywhere"), .egress = true, .protocol = "-1",           \
		.port = -1, .cidr = "0.0.0.0/0"                                                    \
	}

struct group_plan {
	const char *vpc_step;
	const char *what; /* for names and tags: "connect" */
	const char *description;
	const struct rule_want *rules;
	size_t n;
};

/* The group itself, made or adopted and recorded; *ret_new: it has its first rule only.  The step
 * may wait. */
NODISCARD struct rb_error *group_make(struct step_ctx *ctx, const struct group_plan *plan,
				      bool *ret_new);
/* Its rules: what lacks is authorised; unless it `is_new`, what is too many is revoked. */
NODISCARD struct rb_error *group_rules(struct step_ctx *ctx, const struct group_plan *plan,
				       bool is_new);
NODISCARD struct rb_error *group_try(struct step_ctx *ctx, const struct group_plan *plan);
NODISCARD struct rb_error *group_verify(struct step_ctx *ctx, const struct group_plan *plan);
/* `usual_s`: what was in it leaves its interfaces behind, usually for that long. */
NODISCARD struct rb_error *group_undo(struct step_ctx *ctx, int usual_s);
/* *ret_found: it is there. */
NODISCARD struct rb_error *group_recover(struct step_ctx *ctx, const char *what, bool *ret_found);

/* ---- pure --------------------------------------------------------------- */

/* True when `rule` of group `group_id` is `want`, however EC2 spells it. */
bool rule_matches(const struct rule_want *want, const char *group_id, const struct ec2_rule *rule);
/* "ingress tcp 443 from 10.0.0.0/16".  Caller frees. */
NODISCARD char *rule_text(const struct ec2_rule *rule);

#endif
