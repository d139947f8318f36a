/* SPDX-License-Identifier: Apache-2.0 */
/* One object a line, as things happen. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/ui/by_hand_how.h"
#include "runbook/ui/ui.h"

static const char *const names[] = {
	[EVENT_BEGIN] = "begin",     [EVENT_STATE] = "state", [EVENT_WAIT] = "wait",
	[EVENT_VERIFY] = "verify",   [EVENT_CALL] = "call",   [EVENT_OUTPUT] = "output",
	[EVENT_NOTE] = "note",	     [EVENT_DRIFT] = "drift", [EVENT_REPAIR] = "repair",
	[EVENT_BY_HAND] = "by-hand", [EVENT_ERROR] = "error", [EVENT_LEFT] = "left",
	[EVENT_END] = "end",
};

static void add_text(json_t *o, const char *key, const char *text)
{
	autofree char *safe = text ? text_printable(text, strlen(text), 8000) : NULL;

	if (safe)
		json_object_set_new(o, key, json_string(safe));
}

static void add_error(json_t *o, const struct ui *ui, const struct rb_error *err)
{
	json_t *e = json_pack("{s:s}", "kind", rb_kind_name(err->kind));
	autofree char *hint = hint_text(&ui->options->place, err);
	json_t *next = hint_next_json(&ui->options->place, err);

	add_text(e, "what", err->what);
	add_text(e, "where", err->where);
	add_text(e, "why", err->why);
	add_text(e, "hint", hint);
	if (next)
		json_object_set_new(e, "next", next);
	if (err->denial)
		json_object_set_new(e, "denial", json_loads(err->denial, 0, NULL));
	add_text(e, "code", err->aws_code);
	add_text(e, "request_id", err->request_id);
	json_object_set_new(o, "error", e);
}

static void add_by_hand(json_t *o, const struct ui *ui, const struct event *e)
{
	const struct by_hand_values values = { ui->state, ui->state->stack, e->step,
					       ui->options->reach };
	json_t *way = by_hand_way_json(&values, e->undoing ? BY_HAND_UNMAKE : BY_HAND_MAKE);

	json_object_set_new(o, "undoing", json_boolean(e->undoing));
	json_object_set_new(o, "console", by_hand_console_json(e->step));
	json_object_update(o, way);
	json_decref(way);
}

static void on_event(struct ui *ui, const struct event *e)
{
	char at[CLOCK_ISO_SIZE];
	json_t *o;
	char *line;

	clock_iso8601_ms(clock_utc_ms(), at);
	o = json_pack("{s:s, s:s}", "event", names[e->type], "at", at);
	if (e->step)
		add_text(o, "step", e->step->id);
	switch (e->type) {
	case EVENT_STATE:
		add_text(o, "state", step_state_name(e->state));
		break;
	case EVENT_WAIT:
		add_text(o, "what", e->what);
		add_text(o, "aws_state", e->aws_state);
		add_text(o, "reason", e->reason);
		json_object_set_new(o, "usual_s", json_integer(e->usual_s));
		break;
	case EVENT_OUTPUT:
		add_text(o, "name", e->what);
		add_text(o, "value", e->text);
		break;
	case EVENT_DRIFT:
		add_text(o, "claim", e->what);
		add_text(o, "expected", e->expected);
		add_text(o, "found", e->found);
		add_text(o, "missing", e->text);
		break;
	case EVENT_BY_HAND:
		add_by_hand(o, ui, e);
		break;
	case EVENT_ERROR:
		add_error(o, ui, e->err);
		break;
	case EVENT_LEFT:
		add_text(o, "resource", e->what);
		add_text(o, "text", e->text);
		break;
	case EVENT_END:
		json_object_set_new(o, "ok", json_boolean(e->ok));
		add_text(o, "text", e->text);
		if (e->err)
			add_error(o, ui, e->err);
		break;
	case EVENT_BEGIN:
	case EVENT_VERIFY:
	case EVENT_CALL:
	case EVENT_NOTE:
	case EVENT_REPAIR:
		add_text(o, "text", e->text);
		break;
	}
	if ((e->type == EVENT_BEGIN || e->type == EVENT_END) && ui->state)
		json_object_set_new(o, "rehearsal",
				    rehearsal_to_json(ui->state->rehearsal, ui->speed));
	line = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (line)
		(void)puts(line);
	free(line);
	(void)fflush(stdout);
}

static void free_json(struct ui *ui)
{
	free(ui);
}

static const struct ui_ops json_ops = {
	.on_event = on_event,
	.free = free_json,
};

struct ui *ui_json_new(void)
{
	struct ui *ui = xcalloc(1, sizeof(*ui));

	ui->ops = &json_ops;
	return ui;
}
