/* SPDX-License-Identifier: Apache-2.0 */
/* The procedure for Terraform: one network with the instance and both endpoints, and the bucket. */
#include <stddef.h>

#include "steps/common/policy.h"
#include "steps/common/terraform.h"
#include "steps/direct/terraform.h"

/* clang-format off */

const struct tf_resource direct_terraform_1_1[] = {
	TF_VPC(SIDE_SOURCE, "source", "source.vpc_cidr"),
	{ 0 },
};

const struct tf_resource direct_terraform_1_2[] = {
	TF_SUBNET(SIDE_SOURCE, "source", "1-1", "source.subnet_cidr", "<source.zone>", NULL),
	{ 0 },
};

const struct tf_resource direct_terraform_1_3[] = {
	TF_GROUP(SIDE_SOURCE, "connect", "1-1", "runbook: EC2 Instance Connect Endpoint",
		 TF_IS("ip_protocol", "-1"),
		 TF_IS("referenced_security_group_id", "<.security_group_id>")),
	TF_CONNECT_ENDPOINT(SIDE_SOURCE, "1-2"),
	{ 0 },
};

const struct tf_resource direct_terraform_1_4[] = {
	TF_GROUP(SIDE_SOURCE, "instance", "1-1", "runbook: instance", TF_PORT("22"),
		 TF_IS("referenced_security_group_id", "<1-3.security_group_id>")),
	TF_INSTANCE(SIDE_SOURCE, "1-2"),
	{ 0 },
};

const struct tf_resource direct_terraform_2_1[] = {
	TF_GROUP(SIDE_SOURCE, "s3", "1-1", "runbook: S3 interface endpoint", TF_PORT("443"),
		 TF_IS("referenced_security_group_id", "<1-4.security_group_id>")),
	TF_S3_ENDPOINT(SIDE_SOURCE, "1-1", "1-2",
		       TF_IS("service_name", "<s3-service:1>"),
		       TF_IS("service_region", "<region:1>")),
	{ 0 },
};

static char *bucket_policy(void)
{
	return policy_for_bucket("<partition>", "<2-2.bucket>", "<2-1.vpc_endpoint_id>");
}

const struct tf_resource direct_terraform_2_2[] = {
	TF_BUCKET(SIDE_DESTINATION, bucket_policy),
	{ 0 },
};
