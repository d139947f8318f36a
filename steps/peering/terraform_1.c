/* SPDX-License-Identifier: Apache-2.0 */
/* Section 1 for Terraform: the source's network, the endpoint that leads in, the instance. */
#include <stddef.h>

#include "steps/common/policy.h"
#include "steps/common/terraform.h"
#include "steps/peering/terraform.h"

/* clang-format off */

const struct tf_resource terraform_1_1[] = {
	TF_VPC(SIDE_SOURCE, "source", "source.vpc_cidr"),
	{ 0 },
};

const struct tf_resource terraform_1_2[] = {
	TF_SUBNET(SIDE_SOURCE, "source", "1-1", "source.subnet_cidr", "<source.zone>", NULL),
	{ 0 },
};

const struct tf_resource terraform_1_3[] = {
	TF_GROUP(SIDE_SOURCE, "connect", "1-1", "runbook: EC2 Instance Connect Endpoint",
		 TF_IS("ip_protocol", "-1"),
		 TF_IS("referenced_security_group_id", "<.security_group_id>")),
	{ .kind = &tf_connect_endpoint, .name = "connect", .side = SIDE_SOURCE,
	  .output = "instance_connect_endpoint_id",
	  .arguments = TF_ARGUMENTS(TF_IS("subnet_id", "<1-2.subnet_id>"),
				    TF_LISTS("security_group_ids", "<.security_group_id>"),
				    TF_IS_BARE("preserve_client_ip", "false"),
				    TF_TAGGED("endpoint")) },
	{ 0 },
};

static char *trust_policy(void)
{
	return policy_for_trust("<partition>");
}

#define S3_FULL_ACCESS "arn:<partition>:iam::aws:policy/AmazonS3FullAccess"

const struct tf_resource terraform_1_4[] = {
	TF_GROUP(SIDE_SOURCE, "instance", "1-1", "runbook: instance", TF_PORT("22"),
		 TF_IS("referenced_security_group_id", "<1-3.security_group_id>")),
	{ .kind = &tf_role, .name = "instance", .side = SIDE_SOURCE, .output = "role_name",
	  .arguments = TF_ARGUMENTS(
		  TF_IS("name", "<name:instance>"), TF_IS("path", "/runbook/<run>/"),
		  TF_IS("description", "runbook: instance of step 1-4"),
		  { .name = "assume_role_policy", .form = TF_DOCUMENT, .make = trust_policy },
		  { .name = "permissions_boundary", .value = "<iam.permissions_boundary>",
		    .only_when = "iam.permissions_boundary" },
		  TF_TAGGED("instance")) },
	{ .kind = &tf_role_attachment, .name = "instance", .side = SIDE_SOURCE,
	  .import_id = "<.role_name>/" S3_FULL_ACCESS,
	  .arguments = TF_ARGUMENTS(TF_IS("role", "<.role_name>"),
				    TF_IS("policy_arn", S3_FULL_ACCESS)) },
	{ .kind = &tf_profile, .name = "instance", .side = SIDE_SOURCE,
	  .output = "instance_profile_name",
	  .arguments = TF_ARGUMENTS(TF_IS("name", "<name:instance>"),
				    TF_IS("path", "/runbook/<run>/"), TF_IS("role", "<.role_name>"),
				    TF_TAGGED("instance")) },
	{ .kind = &tf_data_parameter, .name = "image", .side = SIDE_SOURCE,
	  .only_when = "!source.image",
	  .arguments = TF_ARGUMENTS(TF_IS("name", "/aws/service/ami-amazon-linux-latest/"
						  "al2023-ami-kernel-default-"
						  "<source.architecture>")) },
	{ .kind = &tf_instance, .name = "instance", .side = SIDE_SOURCE, .output = "instance_id",
	  .arguments = TF_ARGUMENTS(
		  { .name = "ami", .value = "<source.image|.image_id>",
		    .otherwise = "data.aws_ssm_parameter.image.insecure_value" },
		  TF_IS("instance_type", "<source.instance_type>"),
		  TF_IS("subnet_id", "<1-2.subnet_id>"),
		  TF_LISTS("vpc_security_group_ids", "<.security_group_id>"),
		  TF_IS("iam_instance_profile", "<.instance_profile_name>"),
		  TF_TAGGED("instance"),
		  { .name = "volume_tags", .form = TF_TAGS, .value = "instance", .new_only = true },
		  TF_IS("metadata_options.http_endpoint", "enabled"),
		  TF_IS("metadata_options.http_tokens", "required"),
		  TF_IS_BARE("metadata_options.http_put_response_hop_limit", "2"),
		  /* a newer image would replace the instance */
		  { .name = "lifecycle.ignore_changes", .form = TF_HCL, .value = "[ami]",
		    .new_only = true },
		  { .name = "depends_on", .form = TF_AFTER,
		    .value = "aws_iam_role_policy_attachment.instance" }) },
	{ 0 },
};
