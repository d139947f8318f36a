/* SPDX-License-Identifier: Apache-2.0 */
/* What an instance is now, for its metadata service and its sshd.  Each function takes the lock. */
#ifndef SANDBOX_NETWORK_FACTS_H
#define SANDBOX_NETWORK_FACTS_H

#include "sandbox/core/sbx.h"

/* What an instance is, in the words of AWS's metadata. */
struct facts {
	char id[64], region[32], zone[32], type[32], image[64], address[48], mac[24], dns[128];
	char vpc[64], subnet[64], profile[128], role[128], reservation[64], architecture[16];
	json_t *groups; /* names */
	json_t *group_ids;
	bool metadata;	  /* the metadata service is on */
	bool needs_token; /* and takes version 2 alone */
	bool running;	  /* as DescribeInstances says */
	bool reachable;	  /* and its sshd has come up */
};
/* False when there never was such an instance or it is not listed any more. */
NODISCARD bool facts_of(struct sbx *sbx, const char *instance_id, struct facts *ret);
void facts_clear(struct facts *facts);

/* Ids of the instances that run now, as {id, region}.  New reference. */
json_t *sbx_running_instances(struct sbx *sbx);

#endif
