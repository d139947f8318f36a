/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of each kind the account may have: AWS's defaults, or what POST /_sandbox/account says.
 *
 * Kind "quota", region "", id its code: {"value"}; absent: the default.
 */
#ifndef SANDBOX_QUOTA_H
#define SANDBOX_QUOTA_H

#include "base/attr.h"
#include "sandbox/core/sbx.h"

#define SBX_QUOTA "quota"

enum sbx_quota {
	SBX_QUOTA_VPCS,
	SBX_QUOTA_ENDPOINTS,
	SBX_QUOTA_PEERING_REQUESTS,
	SBX_QUOTA_GROUPS,
	SBX_QUOTA_RULES,
	SBX_QUOTA_SUBNETS,
	SBX_QUOTA_ROUTE_TABLES,
	SBX_QUOTA_ROUTES,
	SBX_QUOTA_CONNECT_ENDPOINTS,
	SBX_QUOTA_VCPUS,
	SBX_QUOTA_ROLES,
	SBX_QUOTA_PROFILES,
	SBX_QUOTA_BUCKETS,
};

/* What Service Quotas says of each. */
struct sbx_quota_row {
	const char
		*code; /* "L-F678F1CE", or a name of ours for what Service Quotas does not list */
	size_t usual;  /* AWS's default */
	const char *service, *name; /* in Service Quotas; service NULL: not listed there */
};
/* NULL past the last. */
const struct sbx_quota_row *sbx_quota_row(size_t i);

/* With the world's lock taken. */
size_t sbx_quota(struct store *st, enum sbx_quota quota);

/* Take {"L-F678F1CE": 2}: what is there replaces all that were set; null takes them back.  Answers
 * NULL, or what is wrong (caller frees). */
NODISCARD char *sbx_quotas_check(const json_t *wanted);
void sbx_quotas_set(struct sbx *sbx, const json_t *wanted);

#endif
