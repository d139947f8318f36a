/* SPDX-License-Identifier: Apache-2.0 */
/* What the procedure `peering` needs of an account, by its steps. */
#include "steps/common/needs.h"

#include <stddef.h>

extern const struct need needs_peering[];

const struct need needs_peering[] = {
	NEEDS_VPC("1-1", SIDE_SOURCE, "source.vpc_cidr"),
	NEEDS_SUBNET("1-2", SIDE_SOURCE, "source.zone"),
	NEEDS_CONNECT_ENDPOINT("1-3", SIDE_SOURCE),
	NEEDS_INSTANCE("1-4", SIDE_SOURCE, "source.image", "source.architecture",
		       "source.instance_type", "source.zone"),
	NEEDS_VPC("2-1", SIDE_DESTINATION, "destination.vpc_cidr"),
	NEEDS_S3_SUBNET("2-2", SIDE_DESTINATION, "destination.zone"),
	NEEDS_S3_ENDPOINT("2-3", SIDE_DESTINATION),
	NEEDS_BUCKET("2-4", SIDE_DESTINATION, "destination.bucket"),
	NEEDS_PEERING("3-1", SIDE_SOURCE, "source.vpc_cidr", "destination.vpc_cidr"),
	{ NULL, NEED_QUOTA, 0, QUOTA_VPCS, 0, { NULL } },
};
