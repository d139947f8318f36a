/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The procedure `toy`, of the tests: a VPC and a subnet in one region.  It shows what a second
 * procedure costs, and that the program knows none by name.
 */
#include "runbook/contract/procedure.h"

#include "base/text.h"
#include "steps/common/param_checks.h"

#define STEP(number, name) extern const struct step step_##number##_##name;
#include "tests/procedures/toy/steps.def"
#undef STEP

static const struct step *const steps[] = {
#define STEP(number, name) &step_##number##_##name,
#include "tests/procedures/toy/steps.def"
#undef STEP
	NULL,
};

static const struct procedure_side sides[] = { { "toy", "toy.region" }, { 0 } };

static const struct param region = {
	.name = "toy.region",
	.fallback = "eu-west-1",
	.help = "region of the toy",
	.check = param_check_region,
};
static const struct param vpc_cidr = {
	.name = "toy.vpc_cidr",
	.fallback = "10.9.0.0/16",
	.help = "network of its VPC",
	.check = param_check_cidr,
};
static const struct param subnet_cidr = {
	.name = "toy.subnet_cidr",
	.fallback = "10.9.0.0/24",
	.help = "network of its subnet, inside toy.vpc_cidr",
	.check = param_check_cidr,
};

static const struct param *const params[] = { &region, &vpc_cidr, &subnet_cidr, NULL };

static struct rb_error *finish(struct params *p)
{
	const char *vpc = params_get(p, "toy.vpc_cidr"), *subnet = params_get(p, "toy.subnet_cidr");

	if (text_cidr_within(subnet, vpc))
		return NULL;
	return rb_error_why(rb_error_new(RB_USAGE, "toy.subnet_cidr cannot be '%s'", subnet),
			    "it is not inside toy.vpc_cidr '%s'", vpc);
}

const struct procedure procedure_toy = {
	.name = "toy",
	.title = "A VPC and a subnet",
	.steps = steps,
	.sides = sides,
	.params = params,
	.rules = { .finish = finish },
};
