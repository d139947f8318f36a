/* SPDX-License-Identifier: Apache-2.0 */
/* A run's time to live: --ttl sets when it is over, undo --expired asks whether it is. */
#ifndef RUNBOOK_TTL_H
#define RUNBOOK_TTL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/command.h"
#include "runbook/record/state.h"

/*
 * "90s", "30m", "4h", "2d" as milliseconds.
 *   fails  USAGE  it is no such time, or less than a second or more than 366 days
 */
NODISCARD struct rb_error *ttl_parse(const char *text, int64_t *ret_ms);
/* --ttl of the command, if it was given: from now on the run ends then, by its tags as well. */
NODISCARD struct rb_error *ttl_set(struct command_ctx *ctx);

/* How long the run still lives at that time, in ms: below 0 it is over; INT64_MAX: no end is set.
 */
int64_t ttl_left_ms(const struct run_state *st, int64_t now_ms);
/* "its time to live ends at 2026-11-29T05:45:00Z, in 3 h 12 min", or since when it is over; NULL:
 * no end is set.  Caller frees. */
NODISCARD char *ttl_text(const struct run_state *st, int64_t now_ms);

#endif
