/* SPDX-License-Identifier: Apache-2.0 */
/* --record: a recorder for one command, with the stack's own key. */
#ifndef RUNBOOK_RECORDING_H
#define RUNBOOK_RECORDING_H

#include "aws/record/recorder.h"
#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/cli.h"

/*
 * NULL in *ret without --record.  The key is HOME/STACK/record.key, made when there is none, so
 * that the recordings of one stack agree in what they call a thing; a stack that has no folder (a
 * tunnel's) gets a key for this once.
 *   fails  USAGE  the file exists; IO
 */
NODISCARD struct rb_error *recording_open(struct cli *cli, const struct stack *stack,
					  struct recorder **ret);

#endif
