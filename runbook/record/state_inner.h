/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that replay records share. */
#ifndef RUNBOOK_STATE_INNER_H
#define RUNBOOK_STATE_INNER_H

#include <jansson.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/record/state.h"

#define STATE_DAMAGED(...) return rb_error_because(RB_DAMAGED, __VA_ARGS__)

/* NULL: the record has no such text.  Borrowed. */
static inline const char *state_record_text(const json_t *rec, const char *key)
{
	return json_string_value(json_object_get(rec, key));
}

/* "this run needs the runbook that began it (1.2.0)": for what a later version added. */
NODISCARD struct rb_error *state_needs_version(const struct run_state *st, const char *what,
					       const char *name);

/* One record each. */
NODISCARD struct rb_error *state_apply_intent(struct run_state *st, struct step_history *history,
					      const json_t *rec);
NODISCARD struct rb_error *state_apply_outcome(struct run_state *st, struct step_history *history,
					       const json_t *rec);

#endif
