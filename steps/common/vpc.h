/* SPDX-License-Identifier: Apache-2.0 */
/* 1-1 and 2-1: a VPC, the same on both sides but for its block of addresses. */
#ifndef STEPS_COMMON_VPC_H
#define STEPS_COMMON_VPC_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"

/* For the row of a step. */
#define VPC_GIVES "vpc_id", "main_route_table_id"
#define VPC_CALLS "ec2 CreateVpc", "ec2 ModifyVpcAttribute"

NODISCARD struct rb_error *vpc_do(struct step_ctx *ctx, const char *cidr_param);
NODISCARD struct rb_error *vpc_try(struct step_ctx *ctx, const char *cidr_param);
NODISCARD struct rb_error *vpc_verify(struct step_ctx *ctx, const char *cidr_param);
NODISCARD struct rb_error *vpc_undo(struct step_ctx *ctx);
NODISCARD struct rb_error *vpc_recover(struct step_ctx *ctx, const char *cidr_param);

/* "10.0.0.0/16 -> local (active)" for each route that is not for `but` (NULL: each). */
struct ec2_route_table;
struct strv;
void vpc_list_routes(const struct ec2_route_table *table, const char *but, struct strv *out);

#endif
