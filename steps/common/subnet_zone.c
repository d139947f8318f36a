/* SPDX-License-Identifier: Apache-2.0 */
/* The zone of a subnet: the one asked for, or the first that will do, where S3 offers its endpoint.
 */
#include "steps/common/subnet_int.h"

#include "aws/ec2/far_service.h"
#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "steps/common/pick.h"

char *s3_service_name(struct step_ctx *ctx, const char *region)
{
	return ec2_s3_service_name(aws_client_region(step_aws(ctx)), region);
}

static char *service_name(struct step_ctx *ctx, const struct subnet_plan *plan)
{
	return s3_service_name(ctx, plan->far_s3_param ? step_param(ctx, plan->far_s3_param)
						       : aws_client_region(step_aws(ctx)));
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
	const struct subnet_plan *plan;
	struct strv offered; /* by the S3 service; empty: AWS does not say */
	bool far_offered;
	struct ec2_zones zones;
};

static struct rb_error *read_offer(struct step_ctx *ctx, void *arg)
{
	autofree char *service = s3_service_name(ctx, aws_client_region(step_aws(ctx)));
	struct zone_answers *answers = arg;

	return ec2_interface_service_zones(step_aws(ctx), service, &answers->offered);
}

static struct rb_error *read_far_offer(struct step_ctx *ctx, void *arg)
{
	struct zone_answers *answers = arg;
	const char *region = step_param(ctx, answers->plan->far_s3_param);
	autofree char *service = s3_service_name(ctx, region);

	return ec2_interface_service_offered(step_aws(ctx), service, region, &answers->far_offered);
}

static struct rb_error *read_zones(struct step_ctx *ctx, void *arg)
{
	struct zone_answers *answers = arg;

	return describe_zones(ctx, &answers->zones);
}

/* The zones from which the other region's service is reached. */
static void note_far_zones(struct zone_answers *answers)
{
	for (size_t i = 0; i < answers->zones.n; i++)
		if (ec2_zone_reaches_far(answers->zones.v[i].id))
			strv_add(&answers->offered, answers->zones.v[i].name);
}

static struct rb_error *check_far_offer(struct step_ctx *ctx, const struct zone_answers *answers)
{
	autofree char *service = service_name(ctx, answers->plan);

	if (answers->far_offered)
		return NULL;
	return rb_error_next(
		rb_error_hint(rb_error_new(RB_FAILED, "'%s' is not offered to VPCs of region '%s'",
					   service, aws_client_region(step_aws(ctx))),
			      "the bucket's region is off in this account, or AWS has no way "
			      "between the two; the procedure 'peering' needs none"),
		RB_NEXT_SET, answers->plan->far_s3_param);
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
	CLEANUP(zone_answers_clear) struct zone_answers answers = { .plan = plan };
	struct step_branch reads[4] = { { 0 } };
	const struct ec2_zone *zone;
	size_t n = 0;

	if (recorded) {
		*ret_zone = xstrdup(recorded);
		return NULL;
	}
	if (plan->for_s3)
		reads[n++] = (struct step_branch){ read_offer, &answers };
	if (plan->far_s3_param)
		reads[n++] = (struct step_branch){ read_far_offer, &answers };
	if (!*asked || plan->far_s3_param)
		reads[n++] = (struct step_branch){ read_zones, &answers };
	TRY(step_together(ctx, reads));
	if (plan->far_s3_param) {
		TRY(check_far_offer(ctx, &answers));
		note_far_zones(&answers);
	}
	if (*asked && answers.offered.n && !strv_has(&answers.offered, asked)) {
		autofree char *service = service_name(ctx, plan);
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

	if (plan->far_s3_param) {
		const char *zone_id = step_output(ctx, "availability_zone_id");

		step_expect_that(ctx, zone_id && ec2_zone_reaches_far(zone_id),
				 "subnet.zone_reaches_far",
				 N_("one that reaches services of other regions"), zone_id);
	}
	/* do chooses one that offers it, and a subnet stays where it is; a person may have chosen
	 * another */
	if (!plan->for_s3 || step_made_itself(ctx, "subnet_id", "CreateSubnet"))
		return NULL;
	service = service_name(ctx, plan);
	TRY(ec2_interface_service_zones(step_aws(ctx), service, &offered));
	all = offered.n ? strv_join(&offered, " ") : xstrdup(N_("AWS does not say"));
	step_expect_that(ctx, !offered.n || strv_has(&offered, zone ? zone : ""),
			 "subnet.zone_offers_s3", zone, all);
	return NULL;
}
