/* SPDX-License-Identifier: Apache-2.0 */
/* What an undo left. */
#ifndef RUNBOOK_CLI_UNDO_LEFT_H
#define RUNBOOK_CLI_UNDO_LEFT_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/command.h"
#include "runbook/engine/sweep.h"

/*
 * Searches, shows and records what is left, after all was undone or after `failed`, which stays
 * the failure; what a step took for gone and is there is undone once more first.
 *   fails  DRIFT  things are left
 */
NODISCARD struct rb_error *undo_sweep(struct command_ctx *ctx, const struct rb_error *failed);
/* What is left, the fading things last; `ret` is cleared first. */
NODISCARD struct rb_error *undo_search(struct command_ctx *ctx, struct sweep *ret);
/* Notes of what was kept on purpose, and of what is listed for a while. */
void undo_show_kept(struct command_ctx *ctx, const struct sweep *s);
/* Each thing that is left; answers DRIFT, with the first of them, or why another undo is no use. */
NODISCARD RETURNS_NONNULL struct rb_error *undo_show_left(struct command_ctx *ctx,
							  const struct sweep *s);
/* DRIFT: how many are left. */
NODISCARD RETURNS_NONNULL struct rb_error *undo_left_error(const struct command_ctx *ctx,
							   const struct sweep *s);

#endif
