/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the hooks share; nobody else includes it. */
#ifndef RUNBOOK_OPERATOR_HOOKS_INT_H
#define RUNBOOK_OPERATOR_HOOKS_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/proc.h"
#include "runbook/engine/step_ctx.h"
#include "runbook/operator/hook_event.h"
#include "runbook/operator/hooks.h"

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

/*
 * The hooks of a folder, into hooks->paths; *ret_any: there is one.
 *   may_lack  no such folder is no hooks
 *   fails     USAGE  others may write to it or to one, or one cannot be executed
 */
NODISCARD struct rb_error *hooks_find(struct hooks *hooks, const char *dir, bool may_lack,
				      bool *ret_any);
NODISCARD struct rb_error *hook_start(struct hooks *hooks, struct hook_child *child,
				      const struct hook_event *event);
/* True when it has ended, by itself or because its time is over. */
bool hook_has_ended(const struct hooks *hooks, struct hook_child *child);
/* Recorded; *ret_why says why it failed, NULL: it did not.  Caller frees. */
void hook_settle(struct hooks *hooks, struct hook_child *child, char **ret_why);
/* Tell the display. */
void hooks_note(struct hooks *hooks, const struct step *step, const char *text);

#endif
