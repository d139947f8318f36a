/* SPDX-License-Identifier: Apache-2.0 */
/* What of a run stands, what that costs, and which command comes next. */
#include "runbook/cli/standing.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/record/aftermath.h"
#include "runbook/ui/hint.h"
#include "runbook/ui/lang.h"

/* Caller frees. */
static char *rest_text(size_t missing, size_t half_made, size_t half_undone)
{
	autofree char *gone = missing ? xasprintf(tr(", %zu last seen missing"), missing) : NULL;
	autofree char *made = half_made ? xasprintf(tr(", %zu half made"), half_made) : NULL;
	autofree char *undone =
		half_undone ? xasprintf(tr(", %zu half undone"), half_undone) : NULL;

	return xasprintf("%s%s%s", gone ? gone : "", made ? made : "", undone ? undone : "");
}

char *standing_text(const struct run_state *st)
{
	size_t made = 0, missing = 0, half_made = 0, half_undone = 0;
	autofree char *rest = NULL, *cost = NULL;

	for (size_t i = 0; i < st->n; i++) {
		const struct step_history *history = &st->history[i];

		if (history_is_half_undone(history))
			half_undone++;
		else if (history_seems_missing(history))
			missing++;
		else if (history_is_made(history))
			made++;
		else
			half_made += history->started_ms != 0; /* else only reading it failed */
	}
	if (!st->run_id || !(made + missing + half_made + half_undone))
		return NULL;
	cost = standing_cost_text(st);
	rest = rest_text(missing, half_made, half_undone);
	return xasprintf(
		tr_n(made, "%zu of %zu steps stands%s; %s", "%zu of %zu steps stand%s; %s"), made,
		st->n, rest, cost);
}

bool standing_is_unknown(const struct run_state *st)
{
	return st->run_id && st->n_records == 0;
}

/* True when all that is left is such that no undo removes it. */
static bool is_by_hand(const json_t *sweep)
{
	const json_t *left = json_object_get(sweep, "left");
	const json_t *item;
	size_t i;

	json_array_foreach(left, i, item) {
		if (!json_is_true(json_object_get(item, "by_hand")))
			return false;
	}
	return json_array_size(left) > 0;
}

enum standing_next standing_next(const struct run_state *st)
{
	struct findings found = state_findings(st);
	bool touched = false, coming_down = false, all_held = !found.any, all_undone = true;

	if (!st->run_id || st->undone)
		return NEXT_NOTHING;
	if (standing_is_unknown(st))
		return NEXT_SEARCH;
	for (size_t i = 0; i < st->n; i++) {
		enum step_state state = st->history[i].state;

		touched |= state != STEP_TODO;
		coming_down |= state == STEP_UNDONE || history_is_half_undone(&st->history[i]);
		all_held &= state == STEP_HELD;
		all_undone &= state == STEP_UNDONE || history_is_untouched(&st->history[i]);
	}
	coming_down |= st->sweep && st->undoing_all; /* of what nothing is recorded, too */
	if (all_undone && is_by_hand(st->sweep))
		return NEXT_BY_HAND;
	if (coming_down)
		return NEXT_TAKE_DOWN;
	if (found.drift)
		return NEXT_REPAIR;
	return all_held || !touched ? NEXT_NOTHING : NEXT_CARRY_ON;
}

static bool is_obstacle(const json_t *next)
{
	const char *name = json_string_value(json_object_get(next, "verb"));
	enum rb_next_verb verb = rb_next_verb_of(name ? name : "");

	return verb == RB_NEXT_SET || verb == RB_NEXT_UNDO ||
	       (verb == RB_NEXT_RESUME && json_object_get(next, "arguments"));
}

/* The entry of its failure that says so; NULL: the same command may do better. */
static const json_t *obstacle_of(const struct run_state *st, const struct step_history *history)
{
	bool coming_down = standing_next(st) == NEXT_TAKE_DOWN;
	const json_t *next;
	size_t i;

	if (history->state != STEP_FAILED || history->undo_failed != coming_down)
		return NULL;
	json_array_foreach(json_object_get(history->error, "next"), i, next) {
		if (is_obstacle(next))
			return next;
	}
	return NULL;
}

const struct step *standing_first_broken(const struct run_state *st)
{
	for (size_t i = 0; i < st->n; i++)
		if (history_drift(&st->history[i]))
			return st->history[i].step;
	return NULL;
}

