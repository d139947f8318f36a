/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands run, resume, undo and verify share: a stack, AWS, a display, signals. */
#ifndef RUNBOOK_COMMAND_H
#define RUNBOOK_COMMAND_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/aws_access.h"
#include "runbook/cli/denial.h"
#include "runbook/cli/step_trial.h"
#include "runbook/engine/engine.h"
#include "base/signals.h"
#include "runbook/record/stack.h"
#include "runbook/operator/hooks.h"
#include "runbook/ui/ui.h"

struct command_ctx {
	struct cli *cli;
	struct stack stack;
	struct aws_access aws;
	struct signals signals;
	struct ui *ui;
	struct run run;
	struct engine_host host;
	struct engine_options options;
	struct ui_options ui_options;
	struct aws_reach reach; /* of the AWS CLI, while the command goes on */
	struct denial_teller teller;
	bool tries;		       /* each step is tried before it begins */
	struct step_trial *trial;      /* NULL: none is tried */
	bool by_step;		       /* the operator is asked before each step */
	struct step_by_step *dialogue; /* NULL: nobody is */
	const char *confirmed; /* what was asked before it began, and answered by yes: "begin" */
	bool prefetches; /* an undo follows at once: what it reads first is read beside the account
			  * check */
	bool interrupt_reported;
	bool asks;	     /* a step waits for an answer on the terminal */
	struct hooks *hooks; /* NULL: none */
};

/*
 * Opens the stack.  command_connect follows as a step of its own, so that what needs no AWS is
 * refused before AWS is asked.  The caller calls command_close, also after a failure.  With a
 * `refusal` (taken) the command needs a run, as in cli_open_run; NULL: it may begin one.
 */
NODISCARD struct rb_error *command_open(struct command_ctx *ctx, struct cli *cli,
					enum stack_mode mode, struct rb_error *refusal);
/*
 * Finds the steps of --from and --to in the stack's procedure.  This comes before the stack is
 * opened for writing, so that a step that does not exist leaves no folder behind.
 */
NODISCARD struct rb_error *command_find_range(struct cli *cli, struct engine_options *ret);
/* Opens session, display and signals, and checks that the account is the run's. */
NODISCARD struct rb_error *command_connect(struct command_ctx *ctx);
void command_close(struct command_ctx *ctx);
#define auto_command_ctx CLEANUP(command_close) struct command_ctx

/* Is it to ask before each step: by --step-by-step, or as the command that it carries on
 * (`carries_on`) did?  Refuses that without a terminal.  Before command_connect. */
NODISCARD struct rb_error *command_choose_dialogue(struct command_ctx *ctx, bool carries_on);
/* The hooks that the command runs; before AWS is asked, so that what is wrong with them is reported
 * first. */
NODISCARD struct rb_error *command_find_hooks(struct command_ctx *ctx);
/* The gates that a step passes, in their order: the operator, trial, hooks.  After command_begin.
 */
void command_set_gates(struct command_ctx *ctx);
/* Records in the journal that a command began, and says so on the display. */
NODISCARD struct rb_error *command_begin(struct command_ctx *ctx, const char *verb);
/* Returns `text`; of a rehearsal, it says so at the end.  Caller frees. */
NODISCARD char *command_mark(const struct command_ctx *ctx, const char *text);
/* Shows the display's last line; `err` may be NULL. */
void command_end(struct command_ctx *ctx, const struct rb_error *err, const char *text);
/* The same; after a success, with what it costs while it stands and which command ends that. */
void command_end_standing(struct command_ctx *ctx, const struct rb_error *err, const char *text);
/* Adds the command that carries on to an error which does not say yet what to do next. */
NODISCARD struct rb_error *command_advise(struct rb_error *err, enum rb_next_verb verb,
					  const char *args);

/* The commands run and, with `needs_run`, resume. */
NODISCARD struct rb_error *command_forward(struct cli *cli, bool needs_run);

#endif
