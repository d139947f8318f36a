/* SPDX-License-Identifier: Apache-2.0 */
/* The live display: its state, as tty.c keeps it and tty_frame.c shows it. */
#ifndef RUNBOOK_TTY_H
#define RUNBOOK_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "runbook/ui/ui.h"

/* One step. */
struct tty_line {
	enum step_state state;
	bool seen;	     /* this command reported something of it */
	bool checking;	     /* verify checks what was done earlier */
	const char *verdict; /* what verify found, untranslated; NULL: the state is shown */
	int64_t begun_ms;
	int64_t took_ms; /* when it ended; -1: not yet */
	int usual_s;
	char *aws;  /* what AWS says */
	char *note; /* what the preflight did not try; under the line */
};

struct ui_tty {
	struct ui ui;
	size_t n;
	struct tty_line *lines; /* as the procedure's steps */
	struct buf frame;	/* as drawn last, empty: none */
	int *widths;
	int drawn; /* lines of it */
	int columns, rows;
	int title_columns;
	int64_t drawn_ms;
	bool dirty;
	bool entered; /* the cursor is hidden */
	bool left;
	bool held;	 /* a question stands on the terminal: nothing is drawn */
	struct buf kept; /* what was to be said above the frame meanwhile */
};

/* Adds the lines that the terminal has room for; their columns go into t->widths. */
void tty_frame_build(struct ui_tty *t, struct buf *out, int *ret_lines);

#endif
