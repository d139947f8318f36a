/* SPDX-License-Identifier: Apache-2.0 */
/* What of a run stands, what that costs, and which command comes next. */
#ifndef RUNBOOK_STANDING_H
#define RUNBOOK_STANDING_H

#include "base/attr.h"
#include "base/strv.h"
#include "runbook/cli/cli.h"
#include "runbook/record/state.h"

/* "12 of 14 steps stand, 1 half made; that costs about 0.025 USD an hour (...)"; NULL: nothing of
 * it stands.  Caller frees. */
NODISCARD char *standing_text(const struct run_state *st);

/* "that costs about 0.081 USD an hour", or why that is not known.  Caller frees. */
NODISCARD char *standing_cost_text(const struct run_state *st);

/* "billed since 2026-11-29T01:45:00Z: about 0.081 USD so far"; NULL: nothing is billed by the hour.
 * Caller frees. */
NODISCARD char *standing_so_far_text(const struct run_state *st);
/* The same, of `status --output json`: a new object, or NULL. */
NODISCARD json_t *standing_billing_json(const struct run_state *st);

/* The command that takes all of the run down.  Caller frees. */
NODISCARD char *standing_undo_command(const struct cli *cli);
/* "that costs about 0.025 USD an hour (...), until: UNDO": for who is done and goes; NULL:
 * nothing is billed by the hour.  Caller frees. */
NODISCARD char *standing_until_text(const struct run_state *st, const char *undo);

/*
 * "what it makes costs about 0.025 USD an hour as long as it stands (...)": all that a run of this
 * procedure makes up to `to` (NULL: the last step).  NULL: nothing of it is billed by the hour.
 * Caller frees.  As JSON: a number, or null when there are prices that are not known here.
 */
NODISCARD char *standing_planned_cost_text(const struct run_state *st, const struct step *to,
					   bool rehearsal);
NODISCARD json_t *standing_planned_cost_json(const struct run_state *st);

enum standing_next {
	NEXT_NOTHING,
	NEXT_REPAIR,
	NEXT_CARRY_ON,
	NEXT_TAKE_DOWN,
	NEXT_BY_HAND,
	NEXT_SEARCH
};
/* True when only run.json names the run: nothing is known of what AWS has.  Else false. */
bool standing_is_unknown(const struct run_state *st);
/* What the journal alone says should be done next. */
enum standing_next standing_next(const struct run_state *st);
/* The earliest step that verify last found not to hold; NULL: none. */
const struct step *standing_first_broken(const struct run_state *st);
/*
 * What a step's last failure says must come first, since to go on as before would fail again:
 * "next, for step 1-4: a run's parameters are fixed, so first: runbook undo ...", and the first
 * command of that.  NULL: it says no such thing.  Caller frees.
 *
 * `broken`: the earliest step that is known not to hold, or NULL.  `resume --from` begins behind no
 * such step, so where that is before the one that the failure names, it is named instead.
 */
NODISCARD char *standing_obstacle_text(const struct cli *cli, const struct run_state *st,
				       const struct step_history *history,
				       const struct step *broken);
NODISCARD char *standing_obstacle_command(const struct cli *cli, const struct run_state *st,
					  const struct step_history *history,
					  const struct step *broken);
/* The command for it; NULL for nothing.  Caller frees. */
NODISCARD char *standing_next_command(const struct cli *cli, const struct run_state *st);
/* "to carry on: runbook resume", or a line for each obstacle, or none; and the commands in them. */
void standing_next_lines(const struct cli *cli, const struct run_state *st, struct strv *ret_lines,
			 struct strv *ret_commands);

#endif
