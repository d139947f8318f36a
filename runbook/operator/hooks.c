/* SPDX-License-Identifier: Apache-2.0 */
/* The user's own programs at the moments of a command; see hooks.h. */
#include "runbook/operator/hooks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/text.h"
#include "runbook/engine/step_ctx.h"
#include "runbook/operator/hook_event.h"
#include "runbook/ui/lang.h"

enum { GRACE_MS = 500, LOOK_MS = 20, HOOK_SECONDS = 30, HOOK_SECONDS_MAX = 3600 };

/* One that runs. */
struct hook_child {
	struct hook_child *next;
	struct proc proc;
	enum hook_moment moment;
	const struct step *step; /* NULL: of the whole command */
	int64_t begun_ms;
	bool timed_out;
};

struct hooks {
	struct hooks_place place;    /* its stack NULL: not begun */
	char *paths[HOOK_MOMENTS_N]; /* NULL: there is none */
	int64_t time_s;		     /* that each may take */
	struct engine_gate gate;
	struct event_sink sink;
	struct hook_child *children; /* that nobody waits for */
	bool *open;		     /* by step; see is_open */
};

/* ---- finding them -------------------------------------------------------- */

/* Whoever may write to it runs what he likes with the user's credentials. */
static struct rb_error *check_owner(const char *path, const struct stat *st)
{
	struct rb_error *err = rb_error_new(RB_USAGE, "cannot use the hooks of '%s'", path);

	if (st->st_uid != geteuid() && st->st_uid != 0)
		return rb_error_why(err, "it belongs to another user (uid %u)",
				    (unsigned)st->st_uid);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return rb_error_hint(rb_error_why(err, "others may write to it (mode %04o)",
						  (unsigned)st->st_mode & 07777),
				     "chmod go-w '%s'", path);
	return rb_error_free(err);
}

static struct rb_error *find_one(struct hooks *hooks, const char *dir, enum hook_moment moment)
{
	autofree char *path = file_join(dir, hook_moment_name(moment));
	struct stat st;

	if (stat(path, &st))
		return errno == ENOENT ? NULL : rb_error_sys(errno, "cannot look at '%s'", path);
	TRY(check_owner(path, &st));
	if (!S_ISREG(st.st_mode) || access(path, X_OK))
		return rb_error_hint(
			rb_error_new(RB_USAGE, "the hook '%s' cannot be executed", path),
			"chmod +x '%s', or take it away", path);
	hooks->paths[moment] = steal_str(&path);
	return NULL;
}

static struct rb_error *find_all(struct hooks *hooks, const char *dir, bool may_lack, bool *ret_any)
{
	struct stat st;

	*ret_any = false;
	if (stat(dir, &st)) {
		if (errno == ENOENT && may_lack)
			return NULL;
		return rb_error_why(rb_error_new(RB_USAGE, "cannot look for hooks in '%s'", dir),
				    "%s", strerror(errno));
	}
	if (!S_ISDIR(st.st_mode))
		return rb_error_new(RB_USAGE, "'%s' is no folder with hooks", dir);
	TRY(check_owner(dir, &st));
	for (int i = 0; i < HOOK_MOMENTS_N; i++) {
		TRY(find_one(hooks, dir, (enum hook_moment)i));
		*ret_any |= hooks->paths[i] != NULL;
	}
	return NULL;
}

/* ---- running one --------------------------------------------------------- */

static struct rb_error *start(struct hooks *hooks, struct hook_child *child,
			      const struct hook_event *event)
{
	const char *const argv[] = { hooks->paths[event->moment], NULL };
	autofree char *text = hook_event_text(event);

	child->moment = event->moment;
	child->step = event->step;
	child->begun_ms = clock_mono_ms();
	return proc_start(&child->proc,
			  &(struct proc_options){ .argv = argv,
						  .env = hooks->place.environment,
						  .input = text,
						  .input_n = strlen(text),
						  .max_output_bytes = HOOK_OUTPUT_MAX });
}

/* True when it has ended, by itself or because its time is over. */
static bool has_ended(const struct hooks *hooks, struct hook_child *child)
{
	if (proc_poll(&child->proc))
		return true;
	if (clock_mono_ms() - child->begun_ms < hooks->time_s * 1000)
		return false;
	child->timed_out = true;
	proc_stop(&child->proc, GRACE_MS);
	return true;
}

/* What it printed, standard error after standard output, as it came.  Caller frees. */
static char *output_of(const struct hook_child *child)
{
	struct buf all = BUF_INIT;

	(void)buf_add(&all, child->proc.out.p, child->proc.out.n);
	(void)buf_add(&all, child->proc.err.p, child->proc.err.n);
	while (all.n && strchr(" \t\r\n", all.p[all.n - 1]))
		buf_truncate(&all, all.n - 1);
	if (all.n > HOOK_OUTPUT_MAX)
		buf_truncate(&all, HOOK_OUTPUT_MAX);
	return buf_steal(&all);
}

