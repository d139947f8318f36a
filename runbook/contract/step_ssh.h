/* SPDX-License-Identifier: Apache-2.0 */
/* For steps that work on the instance: ssh through the stack's own endpoint. */
#ifndef RUNBOOK_STEP_SSH_H
#define RUNBOOK_STEP_SSH_H

#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "runbook/contract/step.h"

/*
 * Run `command` (for the remote user's shell: quote with text_shell_quote) on the run's instance
 * through its endpoint (struct procedure_parts).  Errors as connection_run; the remote exit status
 * is no error.
 */
NODISCARD struct rb_error *step_ssh(struct step_ctx *ctx, const char *command, int64_t timeout_ms,
				    int *ret_status, struct buf *out, struct buf *err_out);

/* True when it failed because the instance did not take the key. */
bool step_ssh_refused_key(const struct rb_error *err);

/* The fingerprint of the instance's host key as remembered; NULL: none yet.  Caller frees. */
NODISCARD char *step_ssh_fingerprint(struct step_ctx *ctx);
/* Forget the instance's host key, and remove the keys that killed processes have left. */
NODISCARD struct rb_error *step_ssh_forget(struct step_ctx *ctx);

/*
 * About to change AWS by another way than step_aws's clients (from the instance): the intent is
 * synced when this returns.
 */
NODISCARD struct rb_error *step_intent(struct step_ctx *ctx, const char *service,
				       const char *action, const char *region);

#endif
