/* SPDX-License-Identifier: Apache-2.0 */
/* What VPCs (vpc.c) take from the DHCP options (vpc_dhcp.c). */
#ifndef SANDBOX_EC2_VPC_INNER_H
#define SANDBOX_EC2_VPC_INNER_H

#include "base/attr.h"

/* The region's one set of DHCP options.  Caller frees. */
NODISCARD char *sec2_dhcp_options_id(const char *region);

#endif
