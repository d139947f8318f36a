/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of what the procedure builds. */
#include "steps/direct/diagram.h"

#include <stddef.h>

#include "base/attr.h"
#include "steps/common/diagram.h"

static const struct diagram_box boxes[] = {
	DIAGRAM_OPERATOR,
	{ .name = "source",
	  .in = "here",
	  .kind = DIAGRAM_REGION,
	  .title = N_("Source region"),
	  .lines = LINES({ NULL, "{source.region}" }) },
	{ .name = "vpc",
	  .in = "source",
	  .kind = DIAGRAM_NETWORK,
	  .step = "1-1",
	  .output = "vpc_id",
	  .title = N_("VPC {source.vpc_cidr}") },
	{ .name = "subnet",
	  .in = "vpc",
	  .kind = DIAGRAM_SUBNET,
	  .step = "1-2",
	  .output = "subnet_id",
	  .title = N_("Private subnet {source.subnet_cidr}"),
	  .lines = LINES({ NULL, N_("zone {availability_zone}") }, { NULL, "{route_table_id}" },
			 { NULL, N_("{source.vpc_cidr} → local") }) },
	DIAGRAM_CONNECT_ENDPOINT("subnet"),
	DIAGRAM_INSTANCE("subnet"),
	{ .name = "s3-endpoint",
	  .in = "subnet",
	  .kind = DIAGRAM_THING,
	  .step = "2-1",
	  .output = "vpc_endpoint_id",
	  .title = N_("S3 interface endpoint"),
	  .lines = LINES({ NULL, N_("443 from the instance only") },
			 { NULL, N_("leads to {destination.region}") }) },
	{ .name = "destination",
	  .kind = DIAGRAM_REGION,
	  .title = N_("Destination region"),
	  .lines = LINES({ NULL, "{destination.region}" }) },
	DIAGRAM_BUCKET("2-2", "2-1"),
	{ 0 },
};

static const struct diagram_way ways[] = {
	DIAGRAM_WAY_IN("3-1"),
	{ .step = "3-2",
	  .title = N_("Upload from the instance to the bucket, through the endpoint"),
	  .through = THROUGH("instance", "s3-endpoint", "bucket") },
	DIAGRAM_REFUSED("3-2"),
	{ 0 },
};

const struct diagram diagram_direct = {
	.promise =
		N_("Instance {1-4/instance_id} in {source.region} reaches bucket {2-2/bucket} in "
		   "{destination.region} privately, through VPC endpoint {2-1/vpc_endpoint_id}; "
		   "the bucket takes uploads through that endpoint only."),
	.promise_kept =
		N_("Instance {1-4/instance_id} in {source.region} reached bucket {2-2/bucket} in "
		   "{destination.region} privately, through VPC endpoint {2-1/vpc_endpoint_id}; "
		   "the bucket took uploads through that endpoint only."),
	.boxes = boxes,
	.ways = ways,
};
