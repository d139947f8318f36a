/* SPDX-License-Identifier: Apache-2.0 */
/* What an account may have, and what it has of that. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "aws/account.h"
#include "aws/core/call.h"
#include "base/alloc.h"
#include "base/text.h"

/* ---- Service Quotas --------------------------------------------------------- */

enum { MOST_PAGES = 20 };

void quotas_clear(struct quotas *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].code);
	free(l->v);
	*l = (struct quotas){ 0 };
}

static void add_page(struct quotas *l, const json_t *page)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(page, "Quotas"), i, one) {
		const char *code = json_string_value(json_object_get(one, "QuotaCode"));
		const json_t *value = json_object_get(one, "Value");

		if (!code || !json_is_number(value))
			continue;
		l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
		l->v[l->n++] = (struct quota){ xstrdup(code), json_number_value(value) };
	}
}

struct rb_error *quotas_list(struct aws_client *c, const char *service, struct quotas *ret)
{
	auto_quotas found = { 0 };
	autofree char *token = NULL;

	for (int pages = 0; pages < MOST_PAGES; pages++) {
		json_auto_t *in = json_pack("{s:s, s:i, s:s*}", "ServiceCode", service,
					    "MaxResults", 100, "NextToken", token);
		json_auto_t *out = NULL;

		TRY(rb_error_what(
			aws_json_call(c, "servicequotas", "ListServiceQuotas", in, AWS_READS, &out),
			"cannot list the quotas of '%s'", service));
		add_page(&found, out);
		set_str(&token, json_string_value(json_object_get(out, "NextToken")));
		if (!token)
			break;
	}
	*ret = found;
	found = (struct quotas){ 0 };
	return NULL;
}

struct rb_error *quota_get(struct aws_client *c, const char *service, const char *code, double *ret)
{
	json_auto_t *in = json_pack("{s:s, s:s}", "ServiceCode", service, "QuotaCode", code);
	json_auto_t *out = NULL;
	const json_t *value;

	TRY(rb_error_what(aws_json_call(c, "servicequotas", "GetServiceQuota", in, AWS_READS, &out),
			  "cannot read quota '%s' of '%s'", code, service));
	value = json_object_get(json_object_get(out, "Quota"), "Value");
	if (!json_is_number(value))
		return rb_error_what(rb_error_because(RB_PROTOCOL, "the answer holds no value"),
				     "cannot read quota '%s' of '%s'", code, service);
	*ret = json_number_value(value);
	return NULL;
}

/* ---- what is used ------------------------------------------------------------ */

static struct rb_error *ask_page(struct aws_client *c, const char *action, int page,
				 struct aws_params *p, struct xml_reply *ret)
{
	params_add_int(p, "MaxResults", page);
	return rb_error_what(aws_query_call(c, "ec2", action, p, AWS_READS, ret),
			     "cannot count what is there");
}

static bool has_more(const struct xml_reply *reply)
{
	autofree char *token = xml_text(reply->root, "nextToken");

	return token && *token;
}

static struct rb_error *count(struct aws_client *c, const char *action, const char *items, int page,
			      struct aws_params *more, struct usage *ret)
{
	auto_aws_params none = AWS_PARAMS_INIT;
	auto_xml_reply reply = XML_REPLY_INIT;
	struct usage found = { 0 };

	TRY(ask_page(c, action, page, more ? more : &none, &reply));
	xml_each(item, reply.root, items)
		found.n++;
	found.more = has_more(&reply);
	*ret = found;
	return NULL;
}

struct rb_error *usage_groups(struct aws_client *c, struct usage *ret)
{
	return count(c, "DescribeSecurityGroups", "securityGroupInfo/item", 1000, NULL, ret);
}

struct rb_error *usage_connect_endpoints(struct aws_client *c, struct usage *ret)
{
	return count(c, "DescribeInstanceConnectEndpoints", "instanceConnectEndpointSet/item", 50,
		     NULL, ret);
}

struct rb_error *usage_peering_requests(struct aws_client *c, struct usage *ret)
{
	static const struct aws_filter pending[] = {
		{ "status-code", { "pending-acceptance" } },
		{ 0 },
	};
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add_filters(&p, pending);
	return count(c, "DescribeVpcPeeringConnections", "vpcPeeringConnectionSet/item", 1000, &p,
		     ret);
}

bool ec2_type_is_standard(const char *type)
{
	static const char *const others[] = { "hpc", "inf", "dl", "trn", "mac" };

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (type && text_starts_with(type, others[i]))
			return false;
	return type && *type && strchr("acdhimrtz", *type);
}

struct rb_error *usage_vcpus(struct aws_client *c, struct usage *ret)
{
	static const struct aws_filter living[] = {
		{ "instance-state-name", { "pending", "running" } },
		{ 0 },
	};
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_xml_reply reply = XML_REPLY_INIT;
	struct usage found = { 0 };

	params_add_filters(&p, living);
	TRY(ask_page(c, "DescribeInstances", 1000, &p, &reply));
	xml_each(item, reply.root, "reservationSet/item/instancesSet/item") {
		autofree char *type = xml_text(item, "instanceType");
		autofree char *life = xml_text(item, "instanceLifecycle"); /* spot has its own */

		if (!life && ec2_type_is_standard(type))
			found.n += xml_int(item, "cpuOptions/coreCount", 1) *
				   xml_int(item, "cpuOptions/threadsPerCore", 1);
	}
	found.more = has_more(&reply);
	*ret = found;
	return NULL;
}

struct rb_error *usage_buckets(struct aws_client *c, struct usage *ret)
{
	const struct s3_call call = { .action = "ListBuckets", .method = "GET" };
	auto_xml_reply reply = XML_REPLY_INIT;
	autofree char *token = NULL;
	struct usage found = { 0 };

	TRY(rb_error_what(aws_s3_call_xml(c, &call, &reply), "cannot count the buckets"));
	xml_each(item, reply.root, "Buckets/Bucket")
		found.n++;
	token = xml_text(reply.root, "ContinuationToken");
	found.more = token && *token;
	*ret = found;
	return NULL;
}

struct rb_error *iam_get_usage(struct aws_client *c, struct iam_usage *ret)
{
	auto_xml_reply reply = XML_REPLY_INIT;
	struct iam_usage found = { -1, -1, -1, -1, -1 };
	const struct {
		const char *key;
		int64_t *value;
	} rows[] = {
		{ "Roles", &found.roles },
		{ "RolesQuota", &found.roles_quota },
		{ "InstanceProfiles", &found.profiles },
		{ "InstanceProfilesQuota", &found.profiles_quota },
		{ "AttachedPoliciesPerRoleQuota", &found.attached_quota },
	};

	TRY(rb_error_what(aws_query_call(c, "iam", "GetAccountSummary", NULL, AWS_READS, &reply),
			  "cannot read what IAM counts"));
	xml_each(entry, reply.root, "GetAccountSummaryResult/SummaryMap/entry") {
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			if (xml_is(entry, "key", rows[i].key))
				*rows[i].value = xml_int(entry, "value", -1);
	}
	*ret = found;
	return NULL;
}

struct rb_error *ec2_type_vcpus(struct aws_client *c, const char *type, int64_t *ret)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_xml_reply reply = XML_REPLY_INIT;

	params_add(&p, "InstanceType.1", type);
	TRY(rb_error_what(aws_query_call(c, "ec2", "DescribeInstanceTypes", &p, AWS_READS, &reply),
			  "cannot read instance type '%s'", type));
	*ret = xml_int(reply.root, "instanceTypeSet/item/vCpuInfo/defaultVCpus", 0);
	return NULL;
}
