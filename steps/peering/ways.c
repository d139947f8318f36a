/* SPDX-License-Identifier: Apache-2.0 */
/* The ways of 4-1 and 4-2, hop by hop. */
#include "steps/peering/ways.h"

#include <stddef.h>

#include "base/attr.h"
#include "steps/common/path_probe.h"
#include "steps/common/sides.h"
#include "steps/common/ways.h"

static const struct path_plan upload_plan = {
	.port = 443,
	.ends = { [END_FROM] = { .kind = END_INSTANCE,
				 .side = SIDE_SOURCE,
				 .step = "1-4",
				 .subnet_step = "1-2",
				 .vpc_step = "1-1",
				 .route_step = "3-2",
				 .route_cidr_param = "destination.vpc_cidr",
				 .cidr_param = "source.subnet_cidr" },
		  [END_TO] = { .kind = END_S3_ENDPOINT,
			       .side = SIDE_DESTINATION,
			       .step = "2-3",
			       .subnet_step = "2-2",
			       .vpc_step = "2-1",
			       .route_step = "3-4",
			       .route_cidr_param = "source.vpc_cidr",
			       .cidr_param = "destination.subnet_cidr" } },
	.peering_step = "3-1",
	.accept_step = "3-3",
	.bucket_step = "2-4",
	.bucket_side = SIDE_DESTINATION,
	.key_param = "upload.key",
};

/* clang-format off */
static const struct hop_row upload_rows[] = {
	WAY_LEAVES_INSTANCE,
	{ "source-association", N_("the route table of the instance's subnet"), HOP_THERE,
	  HOP_CONNECTS, "instance", END_FROM, judge_association },
	{ "source-route", N_("the route to the destination"), HOP_THERE, HOP_CONNECTS, "instance",
	  END_FROM, judge_route },
	{ "peering", N_("the peering, both ends"), HOP_THERE, HOP_CONNECTS, "peering", END_FROM,
	  judge_peering },
	WAY_INTO_S3_ENDPOINT,
	WAY_INTO_BUCKET,
	WAY_LEAVES_S3_ENDPOINT,
	{ "endpoint-association", N_("the route table of the endpoint's subnet"), HOP_BACK,
	  HOP_CONNECTS, "s3-endpoint", END_TO, judge_association },
	{ "endpoint-route", N_("the route back to the source"), HOP_BACK, HOP_CONNECTS,
	  "s3-endpoint", END_TO, judge_route },
	WAY_BACK_TO_INSTANCE,
	WAY_END
};
/* clang-format on */

const struct hop_way ways_peering[] = {
	[WAY_LOGIN] = { .step = "4-1",
			.title = N_("SSH to the instance, through the endpoint"),
			.rows = way_login_rows,
			.plan = &way_login_plan,
			.describe = path_describe },
	[WAY_UPLOAD] = { .step = "4-2",
			 .title = N_("Upload from the instance to the bucket, through peering and "
				     "endpoint"),
			 .rows = upload_rows,
			 .plan = &upload_plan,
			 .describe = path_describe,
			 .probe = path_probe },
	{ 0 },
};
