/* SPDX-License-Identifier: Apache-2.0 */
/* A question to whoever sits at the terminal, before anything is changed. */
#ifndef RUNBOOK_QUESTION_H
#define RUNBOOK_QUESTION_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/signals.h"

/* There is a terminal to ask on, and one to be answered from. */
bool question_can_be_asked(void);

/*
 * Prints `text` on stderr, wrapped at the width of the terminal, and reads a line; *ret_yes: it
 * begins with y.  `signals` are those that the command has opened; NULL: none, and Ctrl-C ends the
 * process. fails  USAGE        the input ended without an answer: "no" is one, silence is none
 *          INTERRUPTED  by Ctrl-C and the like
 */
NODISCARD struct rb_error *question_ask(struct signals *signals, const char *text, bool *ret_yes);

#endif
