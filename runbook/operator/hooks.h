/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks: the user's own programs, run at four moments of run, resume and undo, each with an event
 * as JSON on its standard input (docs/hooks.md).
 *
 *   before-step   before a step's do or undo; another status than 0 stops the command there
 *   after-step    when a step comes to hold that did not, or is undone
 *   failed        at the end of a command that failed
 *   done          at the end of one that did not
 *
 * Whatever a hook does, the command's own work goes on: it has 30 s (RUNBOOK_HOOK_SECONDS), what it
 * prints is read to its end and kept in part, and only before-step's status has a say.
 */
#ifndef RUNBOOK_HOOKS_H
#define RUNBOOK_HOOKS_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"
#include "net/loop.h"
#include "runbook/contract/event.h"
#include "runbook/engine/engine.h"
#include "runbook/record/stack.h"

enum { HOOK_OUTPUT_MAX = 4000 };

struct hooks;

/* The command that they are of.  Borrowed as long as the hooks live. */
struct hooks_place {
	const char *command;
	struct stack *stack; /* its run has begun */
	struct loop *loop;
	const char *const *environment; /* "NAME=value" laid over that of hooks; NULL: nothing */
	const struct event_sink *next;	/* gets every event as well; NULL: nobody */
};

/*
 * Those in `dir`, which has to be there; NULL: in HOME/hooks.  *ret NULL: there are none.
 *   fails  USAGE  `dir` is not there, or others than its user or root may write to it or to a
 *                 hook in it, or one cannot be executed
 */
NODISCARD struct rb_error *hooks_open(const char *dir, const char *home, struct hooks **ret);
void hooks_begin(struct hooks *hooks, const struct hooks_place *place);
/* Ends those that still run. */
void hooks_close(struct hooks *hooks);

/* For the engine; NULL: there is no before-step.  Its error is kind FAILED, with the hook's last
 * line as why. */
const struct engine_gate *hooks_gate(struct hooks *hooks);
/* To be given the command's events. */
const struct event_sink *hooks_sink(struct hooks *hooks);
/* Takes what ended and ends what takes too long; call it now and then.  NULL: there are none. */
void hooks_poll(struct hooks *hooks);
/*
 * The command is over: `failed` or `done` is run, and all are waited for, in a task or outside.
 * `text` sums it up, `next` are the commands that a failure's hint names.  Without hooks_begin
 * nothing happens.  An interrupted command runs neither, and waits for none.
 */
void hooks_end(struct hooks *hooks, const struct rb_error *err, const struct strv *next,
	       const char *text);

#endif
