/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One live line a step: number, title, state, what AWS says, how long, how long
 * usually.
 *
 *   (1) A frame is one write: drawn over the last one line by line, never cleared
 *       first, so nothing flickers.  A frame that says the same is not written.
 *   (2) Lines never wrap: each is cut to the terminal's columns, wide characters
 *       counted as two.
 *   (3) What must stay (notes, drift, errors) is written above the frame.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/tty.h"
#include "runbook/ui/ui.h"
#include "runbook/ui/width.h"

enum { TICK_MS = 200, TITLE_MAX = 60 };

static void put(const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(STDERR_FILENO, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		p += done;
		n -= (size_t)done;
	}
}

static void measure(struct ui_tty *t)
{
	struct winsize ws;

	t->columns = 80;
	t->rows = 24;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col >= 20 && ws.ws_row >= 3) {
		t->columns = ws.ws_col;
		t->rows = ws.ws_row;
	}
}

/* To the first line of the frame, whatever the terminal's width made of it since. */
static void to_top(struct ui_tty *t, struct buf *out)
{
	int up = 0;

	for (int i = 0; i < t->drawn; i++)
		up += t->widths[i] > t->columns ? (t->widths[i] + t->columns - 1) / t->columns : 1;
	if (up > t->rows - 1)
		up = t->rows - 1;
	if (up > 0)
		(void)buf_addf(out, "\033[%dA", up);
	(void)buf_adds(out, "\r");
}

static void draw(struct ui_tty *t)
{
	auto_buf out = BUF_INIT;
	auto_buf frame = BUF_INIT;
	auto_buf top = BUF_INIT;
	int lines;

	if (t->held)
		return;
	to_top(t, &top);
	tty_frame_build(t, &frame, &lines);
	t->drawn_ms = clock_mono_ms();
	t->dirty = false;
	if (lines == t->drawn && text_eq(frame.p, t->frame.p))
		return;
	if (!t->entered)
		(void)buf_adds(&out, "\033[?25l");
	t->entered = true;
	(void)buf_adds(&out, top.p);
	(void)buf_adds(&out, frame.p);
	(void)buf_adds(&out, "\033[J"); /* a longer frame before */
	put(out.p, out.n);
	buf_reset(&t->frame);
	(void)buf_adds(&t->frame, frame.p);
	t->drawn = lines;
}

/* Take the frame away; what is written next stands in its place. */
static void take_frame(struct ui_tty *t, struct buf *out)
{
	to_top(t, out);
	(void)buf_adds(out, "\033[J");
	buf_reset(&t->frame);
	t->drawn = 0;
}

/* Write lines where the frame was, and the frame below them. */
static void put_above(struct ui_tty *t, const struct buf *lines)
{
	auto_buf out = BUF_INIT;

	if (t->held) {
		(void)buf_add(&t->kept, lines->p, lines->n);
		return;
	}
	take_frame(t, &out);
	(void)buf_add(&out, lines->p, lines->n);
	put(out.p, out.n);
	draw(t);
}

static void hold(struct ui *ui, bool on)
{
	struct ui_tty *t = (struct ui_tty *)ui;
	auto_buf out = BUF_INIT;

	if (on) {
		take_frame(t, &out);
		(void)buf_adds(&out, t->entered ? "\033[?25h" : "");
		put(out.p, out.n);
		t->entered = false;
		t->held = true;
		return;
	}
	t->held = false;
	put_above(t, &t->kept);
	buf_reset(&t->kept);
}

/* Write `text` where the frame was, and the frame below it at the next turn. */
static void say_above(struct ui_tty *t, const char *prefix, const char *text)
{
	autofree char *safe = text_printable(text, strlen(text), 2000);
	autofree char *line = xasprintf("%s%s%s", prefix, *prefix ? "  " : "", safe);
	auto_buf out = BUF_INIT;

	text_wrap(&out, line, t->columns, 0, /* hanging= */ 5);
	put_above(t, &out);
}

/* Above the frame as well, line by line as they are: commands are there to be copied. */
static void say_by_hand(struct ui_tty *t, const struct event *e, const char *text)
{
	autofree char *how = ui_by_hand(&t->ui, e, t->columns);
	auto_buf out = BUF_INIT;

	(void)buf_addf(&out, "%s  %s\n%s", e->step->id, text, how);
	put_above(t, &out);
}

static void on_state(struct tty_line *l, const struct event *e)
{
	bool ended = e->state == STEP_HELD || e->state == STEP_UNDONE || e->text;

	l->seen = true;
	l->state = e->state;
	l->checking = false;
	l->verdict = e->text;
	free(l->note);
	l->note = e->ok && e->reason ? tr_text(e->reason) : NULL;
	if (e->text && !e->ok)
		l->state = STEP_FAILED;
	if (!l->begun_ms)
		l->begun_ms = clock_mono_ms();
	l->took_ms = ended ? clock_mono_ms() - l->begun_ms : -1;
	if (ended)
		set_str(&l->aws, NULL);
}

