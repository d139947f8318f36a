/* SPDX-License-Identifier: Apache-2.0 */
/* Zones, subnets, instance types and regions that go together; see param_rules.h. */
#include "steps/common/param_rules.h"

#include <stdbool.h>
#include <string.h>

#include "aws/core/endpoint.h"
#include "base/alloc.h"
#include "base/text.h"

static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
static const char digits[] = "0123456789";

/* ---- zone and subnet ------------------------------------------------------ */

static bool zone_is_in(const char *zone, const char *region)
{
	size_t n = strlen(region);

	if (!text_starts_with(zone, region) || !zone[n])
		return false;
	/* "ap-northeast-1a", or a local zone's "us-west-2-lax-1a" */
	return zone[n] == '-' || (strchr(lower, zone[n]) && !zone[n + 1]);
}

void param_fill_zone(struct params *p, const struct param_subnet *names)
{
	autofree char *first = xasprintf("%sa", params_get(p, names->region));

	if (!*params_get(p, names->zone))
		params_fill(p, names->zone, first);
}

struct rb_error *param_check_subnet(const struct params *p, const struct param_subnet *names)
{
	const char *region = params_get(p, names->region), *zone = params_get(p, names->zone);
	const char *vpc = params_get(p, names->vpc_cidr);
	const char *subnet = params_get(p, names->subnet_cidr);

	if (*zone && !zone_is_in(zone, region))
		return rb_error_why(rb_error_new(RB_USAGE, "%s cannot be '%s'", names->zone, zone),
				    "it is not a zone of %s '%s'", names->region, region);
	if (!text_cidr_within(subnet, vpc))
		return rb_error_why(
			rb_error_new(RB_USAGE, "%s cannot be '%s'", names->subnet_cidr, subnet),
			"it is not inside %s '%s'", names->vpc_cidr, vpc);
	return NULL;
}

/* ---- instance type and architecture --------------------------------------- */

/* "x86_64", "arm64", or NULL: the name does not say, and EC2 will. */
static const char *architecture_of_type(const char *type)
{
	size_t family = strcspn(type, ".-"), letters = strspn(type, lower);
	size_t number = strspn(type + letters, digits);

	if (!letters || !number || letters + number > family || text_starts_with(type, "mac"))
		return NULL;
	if (strncmp(type, "a1.", 3) == 0 ||
	    memchr(type + letters + number, 'g', family - letters - number))
		return "arm64"; /* the 'g' behind the generation's number is Graviton's */
	return type[family] == '-' ? NULL : "x86_64";
}

void param_fill_machine(struct params *p)
{
	const char *its = architecture_of_type(params_get(p, "source.instance_type"));

	if (its && !params_given(p, "source.architecture"))
		params_fill(p, "source.architecture", its);
	if (!*params_get(p, "source.instance_type"))
		params_fill(p, "source.instance_type",
			    text_eq(params_get(p, "source.architecture"), "arm64") ? "t4g.micro"
										   : "t3.micro");
}

struct rb_error *param_check_machine(const struct params *p)
{
	const char *type = params_get(p, "source.instance_type");
	const char *asked = params_get(p, "source.architecture");
	const char *its = architecture_of_type(type);

	if (!its || text_eq(its, asked))
		return NULL;
	return rb_error_hint(
		rb_error_why(rb_error_new(RB_USAGE, "source.instance_type cannot be '%s'", type),
			     "it is of architecture %s, and source.architecture is '%s'", its,
			     asked),
		"leave one of the two out: the other follows");
}

/* ---- regions --------------------------------------------------------------- */

struct rb_error *param_check_partition(const struct params *p, const char *a, const char *b)
{
	const char *one = params_get(p, a), *other = params_get(p, b);
	const char *its = aws_partition_of(one)->id, *others = aws_partition_of(other)->id;

	if (text_eq(its, others))
		return NULL;
	return rb_error_why(
		rb_error_new(RB_USAGE, "regions '%s' and '%s' cannot be joined", one, other),
		"they are in different partitions (%s and %s)", its, others);
}
