/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters that procedures share.  A procedure lists those that it has, and rules of its own or
 * of steps/common/param_rules.h hold them together.
 */
#ifndef STEPS_PARAM_ROWS_H
#define STEPS_PARAM_ROWS_H

#include "runbook/contract/params.h"

extern const struct param param_source_region;
extern const struct param param_source_vpc_cidr;
extern const struct param param_source_subnet_cidr;
extern const struct param param_source_zone;
extern const struct param param_source_instance_type;
extern const struct param param_source_architecture;
extern const struct param param_source_image;
extern const struct param param_source_os_user;
extern const struct param param_destination_region;
extern const struct param param_destination_vpc_cidr;
extern const struct param param_destination_subnet_cidr;
extern const struct param param_destination_zone;
extern const struct param param_destination_bucket;
extern const struct param param_destination_bucket_namespace;
extern const struct param param_upload_key;
extern const struct param param_upload_bytes;
extern const struct param param_tags;
extern const struct param param_permissions_boundary;
extern const struct param param_prices;

#endif
