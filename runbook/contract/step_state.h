/* SPDX-License-Identifier: Apache-2.0 */
/* How far a step is: what the journal records, the engine goes by and the displays show. */
#ifndef RUNBOOK_STEP_STATE_H
#define RUNBOOK_STEP_STATE_H

#include "base/attr.h"

/* STATE(enumerator, name in journal and JSON) */
#define STEP_STATES(STATE)                                                                         \
	STATE(TODO, N_("todo"))	      /* nothing of it was begun */                                \
	STATE(DOING, N_("doing"))     /* do began */                                               \
	STATE(MADE, N_("made"))	      /* do is done; not verified yet */                           \
	STATE(HELD, N_("held"))	      /* verified */                                               \
	STATE(FAILED, N_("failed"))   /* do or verify failed */                                    \
	STATE(STALE, N_("stale"))     /* something that it embeds was replaced */                  \
	STATE(UNDOING, N_("undoing")) /* undo began */                                             \
	STATE(UNDONE, N_("undone"))   /* nothing of it is left */

enum step_state {
#define STEP_STATE_ENUM_(name, label) STEP_##name,
	STEP_STATES(STEP_STATE_ENUM_)
#undef STEP_STATE_ENUM_
};
enum { STEP_STATES_N = STEP_UNDONE + 1 };
const char *step_state_name(enum step_state s);

/* What a check of a step found. */
enum verdict {
	VERDICT_HOLDS,
	VERDICT_PENDING,
	VERDICT_DIFFERS,
	VERDICT_MISSING,
	VERDICT_BLOCKED, /* a step that it needs does not hold; never a pass's own word */
};
const char *verdict_name(enum verdict v);

#endif