/* "--from S" of the earlier of both steps; other words as they are.  Caller frees. */
static char *from_the_earlier(const struct run_state *st, const char *args,
			      const struct step *broken)
{
	static const char option[] = "--from ";

	for (size_t i = 0; broken && args && text_starts_with(args, option) && i < st->n; i++) {
		const struct step *step = st->history[i].step;

		if (text_eq(step->id, args + strlen(option)))
			break;
		if (step == broken)
			return xasprintf("%s%s", option, step->id);
	}
	return xstrdup_or_null(args);
}

/* Its error, with what comes next as it is now.  Caller owns. */
static json_t *error_now(const struct run_state *st, const struct step_history *history,
			 const struct step *broken)
{
	json_t *error = json_deep_copy(history->error), *next;
	size_t i;

	json_array_foreach(json_object_get(error, "next"), i, next) {
		const char *args = json_string_value(json_object_get(next, "arguments"));
		autofree char *now = from_the_earlier(st, args, broken);

		if (now)
			json_object_set_new(next, "arguments", json_string(now));
	}
	return error;
}

char *standing_obstacle_text(const struct cli *cli, const struct run_state *st,
			     const struct step_history *history, const struct step *broken)
{
	const struct hint_place place = cli_place(cli);
	autofree char *hint = NULL;
	autofree char *safe = NULL;
	json_t *error;

	if (!obstacle_of(st, history))
		return NULL;
	error = error_now(st, history, broken);
	hint = hint_text_of_record(&place, error);
	json_decref(error);
	safe = text_printable(hint ? hint : "", hint ? strlen(hint) : 0, 2000);
	return xasprintf(tr("next, for step %s: %s"), history->step->id, safe);
}

char *standing_obstacle_command(const struct cli *cli, const struct run_state *st,
				const struct step_history *history, const struct step *broken)
{
	const struct hint_place place = cli_place(cli);
	const json_t *next = obstacle_of(st, history);
	autofree char *args =
		from_the_earlier(st, json_string_value(json_object_get(next, "arguments")), broken);
	enum rb_next_verb verb;

	if (!next)
		return NULL;
	verb = rb_next_verb_of(json_string_value(json_object_get(next, "verb")));
	if (verb == RB_NEXT_SET) /* a run's parameters are fixed */
		return hint_command(&place, RB_NEXT_UNDO, NULL);
	return hint_command(&place, verb, args);
}

char *standing_next_command(const struct cli *cli, const struct run_state *st)
{
	const struct step *broken = standing_first_broken(st);

	for (size_t i = 0; i < st->n; i++) {
		char *command = standing_obstacle_command(cli, st, &st->history[i], broken);

		if (command)
			return command;
	}
	switch (standing_next(st)) {
	case NEXT_REPAIR:
	case NEXT_CARRY_ON:
		return cli_next_command(cli, RB_NEXT_RESUME);
	case NEXT_TAKE_DOWN:
	case NEXT_SEARCH:
		return cli_next_command(cli, RB_NEXT_UNDO);
	case NEXT_BY_HAND:
		return cli_next_command(cli, RB_NEXT_VERIFY);
	case NEXT_NOTHING:
		break;
	}
	return NULL;
}

/* The way on where no step needs one of its own. */
static char *way_on_text(const struct run_state *st, const char *next)
{
	switch (standing_next(st)) {
	case NEXT_REPAIR:
		return xasprintf(tr("to put it right: %s"), next);
	case NEXT_CARRY_ON:
		return xasprintf(tr("to carry on: %s"), next);
	case NEXT_TAKE_DOWN:
		return xasprintf(tr("to take down the rest: %s"), next);
	case NEXT_SEARCH:
		return xasprintf(tr("to look for it by its tag and take it down: %s"), next);
	case NEXT_BY_HAND:
		return xasprintf(tr("delete by hand what no step made; then: %s"), next);
	case NEXT_NOTHING:
		break;
	}
	return NULL;
}

void standing_next_lines(const struct cli *cli, const struct run_state *st, struct strv *ret_lines,
			 struct strv *ret_commands)
{
	const struct hint_place place = cli_place(cli);
	const struct step *broken = standing_first_broken(st);
	autofree char *next = standing_next_command(cli, st);

	/* each obstacle is removed in its own way */
	for (size_t i = 0; i < st->n; i++) {
		autofree char *line = standing_obstacle_text(cli, st, &st->history[i], broken);
		json_t *error;

		if (!line)
			continue;
		error = error_now(st, &st->history[i], broken);
		strv_add(ret_lines, line);
		hint_commands_of_record(&place, error, ret_commands);
		json_decref(error);
	}
	if (!next || ret_lines->n)
		return;
	strv_add_owned(ret_lines, way_on_text(st, next));
	strv_add(ret_commands, next);
}
