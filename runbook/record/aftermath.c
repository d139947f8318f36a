/* SPDX-License-Identifier: Apache-2.0 */
/* What came after a run was made. */
#include "runbook/record/aftermath.h"

#include "base/clock.h"
#include "base/text.h"

static const char *text_of(const json_t *rec, const char *key)
{
	return json_string_value(json_object_get(rec, key));
}

static enum verdict last_verdict(const struct step_history *history)
{
	const char *name = text_of(history->evidence, "verdict");

	if (!name || history->is_evidence_old || !history_is_made(history) ||
	    history_is_half_undone(history))
		return VERDICT_HOLDS;
	for (int v = VERDICT_HOLDS; v <= VERDICT_BLOCKED; v++)
		if (text_eq(name, verdict_name((enum verdict)v)))
			return (enum verdict)v;
	return VERDICT_HOLDS;
}

const char *history_drift(const struct step_history *history)
{
	enum verdict verdict = last_verdict(history);

	return verdict == VERDICT_HOLDS || verdict == VERDICT_PENDING ? NULL
								      : verdict_name(verdict);
}

bool history_seems_missing(const struct step_history *history)
{
	return last_verdict(history) == VERDICT_MISSING;
}

bool history_output_seems_missing(const struct step_history *history, const char *name)
{
	return text_eq(text_of(history->evidence, "missing_output"), name);
}

struct findings state_findings(const struct run_state *st)
{
	struct findings f = { 0 };

	for (size_t i = 0; i < st->n; i++) {
		enum verdict verdict = last_verdict(&st->history[i]);

		f.by_verdict[verdict]++;
		f.any |= verdict != VERDICT_HOLDS;
		f.drift |= history_drift(&st->history[i]) != NULL;
	}
	return f;
}

bool state_is_half_undone(const struct run_state *st)
{
	bool any = false;

	if (!st->run_id || st->undone)
		return false;
	for (size_t i = 0; i < st->n; i++) {
		if (history_is_half_undone(&st->history[i]))
			return true;
		any |= st->history[i].state == STEP_UNDONE;
	}
	return st->undoing_all && any;
}

static json_t *time_of(const json_t *rec)
{
	char at[CLOCK_ISO_SIZE];

	clock_iso8601(json_integer_value(json_object_get(rec, "at_ms")) / 1000, at);
	return json_string(at);
}

static json_t *drift_to_json(const struct step_history *history)
{
	json_t *differing = json_array();
	json_t *claim;
	size_t i;

	json_array_foreach(json_object_get(history->evidence, "claims"), i, claim) {
		if (!json_is_true(json_object_get(claim, "agrees")))
			json_array_append(differing, claim);
	}
	return json_pack("{s:s, s:o, s:s, s:O*, s:O*, s:o}", "step", history->step->id, "at",
			 time_of(history->evidence), "verdict", history_drift(history), "missing",
			 json_object_get(history->evidence, "missing"), "blocked_by",
			 json_object_get(history->evidence, "blocked_by"), "claims", differing);
}

static void add_former(const struct step_history *history, json_t *step)
{
	json_t *former = json_object();

	for (size_t i = 0; i < history->n_outputs; i++)
		if (!history->outputs[i].value && history->outputs[i].former)
			json_object_set_new(former, history->outputs[i].name,
					    json_string(history->outputs[i].former));
	if (json_object_size(former))
		json_object_set(step, "former_outputs", former);
	json_decref(former);
}

void aftermath_drift_to_json(const struct run_state *st, json_t *doc)
{
	json_t *drift = json_array();

	for (size_t i = 0; i < st->n; i++)
		if (history_drift(&st->history[i]))
			json_array_append_new(drift, drift_to_json(&st->history[i]));
	if (json_array_size(drift))
		json_object_set(doc, "drift", drift);
	json_decref(drift);
}

void aftermath_to_json(const struct run_state *st, json_t *doc)
{
	json_t *steps = json_object_get(doc, "steps");

	aftermath_drift_to_json(st, doc);
	for (size_t i = 0; i < st->n; i++)
		add_former(&st->history[i], json_array_get(steps, i));
	if (st->sweep)
		json_object_set_new(doc, "sweep",
				    json_pack("{s:o, s:O?, s:O?, s:O?}", "at", time_of(st->sweep),
					      "clean", json_object_get(st->sweep, "clean"), "left",
					      json_object_get(st->sweep, "left"), "fading",
					      json_object_get(st->sweep, "fading")));
}
