/* SPDX-License-Identifier: Apache-2.0 */
/* For command.c: who listens to a command's events and is asked before its steps. */
#ifndef RUNBOOK_CLI_COMMAND_GATES_H
#define RUNBOOK_CLI_COMMAND_GATES_H

#include "runbook/cli/command.h"

/* The operator's dialogue, if it was asked for: below the hooks, which hear of everything. */
void command_begin_dialogue(struct command_ctx *ctx);
/* The user's hooks, if there are any; `verb` is the command's name. */
void command_begin_hooks(struct command_ctx *ctx, const char *verb);

#endif
