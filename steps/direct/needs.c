/* SPDX-License-Identifier: Apache-2.0 */
/* What the procedure `direct` needs of an account, by its steps. */
#include "steps/common/needs.h"

#include <stddef.h>

extern const struct need needs_direct[];

const struct need needs_direct[] = {
	NEEDS_VPC("1-1", SIDE_SOURCE, "source.vpc_cidr"),
	NEEDS_FAR_S3_SUBNET("1-2", SIDE_SOURCE, "source.zone", "destination.region"),
	NEEDS_CONNECT_ENDPOINT("1-3", SIDE_SOURCE),
	NEEDS_INSTANCE("1-4", SIDE_SOURCE, "source.image", "source.architecture",
		       "source.instance_type", "source.zone"),
	NEEDS_S3_ENDPOINT("2-1", SIDE_SOURCE),
	NEED_THAT("2-2", SIDE_DESTINATION, NEED_REGION, NULL),
	NEEDS_BUCKET("2-2", SIDE_DESTINATION, "destination.bucket"),
	{ NULL, NEED_QUOTA, 0, QUOTA_VPCS, 0, { NULL } },
};
