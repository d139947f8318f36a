/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds between the parameters of steps/common/param_rows.h, for the rules of the procedures
 * that have them (struct param_rules).  Errors are USAGE and name the parameters.
 */
#ifndef STEPS_PARAM_RULES_H
#define STEPS_PARAM_RULES_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/params.h"

/* The parameters of a subnet and its VPC. */
struct param_subnet {
	const char *region;
	const char *vpc_cidr;
	const char *subnet_cidr;
	const char *zone;
};

/* No zone was given: the region's 'a'. */
void param_fill_zone(struct params *p, const struct param_subnet *names);
/* The zone is one of the region, the subnet lies inside the VPC. */
NODISCARD struct rb_error *param_check_subnet(const struct params *p,
					      const struct param_subnet *names);

/* source.instance_type and source.architecture follow from each other. */
void param_fill_machine(struct params *p);
NODISCARD struct rb_error *param_check_machine(const struct params *p);

/* Both regions are in the same partition. */
NODISCARD struct rb_error *param_check_partition(const struct params *p, const char *a,
						 const char *b);

/*
 * What holds of all tags together: how many a thing may have, and that to IAM two keys are equal
 * by their case.
 */
NODISCARD struct rb_error *param_check_tags(const struct params *p);

/* iam.permissions_boundary is of the partition of `region`; `account` NULL: it is not known yet. */
NODISCARD struct rb_error *param_check_boundary_owner(const struct params *p, const char *region,
						      const char *account);

/*
 * destination.bucket and destination.bucket_namespace.  Runs of before the latter was there have it
 * by their bucket's name, too.
 */
void param_fill_namespace(struct params *p);
/* `account` NULL: it is not known yet. */
NODISCARD struct rb_error *param_check_bucket_namespace(const struct params *p,
							const char *account);
/*
 * The bucket's name, when none was given: from stack and run id, in the namespace of its parameter.
 *   fails  USAGE  the region's own name leaves no room
 */
NODISCARD struct rb_error *param_name_bucket(struct params *p, const char *stack,
					     const char *run_id, const char *account);

#endif
