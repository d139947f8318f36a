/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoint services of a region, for those who make endpoints. */
#ifndef SANDBOX_SBX_EC2_SERVICE_H
#define SANDBOX_SBX_EC2_SERVICE_H

#include "sandbox/ec2/ec2.h"

/* Does `region` offer a service of this full name and type to the caller's region? */
bool sec2_service_find(const struct sec2 *c, const char *region, const char *name, bool gateway);
/* May an endpoint in that zone lead to a service of another region? */
bool sec2_zone_reaches_out(const char *region, const char *zone);
/* The prefix list of a gateway service ("s3").  Caller frees. */
NODISCARD char *sec2_prefix_list_id(const char *region, const char *service);

#endif
