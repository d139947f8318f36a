/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Displays: each listens to the engine's events and shows them its way.
 *
 *   ui_plain  a line with its time for each thing that happens, on stderr
 *   ui_tty    one live line a step on the terminal, redrawn in place
 *   ui_json   one JSON object a line on stdout
 */
#ifndef RUNBOOK_UI_H
#define RUNBOOK_UI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "runbook/contract/event.h"
#include "runbook/record/state.h"
#include "runbook/ui/hint.h"

/* What the command line says of a display; borrowed as long as the display lives. */
struct ui_options {
	bool json, debug;
	bool colorless; /* --color never */
	bool dialogue;	/* there are questions between the lines: nothing is redrawn */
	double speed;
	struct hint_place place;
	/* How the AWS CLI reaches a rehearsal while the command goes on; NULL: as it reaches AWS */
	const struct aws_reach *reach;
};

struct ui;
struct ui_ops {
	void (*on_event)(struct ui *ui, const struct event *e);
	int64_t (*tick)(struct ui *ui); /* as engine_host's; may be NULL */
	void (*resized)(struct ui *ui); /* may be NULL */
	/* Show nothing until it is let go of: somebody is asked on the terminal; may be NULL */
	void (*hold)(struct ui *ui, bool on);
	void (*leave)(struct ui *ui); /* give the terminal back; safe to call twice; may be NULL */
	void (*free)(struct ui *ui);
};

struct ui {
	const struct ui_ops *ops;
	const struct ui_options *options; /* borrowed */
	double speed;
	const struct run_state *state; /* where the command begins; borrowed */
	struct event_sink sink;	       /* hands events to ops */
};

/* The one that fits --output and the terminal. */
NODISCARD struct ui *ui_new(const struct ui_options *options, const struct run_state *state);
void ui_free(struct ui *ui);
/* While a question stands on the terminal, nothing is written over it. */
void ui_hold(struct ui *ui, bool on);
/* It shows a row a step on a terminal, and redraws them. */
bool ui_is_live(const struct ui *ui);

NODISCARD struct ui *ui_plain_new(const struct run_state *state);
NODISCARD struct ui *ui_tty_new(const struct run_state *state);
NODISCARD struct ui *ui_json_new(void);

/* What a person reads of an event, without step and time; NULL: nothing worth a line.
 * Caller frees. */
NODISCARD char *ui_text(const struct ui *ui, const struct event *e);
/* The lines below that of an EVENT_BY_HAND, for `columns` (0: any).  Caller frees. */
NODISCARD char *ui_by_hand(const struct ui *ui, const struct event *e, int columns);
/* "held", or its Japanese name. */
/* The place of a step in its procedure; the number of steps when it is none of them. */
size_t ui_step_index(const struct ui *ui, const struct step *step);
const char *ui_state_name(enum step_state s);
/* "rehearsal in the sandbox, speed 60".  Caller frees. */
NODISCARD char *rehearsal_text(double speed);
/* "ap-northeast-1 to us-east-1": of the procedure's sides.  Caller frees. */
NODISCARD char *ui_regions(const struct params *params);
/* "1.2 s", "45 s", "2 min 05 s", in the reader's language.  Caller frees. */
NODISCARD char *ui_duration(int64_t ms);
/* The same as a value of a sentence that is kept, said_english of it.  said_free it. */
NODISCARD struct said *ui_duration_said(int64_t ms);

#endif
