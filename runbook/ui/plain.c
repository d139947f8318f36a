/* SPDX-License-Identifier: Apache-2.0 */
/* Steady lines with their times: for logs, pipes, and terminals that cannot move the cursor. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/ui.h"
#include "runbook/ui/width.h"

struct ui_plain {
	struct ui ui;
	size_t n;
	char **last_wait; /* printed last, by step: printed again only when it changes */
	int64_t *begun_ms;
};

/* Whoever is asked between the lines sits before them: they need no times, and fit. */
static void print_in_dialogue(const struct event *e, const char *text, const char *more)
{
	autofree char *line =
		xasprintf("%s%s%s%s", e->step ? e->step->id : "", e->step ? "  " : "", text, more);
	auto_buf out = BUF_INIT;

	text_wrap(&out, line, terminal_columns(STDERR_FILENO), 0, /* hanging= */ 5);
	(void)fputs(out.p, stderr);
}

static void print_line(const struct ui *ui, const struct event *e, const char *text,
		       const char *more)
{
	autofree char *safe = text_printable(text, strlen(text), 2000);
	char at[CLOCK_ISO_SIZE];

	if (ui->options && ui->options->dialogue) {
		print_in_dialogue(e, safe, more);
		return;
	}
	clock_iso8601(clock_utc_s(), at);
	if (e->step)
		fprintf(stderr, "%s %s  %s%s\n", at, e->step->id, safe, more);
	else
		fprintf(stderr, "%s %s%s\n", at, safe, more);
}

static void print_state(struct ui_plain *p, const struct event *e, const char *text)
{
	size_t i = ui_step_index(&p->ui, e->step);
	autofree char *more = NULL;
	bool begins = e->state == STEP_DOING || e->state == STEP_UNDOING;
	bool ends = e->state == STEP_HELD || e->state == STEP_UNDONE || e->text;
	int64_t now = clock_mono_ms();
	int w = text_width(text);

	if (e->state == STEP_MADE && !e->text)
		return;
	if (begins && !p->begun_ms[i])
		p->begun_ms[i] = now;
	more = xasprintf("%*s  %s", w < 8 ? 8 - w : 0, "", step_title(e->step));
	if (ends && p->begun_ms[i]) {
		autofree char *took = ui_duration(now - p->begun_ms[i]);
		char *longer = xasprintf("%s (%s)", more, took);

		free(more);
		more = longer;
		p->begun_ms[i] = 0;
	}
	print_line(&p->ui, e, text, more);
}

/* The line, and below it what is to be read and copied: without times. */
static void print_by_hand(const struct ui *ui, const struct event *e, const char *text)
{
	autofree char *how = ui_by_hand(ui, e, terminal_columns(STDERR_FILENO));

	print_line(ui, e, text, "");
	(void)fputs(how, stderr);
}

static void on_event(struct ui *ui, const struct event *e)
{
	struct ui_plain *p = (struct ui_plain *)ui;
	autofree char *text = ui_text(ui, e);

	if (!text || !*text)
		return;
	if (e->type == EVENT_STATE) {
		print_state(p, e, text);
		return;
	}
	if (e->type == EVENT_BY_HAND) {
		print_by_hand(ui, e, text);
		return;
	}
	if (e->type == EVENT_WAIT) {
		size_t i = ui_step_index(&p->ui, e->step);

		if (text_eq(p->last_wait[i], text))
			return;
		set_str(&p->last_wait[i], text);
	}
	print_line(ui, e, text, "");
}

static void free_plain(struct ui *ui)
{
	struct ui_plain *p = (struct ui_plain *)ui;

	for (size_t i = 0; i < p->n; i++)
		free(p->last_wait[i]);
	free(p->last_wait);
	free(p->begun_ms);
	free(p);
}

static const struct ui_ops plain_ops = {
	.on_event = on_event,
	.free = free_plain,
};

struct ui *ui_plain_new(const struct run_state *state)
{
	struct ui_plain *p = xcalloc(1, sizeof(*p));

	p->ui.state = state;
	p->n = state->n + 1; /* the last is for events of no step */
	p->last_wait = xcalloc(p->n, sizeof(*p->last_wait));
	p->begun_ms = xcalloc(p->n, sizeof(*p->begun_ms));
	p->ui.ops = &plain_ops;
	return &p->ui;
}
