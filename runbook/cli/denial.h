/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A denial at work: which action on which resource, whose kind of policy, for which step, whether
 * undo is concerned too, and the statement that is missing, of the table that `runbook policy` is
 * made of.
 */
#ifndef RUNBOOK_DENIAL_H
#define RUNBOOK_DENIAL_H

#include "aws/core/client.h"
#include "runbook/engine/step_ctx.h"
#include "runbook/record/stack.h"

/* Borrowed. */
struct denial_teller {
	struct aws_session *session;
	struct stack *stack;
};

/*
 * For struct run: fills err->denial, with {"action", "resource", "policy", "policy_arn",
 * "explicit", "step", "phase", "undo", "missing_policy"}; what is not known is null.  Asks
 * sts:DecodeAuthorizationMessage when the message is encoded alone; what was encoded leaves
 * err->why once it is decoded.  `arg` is a struct denial_teller.
 */
void denial_explain(void *arg, const struct denied_call *call, struct rb_error *err);

/* The same on stderr, for a person. */
void denial_print(const char *denial);

#endif
