/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choices and names, as pure functions: what is taken from what AWS offers, and
 * what is called how.
 */
#ifndef STEPS_COMMON_PICK_H
#define STEPS_COMMON_PICK_H

#include <stdbool.h>

#include "aws/ec2/ec2.h"
#include "base/attr.h"
#include "base/strv.h"

/*
 * The first available zone by name, of those that are in `offered` (empty: AWS did
 * not say, so any).  NULL: none.  Borrowed from `zones`.
 */
const struct ec2_zone *pick_zone(const struct ec2_zones *zones, const struct strv *offered);
/* The names of the available ones, sorted, with ", " between them.  Caller frees. */
NODISCARD char *zone_names(const struct ec2_zones *zones);

/*
 * The regional DNS name of an interface endpoint without its "*.", or NULL while there
 * is none.  The order of AWS's list is not promised, and zonal names are in it too:
 * "*.vpce-ID-HASH-us-east-1a.s3...".  Caller frees.
 */
NODISCARD char *pick_endpoint_dns(const struct strv *dns_names, const char *endpoint_id);

/* The newest of `images` that is available for `architecture`; NULL: none.  Borrowed. */
const struct ec2_image *pick_image(const struct ec2_images *images, const char *architecture);

#endif
