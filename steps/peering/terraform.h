/* SPDX-License-Identifier: Apache-2.0 */
/* What each step of the procedure makes, for Terraform. */
#ifndef STEPS_PEERING_TERRAFORM_H
#define STEPS_PEERING_TERRAFORM_H

#include "runbook/contract/terraform.h"

extern const struct tf_resource terraform_1_1[], terraform_1_2[], terraform_1_3[], terraform_1_4[];
extern const struct tf_resource terraform_2_1[], terraform_2_2[], terraform_2_3[], terraform_2_4[];
extern const struct tf_resource terraform_3_1[], terraform_3_2[], terraform_3_3[], terraform_3_4[];

#endif
