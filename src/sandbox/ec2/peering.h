/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about peerings share. */
#ifndef SANDBOX_EC2_PEERING_H
#define SANDBOX_EC2_PEERING_H

#include <stdbool.h>

#include "sandbox/ec2/ec2.h"

/* Either side's VPC as the document has it; borrowed. */
const json_t *sec2_peering_requester(const json_t *doc);
const json_t *sec2_peering_accepter(const json_t *doc);
/* Has it not come to an end in this state? */
bool sec2_peering_is_live(const char *state);
/* Is the VPC one of its two? */
bool sec2_peering_touches(const json_t *doc, const char *vpc_id);
/* Is the region another one than the requester's? */
bool sec2_peering_is_far(const json_t *doc, const char *region);

#endif
