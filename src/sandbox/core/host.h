/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of AWS a host name stands for.  Pure: whether such a thing exists is the world's
 * matter. */
#ifndef SANDBOX_SBX_HOST_H
#define SANDBOX_SBX_HOST_H

#include <stdbool.h>

#include "base/attr.h"

enum host_kind {
	HOST_OTHER,	 /* nothing of AWS */
	HOST_API,	 /* ec2.REGION.SUFFIX, iam.SUFFIX, BUCKET.s3.REGION.SUFFIX */
	HOST_EICE,	 /* eice-ID.HASH.ec2-instance-connect-endpoint.REGION.SUFFIX */
	HOST_S3_ENDPOINT /* [BUCKET.]bucket.vpce-ID-HASH.s3.REGION.vpce.SUFFIX */
};

#define HOST_MAX 254 /* a DNS name and its NUL */

struct host {
	enum host_kind kind;
	char name[HOST_MAX]; /* lower case, without a final dot */
	char base[HOST_MAX]; /* what a certificate's wildcards hang on: "vpce-...",
				    "s3.REGION..." */
	char id[64];	     /* "eice-...", "vpce-..." without its hash; "" for others */
	char region[32];     /* "" when the name has none */
};

/* The endings of AWS's names, one a partition; NULL-terminated. */
extern const char *const host_suffixes[];

/* False for what cannot be a host name: too long, empty labels, characters that no name has. */
NODISCARD bool host_parse(const char *name, struct host *ret);

#endif
