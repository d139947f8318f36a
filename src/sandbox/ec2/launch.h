/* SPDX-License-Identifier: Apache-2.0 */
/* A launch: what RunInstances asked for once it was checked, and the instances that it makes. */
#ifndef SANDBOX_EC2_LAUNCH_H
#define SANDBOX_EC2_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

#include "sandbox/ec2/ami.h"
#include "sandbox/ec2/ec2.h"

/* All that a launch is made of. */
struct sec2_launch {
	struct ami ami;
	json_t *subnet, *groups, *profile; /* profile: {arn, id} or NULL */
	json_t *tags, *volume_tags, *eni_tags;
	char *address;
	bool public_address;
	int64_t count;
};
void sec2_launch_clear(struct sec2_launch *l);

/* Subnet, groups and address; false and failed.  It comes first: a client token counts in a zone.
 */
bool sec2_launch_network(struct sec2 *c, struct sec2_launch *l);
/* All the rest; false and failed. */
bool sec2_launch_check(struct sec2 *c, struct sec2_launch *l);
/* On-demand vCPUs that run or are about to, and these; false and failed. */
bool sec2_launch_fits_quota(struct sec2 *c, const struct sec2_launch *l);

/* Makes the `index`-th instance and adds its view to `views`; false and failed. */
bool sec2_launch_one(struct sec2 *c, const struct sec2_launch *l, const char *reservation,
		     size_t index, json_t *views);

#endif
