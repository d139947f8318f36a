/* SPDX-License-Identifier: Apache-2.0 */
/* Where AWS's console shows a thing. */
#ifndef RUNBOOK_REPORT_CONSOLE_H
#define RUNBOOK_REPORT_CONSOLE_H

#include "base/attr.h"

/*
 * The page of what an output names ("vpc_id"), in that region of that partition; NULL: the console
 * has none that is known here, or the partition's console is not public.  Caller frees.
 */
NODISCARD char *console_url(const char *partition, const char *region, const char *output,
			    const char *value);

#endif
