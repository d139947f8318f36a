/* SPDX-License-Identifier: Apache-2.0 */
/* The zone of a subnet: the one asked for, or the first that will do, where S3 offers its endpoint.
 */
#include "steps/common/subnet_int.h"

#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "steps/common/pick.h"

char *s3_service_name(struct aws_client *client)
{
	return xasprintf("com.amazonaws.%s.s3", aws_client_region(client));
}

static struct rb_error *describe_zones(struct step_ctx *ctx, struct ec2_zones *ret)
{
	static const struct aws_filter usable[] = {
		{ .name = "state", .values = { "available" } },
		{ .name = "zone-type", .values = { "availability-zone" } },
		{ .name = NULL },
	};

	return ec2_describe_zones(step_aws(ctx), usable, ret);
}

/* What AWS says about zones, asked side by side. */
struct zone_answers {
	struct strv offered; /* by the S3 service; empty: AWS does not say */
	struct ec2_zones zones;
};

static struct rb_error *read_offer(struct step_ctx *ctx, void *arg)
{
	autofree char *service = s3_service_name(step_aws(ctx));
	struct zone_answers *answers = arg;

	return ec2_interface_service_zones(step_aws(ctx), service, &answers->offered);
}

static struct rb_error *read_zones(struct step_ctx *ctx, void *arg)
{
	struct zone_answers *answers = arg;

	return describe_zones(ctx, &answers->zones);
}

static void zone_answers_clear(struct zone_answers *answers)
{
	strv_clear(&answers->offered);
	ec2_zones_clear(&answers->zones);
}

struct rb_error *subnet_choose_zone(struct step_ctx *ctx, const struct subnet_plan *plan,
				    char **ret_zone)
{
	const char *asked = step_param(ctx, plan->zone_param);
	const char *recorded = step_output(ctx, "availability_zone");
	CLEANUP(zone_answers_clear) struct zone_answers answers = { 0 };
	struct step_branch reads[3] = { { 0 } };
	const struct ec2_zone *zone;
	size_t n = 0;

	if (recorded) {
		*ret_zone = xstrdup(recorded);
		return NULL;
	}
	if (plan->for_s3)
		reads[n++] = (struct step_branch){ read_offer, &answers };
	if (!*asked)
		reads[n++] = (struct step_branch){ read_zones, &answers };
	TRY(step_together(ctx, reads));
	if (*asked && answers.offered.n && !strv_has(&answers.offered, asked)) {
		autofree char *service = s3_service_name(step_aws(ctx));
		autofree char *names = strv_join(&answers.offered, ", ");

		return rb_error_next(
			rb_error_hint(
				rb_error_new(
					RB_USAGE,
					"'%s' is '%s', but '%s' has no interface endpoint there",
					plan->zone_param, asked, service),
				"zones that offer it: %s", names),
			RB_NEXT_SET, plan->zone_param);
	}
	if (*asked) {
		*ret_zone = xstrdup(asked);
		return NULL;
	}
	zone = pick_zone(&answers.zones, &answers.offered);
	if (!zone) {
		autofree char *names = zone_names(&answers.zones);

		return rb_error_next(
			rb_error_hint(rb_error_new(RB_FAILED, "no zone of '%s' will do",
						   aws_client_region(step_aws(ctx))),
				      "available zones: %s", names),
			RB_NEXT_SET, plan->zone_param);
	}
	*ret_zone = xstrdup(zone->name);
	return NULL;
}

struct rb_error *subnet_verify_zone(struct step_ctx *ctx, void *arg)
{
	const char *zone = step_output(ctx, "availability_zone");
	const struct subnet_plan *plan = arg;
	autofree char *service = NULL, *all = NULL;
	auto_strv offered = { 0 };

	if (!plan->for_s3)
		return NULL;
	service = s3_service_name(step_aws(ctx));
	TRY(ec2_interface_service_zones(step_aws(ctx), service, &offered));
	all = offered.n ? strv_join(&offered, " ") : xstrdup(N_("AWS does not say"));
	step_expect_that(ctx, !offered.n || strv_has(&offered, zone ? zone : ""),
			 "subnet.zone_offers_s3", zone, all);
	return NULL;
}
