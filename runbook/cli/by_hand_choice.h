/* SPDX-License-Identifier: Apache-2.0 */
/* --by-hand: which steps a person does, or undoes. */
#ifndef RUNBOOK_BY_HAND_CHOICE_H
#define RUNBOOK_BY_HAND_CHOICE_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/command.h"

/* What is wrong with the option, before anything is made: a step that does not exist. */
NODISCARD struct rb_error *by_hand_check(const struct cli *cli, const struct procedure *procedure);
/* Records the choice; after command_begin, before the engine begins. */
NODISCARD struct rb_error *by_hand_choose(struct command_ctx *ctx, bool undoing);

#endif
