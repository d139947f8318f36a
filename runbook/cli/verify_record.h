/* SPDX-License-Identifier: Apache-2.0 */
/* Notes in the journal what verify found, so that status knows of drift without asking AWS. */
#ifndef RUNBOOK_VERIFY_RECORD_H
#define RUNBOOK_VERIFY_RECORD_H

#include <jansson.h>

#include "runbook/cli/command.h"
#include "runbook/engine/engine.h"

/*
 * A new array of evidence records: of steps that do not hold, or did not the last time, where
 * something changed since the last record.  Looking every minute does not make a journal grow.
 * What was only made, and holds now, gets a record of that state, too.
 */
NODISCARD json_t *verify_evidence(const struct run_state *st,
				  const struct engine_verify_result *results);

/*
 * Append `recs` (taken).  The lock is held for that moment only.  While another runbook holds it,
 * or when the journal went on meanwhile, they are not news and are dropped; a journal that cannot
 * be written is reported, and no reason to fail: what was found stands.
 */
void verify_record(struct command_ctx *ctx, json_t *recs);

#endif
