/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of the procedure `direct`, and what holds between them. */
#ifndef STEPS_DIRECT_PARAMS_H
#define STEPS_DIRECT_PARAMS_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/params.h"

extern const struct param *const direct_params[]; /* ends with NULL */

NODISCARD struct rb_error *direct_params_finish(struct params *p);
NODISCARD struct rb_error *direct_params_check_account(const struct params *p, const char *account);

#endif
