/* SPDX-License-Identifier: Apache-2.0 */
/* What each step of the procedure makes, for Terraform. */
#ifndef STEPS_DIRECT_TERRAFORM_H
#define STEPS_DIRECT_TERRAFORM_H

#include "runbook/contract/terraform.h"

extern const struct tf_resource direct_terraform_1_1[], direct_terraform_1_2[];
extern const struct tf_resource direct_terraform_1_3[], direct_terraform_1_4[];
extern const struct tf_resource direct_terraform_2_1[], direct_terraform_2_2[];

#endif
