/* SPDX-License-Identifier: Apache-2.0 */
/* What a hook gets on stdin: the JSON of docs/hooks.md.  Nothing secret is in it. */
#ifndef RUNBOOK_HOOK_EVENT_H
#define RUNBOOK_HOOK_EVENT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/contract/step.h"
#include "runbook/record/state.h"

enum hook_moment {
	HOOK_BEFORE_STEP,
	HOOK_AFTER_STEP,
	HOOK_FAILED,
	HOOK_DONE,
	HOOK_MOMENTS_N,
};

/* "before-step": the hook's file, and `event` in the JSON. */
const char *hook_moment_name(enum hook_moment moment);

/* Borrowed, all of it. */
struct hook_event {
	enum hook_moment moment;
	const char *command; /* "run" */
	const struct run_state *state;
	const struct step *step; /* NULL: of the whole command */
	bool undoing;
	const struct rb_error *error; /* NULL: none */
	const struct strv *next;      /* the commands that come next; NULL: none */
	const char *text;	      /* NULL: nothing */
};

/* One JSON object and a newline.  Caller frees. */
NODISCARD char *hook_event_text(const struct hook_event *event);

#endif
