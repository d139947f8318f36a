/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one end of a way: the instance or endpoint there, with what is around it. */
#include "steps/common/path_int.h"

#include "base/alloc.h"
#include "base/text.h"

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
		return path_looked(&end->thing, path_not_there(end->id));
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
		return path_looked(&end->thing, path_not_there(end->id));
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
		return path_looked(&end->thing, path_not_there(end->id));
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

struct rb_error *path_read_end(struct step_ctx *ctx, void *arg)
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
