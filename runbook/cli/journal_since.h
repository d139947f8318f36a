/* SPDX-License-Identifier: Apache-2.0 */
/* The time that --since names. */
#ifndef RUNBOOK_JOURNAL_SINCE_H
#define RUNBOOK_JOURNAL_SINCE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/error.h"

/*
 * "90s", "10m", "2h", "3d": so long before `now_ms`.  "2026-11-29", "2026-11-29T02:20",
 * "2026-11-29T02:20:31": that time in UTC; with seconds an offset may follow.
 *   fails  USAGE
 */
NODISCARD struct rb_error *journal_since(const char *text, int64_t now_ms, int64_t *ret_ms);

#endif
