/* SPDX-License-Identifier: Apache-2.0 */
/* Section 3 for Terraform: the peering between the two networks, and the routes into it. */
#include <stddef.h>

#include "steps/common/terraform.h"
#include "steps/peering/terraform.h"

/* clang-format off */

const struct tf_resource terraform_3_1[] = {
	{ .kind = &tf_peering, .name = "peering", .side = SIDE_SOURCE,
	  .output = "vpc_peering_connection_id",
	  .arguments = TF_ARGUMENTS(TF_IS("vpc_id", "<1-1.vpc_id>"),
				    TF_IS("peer_vpc_id", "<2-1.vpc_id>"),
				    TF_IS("peer_region", "<region:1>"), TF_TAGGED("peering")) },
	{ 0 },
};

const struct tf_resource terraform_3_2[] = {
	TF_ROUTE(SIDE_SOURCE, "source", "1-2", "destination.vpc_cidr", "3-1"),
	{ 0 },
};

const struct tf_resource terraform_3_3[] = {
	{ .kind = &tf_peering_accepter, .name = "peering", .side = SIDE_DESTINATION,
	  .import_id = "<3-1.vpc_peering_connection_id>",
	  .arguments = TF_ARGUMENTS(
		  TF_IS("vpc_peering_connection_id", "<3-1.vpc_peering_connection_id>"),
		  { .name = "auto_accept", .form = TF_BARE, .value = "true", .new_only = true },
		  TF_TAGGED("peering")) },
	{ 0 },
};

const struct tf_resource terraform_3_4[] = {
	TF_ROUTE(SIDE_DESTINATION, "destination", "2-2", "source.vpc_cidr", "3-1"),
	{ 0 },
};
