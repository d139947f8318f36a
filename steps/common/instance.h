/* SPDX-License-Identifier: Apache-2.0 */
/* An EC2 instance without public address, with a group and an S3 role of its own. */
#ifndef STEPS_COMMON_INSTANCE_H
#define STEPS_COMMON_INSTANCE_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"

enum {
	INSTANCE_USUAL_S = 145,	    /* from its launch until its status checks have passed */
	INSTANCE_UNDO_USUAL_S = 70, /* until it has ended, and its group is free */
};

/* The steps that it stands on, by their ids. */
struct instance_plan {
	const char *vpc_step;	  /* gives vpc_id */
	const char *subnet_step;  /* gives subnet_id, availability_zone */
	const char *connect_step; /* gives the group that SSH is taken from */
	/* Gives a group that names the instance's as long as it is there; NULL: none. */
	const char *named_by_step;
};

/* For the row of a step. */
#define INSTANCE_PARAMS                                                                            \
	"source.instance_type", "source.architecture", "source.image", "tags.",                    \
		"iam.permissions_boundary"
#define INSTANCE_GIVES                                                                             \
	"security_group_id", "role_name", "instance_profile_name", "image_id", "instance_id",      \
		"private_ip"
#define INSTANCE_CALLS                                                                             \
	"iam CreateRole", "iam AttachRolePolicy", "iam CreateInstanceProfile",                     \
		"iam AddRoleToInstanceProfile", "ec2 CreateSecurityGroup",                         \
		"ec2 AuthorizeSecurityGroupIngress", "ssm GetParameter", "ec2 RunInstances"
extern const struct step_price instance_prices[];

NODISCARD struct rb_error *instance_do(struct step_ctx *ctx, const struct instance_plan *plan);
NODISCARD struct rb_error *instance_try(struct step_ctx *ctx, const struct instance_plan *plan);
NODISCARD struct rb_error *instance_verify(struct step_ctx *ctx, const struct instance_plan *plan);
NODISCARD struct rb_error *instance_undo(struct step_ctx *ctx, const struct instance_plan *plan);
NODISCARD struct rb_error *instance_recover(struct step_ctx *ctx);

#endif
