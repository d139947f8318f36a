/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of thing needs of an account, as rows of a procedure's table
 * (runbook/contract/need.h). */
#ifndef STEPS_COMMON_NEEDS_H
#define STEPS_COMMON_NEEDS_H

#include "runbook/contract/need.h"
#include "steps/common/sides.h"

/* clang-format off */

#define NEED_MORE(id, at, what, many)                                                              \
	{ id, NEED_QUOTA, at, what, many, { NULL } }
#define NEED_THAT(id, at, that, ...)                                                               \
	{ id, that, at, QUOTA_VPCS, 0, { __VA_ARGS__ } }

#define NEEDS_VPC(id, at, block)                                                                   \
	NEED_THAT(id, at, NEED_REGION, NULL),                                                      \
	NEED_MORE(id, at, QUOTA_VPCS, 1),                                                          \
	NEED_MORE(id, at, QUOTA_GROUPS, 1), /* the VPC's default one */                            \
	NEED_THAT(id, at, NEED_NETWORK, block),                                                    \
	NEED_THAT(id, at, NEED_PRIVATE, NULL)
#define NEEDS_SUBNET(id, at, zone)                                                                 \
	NEED_THAT(id, at, NEED_ZONE, zone)
/* Where an interface endpoint of S3's is to stand. */
#define NEEDS_S3_SUBNET(id, at, zone)                                                              \
	NEEDS_SUBNET(id, at, zone),                                                                \
	NEED_THAT(id, at, NEED_SERVICE, zone)
/* Where one is to stand that leads to S3 of another region. */
#define NEEDS_FAR_S3_SUBNET(id, at, zone, region)                                                  \
	NEEDS_SUBNET(id, at, zone),                                                                \
	NEED_THAT(id, at, NEED_FAR_SERVICE, zone, region)
#define NEEDS_CONNECT_ENDPOINT(id, at)                                                             \
	NEED_MORE(id, at, QUOTA_GROUPS, 1),                                                        \
	NEED_MORE(id, at, QUOTA_CONNECT_ENDPOINTS, 1)
#define NEEDS_INSTANCE(id, at, image, architecture, type, zone)                                    \
	NEED_MORE(id, at, QUOTA_GROUPS, 1),                                                        \
	NEED_MORE(id, at, QUOTA_ROLES, 1),                                                         \
	NEED_MORE(id, at, QUOTA_PROFILES, 1),                                                      \
	{ id, NEED_QUOTA, at, QUOTA_VCPUS, 1, { type } },                                          \
	NEED_THAT(id, at, NEED_TYPE, type, zone),                                                  \
	NEED_THAT(id, at, NEED_IMAGE, image, architecture, type),                                  \
	NEED_THAT(id, at, NEED_METADATA, NULL),                                                    \
	NEED_THAT(id, at, NEED_VOLUME, NULL)
#define NEEDS_S3_ENDPOINT(id, at)                                                                  \
	NEED_MORE(id, at, QUOTA_GROUPS, 1)
#define NEEDS_BUCKET(id, at, name)                                                                 \
	NEED_MORE(id, at, QUOTA_BUCKETS, 1),                                                       \
	NEED_THAT(id, at, NEED_BUCKET, name),                                                      \
	NEED_THAT(id, at, NEED_POLICY, NULL)
#define NEEDS_PEERING(id, at, ours, theirs)                                                        \
	NEED_MORE(id, at, QUOTA_PEERING_REQUESTS, 1),                                              \
	NEED_THAT(id, at, NEED_PEERING, ours, theirs)

/* clang-format on */

#endif
