/* SPDX-License-Identifier: Apache-2.0 */
/* Which permissions the procedure `peering` needs, by its steps. */
#include "steps/common/permits.h"

#include <stddef.h>

extern const struct permit permits_peering[];

const struct permit permits_peering[] = {
	PERMITS_VPC("1-1", PERMIT_SOURCE),
	PERMITS_SUBNET("1-2", PERMIT_SOURCE),
	PERMITS_GROUP("1-3", PERMIT_SOURCE),
	PERMITS_CONNECT_ENDPOINT("1-3", PERMIT_SOURCE),
	PERMITS_GROUP("1-4", PERMIT_SOURCE),
	PERMITS_ROLE("1-4"),
	PERMITS_INSTANCE("1-4", PERMIT_SOURCE),
	PERMITS_VPC("2-1", PERMIT_DESTINATION),
	PERMITS_SUBNET("2-2", PERMIT_DESTINATION),
	PERMIT_ASKS("2-2", PERMIT_DESTINATION, PERMIT_DO, "DescribeAvailabilityZones",
		    "the destination's zone is not given"),
	PERMIT_LISTS("2-2", PERMIT_DESTINATION, PERMIT_DO, "DescribeVpcEndpointServices"),
	PERMIT_ASKS("2-2", PERMIT_DESTINATION, PERMIT_VERIFY, "DescribeVpcEndpointServices",
		    "the zone is a person's choice"),
	PERMITS_GROUP("2-3", PERMIT_DESTINATION),
	PERMITS_S3_ENDPOINT("2-3", PERMIT_DESTINATION),
	PERMITS_BUCKET("2-4"),
	PERMITS_PEERING_REQUEST("3-1"),
	PERMITS_ROUTE("3-2", PERMIT_SOURCE),
	PERMITS_PEERING_ACCEPT("3-3"),
	PERMITS_ROUTE("3-4", PERMIT_DESTINATION),
	PERMITS_LOGIN("4-1", PERMIT_SOURCE),
	PERMITS_LOGIN("4-2", PERMIT_SOURCE),
	PERMITS_UPLOAD("4-2"),
	PERMITS_EXPLAIN_OPERATOR("4-1"),
	PERMITS_EXPLAIN_ROLE("4-2"),
	PERMITS_SWEEP("1-1"),
	/* Each side has one of the two kinds of endpoints; the other may be in the way there. */
	PERMIT_ASKS("1-1", PERMIT_SOURCE, PERMIT_UNDO, "DescribeVpcEndpoints",
		    "something of others is in the way"),
	PERMIT_ASKS("1-1", PERMIT_DESTINATION, PERMIT_UNDO, "DescribeInstanceConnectEndpoints",
		    "something of others is in the way"),
	PERMITS_PREFLIGHT("1-1", PERMIT_DESTINATION),
	{ NULL, 0, 0, NULL, NULL, PERMIT_ANY, NULL, NULL, NULL },
};
