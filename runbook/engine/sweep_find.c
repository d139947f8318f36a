/* SPDX-License-Identifier: Apache-2.0 */
/* A table of finders, one a kind of thing that a run can make. */
#include "aws/ec2/ec2.h"
#include "aws/iam.h"
#include "aws/s3.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/engine/sweep_int.h"

void sweep_add(struct sweep_query *q, const char *id, const char *state, bool fading)
{
	struct sweep_item *item;
	struct sweep *s = &q->found;

	s->v = xreallocarray(s->v, s->n + 1, sizeof(*s->v));
	item = &s->v[s->n++];
	*item = (struct sweep_item){
		.kind = xstrdup(q->finder->kind),
		.id = xstrdup(id ? id : "?"),
		.region = xstrdup(q->finder->global ? "iam" : aws_client_region(q->client)),
		.state = xstrdup(state ? state : ""),
		.fading = fading,
	};
	s->left += !fading;
	s->ending += fading && text_eq_nocase(item->state, "deleting");
}

static bool one_of(const char *s, const char *const *list)
{
	for (; s && *list; list++)
		if (text_eq_nocase(s, *list))
			return true;
	return false;
}

/* A finder that lists by the run's tag: TYPE of ec2.h, id and state members, states that fade. */
#define EC2_FINDER(name, list_type, describe, id_member, state_expr, ...)                          \
	static struct rb_error *find_##name(struct sweep_query *q)                                 \
	{                                                                                          \
		static const char *const fading[] = { __VA_ARGS__ };                               \
		auto_##list_type list = { 0 };                                                     \
                                                                                                   \
		TRY(describe(q->client, NULL, q->filters, &list));                                 \
		for (size_t i = 0; i < list.n; i++) {                                              \
			const char *state = state_expr;                                            \
                                                                                                   \
			sweep_add(q, list.v[i].id_member, state, one_of(state, fading));           \
		}                                                                                  \
		return NULL;                                                                       \
	}

EC2_FINDER(vpcs, ec2_vpcs, ec2_describe_vpcs, vpc_id, list.v[i].state, "deleting", NULL)
EC2_FINDER(subnets, ec2_subnets, ec2_describe_subnets, subnet_id, list.v[i].state, NULL)
EC2_FINDER(route_tables, ec2_route_tables, ec2_describe_route_tables, route_table_id, "", NULL)
EC2_FINDER(groups, ec2_groups, ec2_describe_groups, group_id, "", NULL)
EC2_FINDER(instances, ec2_instances, ec2_describe_instances, instance_id, list.v[i].state,
	   "terminated", NULL)
EC2_FINDER(interfaces, ec2_interfaces, ec2_describe_interfaces, interface_id, list.v[i].status,
	   NULL)
EC2_FINDER(connect_endpoints, ec2_connect_endpoints, ec2_describe_connect_endpoints, endpoint_id,
	   list.v[i].state, "delete-complete", NULL)
EC2_FINDER(vpc_endpoints, ec2_vpc_endpoints, ec2_describe_vpc_endpoints, vpc_endpoint_id,
	   list.v[i].state, "deleted", NULL)
EC2_FINDER(peerings, ec2_peerings, ec2_describe_peerings, peering_id, list.v[i].status, "deleted",
	   "rejected", "expired", "failed", NULL)

static struct rb_error *find_rules(struct sweep_query *q)
{
	auto_ec2_rules list = { 0 };

	TRY(ec2_describe_rules(q->client, q->filters, &list));
	for (size_t i = 0; i < list.n; i++)
		sweep_add(q, list.v[i].rule_id, "", false);
	return NULL;
}

static struct rb_error *find_volumes(struct sweep_query *q)
{
	static const char *const fading[] = { "deleted", NULL };
	auto_ec2_volumes list = { 0 };

	TRY(ec2_describe_volumes(q->client, NULL, q->filters, &list));
	for (size_t i = 0; i < list.n; i++)
		sweep_add(q, list.v[i].volume_id, list.v[i].state, one_of(list.v[i].state, fading));
	return NULL;
}

static struct rb_error *find_roles(struct sweep_query *q)
{
	autofree char *path = xasprintf(RUN_IAM_PATH_FORMAT, q->run->stack->state.run_id);
	auto_strv names = { 0 };

	TRY(iam_list_roles(q->client, path, &names));
	for (size_t i = 0; i < names.n; i++)
		sweep_add(q, names.v[i], "", false);
	return NULL;
}

static struct rb_error *find_profiles(struct sweep_query *q)
{
	autofree char *path = xasprintf(RUN_IAM_PATH_FORMAT, q->run->stack->state.run_id);
	auto_strv names = { 0 };

	TRY(iam_list_instance_profiles(q->client, path, &names));
	for (size_t i = 0; i < names.n; i++)
		sweep_add(q, names.v[i], "", false);
	return NULL;
}

/* A bucket of that name that is not ours, or not this run's, is none of our business. */
static struct rb_error *find_bucket(struct sweep_query *q)
{
	const struct run_state *st = &q->run->stack->state;
	const char *bucket = params_get(&st->params, q->untagged->name);
	autofree char *region = NULL;
	struct aws_tags tags = { 0 };
	struct rb_error *err;

	err = s3_head_bucket(q->client, bucket, st->account, &region);
	if (!err)
		err = s3_get_bucket_tagging(q->client, bucket, st->account, &tags);
	if (!err && text_eq(aws_tags_get(&tags, "runbook:run"), st->run_id))
		sweep_add(q, bucket, "", false);
	aws_tags_clear(&tags);
	if (rb_error_is(err, RB_GONE) || rb_error_is(err, RB_DENIED))
		err = rb_error_free(err);
	return err;
}

/* What AWS bills by the hour comes first: it is the first to be read. */
const struct sweep_finder sweep_finders[] = {
	{ N_("instance"), .type = "instance", .lingers = "i-", .find = find_instances },
	{ N_("VPC endpoint"), .type = "vpc-endpoint", .find = find_vpc_endpoints },
	{ N_("volume"), .type = "volume", .find = find_volumes },
	{ N_("bucket"), .untagged = UNTAGGED_BUCKET, .find = find_bucket },
	{ N_("Instance Connect Endpoint"), .untagged = UNTAGGED_CONNECT_ENDPOINT,
	  .find = find_connect_endpoints },
	{ N_("peering"), .type = "vpc-peering-connection", .lingers = "pcx-", .everywhere = true,
	  .find = find_peerings },
	{ N_("network interface"), .type = "network-interface", .find = find_interfaces },
	{ N_("security group rule"), .type = "security-group-rule", .find = find_rules },
	{ N_("security group"), .type = "security-group", .find = find_groups },
	{ N_("route table"), .type = "route-table", .find = find_route_tables },
	{ N_("subnet"), .type = "subnet", .find = find_subnets },
	{ N_("VPC"), .type = "vpc", .find = find_vpcs },
	{ N_("instance profile"), .untagged = UNTAGGED_PROFILE, .global = true,
	  .find = find_profiles },
	{ N_("role"), .untagged = UNTAGGED_ROLE, .global = true, .find = find_roles },
	{ .find = NULL },
};

const char *sweep_kind(size_t i)
{
	return i + 1 < ARRAY_LEN(sweep_finders) ? sweep_finders[i].kind : NULL;
}
