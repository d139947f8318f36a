/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a procedure needs of an account beside permissions: so many more of what has a quota, and
 * what the account's settings, zones and names must let it have.  A preflight checks each row.
 */
#ifndef RUNBOOK_NEED_H
#define RUNBOOK_NEED_H

/* What has a quota that somebody can come up against. */
enum need_quota {
	QUOTA_VPCS,
	QUOTA_GROUPS,
	QUOTA_CONNECT_ENDPOINTS,
	QUOTA_VCPUS, /* of the parameter's instance type; `amount` instances */
	QUOTA_PEERING_REQUESTS,
	QUOTA_ROLES,
	QUOTA_PROFILES,
	QUOTA_BUCKETS,
};

/* The parameters that a row names by its kind: */
enum need_kind {
	NEED_QUOTA,	  /* vCPUs: [0] the instance type */
	NEED_REGION,	  /* none: the side's region is on */
	NEED_ZONE,	  /* [0] the zone; one that is not given is chosen by the step */
	NEED_TYPE,	  /* [0] the instance type, [1] the zone */
	NEED_IMAGE,	  /* [0] the image, [1] the architecture, [2] the instance type */
	NEED_SERVICE,	  /* [0] the zone: S3's interface endpoint service is there */
	NEED_FAR_SERVICE, /* [0] the zone, [1] a region: its S3 can be reached from there */
	NEED_NETWORK,	  /* [0] the VPC's block: what else there is of it */
	NEED_PEERING,	  /* [0], [1] the blocks of the sides' VPCs: neither is peered so already */
	NEED_METADATA,	  /* none: instances get metadata with tokens alone */
	NEED_VOLUME,	  /* none: new volumes can be encrypted as the account wants them */
	NEED_PRIVATE,	  /* none: no way to the internet is needed, so none can be missed */
	NEED_BUCKET,	  /* [0] the bucket's name: nobody has it */
	NEED_POLICY,	  /* none: the bucket's policy is not public */
};

struct need {
	const char *step; /* "1-1"; NULL ends a table */
	enum need_kind kind;
	int side; /* index into the procedure's sides */
	enum need_quota quota;
	int amount;
	const char *params[3];
};

#endif
