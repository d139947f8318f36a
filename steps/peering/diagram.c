/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of what the procedure builds. */
#include "runbook/contract/diagram.h"

#include <stddef.h>

#include "base/attr.h"
#include "steps/peering/diagram.h"

#define LINES(...)                                                                                 \
	(const struct diagram_line[])                                                              \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}
#define THROUGH(...)                                                                               \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static const struct diagram_box boxes[] = {
	{ .name = "here", .kind = DIAGRAM_GROUP },
	{ .name = "machine",
	  .in = "here",
	  .kind = DIAGRAM_OUTSIDE,
	  .title = N_("Operator's machine"),
	  .lines = LINES({ NULL, N_("outside of both regions") }) },
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
	{ .name = "connect-endpoint",
	  .in = "source-subnet",
	  .kind = DIAGRAM_THING,
	  .step = "1-3",
	  .output = "instance_connect_endpoint_id",
	  .title = "EC2 Instance Connect Endpoint" },
	{ .name = "instance",
	  .in = "source-subnet",
	  .kind = DIAGRAM_THING,
	  .step = "1-4",
	  .output = "instance_id",
	  .title = N_("EC2 instance"),
	  .lines = LINES({ NULL, "{source.instance_type}, {private_ip}" },
			 { NULL, N_("22 from the endpoint only") }) },
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
	{ .name = "bucket",
	  .in = "destination",
	  .kind = DIAGRAM_THING,
	  .step = "2-4",
	  .output = "bucket",
	  .title = N_("S3 bucket"),
	  .lines = LINES({ NULL, N_("policy: s3:PutObject only if") },
			 { NULL, "aws:sourceVpce = {2-3/vpc_endpoint_id}" }) },
	{ 0 },
};

static const struct diagram_way ways[] = {
	{ .step = "4-1",
	  .title = N_("SSH to the instance, through the endpoint"),
	  .through = THROUGH("machine", "connect-endpoint", "instance") },
	{ .step = "4-2",
	  .title = N_("Upload from the instance to the bucket, through peering and endpoint"),
	  .through = THROUGH("instance", "peering", "s3-endpoint", "bucket") },
	{ .step = "4-2",
	  .claim = "PutObject by the public endpoint",
	  .is_refusal = true,
	  .is_around = true,
	  .title = N_("Upload from outside, by the public endpoint of S3"),
	  .through = THROUGH("machine", "bucket") },
	{ 0 },
};

const struct diagram diagram_peering = {
	.promise =
		N_("Instance {1-4/instance_id} in {source.region} reaches bucket {2-4/bucket} in "
		   "{destination.region} privately, through VPC endpoint {2-3/vpc_endpoint_id}; "
		   "the bucket takes uploads through that endpoint only."),
	.boxes = boxes,
	.ways = ways,
};
