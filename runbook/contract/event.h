/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine reports while it works; a display (ui.h) or a test listens. */
#ifndef RUNBOOK_EVENT_H
#define RUNBOOK_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "runbook/contract/step.h"
#include "runbook/contract/step_state.h"

enum event_type {
	EVENT_BEGIN,   /* the command: `text` is its verb */
	EVENT_STATE,   /* a step came to `state`; of a look: verdict `text`, what was not tried
			  `reason` */
	EVENT_WAIT,    /* AWS still works on it: `what`, `aws_state`, `reason`, `usual_s` */
	EVENT_VERIFY,  /* a step that was done earlier is verified */
	EVENT_CALL,    /* a changing call leaves: `text` is "ec2 CreateVpc" */
	EVENT_OUTPUT,  /* `what` is recorded as `text` */
	EVENT_NOTE,    /* `text` */
	EVENT_DRIFT,   /* a claim that does not hold: `what`, `expected`, `found`; its kind is
			  `reason` */
	EVENT_REPAIR,  /* do is called because it did not hold */
	EVENT_BY_HAND, /* a person does the step, or (undoing) undoes it: this is how */
	EVENT_ERROR,   /* `err` ends the step's work */
	EVENT_LEFT,    /* the sweep found `what` (`text`: where and in which state) */
	EVENT_END,     /* the command is over: `text` sums it up, `ok`; `what`, a command in it */
};

/* The kind of a claim as it is recorded and told; most have none. */
#define CLAIM_STATE "state" /* of step_expect_state */
#define CLAIM_TAG "tag"	    /* of step_expect_tag */

struct event {
	enum event_type type;
	const struct step *step; /* NULL: of the whole run */
	enum step_state state;
	const char *what;
	const char *aws_state;
	const char *reason;
	const char *expected;
	const char *found;
	const char *text;
	int usual_s;
	bool ok;
	bool undoing;
	const struct rb_error *err;
};

/* Borrowed for the call, all of it. */
struct event_sink {
	void *arg;
	void (*on_event)(void *arg, const struct event *e);
};

#endif
