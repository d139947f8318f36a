/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is in the way of a delete.  DependencyViolation does not say, and is the most
 * reported trouble of every tool that takes a VPC down: so this file finds out.
 */
#ifndef STEPS_COMMON_BLOCKERS_H
#define STEPS_COMMON_BLOCKERS_H

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"

enum blocked_kind { BLOCKED_GROUP, BLOCKED_SUBNET, BLOCKED_ROUTE_TABLE, BLOCKED_VPC };

/*
 * For the answer to a delete of `id`: NULL when it is gone (or was), the error when it failed.
 * Something in the way that goes by itself or with another step's undo is no failure:
 * step_pending, with what holds it, and *ret_gone is false; AWS lets go of interfaces minutes after
 * their owner went.  What is not the run's and stays is an error at once, of kind DRIFT. `usual_s`:
 * how long that takes, usually. owns  takes `err`
 */
NODISCARD struct rb_error *blockers_after_delete(struct step_ctx *ctx, struct rb_error *err,
						 enum blocked_kind kind, const char *id,
						 int usual_s, bool *ret_gone);

#endif
