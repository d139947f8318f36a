/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debug lines on stderr, for --debug.  What could be a secret is cut before a
 * line is written: callers pass names, ids and sizes, never header values,
 * bodies or URLs with a query.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/attr.h"

void log_enable_debug(bool on);
/* One line; control characters in the arguments come out as '?'. */
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
