/* SPDX-License-Identifier: Apache-2.0 */
/* Which permissions the procedure `direct` needs, by its steps. */
#include "steps/common/permits.h"

#include <stddef.h>

extern const struct permit permits_direct[];

const struct permit permits_direct[] = {
	PERMITS_VPC("1-1", PERMIT_SOURCE),
	PERMITS_SUBNET("1-2", PERMIT_SOURCE),
	PERMIT_LISTS("1-2", PERMIT_SOURCE, PERMIT_DO, "DescribeAvailabilityZones"),
	PERMIT_LISTS("1-2", PERMIT_SOURCE, PERMIT_DO, "DescribeVpcEndpointServices"),
	PERMITS_GROUP("1-3", PERMIT_SOURCE),
	PERMITS_CONNECT_ENDPOINT("1-3", PERMIT_SOURCE),
	PERMITS_GROUP("1-4", PERMIT_SOURCE),
	PERMITS_ROLE("1-4"),
	PERMITS_INSTANCE("1-4", PERMIT_SOURCE),
	PERMITS_GROUP("2-1", PERMIT_SOURCE),
	PERMITS_S3_ENDPOINT("2-1", PERMIT_SOURCE),
	PERMITS_FAR_SERVICE("2-1", PERMIT_SOURCE),
	PERMITS_BUCKET("2-2"),
	PERMITS_LOGIN("3-1", PERMIT_SOURCE),
	PERMITS_LOGIN("3-2", PERMIT_SOURCE),
	PERMITS_UPLOAD("3-2"),
	PERMITS_SWEEP("1-1"),
	PERMITS_PREFLIGHT("1-1", PERMIT_SOURCE),
	{ NULL, 0, 0, NULL, NULL, PERMIT_ANY, NULL, NULL, NULL },
};
