/* SPDX-License-Identifier: Apache-2.0 */
/* The deletes of what was made, as dry runs; see try_undo.h. */
#include "steps/common/try_undo.h"

#include "aws/ec2/ec2.h"

static const struct {
	const char *output;
	struct rb_error *(*remove)(struct aws_client *c, const char *id);
} removals[] = {
	{ "vpc_id", ec2_delete_vpc },
	{ "subnet_id", ec2_delete_subnet },
	{ "route_table_id", ec2_delete_route_table },
	{ "route_table_association_id", ec2_disassociate_route_table },
	{ "security_group_id", ec2_delete_group },
	{ "instance_connect_endpoint_id", ec2_delete_connect_endpoint },
	{ "instance_id", ec2_terminate_instance },
	{ "vpc_endpoint_id", ec2_delete_vpc_endpoint },
	{ "vpc_peering_connection_id", ec2_delete_peering },
};

struct rb_error *undo_try(struct step_ctx *ctx)
{
	for (size_t i = 0; i < ARRAY_LEN(removals); i++) {
		const char *id = step_output(ctx, removals[i].output);

		if (id)
			TRY(step_tried(removals[i].remove(step_aws_dry(ctx), id)));
	}
	return NULL;
}
