/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of the procedure `peering`, and what holds between them. */
#ifndef STEPS_PEERING_PARAMS_H
#define STEPS_PEERING_PARAMS_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/params.h"

extern const struct param *const peering_params[]; /* ends with NULL */

/* See struct param_rules. */
NODISCARD struct rb_error *peering_params_finish(struct params *p);
NODISCARD struct rb_error *peering_params_check_account(const struct params *p,
							const char *account);

#endif
