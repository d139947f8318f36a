/* SPDX-License-Identifier: Apache-2.0 */
/* A peering joins two VPCs of different regions, whose networks must not overlap. */
#include "steps/peering/params.h"

#include "base/text.h"
#include "steps/common/param_rows.h"
#include "steps/common/param_rules.h"

const struct param *const peering_params[] = {
	&param_source_region,
	&param_source_vpc_cidr,
	&param_source_subnet_cidr,
	&param_source_zone,
	&param_source_instance_type,
	&param_source_architecture,
	&param_source_image,
	&param_source_os_user,
	&param_destination_region,
	&param_destination_vpc_cidr,
	&param_destination_subnet_cidr,
	&param_destination_zone,
	&param_destination_bucket,
	&param_destination_bucket_namespace,
	&param_upload_key,
	&param_upload_bytes,
	&param_tags,
	&param_permissions_boundary,
	&param_prices,
	NULL,
};

static const struct param_subnet source = { "source.region", "source.vpc_cidr",
					    "source.subnet_cidr", "source.zone" };
static const struct param_subnet destination = { "destination.region", "destination.vpc_cidr",
						 "destination.subnet_cidr", "destination.zone" };

static struct rb_error *check_regions(const struct params *p)
{
	const char *region = params_get(p, source.region);

	if (text_eq(region, params_get(p, destination.region)))
		return rb_error_why(rb_error_new(RB_USAGE,
						 "source.region and destination.region "
						 "are both '%s'",
						 region),
				    "the procedure joins two regions: its peering is one between "
				    "regions");
	return param_check_partition(p, source.region, destination.region);
}

static struct rb_error *check_networks(const struct params *p)
{
	const char *ours = params_get(p, source.vpc_cidr);
	const char *theirs = params_get(p, destination.vpc_cidr);

	if (!text_cidrs_overlap(ours, theirs))
		return NULL;
	return rb_error_why(rb_error_new(RB_USAGE,
					 "source.vpc_cidr '%s' and destination.vpc_cidr '%s' "
					 "overlap",
					 ours, theirs),
			    "a peering cannot join overlapping networks");
}

struct rb_error *peering_params_finish(struct params *p)
{
	param_fill_zone(p, &source);
	param_fill_machine(p);
	TRY(check_regions(p));
	TRY(param_check_machine(p));
	TRY(param_check_subnet(p, &source));
	TRY(param_check_subnet(p, &destination));
	TRY(check_networks(p));
	TRY(param_check_tags(p));
	TRY(param_check_boundary_owner(p, params_get(p, source.region), NULL));
	param_fill_namespace(p);
	return param_check_bucket_namespace(p, NULL);
}

struct rb_error *peering_params_check_account(const struct params *p, const char *account)
{
	TRY(param_check_boundary_owner(p, params_get(p, source.region), account));
	return param_check_bucket_namespace(p, account);
}
