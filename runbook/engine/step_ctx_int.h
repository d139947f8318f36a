/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind step.h share; nobody else includes it. */
#ifndef RUNBOOK_STEP_CTX_INT_H
#define RUNBOOK_STEP_CTX_INT_H

#include "runbook/engine/step_ctx.h"

/* However fast a rehearsal is, this machine takes as long, in milliseconds. */
enum { SETTLE_FLOOR_MS = 150 };

struct run_state *step_ctx_state(const struct step_ctx *ctx);
/* What the journal says of its step. */
struct step_history *step_ctx_history(const struct step_ctx *ctx);
/* `s` (taken) or a copy of it, lent to the step until the pass ends; NULL stays NULL. */
const char *step_ctx_lend(struct step_ctx *ctx, char *s);
const char *step_ctx_lend_copy(struct step_ctx *ctx, const char *s);

/* Where the context's last call failed, and what a denial means.  `err` is not NULL. */
NODISCARD struct rb_error *step_ctx_located(const struct step_ctx *ctx, struct rb_error *err);

#endif
