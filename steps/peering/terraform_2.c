/* SPDX-License-Identifier: Apache-2.0 */
/* Section 2 for Terraform: the destination's network, the S3 endpoint in it, the bucket. */
#include <stddef.h>

#include "steps/common/policy.h"
#include "steps/common/terraform.h"
#include "steps/peering/terraform.h"

/* clang-format off */

#define S3_SERVICE "<s3-service:1>"

const struct tf_resource terraform_2_1[] = {
	TF_VPC(SIDE_DESTINATION, "destination", "destination.vpc_cidr"),
	{ 0 },
};

const struct tf_resource terraform_2_2[] = {
	{ .kind = &tf_data_endpoint_service, .name = "s3", .side = SIDE_DESTINATION,
	  .only_when = "!destination.zone",
	  .arguments = TF_ARGUMENTS(TF_IS("service_name", S3_SERVICE),
				    TF_IS("service_type", "Interface")) },
	TF_SUBNET(SIDE_DESTINATION, "destination", "2-1", "destination.subnet_cidr",
		  "<destination.zone|.availability_zone>",
		  "sort(data.aws_vpc_endpoint_service.s3.availability_zones)[0]"),
	{ 0 },
};

const struct tf_resource terraform_2_3[] = {
	TF_GROUP(SIDE_DESTINATION, "s3", "2-1", "runbook: S3 interface endpoint", TF_PORT("443"),
		 TF_IS("cidr_ipv4", "<source.vpc_cidr>")),
	TF_S3_ENDPOINT(SIDE_DESTINATION, "2-1", "2-2", TF_IS("service_name", S3_SERVICE)),
	{ 0 },
};

static char *bucket_policy(void)
{
	return policy_for_bucket("<partition>", "<2-4.bucket>", "<2-3.vpc_endpoint_id>");
}

const struct tf_resource terraform_2_4[] = {
	TF_BUCKET(SIDE_DESTINATION, bucket_policy),
	{ 0 },
};
