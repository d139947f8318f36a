/* SPDX-License-Identifier: Apache-2.0 */
/* What route tables (table.c) and their associations (table_association.c) share. */
#ifndef SANDBOX_EC2_TABLE_INNER_H
#define SANDBOX_EC2_TABLE_INNER_H

#include "sandbox/ec2/ec2.h"

/* `subnet_id` NULL: the main one.  New reference. */
json_t *sec2_new_association(const char *table_id, const char *subnet_id);

#endif
