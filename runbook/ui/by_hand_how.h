/* SPDX-License-Identifier: Apache-2.0 */
/* How a step is done by hand, as lines to be read and copied. */
#ifndef RUNBOOK_BY_HAND_HOW_H
#define RUNBOOK_BY_HAND_HOW_H

#include "base/attr.h"
#include "base/buf.h"
#include "runbook/record/by_hand.h"
#include "runbook/record/state.h"

/*
 * The way through AWS's console and the AWS CLI's commands, added to `out`.  Prose is wrapped at
 * `columns` (0: never); commands are not, so that they can be copied.
 */
void by_hand_add_console(const struct by_hand_values *values, int columns, struct buf *out);
/* Under `heading`, after an empty line; nothing when there are none. */
void by_hand_add_commands(const struct by_hand_values *values, enum by_hand_way way,
			  const char *heading, int columns, struct buf *out);

/* How the AWS CLI reaches a rehearsal, in lines to be copied; nothing when `r` needs none. */
void aws_reach_add(const struct aws_reach *r, int columns, struct buf *out);
/* The same, of a step that has commands. */
void by_hand_add_reach(const struct by_hand_values *values, enum by_hand_way way, int columns,
		       struct buf *out);
/* As aws_reach_add, on stdout. */
void aws_reach_print(const struct aws_reach *r);
/* {"aws_cli":..., "variables":[...], "commands":[...]}, as aws_reach.h and by_hand.h have them: a
 * new object. */
NODISCARD json_t *by_hand_way_json(const struct by_hand_values *values, enum by_hand_way way);
/* [{"en":"VPC > ...", "ja":"..."}]: a new array. */
NODISCARD json_t *by_hand_console_json(const struct step *step);

/* What a person is told when a step of a run is theirs: all of it.  Caller frees. */
NODISCARD char *by_hand_how(const struct by_hand_values *values, enum by_hand_way way, int columns);

/* "made by hand by alice"; NULL: no person did, nor is to.  Caller frees. */
NODISCARD char *by_hand_who(const struct history_hand *hand, bool undone);

#endif
