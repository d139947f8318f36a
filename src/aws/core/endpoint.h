/* SPDX-License-Identifier: Apache-2.0 */
/* Regions, partitions, and the host that serves a service there. */
#ifndef AWS_ENDPOINT_H
#define AWS_ENDPOINT_H

#include <stdbool.h>

#include "aws/core/config.h"
#include "base/attr.h"
#include "base/error.h"

/* A partition's facts; static data. */
struct aws_partition {
	const char *id;		       /* "aws", "aws-cn": also the ARN's second field */
	const char *dns_suffix;	       /* "amazonaws.com" */
	const char *dual_stack_suffix; /* "api.aws" */
	const char *global_region;     /* implicit global region */
	const char *const *regions;    /* NULL-terminated */
};

/* Never NULL: an unknown region falls to the partition whose pattern fits, else "aws". */
const struct aws_partition *aws_partition_of(const char *region);
/* True when some partition lists it. */
bool aws_region_is_known(const char *region);
/* True when some partition lists it, or its name fits the pattern of one's. */
bool aws_region_is_possible(const char *region);
/* Up to three listed ones that look like it, the nearest first; NULL: none does.  Caller frees. */
NODISCARD char *aws_region_near(const char *region);
/* USAGE when it is not possible (hint: near ones). */
NODISCARD struct rb_error *aws_region_check(const char *region);

struct aws_endpoint {
	char *url_scheme;
	char *host;
	int port;	 /* 0: the scheme's own */
	char *base_path; /* "" or "/prefix" of a configured URL */
	char *signing_region;
	const char *signing_name; /* static */
	bool custom;		  /* by override: S3 goes path-style */
};
void aws_endpoint_clear(struct aws_endpoint *ep);

/* `service` is the signing name.  For S3 the host is the one without bucket. */
NODISCARD struct rb_error *aws_endpoint_resolve(const struct aws_config *config,
						const char *service, const char *region,
						struct aws_endpoint *ret);

#endif
