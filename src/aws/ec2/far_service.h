/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of endpoint services without asking AWS. */
#ifndef AWS_EC2_FAR_SERVICE_H
#define AWS_EC2_FAR_SERVICE_H

#include <stdbool.h>

#include "base/attr.h"

/* What S3 of `service_region` is called as an endpoint service in `region`: "com.amazonaws.
 * us-east-1.s3".  Caller frees. */
NODISCARD char *ec2_s3_service_name(const char *region, const char *service_region);
/* Can an endpoint in that zone lead to a service of another region?  By its id, for letters differ
 * between accounts.
 *   source  AWS PrivateLink Guide, "Cross-region enabled AWS services" */
bool ec2_zone_reaches_far(const char *zone_id);

#endif
