/* SPDX-License-Identifier: Apache-2.0 */
/* Names of endpoint services, and the zones that reach those of other regions. */
#include "aws/ec2/far_service.h"

#include "base/alloc.h"
#include "base/text.h"

/* China's services of another region begin with "cn.". */
char *ec2_s3_service_name(const char *region, const char *service_region)
{
	bool prefix = text_starts_with(service_region, "cn-") && !text_eq(region, service_region);

	return xasprintf("%scom.amazonaws.%s.s3", prefix ? "cn." : "", service_region);
}

bool ec2_zone_reaches_far(const char *zone_id)
{
	static const char *const none[] = { "use1-az3", "usw1-az2", "apne1-az3", "apne2-az2",
					    "apne2-az4" };

	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		if (text_eq(none[i], zone_id))
			return false;
	return true;
}
