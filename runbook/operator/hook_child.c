/* SPDX-License-Identifier: Apache-2.0 */
/* One hook that runs: begun, waited for, and what it came to. */
#include "runbook/operator/hooks_int.h"

#include <string.h>
#include <jansson.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/proc.h"
#include "runbook/engine/step_ctx.h"
#include "runbook/operator/hook_event.h"
#include "runbook/operator/hooks.h"
#include "runbook/ui/lang.h"

enum { GRACE_MS = 500 };

struct rb_error *hook_start(struct hooks *hooks, struct hook_child *child,
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
bool hook_has_ended(const struct hooks *hooks, struct hook_child *child)
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

void hooks_note(struct hooks *hooks, const struct step *step, const char *text)
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
void hook_settle(struct hooks *hooks, struct hook_child *child, char **ret_why)
{
	autofree char *output = output_of(child);

	record(hooks, child, output);
	*ret_why = succeeded(child) ? NULL : failure_of(hooks, child, output);
	proc_clear(&child->proc);
}
