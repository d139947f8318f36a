/* SPDX-License-Identifier: Apache-2.0 */
/* Asks whether what was found is what a person made by hand. */
#ifndef RUNBOOK_ADOPTION_H
#define RUNBOOK_ADOPTION_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/engine/step_ctx.h"

/* run->agree; `arg` is the command's context.  --yes agrees; without a terminal nobody does. */
NODISCARD struct rb_error *adoption_ask(void *arg, const struct step_found *found, bool *ret_yes);

#endif
