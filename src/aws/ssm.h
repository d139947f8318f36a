/* SPDX-License-Identifier: Apache-2.0 */
/* Typed calls of Systems Manager (JSON 1.1).  Conventions as in ec2.h. */
#ifndef AWS_SSM_H
#define AWS_SSM_H

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/error.h"

NODISCARD struct rb_error *ssm_get_parameter(struct aws_client *c, const char *name,
					     char **ret_value);

#endif
