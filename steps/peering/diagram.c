/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of what the procedure builds. */
#include "runbook/contract/diagram.h"

#include <stddef.h>

#include "base/attr.h"
#include "steps/common/diagram.h"
#include "steps/peering/diagram.h"

static const struct diagram_box boxes[] = {
	DIAGRAM_OPERATOR,
	{ .name = "source",
	  .in = "here",
	  .kind = DIAGRAM_REGION,
	  .title = N_("Source region"),
	  .lines = LINES({ NULL, "{source.region}" }) },
	{ .name = "source-vpc",
	  .in = "source",
	  .kind = DIAGRAM_NETWORK,
	  .step = "1-1",
	  .output = "vpc_id",
	  .title = N_("VPC {source.vpc_cidr}") },
	{ .name = "source-subnet",
	  .in = "source-vpc",
	  .kind = DIAGRAM_SUBNET,
	  .step = "1-2",
	  .output = "subnet_id",
	  .title = N_("Private subnet {source.subnet_cidr}"),
	  .lines = LINES({ NULL, N_("zone {availability_zone}") }, { NULL, "{route_table_id}" },
			 { NULL, N_("{source.vpc_cidr} → local") },
			 { "3-2", "{destination.vpc_cidr} → {3-1/vpc_peering_connection_id}" }) },
	DIAGRAM_CONNECT_ENDPOINT("source-subnet"),
	DIAGRAM_INSTANCE("source-subnet"),
	{ .name = "peering",
	  .kind = DIAGRAM_THING,
	  .step = "3-1",
	  .output = "vpc_peering_connection_id",
	  .title = N_("VPC peering"),
	  .lines = LINES({ "3-3", N_("accepted") }) },
	{ .name = "destination", /* the bucket's too */
	  .kind = DIAGRAM_REGION,
	  .title = N_("Destination region"),
	  .lines = LINES({ NULL, "{destination.region}" }) },
	{ .name = "destination-vpc",
	  .in = "destination",
	  .kind = DIAGRAM_NETWORK,
	  .step = "2-1",
	  .output = "vpc_id",
	  .title = N_("VPC {destination.vpc_cidr}") },
	{ .name = "destination-subnet",
	  .in = "destination-vpc",
	  .kind = DIAGRAM_SUBNET,
	  .step = "2-2",
	  .output = "subnet_id",
	  .title = N_("Private subnet {destination.subnet_cidr}"),
	  .lines = LINES({ NULL, N_("zone {availability_zone}") }, { NULL, "{route_table_id}" },
			 { NULL, N_("{destination.vpc_cidr} → local") },
			 { "3-4", "{source.vpc_cidr} → {3-1/vpc_peering_connection_id}" }) },
	{ .name = "s3-endpoint",
	  .in = "destination-subnet",
	  .kind = DIAGRAM_THING,
	  .step = "2-3",
	  .output = "vpc_endpoint_id",
	  .title = N_("S3 interface endpoint"),
	  .lines = LINES({ NULL, N_("443 from {source.vpc_cidr}") }) },
	DIAGRAM_BUCKET("2-4", "2-3"),
	{ 0 },
};

static const struct diagram_way ways[] = {
	DIAGRAM_WAY_IN("4-1"),
	{ .step = "4-2",
	  .title = N_("Upload from the instance to the bucket, through peering and endpoint"),
	  .through = THROUGH("instance", "peering", "s3-endpoint", "bucket") },
	DIAGRAM_REFUSED("4-2"),
	{ 0 },
};

const struct diagram diagram_peering = {
	.promise =
		N_("Instance {1-4/instance_id} in {source.region} reaches bucket {2-4/bucket} in "
		   "{destination.region} privately, through VPC endpoint {2-3/vpc_endpoint_id}; "
		   "the bucket takes uploads through that endpoint only."),
	.promise_kept =
		N_("Instance {1-4/instance_id} in {source.region} reached bucket {2-4/bucket} in "
		   "{destination.region} privately, through VPC endpoint {2-3/vpc_endpoint_id}; "
		   "the bucket took uploads through that endpoint only."),
	.boxes = boxes,
	.ways = ways,
};
