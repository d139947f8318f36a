/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public Amazon Linux 2023 images of each region: what SSM's public
 * parameters name and DescribeImages lists.  Ids differ by region and never
 * change, so they need no place in the world's file.
 */
#ifndef SANDBOX_SBX_AMI_H
#define SANDBOX_SBX_AMI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

#define AMI_OWNER "137112412989" /* Amazon */
#define AMI_PARAMETERS "/aws/service/ami-amazon-linux-latest/"

struct ami {
	char id[24];	      /* "ami-0123456789abcdef0" */
	char snapshot_id[24]; /* of its root device */
	char name[80];	      /* "al2023-ami-2023.9.20261026.0-kernel-6.1-x86_64" */
	char description[128];
	const char *arch;    /* "x86_64" or "arm64" */
	const char *kernel;  /* "6.1" */
	const char *created; /* "2026-10-26T19:05:11.000Z" */
	const char *expires; /* when it is deprecated */
	bool minimal;	     /* no AWS CLI, no EC2 Instance Connect */
};

/* The i-th image of a region, oldest release first; false past the last. */
NODISCARD bool ami_nth(const char *region, size_t i, struct ami *ret);
NODISCARD bool ami_find(const char *region, const char *id, struct ami *ret);

/* The i-th public parameter's name, without AMI_PARAMETERS; NULL past the last. */
const char *ami_parameter(size_t i);
/*
 * What the public parameter names; `version` 0 is its newest.  *ret_version
 * says which one it was.  False when there is no such parameter or version.
 */
NODISCARD bool ami_by_parameter(const char *region, const char *parameter, int version,
				struct ami *ret, int *ret_version);

#endif
