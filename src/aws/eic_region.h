/* SPDX-License-Identifier: Apache-2.0 */
/* Regions without EC2 Instance Connect. */
#ifndef AWS_EIC_REGION_H
#define AWS_EIC_REGION_H

#include "aws/core/config.h"
#include "base/attr.h"
#include "base/error.h"
#include "net/names.h"

/*
 * A region may have no EC2 Instance Connect, and then no host that takes keys: known before
 * anything is made, by the names alone.  Not asked where an endpoint URL or a proxy stands in
 * between, which may know names that this machine does not; nor believed when the region's EC2 is
 * not to be found either.  `lookup`: name_lookup.
 *   fails  USAGE  there is no such host
 */
NODISCARD struct rb_error *eic_check_region(const struct aws_config *config, const char *region,
					    enum name_state (*lookup)(const char *host));

#endif
