/* SPDX-License-Identifier: Apache-2.0 */
/* The partitions, their regions and what is named after them. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/sbx.h"

/* From the endpoint data that the AWS SDKs share; the narrower patterns come first. */
static const struct region_partition PARTITIONS[] = {
	{ "aws-cn", "amazonaws.com.cn", "cn-north-1", "cn-", "cn-north-1 cn-northwest-1" },
	{ "aws-us-gov", "amazonaws.com", "us-gov-west-1", "us-gov-",
	  "us-gov-east-1 us-gov-west-1" },
	{ "aws-iso", "c2s.ic.gov", "us-iso-east-1", "us-iso-", "us-iso-east-1 us-iso-west-1" },
	{ "aws-iso-b", "sc2s.sgov.gov", "us-isob-east-1", "us-isob-",
	  "us-isob-east-1 us-isob-west-1" },
	{ "aws-iso-e", "cloud.adc-e.uk", "eu-isoe-west-1", "eu-isoe-", "eu-isoe-west-1" },
	{ "aws-iso-f", "csp.hci.ic.gov", "us-isof-south-1", "us-isof-",
	  "us-isof-east-1 us-isof-south-1" },
	{ "aws-eusc", "amazonaws.eu", "eusc-de-east-1", "eusc-de-", "eusc-de-east-1" },
	{ "aws", "amazonaws.com", "us-east-1", "us- eu- ap- sa- ca- me- af- il- mx-",
	  "af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 "
	  "ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 "
	  "ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 "
	  "eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 "
	  "me-central-1 me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2 "
	  "us-west-1 us-west-2" },
};

/* What zones, hosts and traces keep of a region's name; the longest that AWS has is of 15. */
enum { REGION_MAX = 20 };

/* "us-gov-" + "west" + "-" + "1": one word and a number after the pattern. */
static bool is_region_rest(const char *s)
{
	size_t word = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789");
	size_t digits;

	if (!word || s[word] != '-')
		return false;
	s += word + 1;
	digits = strspn(s, "0123456789");
	return digits && !s[digits];
}

const struct region_partition *region_partition(const char *region)
{
	if (strlen(region) > REGION_MAX)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(PARTITIONS); i++) {
		for (const char *p = PARTITIONS[i].pattern; *p;) {
			size_t n = strcspn(p, " ");

			if (!strncmp(region, p, n) && is_region_rest(region + n))
				return &PARTITIONS[i];
			p += n + (p[n] == ' ');
		}
	}
	return NULL;
}

char *sbx_arn(const char *service, const char *region, const char *fmt, ...)
{
	/* What is global lives in the partition's IAM; without a region it is the first one. */
	const struct region_partition *part = *region ? region_partition(region) : NULL;
	struct buf out = BUF_INIT;
	va_list ap;

	(void)buf_addf(&out, "arn:%s:%s:%s:" SANDBOX_ACCOUNT ":", part ? part->id : "aws", service,
		       region);
	va_start(ap, fmt);
	(void)buf_vaddf(&out, fmt, ap);
	va_end(ap);
	return buf_steal(&out);
}
