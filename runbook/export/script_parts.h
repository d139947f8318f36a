/* SPDX-License-Identifier: Apache-2.0 */
/* What is the same in every script: its opening, its functions, its end. */
#ifndef RUNBOOK_EXPORT_SCRIPT_PARTS_H
#define RUNBOOK_EXPORT_SCRIPT_PARTS_H

#include <stdbool.h>

#include "base/buf.h"

/* Comments: what it is for and how it is used; what follows are the parameters. */
void script_add_opening(const char *stack, bool undo, struct buf *out);
/* The functions, and how it is set; `region` is asked for the account. */
void script_add_functions(const char *stack, const char *region, bool undo, struct buf *out);
/* The notes, and the run that they are of. */
void script_add_begin(bool undo, struct buf *out);
/* Whether this machine's AWS CLI leads to an instance; sets LOGIN, and WORK with a key in it. */
void script_add_login_check(struct buf *out);
void script_add_end(bool undo, struct buf *out);

#endif
