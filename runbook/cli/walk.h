/* SPDX-License-Identifier: Apache-2.0 */
/* What run, resume, undo and verify have in common: a stack, AWS, a display, signals. */
#ifndef RUNBOOK_WALK_H
#define RUNBOOK_WALK_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/aws_access.h"
#include "runbook/engine/engine.h"
#include "base/signals.h"
#include "runbook/record/stack.h"
#include "runbook/ui/ui.h"

struct walk {
	struct cli *cli;
	struct stack stack;
	struct aws_access aws;
	struct signals signals;
	struct ui *ui;
	struct run run;
	struct engine_host host;
	struct engine_options options;
	struct ui_options ui_options;
	bool told_interrupt;
};

/*
 * In steps, so that what needs no AWS is refused before AWS is asked.  walk_close
 * it, also after a failure.  `refusal` (taken): the command needs a run, as
 * cli_open_run does; NULL: it may begin one.
 */
NODISCARD struct rb_error *walk_open(struct walk *w, struct cli *cli, enum stack_mode mode,
				     struct rb_error *refusal);
/*
 * The steps of --from and --to in the stack's procedure: looked up before the stack is opened for
 * writing, so that a step that does not exist leaves no folder behind.
 */
NODISCARD struct rb_error *walk_find_range(struct cli *cli, struct engine_options *ret);
/* Session, display, signals; the account checked against the run's. */
NODISCARD struct rb_error *walk_connect(struct walk *w);
void walk_close(struct walk *w);
#define auto_walk CLEANUP(walk_close) struct walk

/* The journal's word that a command began; the display's too. */
NODISCARD struct rb_error *walk_begin(struct walk *w, const char *verb);
/* `text`, and that it is a rehearsal when it is one.  Caller frees. */
NODISCARD char *walk_mark(const struct walk *w, const char *text);
/* The display's last word; `err` may be NULL. */
void walk_end(struct walk *w, const struct rb_error *err, const char *text);
/* Add to an error the command that carries on, when nobody said what to do next. */
NODISCARD struct rb_error *walk_advise(struct rb_error *err, enum rb_next_verb verb,
				       const char *args);

/* run and resume. */
NODISCARD struct rb_error *walk_forward(struct cli *cli, bool needs_run);

#endif