static void note(struct hooks *hooks, const struct step *step, const char *text)
{
	const struct event e = { .type = EVENT_NOTE, .step = step, .text = text };

	if (hooks->place.next)
		hooks->place.next->on_event(hooks->place.next->arg, &e);
}

/* A journal that cannot be written ends the command by itself, before its next change. */
static void record(struct hooks *hooks, const struct hook_child *child, const char *output)
{
	autofree char *safe = redact(output);
	json_t *rec =
		json_pack("{s:s, s:s*, s:s, s:i, s:I, s:s}", "type", "hook", "step",
			  child->step ? child->step->id : NULL, "hook",
			  hook_moment_name(child->moment), "status", child->proc.exit_status, "ms",
			  (json_int_t)(clock_mono_ms() - child->begun_ms), "output", safe);

	if (child->timed_out)
		json_object_set_new(rec, "timed_out", json_true());
	(void)rb_error_free(stack_record(hooks->place.stack, rec, /* sync= */ false));
}

static const char *last_line(const char *text)
{
	const char *line = strrchr(text, '\n');

	return line ? line + 1 : text;
}

/* "it ended with status 3: quota".  Caller frees. */
static char *failure_of(const struct hooks *hooks, const struct hook_child *child,
			const char *output)
{
	autofree char *said = redact(last_line(output));

	if (child->timed_out)
		return xasprintf(tr("it took more than %d s"), (int)hooks->time_s);
	return xasprintf(tr("it ended with status %d%s%s"), child->proc.exit_status,
			 *said ? ": " : "", said);
}

static bool succeeded(const struct hook_child *child)
{
	return !child->timed_out && child->proc.exit_status == 0;
}

/* Recorded; *ret_why says why it failed, NULL: it did not.  Caller frees. */
static void settle(struct hooks *hooks, struct hook_child *child, char **ret_why)
{
	autofree char *output = output_of(child);

	record(hooks, child, output);
	*ret_why = succeeded(child) ? NULL : failure_of(hooks, child, output);
	proc_clear(&child->proc);
}

/* ---- those that nobody waits for ----------------------------------------- */

static void say_failed(struct hooks *hooks, enum hook_moment moment, const struct step *step,
		       const char *why)
{
	autofree char *text = xasprintf(tr("hook %s: %s"), hook_moment_name(moment), why);

	note(hooks, step, text);
}

static void run_beside(struct hooks *hooks, const struct hook_event *event)
{
	struct hook_child *child;
	struct rb_error *err;

	if (!hooks->paths[event->moment])
		return;
	child = xcalloc(1, sizeof(*child));
	err = start(hooks, child, event);
	if (err) {
		say_failed(hooks, event->moment, event->step, err->what);
		(void)rb_error_free(err);
		free(child);
		return;
	}
	child->next = hooks->children;
	hooks->children = child;
}

void hooks_poll(struct hooks *hooks)
{
	struct hook_child **at = hooks ? &hooks->children : NULL;

	while (at && *at) {
		struct hook_child *child = *at;
		autofree char *why = NULL;

		if (!has_ended(hooks, child)) {
			at = &child->next;
			continue;
		}
		*at = child->next;
		settle(hooks, child, &why);
		if (why)
			say_failed(hooks, child->moment, child->step, why);
		free(child);
	}
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
	err = start(hooks, &child, &event);
	if (err) {
		why = xstrdup(err->what);
		(void)rb_error_free(err);
		return veto(hooks, step, why);
	}
	while (!has_ended(hooks, &child)) {
		err = loop_sleep(hooks->place.loop, LOOK_MS);
		if (err) {
			proc_clear(&child.proc);
			return err;
		}
	}
	settle(hooks, &child, &why);
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
	for (hooks_poll(hooks); hooks->children; hooks_poll(hooks)) {
		struct rb_error *interrupted = loop_sleep(hooks->place.loop, LOOK_MS);

		if (!interrupted)
			continue;
		(void)rb_error_free(interrupted);
		return false;
	}
	return true;
}

void hooks_end(struct hooks *hooks, const struct rb_error *err, const char *text)
{
	struct hook_event event;

	if (!hooks->place.stack || rb_error_is(err, RB_INTERRUPTED))
		return;
	event = event_of(hooks, err ? HOOK_FAILED : HOOK_DONE);
	event.error = err;
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
	err = find_all(hooks, dir ? dir : usual, /* may_lack= */ !dir, &any);
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
