/* SPDX-License-Identifier: Apache-2.0 */
/* Section 2 for Terraform: the destination's network, the S3 endpoint in it, the bucket. */
#include <stddef.h>

#include "steps/common/policy.h"
#include "steps/common/terraform.h"
#include "steps/peering/terraform.h"

/* clang-format off */

#define S3_SERVICE "com.amazonaws.<region>.s3"

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
	{ .kind = &tf_vpc_endpoint, .name = "s3", .side = SIDE_DESTINATION,
	  .output = "vpc_endpoint_id",
	  .arguments = TF_ARGUMENTS(TF_IS("vpc_id", "<2-1.vpc_id>"),
				    TF_IS("service_name", S3_SERVICE),
				    TF_IS("vpc_endpoint_type", "Interface"),
				    TF_LISTS("subnet_ids", "<2-2.subnet_id>"),
				    TF_LISTS("security_group_ids", "<.security_group_id>"),
				    TF_IS_BARE("private_dns_enabled", "false"),
				    TF_TAGGED("endpoint")) },
	{ 0 },
};

static char *bucket_policy(void)
{
	return policy_for_bucket("<partition>", "<2-4.bucket>", "<2-3.vpc_endpoint_id>");
}

#define ENCRYPTION "rule.apply_server_side_encryption_by_default.sse_algorithm"

const struct tf_resource terraform_2_4[] = {
	{ .kind = &tf_bucket, .name = "bucket", .side = SIDE_DESTINATION, .output = "bucket",
	  .arguments = TF_ARGUMENTS(TF_IS("bucket", "<destination.bucket>"), TF_TAGGED("bucket")) },
	{ .kind = &tf_bucket_block, .name = "bucket", .side = SIDE_DESTINATION,
	  .import_id = "<.bucket>",
	  .arguments = TF_ARGUMENTS(TF_IS("bucket", "<.bucket>"),
				    TF_IS_BARE("block_public_acls", "true"),
				    TF_IS_BARE("ignore_public_acls", "true"),
				    TF_IS_BARE("block_public_policy", "true"),
				    TF_IS_BARE("restrict_public_buckets", "true")) },
	{ .kind = &tf_bucket_encryption, .name = "bucket", .side = SIDE_DESTINATION,
	  .import_id = "<.bucket>",
	  .arguments = TF_ARGUMENTS(TF_IS("bucket", "<.bucket>"), TF_IS(ENCRYPTION, "AES256")) },
	{ .kind = &tf_bucket_policy, .name = "bucket", .side = SIDE_DESTINATION,
	  .import_id = "<.bucket>",
	  .arguments = TF_ARGUMENTS(TF_IS("bucket", "<.bucket>"),
				    { .name = "policy", .form = TF_DOCUMENT, .make = bucket_policy },
				    { .name = "depends_on", .form = TF_AFTER,
				      .value = "aws_s3_bucket_public_access_block.bucket" }) },
	{ 0 },
};
