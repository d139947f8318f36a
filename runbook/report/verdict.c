/* SPDX-License-Identifier: Apache-2.0 */
/* What a run came to. */
#include "runbook/report/verdict.h"

#include <string.h>

#include "runbook/record/aftermath.h"

static const char *const names[] = {
#define REPORT_VERDICT_NAME_(name, label) [REPORT_##name] = (label),
	REPORT_VERDICTS(REPORT_VERDICT_NAME_)
#undef REPORT_VERDICT_NAME_
};

/* It was found again by its tags, and its settings were not looked at since. */
static bool is_only_recovered(const struct run_state *st, const struct step_history *history)
{
	return st->recovered_ms && history->state == STEP_MADE && !history->evidence;
}

enum report_verdict report_verdict(const struct run_state *st)
{
	bool failed = false, recovered = false, undone = false, all_held = true;

	if (st->undone)
		return REPORT_UNDONE;
	if (st->sweep) /* of the last undo; what was built after it takes the sweep away */
		return REPORT_LEFT;
	if (state_is_half_undone(st))
		return REPORT_HALF_UNDONE;
	for (size_t i = 0; i < st->n; i++) {
		failed |= st->history[i].state == STEP_FAILED;
		recovered |= is_only_recovered(st, &st->history[i]);
		undone |= st->history[i].state == STEP_UNDONE;
		all_held &= st->history[i].state == STEP_HELD;
	}
	if (failed)
		return REPORT_FAILED;
	if (state_findings(st).drift)
		return REPORT_DRIFTED;
	if (recovered)
		return REPORT_RECOVERED;
	if (undone && st->last_undoes) /* a run that came after it makes them again */
		return REPORT_PARTLY_UNDONE;
	return all_held ? REPORT_PROVEN : REPORT_HALF_DONE;
}

enum report_verdict report_verdict_named(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return (enum report_verdict)i;
	return REPORT_HALF_DONE;
}

static bool is_about(const struct run_state *st, enum report_verdict verdict,
		     const struct step_history *history)
{
	switch (verdict) {
	case REPORT_DRIFTED:
		return history_drift(history) != NULL;
	case REPORT_FAILED:
		return history->state == STEP_FAILED;
	case REPORT_RECOVERED:
		return is_only_recovered(st, history);
	case REPORT_HALF_DONE:
		return history->state != STEP_HELD;
	case REPORT_PARTLY_UNDONE:
		return history->state == STEP_UNDONE;
	case REPORT_HALF_UNDONE:
	case REPORT_LEFT:
		return history->started_ms && history->state != STEP_UNDONE;
	case REPORT_PROVEN:
	case REPORT_UNDONE:
		break;
	}
	return false;
}

json_t *report_verdict_json(const struct run_state *st)
{
	enum report_verdict verdict = report_verdict(st);
	json_t *steps = json_array();

	for (size_t i = 0; i < st->n; i++)
		if (is_about(st, verdict, &st->history[i]))
			json_array_append_new(steps, json_string(st->history[i].step->id));
	return json_pack("{s:s, s:o}", "result", names[verdict], "steps", steps);
}
