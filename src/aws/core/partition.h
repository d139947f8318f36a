/* SPDX-License-Identifier: Apache-2.0 */
/* What endpoint.c alone knows of a partition. */
#ifndef AWS_PARTITION_H
#define AWS_PARTITION_H

#include "aws/core/endpoint.h"

enum endpoint_variant { ENDPOINT_FIPS = 1, ENDPOINT_DUAL_STACK = 2 };

struct partition {
	struct aws_partition facts;
	/* "us" fits us-WORD-DIGITS; up to the first NULL */
	const char *const prefixes[10];
	const char *const iam_host[4]; /* by the variants' bits */
	const char *iam_region;	       /* that its global IAM is signed for */
};

/* As aws_partition_of. */
const struct partition *partition_of(const char *region);

#endif
