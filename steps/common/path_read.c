/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what a way is made of; judging it is for others.  A look that is refused stops nothing. */
#include "steps/common/path.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "steps/common/path_int.h"

/* What these credentials, or this machine, would meet at every other look as well. */
static bool ends_all(const struct rb_error *err)
{
	return rb_error_is(err, RB_INTERRUPTED) || rb_error_is(err, RB_CREDENTIALS) ||
	       rb_error_is(err, RB_CLOCK) || rb_error_is(err, RB_NETWORK) ||
	       rb_error_is(err, RB_LOST);
}

struct rb_error *path_looked(struct look *look, struct rb_error *err)
{
	look->made = true;
	if (ends_all(err))
		return err;
	look->err = err;
	return NULL;
}

struct rb_error *path_not_there(const char *id)
{
	return rb_error_new(RB_GONE, "'%s' is not there", id);
}

struct peering_arg {
	struct path *p;
	int end;
};

static struct rb_error *read_peering(struct step_ctx *ctx, void *arg)
{
	const struct peering_arg *a = arg;
	struct path_end *end = &a->p->ends[a->end];
	const char *ids[] = { a->p->peering_id, NULL };

	TRY(path_looked(&end->peering_look, ec2_describe_peerings(step_aws_of(ctx, end->plan->side),
								  ids, NULL, &end->peerings)));
	if (!end->peering_look.err && !end->peerings.n)
		return path_looked(&end->peering_look, path_not_there(a->p->peering_id));
	return NULL;
}

static struct rb_error *read_dns(struct step_ctx *ctx, void *arg)
{
	struct path *p = arg;
	const struct path_end *from = &p->ends[END_FROM];

	return path_looked(&p->dns_look, ec2_describe_vpc_attribute(
						 step_aws_of(ctx, from->plan->side), from->vpc_id,
						 "enableDnsSupport", &p->dns_support));
}

static const char *output_of_end(struct step_ctx *ctx, const struct end_plan *plan)
{
	static const char *const names[] = {
		[END_INSTANCE] = "instance_id",
		[END_CONNECT_ENDPOINT] = "instance_connect_endpoint_id",
		[END_S3_ENDPOINT] = "vpc_endpoint_id",
	};

	return step_output_of(ctx, plan->step, names[plan->kind]);
}

static void begin(struct step_ctx *ctx, const struct path_plan *plan, struct path *p)
{
	*p = (struct path){ .ctx = ctx, .plan = plan };
	for (int i = 0; i < ENDS_N; i++) {
		const struct end_plan *of = &plan->ends[i];

		p->ends[i] = (struct path_end){
			.plan = of,
			.client = step_aws_of(ctx, of->side),
			.id = output_of_end(ctx, of),
			.group_id = step_output_of(ctx, of->step, "security_group_id"),
			.subnet_id = step_output_of(ctx, of->subnet_step, "subnet_id"),
			.table_id = step_output_of(ctx, of->subnet_step, "route_table_id"),
			.vpc_id = step_output_of(ctx, of->vpc_step, "vpc_id"),
		};
	}
	if (plan->peering_step)
		p->peering_id =
			step_output_of(ctx, plan->peering_step, "vpc_peering_connection_id");
	if (!plan->bucket_step)
		return;
	p->s3 = step_aws_of(ctx, plan->bucket_side);
	p->bucket_name = step_output_of(ctx, plan->bucket_step, "bucket");
	p->object_arn =
		xasprintf("arn:%s:s3:::%s/%s", step_partition(ctx),
			  p->bucket_name ? p->bucket_name : step_param(ctx, "destination.bucket"),
			  step_param(ctx, plan->key_param));
}

struct rb_error *path_read(struct step_ctx *ctx, const struct path_plan *plan, const char *caller,
			   struct path *ret)
{
	struct path *p = ret;
	struct peering_arg peerings[ENDS_N] = { { p, END_FROM }, { p, END_TO } };
	struct path_caller asks = { p, caller };
	struct step_branch first[8] = { { 0 } }, then[4] = { { 0 } };
	size_t n = 0;

	begin(ctx, plan, p);
	for (int i = 0; i < ENDS_N; i++)
		first[n++] = (struct step_branch){ path_read_end, &p->ends[i] };
	for (int i = 0; i < ENDS_N && p->peering_id; i++)
		first[n++] = (struct step_branch){ read_peering, &peerings[i] };
	if (plan->bucket_step && p->ends[END_FROM].vpc_id)
		first[n++] = (struct step_branch){ read_dns, p };
	if (plan->bucket_step)
		first[n++] = (struct step_branch){ path_read_bucket, p };
	TRY(step_together(ctx, first));
	n = 0;
	if (plan->bucket_step)
		then[n++] = (struct step_branch){ path_read_role, p };
	else
		then[n++] = (struct step_branch){ path_read_operator, &asks };
	return step_together(ctx, then);
}

static void look_clear(struct look *look)
{
	look->err = rb_error_free(look->err);
}

static void end_clear(struct path_end *end)
{
	look_clear(&end->thing);
	look_clear(&end->rules_look);
	look_clear(&end->acl_look);
	look_clear(&end->tables_look);
	look_clear(&end->peering_look);
	free(end->state);
	free(end->state_reason);
	free(end->subnet);
	free(end->vpc);
	free(end->address);
	free(end->profile_arn);
	free(end->policy);
	strv_clear(&end->group_ids);
	strv_clear(&end->addresses);
	strv_clear(&end->dns_names);
	aws_tags_clear(&end->tags);
	ec2_rules_clear(&end->rules);
	ec2_acls_clear(&end->acls);
	ec2_route_tables_clear(&end->tables);
	ec2_peerings_clear(&end->peerings);
}

void path_clear(struct path *p)
{
	for (int i = 0; i < ENDS_N; i++)
		end_clear(&p->ends[i]);
	look_clear(&p->dns_look);
	path_access_clear(p);
	*p = (struct path){ 0 };
}
