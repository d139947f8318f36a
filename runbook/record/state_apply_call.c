/* SPDX-License-Identifier: Apache-2.0 */
/* Replaying the records of calls that change AWS: intents, and the outcomes that answer them. */
#include "runbook/record/state_inner.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/actions.h"
#include "aws/core/client.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "net/loop.h"
#include "runbook/contract/params.h"
#include "runbook/contract/procedure.h"
#include "runbook/contract/step.h"
#include "runbook/contract/way.h"
#include "runbook/record/journal.h"
#include "runbook/record/state.h"

/* Tags lead no packet, and what is done on this machine makes nothing that others rest on. */
static bool changes_a_thing(const struct step *step, const json_t *rec)
{
	const char *action = state_record_text(rec, "action");

	return action && step->side != SIDE_LOCAL &&
	       !text_eq(state_record_text(rec, "phase"), "verify") && !aws_action_only_tags(action);
}

/* The last change is one that was not refused, or of which nobody knows. */
static void sum_changes(struct step_history *history)
{
	history->changed_nth = history->answered_nth;
	history->changed_ms = history->answered_ms;
	for (size_t i = 0; i < history->n_changes; i++) {
		if (history->changes[i].nth < history->changed_nth)
			continue;
		history->changed_nth = history->changes[i].nth;
		history->changed_ms = history->changes[i].at_ms;
	}
}

static void answer_change(struct step_history *history, const char *action, bool refused)
{
	size_t i = history->n_changes;

	while (i-- > 0) {
		struct history_change *change = &history->changes[i];

		if (!text_eq(change->action, action))
			continue;
		if (!refused && change->nth > history->answered_nth) {
			history->answered_nth = change->nth;
			history->answered_ms = change->at_ms;
		}
		free(change->action);
		*change = history->changes[--history->n_changes];
		break;
	}
	sum_changes(history);
}

struct rb_error *state_apply_intent(struct run_state *st, struct step_history *history,
				    const json_t *rec)
{
	if (changes_a_thing(history->step, rec)) {
		history->changes = xreallocarray(history->changes, history->n_changes + 1,
						 sizeof(*history->changes));
		history->changes[history->n_changes++] =
			(struct history_change){ xstrdup(state_record_text(rec, "action")),
						 st->n_records, journal_time_ms(rec) };
		sum_changes(history);
	}
	if (text_eq(state_record_text(rec, "phase"), "do"))
		history->do_nth = st->n_records;
	history->unanswered++;
	/* of this command's own, none is lost before its outcome says so */
	if (!history->in_flight)
		history->unanswered_ms = journal_time_ms(rec);
	return NULL;
}

static void note_done(struct step_history *history, const char *action, int64_t at_ms)
{
	for (size_t i = 0; i < history->n_calls; i++) {
		if (strcmp(history->calls[i].action, action) == 0) {
			history->calls[i].at_ms = at_ms;
			return;
		}
	}
	history->calls =
		xreallocarray(history->calls, history->n_calls + 1, sizeof(*history->calls));
	history->calls[history->n_calls++] = (struct history_call){ xstrdup(action), at_ms };
}

struct rb_error *state_apply_outcome(struct run_state *st, struct step_history *history,
				     const json_t *rec)
{
	const char *result = state_record_text(rec, "result"),
		   *call = state_record_text(rec, "call");
	const char *action = call ? strchr(call, ' ') : NULL; /* "ec2 DeleteVpc" */

	(void)st;
	if (text_eq(result, "lost"))
		history->unanswered_ms = journal_time_ms(rec);
	else if (history->unanswered > 0)
		history->unanswered--;
	if (action)
		answer_change(history, action + 1, text_eq(result, "failed"));
	if (action && text_eq(result, "ok"))
		note_done(history, action + 1, journal_time_ms(rec));
	return NULL;
}
