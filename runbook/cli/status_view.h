/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of `runbook status` about what came after the run was made. */
#ifndef RUNBOOK_STATUS_VIEW_H
#define RUNBOOK_STATUS_VIEW_H

#include "runbook/cli/cli.h"

/* Who does, did or undid it, when that is a person. */
void status_print_hands(const struct step_history *history);
/* Below a step: "! differs at the last look (...)"; nothing without drift. */
void status_print_drift(const struct step_history *history);
/* Below a step: the ids that were, and what the last look found. */
void status_print_step_aftermath(const struct step_history *history);
/* "the last look found: 1 differs, 2 blocked", in the words of verify; nothing when all held. */
void status_print_findings(const struct run_state *st);
/* That the stack was moved to that home, and the command that shows it there. */
void status_print_moved(const struct cli *cli, const char *to);
/* At the end: the sweep's verdict, what stands and costs, drift, and the command that comes next,
 * unless another one is at work. */
void status_print_aftermath(const struct cli *cli, const struct stack *stack);

#endif
