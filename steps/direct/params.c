/* SPDX-License-Identifier: Apache-2.0 */
/* One network, in the instance's region; of the other region the bucket alone. */
#include "steps/direct/params.h"

#include "base/text.h"
#include "steps/common/param_rows.h"
#include "steps/common/param_rules.h"

const struct param *const direct_params[] = {
	&param_source_region,
	&param_source_vpc_cidr,
	&param_source_subnet_cidr,
	&param_source_zone,
	&param_source_instance_type,
	&param_source_architecture,
	&param_source_image,
	&param_source_os_user,
	&param_destination_region,
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

static struct rb_error *check_regions(const struct params *p)
{
	const char *region = params_get(p, source.region);

	if (text_eq(region, params_get(p, "destination.region")))
		return rb_error_why(rb_error_new(RB_USAGE,
						 "source.region and destination.region "
						 "are both '%s'",
						 region),
				    "the procedure leads to another region: within one, a gateway "
				    "endpoint does the same for nothing");
	return param_check_partition(p, source.region, "destination.region");
}

struct rb_error *direct_params_finish(struct params *p)
{
	param_fill_zone(p, &source);
	param_fill_machine(p);
	TRY(check_regions(p));
	TRY(param_check_machine(p));
	TRY(param_check_subnet(p, &source));
	TRY(param_check_tags(p));
	TRY(param_check_boundary_owner(p, params_get(p, source.region), NULL));
	param_fill_namespace(p);
	return param_check_bucket_namespace(p, NULL);
}

struct rb_error *direct_params_check_account(const struct params *p, const char *account)
{
	TRY(param_check_boundary_owner(p, params_get(p, source.region), account));
	return param_check_bucket_namespace(p, account);
}
