/* SPDX-License-Identifier: Apache-2.0 */
/* The first run of a stack on a real account: would it work here, before the first change? */
#ifndef RUNBOOK_PREFLIGHT_OFFER_H
#define RUNBOOK_PREFLIGHT_OFFER_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/command.h"

/* On a terminal, without --yes, and where --try would try the steps: offers preflight, shows it,
 * and asks whether to go on when it says no.  *ret_go: go on.  The command knows its account: who
 * has no credentials is not asked anything. */
NODISCARD struct rb_error *preflight_offer(struct command_ctx *ctx, bool *ret_go);

#endif
