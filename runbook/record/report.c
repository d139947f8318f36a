/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of a run as one document. */
#include "runbook/record/report.h"

#include "base/clock.h"

static json_t *list_of(const struct strv *items)
{
	json_t *list = json_array();

	for (size_t i = 0; i < items->n; i++)
		json_array_append_new(list, json_string(items->v[i]));
	return list;
}

static void add_evidence(json_t *step, const struct step_history *history)
{
	char at[CLOCK_ISO_SIZE];
	json_t *evidence = json_null();

	if (history->evidence) {
		int64_t at_ms = json_integer_value(json_object_get(history->evidence, "at_ms"));

		clock_iso8601(at_ms / 1000, at);
		evidence = json_pack("{s:s, s:O?, s:O?}", "at", at, "verdict",
				     json_object_get(history->evidence, "verdict"), "claims",
				     json_object_get(history->evidence, "claims"));
	}
	json_object_set_new(step, "evidence", evidence);
	json_object_set_new(step, "notes", list_of(&history->notes));
	json_object_set_new(step, "kept", list_of(&history->kept));
}

json_t *report_to_json(const struct run_state *st)
{
	json_t *doc = state_to_json(st);
	json_t *steps = json_object_get(doc, "steps");
	char at[CLOCK_ISO_SIZE];

	for (size_t i = 0; i < st->n; i++)
		add_evidence(json_array_get(steps, i), &st->history[i]);
	clock_iso8601(clock_utc_s(), at);
	json_object_set_new(doc, "reported_at", json_string(at));
	clock_iso8601(st->created_ms / 1000, at);
	json_object_set_new(doc, "created_at", st->run_id ? json_string(at) : json_null());
	json_object_set_new(doc, "program", json_string("runbook " RUNBOOK_VERSION));
	return doc;
}
