/* SPDX-License-Identifier: Apache-2.0 */
/* Quotas by their codes in Service Quotas.  EC2 Instance Connect Endpoints have none there. */
#include "sandbox/core/quota.h"

#include "base/alloc.h"
#include "base/text.h"

static const struct sbx_quota_row quotas[] = {
	[SBX_QUOTA_VPCS] = { "L-F678F1CE", 5, "vpc", "VPCs per Region" },
	[SBX_QUOTA_ENDPOINTS] = { "L-29B6F2EB", 50, "vpc", "Interface VPC endpoints per VPC" },
	[SBX_QUOTA_PEERING_REQUESTS] = { "L-DC9F7029", 25, "vpc",
					 "Outstanding VPC peering connection requests" },
	[SBX_QUOTA_GROUPS] = { "L-E79EC296", 2500, "vpc", "VPC security groups per Region" },
	[SBX_QUOTA_RULES] = { "L-0EA8095F", 60, "vpc",
			      "Inbound or outbound rules per security group" },
	[SBX_QUOTA_SUBNETS] = { "L-407747CB", 200, "vpc", "Subnets per VPC" },
	[SBX_QUOTA_ROUTE_TABLES] = { "L-589F43AA", 200, "vpc", "Route tables per VPC" },
	[SBX_QUOTA_ROUTES] = { "L-93826ACB", 50, "vpc", "Routes per route table" },
	[SBX_QUOTA_CONNECT_ENDPOINTS] = { "instance-connect-endpoints", 5, NULL, NULL },
	[SBX_QUOTA_VCPUS] = { "L-1216C47A", 32, "ec2",
			      "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances" },
	[SBX_QUOTA_ROLES] = { "L-FE177D64", 1000, "iam", "Roles per account" },
	[SBX_QUOTA_PROFILES] = { "L-6E65F664", 1000, "iam", "Instance profiles per account" },
	[SBX_QUOTA_BUCKETS] = { "L-DC2B2D3D", 10000, "s3", "General purpose buckets" },
};

const struct sbx_quota_row *sbx_quota_row(size_t i)
{
	return i < ARRAY_LEN(quotas) ? &quotas[i] : NULL;
}

size_t sbx_quota(struct store *st, enum sbx_quota quota)
{
	json_t *doc = store_get(st, SBX_QUOTA, "", quotas[quota].code);
	size_t value = doc ? (size_t)json_integer_value(json_object_get(doc, "value"))
			   : quotas[quota].usual;

	json_decref(doc);
	return value;
}

static bool is_known(const char *code)
{
	for (size_t i = 0; i < ARRAY_LEN(quotas); i++)
		if (text_eq(quotas[i].code, code))
			return true;
	return false;
}

char *sbx_quotas_check(const json_t *wanted)
{
	const char *code;
	json_t *value;

	if (!json_is_object(wanted) && !json_is_null(wanted))
		return xstrdup("'quotas' is no object");
	json_object_foreach((json_t *)(uintptr_t)wanted, code, value) {
		if (!is_known(code))
			return xasprintf("there is no quota '%s'", code);
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return xasprintf("the quota '%s' is no number", code);
	}
	return NULL;
}

void sbx_quotas_set(struct sbx *sbx, const json_t *wanted)
{
	struct store *st = sbx_store(sbx);
	const char *code;
	json_t *value, *doc;

	for (size_t i = 0; i < ARRAY_LEN(quotas); i++)
		store_delete(st, SBX_QUOTA, "", quotas[i].code);
	json_object_foreach((json_t *)(uintptr_t)wanted, code, value) {
		doc = json_pack("{s:s, s:O}", "id", code, "value", value);
		store_put(st, SBX_QUOTA, "", code, doc, sbx_now_ms(sbx), /* lag_ms= */ 0);
		json_decref(doc);
	}
}
