/* SPDX-License-Identifier: Apache-2.0 */
/* The ways of 3-1 and 3-2, hop by hop.  Both lie in one VPC: no peering, no route of a step's. */
#include "steps/direct/ways.h"

#include <stddef.h>

#include "base/attr.h"
#include "steps/common/path_probe.h"
#include "steps/common/sides.h"
#include "steps/common/ways.h"

#define IN_THE_SUBNET                                                                              \
	.side = SIDE_SOURCE, .subnet_step = "1-2", .vpc_step = "1-1",                              \
	.cidr_param = "source.subnet_cidr"

static const struct path_plan upload_plan = {
	.port = 443,
	.ends = { [END_FROM] = { .kind = END_INSTANCE, .step = "1-4", IN_THE_SUBNET },
		  [END_TO] = { .kind = END_S3_ENDPOINT, .step = "2-1", IN_THE_SUBNET } },
	.bucket_step = "2-2",
	.bucket_side = SIDE_DESTINATION,
	.key_param = "upload.key",
};

static const struct hop_row upload_rows[] = { WAY_LEAVES_INSTANCE,  WAY_INTO_S3_ENDPOINT,
					      WAY_INTO_BUCKET,	    WAY_LEAVES_S3_ENDPOINT,
					      WAY_BACK_TO_INSTANCE, WAY_END };

const struct hop_way ways_direct[] = {
	[WAY_LOGIN] = { .step = "3-1",
			.title = N_("SSH to the instance, through the endpoint"),
			.rows = way_login_rows,
			.plan = &way_login_plan,
			.describe = path_describe },
	[WAY_UPLOAD] = { .step = "3-2",
			 .title =
				 N_("Upload from the instance to the bucket, through the endpoint"),
			 .rows = upload_rows,
			 .plan = &upload_plan,
			 .describe = path_describe,
			 .probe = path_probe },
	{ 0 },
};
