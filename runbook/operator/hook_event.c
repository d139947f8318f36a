/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON that hooks are given. */
#include "runbook/operator/hook_event.h"

#include <stdlib.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "runbook/contract/procedure.h"
#include "runbook/engine/step_ctx.h"

const char *hook_moment_name(enum hook_moment moment)
{
	static const char *const names[] = {
		[HOOK_BEFORE_STEP] = "before-step",
		[HOOK_AFTER_STEP] = "after-step",
		[HOOK_FAILED] = "failed",
		[HOOK_DONE] = "done",
		[HOOK_MOMENTS_N] = NULL,
	};

	return names[moment];
}

static json_t *regions_json(const struct run_state *st)
{
	const struct procedure_side *side = st->procedure->sides;
	json_t *o = json_object();

	for (int i = 0; side[i].name; i++)
		json_object_set_new(o, side[i].name, json_string(params_region(&st->params, i)));
	return o;
}

static json_t *outputs_json(const struct step_history *history)
{
	json_t *o = json_object();

	for (size_t i = 0; history && i < history->n_outputs; i++)
		if (history->outputs[i].value)
			json_object_set_new(o, history->outputs[i].name,
					    json_string(history->outputs[i].value));
	return o;
}

static json_t *step_json(const struct hook_event *event)
{
	const struct run_state *st = event->state;
	const struct step_history *history = state_history(st, event->step->id);

	return json_pack("{s:s, s:s, s:s, s:b, s:o}", "id", event->step->id, "title",
			 event->step->title, "state", step_state_name(history->state), "undoing",
			 (int)event->undoing, "outputs", outputs_json(history));
}

static json_t *commands_json(const struct strv *next)
{
	json_t *list = json_array();

	for (size_t i = 0; next && i < next->n; i++) {
		autofree char *safe = redact(next->v[i]);

		json_array_append_new(list, json_string(safe));
	}
	return list;
}

/* As in the journal: tokens and encoded messages are cut. */
static json_t *error_json(const struct rb_error *err, const struct strv *next)
{
	const char *const names[] = { "what", "why", "where", "hint" };
	const char *const values[] = { err->what, err->why, err->where, err->hint };
	json_t *o = json_pack("{s:s}", "kind", rb_kind_name(err->kind));

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		autofree char *safe = values[i] ? redact(values[i]) : NULL;

		if (safe)
			json_object_set_new(o, names[i], json_string(safe));
	}
	if (next && next->n)
		json_object_set_new(o, "next", commands_json(next));
	return o;
}

char *hook_event_text(const struct hook_event *event)
{
	const struct run_state *st = event->state;
	char at[CLOCK_ISO_SIZE];
	char *json, *text;
	json_t *o;

	clock_iso8601_ms(clock_utc_ms(), at);
	o = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:o}", "version", 1, "event",
		      hook_moment_name(event->moment), "at", at, "command", event->command, "stack",
		      st->stack, "run", st->run_id, "procedure", st->procedure->name, "account",
		      st->account, "rehearsal", (int)st->rehearsal, "regions", regions_json(st));
	if (event->step)
		json_object_set_new(o, "step", step_json(event));
	if (event->error)
		json_object_set_new(o, "error", error_json(event->error, event->next));
	if (event->text)
		json_object_set_new(o, "text", json_string(event->text));
	json = json_dumps(o, JSON_COMPACT);
	if (!json)
		alloc_out_of_memory();
	text = xasprintf("%s\n", json);
	free(json);
	json_decref(o);
	return text;
}
