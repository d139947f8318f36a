/* SPDX-License-Identifier: Apache-2.0 */
/* The user's own programs at the moments of a command: begun there, awaited or not. */
#include "runbook/operator/hooks.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/text.h"
#include "runbook/engine/step_ctx.h"
#include "runbook/operator/hook_event.h"
#include "runbook/operator/hooks_int.h"
#include "runbook/ui/lang.h"

enum { POLL_MS = 20, HOOK_SECONDS = 30, HOOK_SECONDS_MAX = 3600 };

/* ---- those that nobody waits for ----------------------------------------- */

static void say_failed(struct hooks *hooks, enum hook_moment moment, const struct step *step,
		       const char *why)
{
	autofree char *text = xasprintf(tr("hook %s: %s"), hook_moment_name(moment), why);

	hooks_note(hooks, step, text);
}

static void run_beside(struct hooks *hooks, const struct hook_event *event)
{
	struct hook_child *child;
	struct rb_error *err;

	if (!hooks->paths[event->moment])
		return;
	child = xcalloc(1, sizeof(*child));
	err = hook_start(hooks, child, event);
	if (err) {
		say_failed(hooks, event->moment, event->step, err->what);
		(void)rb_error_free(err);
		free(child);
		return;
	}
	child->next = hooks->children;
	hooks->children = child;
}

static void settle_ended(struct hooks *hooks)
{
	struct hook_child **at = &hooks->children;

	while (*at) {
		struct hook_child *child = *at;
		autofree char *why = NULL;

		if (!hook_has_ended(hooks, child)) {
			at = &child->next;
			continue;
		}
		*at = child->next;
		hook_settle(hooks, child, &why);
		if (why)
			say_failed(hooks, child->moment, child->step, why);
		free(child);
	}
}

void hooks_poll(struct hooks *hooks)
{
	if (hooks)
		settle_ended(hooks);
}

/* The step does not hold yet, or its undo is under way: after-step comes when it has ended. */
static bool *is_open(struct hooks *hooks, const struct step *step)
{
	const struct run_state *st = &hooks->place.stack->state;

	return &hooks->open[state_history(st, step->id) - st->history];
}

/* ---- the moments --------------------------------------------------------- */

static struct hook_event event_of(const struct hooks *hooks, enum hook_moment moment)
{
	return (struct hook_event){ .moment = moment,
				    .command = hooks->place.command,
				    .state = &hooks->place.stack->state };
}

static struct rb_error *veto(const struct hooks *hooks, const struct step *step, const char *why)
{
	struct rb_error *err = rb_error_new(RB_FAILED,
					    "the hook before-step stopped before step "
					    "%s",
					    step->id);

	err = rb_error_why(err, "%s", why);
	return rb_error_hint(err, "see %s; when it agrees:", hooks->paths[HOOK_BEFORE_STEP]);
}

static struct rb_error *before_step(void *arg, const struct step *step, bool undoing)
{
	struct hooks *hooks = arg;
	struct hook_event event = event_of(hooks, HOOK_BEFORE_STEP);
	struct hook_child child = { 0 };
	autofree char *why = NULL;
	struct rb_error *err;

	event.step = step;
	event.undoing = undoing;
	err = hook_start(hooks, &child, &event);
	if (err) {
		why = xstrdup(err->what);
		(void)rb_error_free(err);
		return veto(hooks, step, why);
	}
	while (!hook_has_ended(hooks, &child)) {
		err = loop_sleep(hooks->place.loop, POLL_MS);
		if (err) {
			proc_clear(&child.proc);
			return err;
		}
	}
	hook_settle(hooks, &child, &why);
	return why ? veto(hooks, step, why) : NULL;
}

static void on_event(void *arg, const struct event *e)
{
	struct hooks *hooks = arg;
	struct hook_event event = event_of(hooks, HOOK_AFTER_STEP);

	if (hooks->place.next)
		hooks->place.next->on_event(hooks->place.next->arg, e);
	if (e->type != EVENT_STATE || !e->step)
		return;
	if (e->state == STEP_DOING || e->state == STEP_UNDOING)
		*is_open(hooks, e->step) = true;
	if ((e->state != STEP_HELD && e->state != STEP_UNDONE) || !*is_open(hooks, e->step))
		return;
	*is_open(hooks, e->step) = false;
	event.step = e->step;
	event.undoing = e->state == STEP_UNDONE;
	run_beside(hooks, &event);
}

/* False when it was interrupted: those that still run are ended with the hooks. */
static bool wait_for_all(struct hooks *hooks)
{
	for (settle_ended(hooks); hooks->children; settle_ended(hooks)) {
		struct rb_error *interrupted = loop_sleep(hooks->place.loop, POLL_MS);

		if (!interrupted)
			continue;
		(void)rb_error_free(interrupted);
		return false;
	}
	return true;
}

void hooks_end(struct hooks *hooks, const struct rb_error *err, const struct strv *next,
	       const char *text)
{
	struct hook_event event;

	if (!hooks->place.stack || rb_error_is(err, RB_INTERRUPTED))
		return;
	event = event_of(hooks, err ? HOOK_FAILED : HOOK_DONE);
	event.error = err;
	event.next = next;
	event.text = text;
	if (!wait_for_all(hooks))
		return;
	run_beside(hooks, &event);
	(void)wait_for_all(hooks);
}

/* ---- life ---------------------------------------------------------------- */

struct rb_error *hooks_open(const char *dir, const char *home, struct hooks **ret)
{
	const char *seconds = getenv("RUNBOOK_HOOK_SECONDS");
	autofree char *usual = file_join(home, "hooks");
	struct hooks *hooks = xcalloc(1, sizeof(*hooks));
	struct rb_error *err;
	bool any;

	*ret = NULL;
	hooks->time_s = HOOK_SECONDS;
	if (seconds && *seconds && !text_parse_i64(seconds, 1, HOOK_SECONDS_MAX, &hooks->time_s)) {
		hooks_close(hooks);
		return rb_error_hint(rb_error_new(RB_USAGE, "RUNBOOK_HOOK_SECONDS is not a time"),
				     "a whole number of seconds from 1 to %d", HOOK_SECONDS_MAX);
	}
	err = hooks_find(hooks, dir ? dir : usual, /* may_lack= */ !dir, &any);
	if (err || !any) {
		hooks_close(hooks);
		return err;
	}
	*ret = hooks;
	return NULL;
}

void hooks_begin(struct hooks *hooks, const struct hooks_place *place)
{
	const struct run_state *st = &place->stack->state;

	hooks->place = *place;
	hooks->open = xcalloc(st->n + 1, sizeof(*hooks->open));
	for (size_t i = 0; i < st->n; i++)
		hooks->open[i] = st->history[i].state != STEP_HELD;
	hooks->gate = (struct engine_gate){ hooks, before_step };
	hooks->sink = (struct event_sink){ hooks, on_event };
}

void hooks_close(struct hooks *hooks)
{
	if (!hooks)
		return;
	while (hooks->children) {
		struct hook_child *child = hooks->children;

		hooks->children = child->next;
		proc_clear(&child->proc);
		free(child);
	}
	for (int i = 0; i < HOOK_MOMENTS_N; i++)
		free(hooks->paths[i]);
	free(hooks->open);
	free(hooks);
}

const struct engine_gate *hooks_gate(struct hooks *hooks)
{
	return hooks && hooks->paths[HOOK_BEFORE_STEP] ? &hooks->gate : NULL;
}

const struct event_sink *hooks_sink(struct hooks *hooks)
{
	return &hooks->sink;
}
