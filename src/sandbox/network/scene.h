/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world as a packet sees it: the picture for sbx_walk is drawn from the
 * store at the moment of asking, so what was changed a second ago counts.
 * Every function here takes the world's lock itself.
 */
#ifndef SANDBOX_SBX_SCENE_H
#define SANDBOX_SBX_SCENE_H

#include "sandbox/core/sbx.h"
#include "sandbox/core/host.h"
#include "sandbox/network/walk.h"

/* How a way ends. */
struct sbx_way {
	enum sbx_walk_hop hop;
	char why[SBX_WALK_TEXT];
	char id[64];	 /* of the endpoint or instance at its end; "" when there is none */
	char region[32]; /* of that */
	char address[48];
};

/* From an instance to an interface endpoint, by its name or by an address. */
void sbx_way_from_instance(struct sbx *sbx, const char *instance_id, const char *host, int port,
			   struct sbx_way *ret);

/* From an Instance Connect Endpoint to whatever has `address` in its VPC. */
void sbx_way_from_eice(struct sbx *sbx, const char *region, const char *eice_id,
		       const char *address, int port, struct sbx_way *ret);

/* What `getent ahosts NAME` shows on an instance: addresses, or nothing.  New reference. */
json_t *sbx_resolve(struct sbx *sbx, const char *instance_id, const char *name);

/* Is there an interface endpoint that has this name? */
bool sbx_name_exists(struct sbx *sbx, const struct sbx_host *host);

/* What an instance is, in the words of AWS's metadata. */
struct sbx_facts {
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
NODISCARD bool sbx_facts_of(struct sbx *sbx, const char *instance_id, struct sbx_facts *ret);
void sbx_facts_clear(struct sbx_facts *facts);

/* Ids of the instances that run now, as {id, region}.  New reference. */
json_t *sbx_running_instances(struct sbx *sbx);

#endif
