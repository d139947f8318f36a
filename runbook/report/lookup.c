/* SPDX-License-Identifier: Apache-2.0 */
/* What a report says of a step. */
#include "runbook/report/lookup.h"

#include <stddef.h>

#include "base/text.h"
#include "runbook/report/html.h"

static const json_t *member_with(const json_t *list, const char *key, const char *value)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, item)
		if (value && text_eq(html_str(item, key), value))
			return item;
	return NULL;
}

const json_t *report_step(const json_t *report, const char *step_id)
{
	return member_with(json_object_get(report, "steps"), "id", step_id);
}

const json_t *report_drift(const json_t *report, const char *step_id)
{
	return member_with(json_object_get(report, "drift"), "step", step_id);
}

const char *report_output(const json_t *report, const char *step_id, const char *name)
{
	const json_t *step = report_step(report, step_id);
	const char *now = html_str(json_object_get(step, "outputs"), name);

	return now ? now : html_str(json_object_get(step, "former_outputs"), name);
}

const json_t *report_claim(const json_t *report, const char *step_id, const char *claim)
{
	const json_t *evidence = json_object_get(report_step(report, step_id), "evidence");

	return member_with(json_object_get(evidence, "claims"), "claim", claim);
}

bool report_is_left(const json_t *report, const char *id)
{
	const json_t *left = json_object_get(json_object_get(report, "sweep"), "left");

	return member_with(left, "id", id) != NULL;
}

static bool any_output_is_left(const json_t *report, const json_t *step)
{
	static const char *const members[] = { "outputs", "former_outputs" };

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		json_t *outputs = json_object_get(step, members[i]), *value;
		const char *name;

		json_object_foreach(outputs, name, value)
			if (report_is_left(report, json_string_value(value)))
				return true;
	}
	return false;
}

enum report_look report_look(const json_t *report, const char *step_id)
{
	const json_t *step = report_step(report, step_id);
	const char *state = html_str(step, "state");

	if (!step)
		return LOOK_THERE;
	if (report_drift(report, step_id) || text_eq(state, "failed") ||
	    any_output_is_left(report, step))
		return LOOK_WRONG;
	if (text_eq(state, "undone"))
		return LOOK_GONE;
	if (text_eq(state, "made") || text_eq(state, "held") || text_eq(state, "stale"))
		return LOOK_THERE;
	return LOOK_PLANNED;
}
