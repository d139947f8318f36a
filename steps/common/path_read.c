/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what a way is made of; judging it is for others.  A look that is refused stops nothing. */
#include "steps/common/path.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aws/simulate.h"
#include "base/alloc.h"
#include "base/text.h"
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

static struct rb_error *not_there(const char *id)
{
	return rb_error_new(RB_GONE, "'%s' is not there", id);
}

/* ---- the things at the ends --------------------------------------------------------- */

static struct rb_error *read_instance(struct aws_client *c, struct path_end *end)
{
	const char *ids[] = { end->id, NULL };
	auto_ec2_instances found = { 0 };
	struct ec2_instance *i;

	TRY(path_looked(&end->thing, ec2_describe_instances(c, ids, NULL, &found)));
	if (end->thing.err)
		return NULL;
	if (!found.n)
		return path_looked(&end->thing, not_there(end->id));
	i = &found.v[0];
	set_str(&end->state, i->state);
	set_str(&end->state_reason,
		i->state_reason_message ? i->state_reason_message : i->state_transition_reason);
	set_str(&end->subnet, i->subnet_id);
	set_str(&end->vpc, i->vpc_id);
	set_str(&end->address, i->private_ip);
	set_str(&end->profile_arn, i->profile_arn);
	strv_copy(&end->group_ids, &i->group_ids);
	aws_tags_copy(&end->tags, &i->tags);
	return NULL;
}

/* The addresses of its interfaces; its own is the one in the subnet that was made for it. */
static struct rb_error *read_addresses(struct aws_client *c, struct path_end *end,
				       const struct strv *interface_ids)
{
	auto_ec2_interfaces found = { 0 };
	struct rb_error *err;

	if (!interface_ids->n)
		return NULL;
	err = ec2_describe_interfaces(c, strv_list(interface_ids), NULL, &found);
	if (rb_error_is(err, RB_GONE)) /* it went a moment ago */
		err = rb_error_free(err);
	TRY(path_looked(&end->thing, err));
	for (size_t i = 0; i < found.n; i++) {
		if (found.v[i].private_ip)
			strv_add(&end->addresses, found.v[i].private_ip);
		if (text_eq(found.v[i].subnet_id, end->subnet_id) || !end->address) {
			set_str(&end->address, found.v[i].private_ip);
			set_str(&end->subnet, found.v[i].subnet_id);
		}
	}
	return NULL;
}

static struct rb_error *read_connect_endpoint(struct aws_client *c, struct path_end *end)
{
	const char *ids[] = { end->id, NULL };
	auto_ec2_connect_endpoints found = { 0 };
	struct ec2_connect_endpoint *e;

	TRY(path_looked(&end->thing, ec2_describe_connect_endpoints(c, ids, NULL, &found)));
	if (end->thing.err)
		return NULL;
	if (!found.n)
		return path_looked(&end->thing, not_there(end->id));
	e = &found.v[0];
	set_str(&end->state, e->state);
	set_str(&end->state_reason, e->state_message);
	set_str(&end->vpc, e->vpc_id);
	set_str(&end->subnet, e->subnet_id);
	end->preserves_client = e->preserve_client_ip;
	strv_copy(&end->group_ids, &e->group_ids);
	aws_tags_copy(&end->tags, &e->tags);
	return read_addresses(c, end, &e->interface_ids);
}

static struct rb_error *read_s3_endpoint(struct aws_client *c, struct path_end *end)
{
	const char *ids[] = { end->id, NULL };
	auto_ec2_vpc_endpoints found = { 0 };
	struct ec2_vpc_endpoint *e;

	TRY(path_looked(&end->thing, ec2_describe_vpc_endpoints(c, ids, NULL, &found)));
	if (end->thing.err)
		return NULL;
	if (!found.n)
		return path_looked(&end->thing, not_there(end->id));
	e = &found.v[0];
	set_str(&end->state, e->state);
	set_str(&end->state_reason, e->last_error_message);
	set_str(&end->vpc, e->vpc_id);
	set_str(&end->policy, e->policy);
	strv_copy(&end->group_ids, &e->group_ids);
	strv_copy(&end->dns_names, &e->dns_names);
	return read_addresses(c, end, &e->interface_ids);
}

/* ---- what is around them ------------------------------------------------------------ */

static struct rb_error *read_rules(struct step_ctx *ctx, void *arg)
{
	struct path_end *end = arg;

	/* a filter takes a few values only, and each group is a call of its own anyway */
	for (size_t i = 0; i < end->group_ids.n && !end->rules_look.err; i++) {
		const struct aws_filter filters[] = { { "group-id", { end->group_ids.v[i], NULL } },
						      { 0 } };
		struct ec2_rules found = { 0 };

		TRY(path_looked(
			&end->rules_look,
			ec2_describe_rules(step_aws_of(ctx, end->plan->side), filters, &found)));
		path_rules_add(&end->rules, &found);
	}
	return NULL;
}

static struct rb_error *read_acl(struct step_ctx *ctx, void *arg)
{
	struct path_end *end = arg;

	return path_looked(&end->acl_look,
			   ec2_describe_subnet_acl(step_aws_of(ctx, end->plan->side), end->subnet,
						   &end->acls));
}

static struct rb_error *read_tables(struct step_ctx *ctx, void *arg)
{
	struct path_end *end = arg;
	const struct aws_filter filters[] = { { "vpc-id", { end->vpc, NULL } }, { 0 } };

	return path_looked(&end->tables_look,
			   ec2_describe_route_tables(step_aws_of(ctx, end->plan->side), NULL,
						     filters, &end->tables));
}

/* An address for the judges, whatever is there: the end's own is best. */
static void settle_address(struct step_ctx *ctx, struct path_end *end)
{
	const char *recorded = end->plan->kind == END_INSTANCE
				       ? step_output_of(ctx, end->plan->step, "private_ip")
				       : NULL;

	end->address_known = end->address != NULL;
	if (!end->address)
		set_str(&end->address, recorded);
	if (!end->address)
		end->address = path_example_address(step_param(ctx, end->plan->cidr_param));
}

static struct rb_error *read_end(struct step_ctx *ctx, void *arg)
{
	struct path_end *end = arg;
	struct aws_client *c = step_aws_of(ctx, end->plan->side);
	struct step_branch around[4] = { { 0 } };
	size_t n = 0;

	switch (end->id ? (int)end->plan->kind : -1) {
	case END_INSTANCE:
		TRY(read_instance(c, end));
		break;
	case END_CONNECT_ENDPOINT:
		TRY(read_connect_endpoint(c, end));
		break;
	case END_S3_ENDPOINT:
		TRY(read_s3_endpoint(c, end));
		break;
	}
	settle_address(ctx, end);
	/* what was made for it, where it is not there to say otherwise */
	if (!end->subnet)
		set_str(&end->subnet, end->subnet_id);
	if (!end->vpc)
		set_str(&end->vpc, end->vpc_id);
	if (!end->group_ids.n && end->group_id)
		strv_add(&end->group_ids, end->group_id);
	if (end->group_ids.n)
		around[n++] = (struct step_branch){ read_rules, end };
	if (end->subnet)
		around[n++] = (struct step_branch){ read_acl, end };
	if (end->vpc)
		around[n++] = (struct step_branch){ read_tables, end };
	return step_together(ctx, around);
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
		return path_looked(&end->peering_look, not_there(a->p->peering_id));
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

/* ---- all of it ---------------------------------------------------------------------- */

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
		first[n++] = (struct step_branch){ read_end, &p->ends[i] };
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
