/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of `runbook verify` share. */
#ifndef RUNBOOK_VERIFY_INT_H
#define RUNBOOK_VERIFY_INT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/command.h"
#include "runbook/cli/verify_cases.h"

/* On stdout, in the format that was asked for. */
NODISCARD struct rb_error *verify_print_cases(const struct command_ctx *ctx,
					      const struct verify_cases *cases);

/* True when all that was made was undone, whatever the sweep after it found. */
bool verify_is_undone(const struct run_state *st);
/* After an undo nothing should exist: that is what is searched for and what *status says. */
NODISCARD struct rb_error *verify_undone_run(struct command_ctx *ctx, int *status);

#endif
