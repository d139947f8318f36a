/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks whether what was found is what a person made by hand.
 *
 * Steps ask while others are at work, so the answer is waited for in the loop; of two questions
 * one waits for the other's answer.
 */
#include "runbook/cli/adoption.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/loop.h"
#include "runbook/cli/command.h"
#include "runbook/cli/question.h"
#include "runbook/ui/lang.h"

enum { LOOK_MS = 50 };

static struct rb_error *no_answer(void)
{
	return rb_error_hint(rb_error_why(rb_error_new(RB_USAGE, "the question got no answer"),
					  "the input ended"),
			     "answer it on the terminal, or add --yes");
}

/* Byte by byte: what comes after the line is for whoever reads next. */
static struct rb_error *read_answer(struct loop *loop, bool *ret_yes)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char first = '\0', c = '\0';

	while (c != '\n') {
		ssize_t n;

		if (poll(&in, 1, 0) <= 0) {
			TRY(loop_sleep(loop, LOOK_MS));
			continue;
		}
		n = read(STDIN_FILENO, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return no_answer();
		first = first ? first : c;
	}
	*ret_yes = first == 'y' || first == 'Y';
	return NULL;
}

static struct rb_error *ask(struct command_ctx *ctx, const struct step_found *found, bool *ret_yes)
{
	struct rb_error *err;

	ui_hold(ctx->ui, true);
	fprintf(stderr, tr("%s  Is %s %s (found by %s) what you made? Undo will delete it. [y/N] "),
		found->step->id, tr(found->kind), found->id, tr(found->found_by));
	(void)fflush(stderr);
	err = read_answer(ctx->run.loop, ret_yes);
	if (err)
		fputc('\n', stderr);
	ui_hold(ctx->ui, false);
	return err;
}

struct rb_error *adoption_ask(void *arg, const struct step_found *found, bool *ret_yes)
{
	struct command_ctx *ctx = arg;
	struct rb_error *err;

	*ret_yes = ctx->cli->yes;
	if (ctx->cli->yes || !question_can_be_asked())
		return NULL;
	while (ctx->asks)
		TRY(loop_sleep(ctx->run.loop, LOOK_MS));
	ctx->asks = true;
	err = ask(ctx, found, ret_yes);
	ctx->asks = false;
	return err;
}
