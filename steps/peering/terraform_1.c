/* SPDX-License-Identifier: Apache-2.0 */
/* Section 1 for Terraform: the source's network, the endpoint that leads in, the instance. */
#include <stddef.h>

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
	TF_CONNECT_ENDPOINT(SIDE_SOURCE, "1-2"),
	{ 0 },
};

const struct tf_resource terraform_1_4[] = {
	TF_GROUP(SIDE_SOURCE, "instance", "1-1", "runbook: instance", TF_PORT("22"),
		 TF_IS("referenced_security_group_id", "<1-3.security_group_id>")),
	TF_INSTANCE(SIDE_SOURCE, "1-2"),
	{ 0 },
};
