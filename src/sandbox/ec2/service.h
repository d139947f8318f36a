/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoint services of a region, for those who make endpoints. */
#ifndef SANDBOX_SBX_EC2_SERVICE_H
#define SANDBOX_SBX_EC2_SERVICE_H

#include "sandbox/ec2/ec2.h"

/* Is there a service of this full name and type? */
bool sec2_service_find(const char *region, const char *name, bool gateway);
/* The prefix list of a gateway service ("s3").  Caller frees. */
NODISCARD char *sec2_prefix_list_id(const char *region, const char *service);

#endif
