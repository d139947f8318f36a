/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook status --all`: each stack of a home in a few lines, or as one JSON document. */
#ifndef RUNBOOK_STATUS_ALL_H
#define RUNBOOK_STATUS_ALL_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/cli.h"

/* A stack that cannot be read is listed with what is wrong; then the error of the first such one
 * comes back after all were printed. */
NODISCARD struct rb_error *status_print_all(struct cli *cli);

#endif