static struct tty_line *line_of(struct ui_tty *t, const struct step *step)
{
	size_t i = ui_step_index(&t->ui, step);

	return i < t->n ? &t->lines[i] : NULL;
}

static void on_event(struct ui *ui, const struct event *e)
{
	struct ui_tty *t = (struct ui_tty *)ui;
	struct tty_line *l = line_of(t, e->step);
	autofree char *text = ui_text(ui, e);

	t->dirty = true;
	switch (e->type) {
	case EVENT_STATE:
		if (l)
			on_state(l, e);
		break;
	case EVENT_VERIFY:
		if (l) {
			l->state = e->state;
			l->checking = true;
			l->begun_ms = clock_mono_ms();
			l->took_ms = -1;
			l->usual_s = 0;
		}
		break;
	case EVENT_WAIT:
		if (l) {
			l->checking = false;
			l->usual_s = e->usual_s;
			free(l->aws);
			l->aws = xasprintf("%s %s%s%s", e->what, e->aws_state,
					   e->reason ? ": " : "", e->reason ? e->reason : "");
		}
		break;
	case EVENT_CALL:
		if (l)
			set_str(&l->aws, e->text);
		break;
	case EVENT_BEGIN:
		for (size_t i = 0; ui->state && i < t->n && i < ui->state->n; i++)
			t->lines[i].state = ui->state->history[i].state;
		say_above(t, "", text);
		break;
	case EVENT_OUTPUT:
		break;
	case EVENT_ERROR:
		if (l) {
			l->state = STEP_FAILED;
			l->took_ms = l->begun_ms ? clock_mono_ms() - l->begun_ms : 0;
		}
		break; /* printed in full at the end */
	case EVENT_BY_HAND:
		say_by_hand(t, e, text);
		break;
	case EVENT_NOTE:
	case EVENT_DRIFT:
	case EVENT_REPAIR:
	case EVENT_LEFT:
		say_above(t, e->step ? e->step->id : "", text);
		break;
	case EVENT_END:
		if (t->entered)
			draw(t);
		ui->ops->leave(ui);
		if (*text) {
			auto_buf last = BUF_INIT;
			auto_strv commands = { 0 };

			if (e->what)
				strv_add(&commands, e->what);
			text_wrap_whole(&last, text, &commands, t->columns, 0, /* hanging= */ 5);
			put(last.p, last.n);
		}
		break;
	}
}

static int64_t tick(struct ui *ui)
{
	struct ui_tty *t = (struct ui_tty *)ui;
	int64_t since = clock_mono_ms() - t->drawn_ms;

	/* At most ten frames a second: AWS is not faster, and the CPU is not ours alone. */
	if (t->left)
		return -1;
	if (since >= TICK_MS || (t->dirty && since >= TICK_MS / 2))
		draw(t);
	return t->dirty ? TICK_MS / 2 : TICK_MS;
}

static void resized(struct ui *ui)
{
	struct ui_tty *t = (struct ui_tty *)ui;

	measure(t);
	buf_reset(&t->frame);
	t->dirty = true;
}

static void leave(struct ui *ui)
{
	struct ui_tty *t = (struct ui_tty *)ui;

	if (t->entered && !t->left)
		put("\033[?25h", 6);
	t->left = true;
}

static void free_tty(struct ui *ui)
{
	struct ui_tty *t = (struct ui_tty *)ui;

	for (size_t i = 0; i < t->n; i++) {
		free(t->lines[i].aws);
		free(t->lines[i].note);
	}
	free(t->lines);
	free(t->widths);
	buf_clear(&t->frame);
	buf_clear(&t->kept);
	free(t);
}

static const struct ui_ops tty_ops = {
	.on_event = on_event,
	.tick = tick,
	.resized = resized,
	.hold = hold,
	.leave = leave,
	.free = free_tty,
};

struct ui *ui_tty_new(const struct run_state *state)
{
	struct ui_tty *t = xcalloc(1, sizeof(*t));

	t->ui.ops = &tty_ops;
	buf_init(&t->frame);
	buf_init(&t->kept);
	measure(t);
	t->ui.state = state;
	t->lines = xcalloc(state->n + 1, sizeof(*t->lines));
	t->widths = xcalloc(2 * state->n + 1, sizeof(*t->widths));
	for (; t->n < state->n; t->n++) {
		int w = text_width(step_title(state->procedure->steps[t->n]));

		t->lines[t->n].took_ms = -1;
		if (w > t->title_columns && w <= TITLE_MAX)
			t->title_columns = w;
	}
	return &t->ui;
}
