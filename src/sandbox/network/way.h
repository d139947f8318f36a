/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a packet comes from here to there, by the world as it is at the moment of asking.
 * Every function here takes the world's lock itself.
 */
#ifndef SANDBOX_NETWORK_WAY_H
#define SANDBOX_NETWORK_WAY_H

#include "sandbox/core/host.h"
#include "sandbox/core/sbx.h"
#include "sandbox/network/path_trace.h"

/* How a way ends. */
struct way {
	enum network_hop hop;
	char why[NETWORK_PATH_WHY_MAX];
	char id[SBX_ID_MAX]; /* of the endpoint or instance at its end; "" when there is none */
	char region[32];     /* of that */
	char address[SBX_ADDRESS_MAX];
	char from_address[SBX_ADDRESS_MAX]; /* the instance's that it begins at */
};

/* From an instance to an interface endpoint, by its name or by an address. */
void way_from_instance(struct sbx *sbx, const char *instance_id, const char *host, int port,
		       struct way *ret);

/* From an Instance Connect Endpoint to whatever has `address` in its VPC. */
void way_from_eice(struct sbx *sbx, const char *region, const char *eice_id, const char *address,
		   int port, struct way *ret);

/* What `getent ahosts NAME` shows on an instance: addresses, or nothing.  New reference. */
json_t *sbx_resolve(struct sbx *sbx, const char *instance_id, const char *name);

/* Is there an interface endpoint that has this name? */
bool sbx_name_exists(struct sbx *sbx, const struct host *host);

#endif
