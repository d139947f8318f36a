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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/ui.h"
#include "runbook/ui/width.h"

enum {
	NOTE_INDENT = 7, /* as rows.c's */
	TICK_MS = 200,
	TITLE_MIN = 12,
	TITLE_MAX = 60,
	STATE_COLUMNS = 8,
	TIME_COLUMNS = 10, /* "2 min 05 s" */
	WORDS_MIN = 12,
	USUAL_COLUMNS = 23, /* "2 min 05 s / 3 min 00 s" */
};

struct line {
	enum step_state state;
	bool seen;	     /* this command reported something of it */
	bool checking;	     /* verify checks what was done earlier */
	const char *verdict; /* what verify found, untranslated; NULL: the state is shown */
	int64_t begun_ms;
	int64_t took_ms; /* when it ended; -1: not yet */
	int usual_s;
	char *aws;  /* what AWS says */
	char *note; /* what the look did not try; under the line */
};

struct ui_tty {
	struct ui ui;
	size_t n;
	struct line *lines; /* as the procedure's steps */
	struct buf frame;   /* as drawn last, empty: none */
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

static const char *colour(const struct line *l)
{
	switch (l->state) {
	case STEP_HELD:
	case STEP_UNDONE:
		return "\033[32m";
	case STEP_FAILED:
		return "\033[31m";
	case STEP_STALE:
		return "\033[33m";
	case STEP_DOING:
	case STEP_MADE:
	case STEP_UNDOING:
		return "\033[36m";
	case STEP_TODO:
		break;
	}
	return "\033[2m";
}

static bool is_active(const struct line *l)
{
	return l->begun_ms && l->took_ms < 0;
}

static void add_padded(struct buf *out, const char *s, int columns)
{
	int used = text_cut(out, s, columns);

	(void)buf_addf(out, "%*s", columns - used, "");
}

/* A time is there as a whole or not at all. */
static void add_times(const struct ui_tty *t, const struct line *l, int room, struct buf *text)
{
	int64_t ms = is_active(l) ? clock_mono_ms() - l->begun_ms : l->took_ms;
	autofree char *took = ui_duration(ms);

	if (!l->begun_ms || text_width(took) > room)
		return;
	(void)buf_adds(text, took);
	if (is_active(l) && l->usual_s > 0) {
		autofree char *usual = ui_duration((int64_t)(l->usual_s * 1000.0 / t->ui.speed));
		autofree char *long_form = xasprintf(tr(" of usually %s"), usual);
		autofree char *short_form = xasprintf(" / %s", usual);
		int left = room - text_width(took);

		(void)buf_adds(text, text_width(long_form) <= left    ? long_form
				     : text_width(short_form) <= left ? short_form
								      : "");
	}
}

/* What AWS says, as far as there is room: an id is not cut, the words after it are. */
static void add_aws(const struct line *l, int room, struct buf *text)
{
	int lead = text->n ? 2 : 0, left = room - text_width(text->p) - lead;
	auto_buf words = BUF_INIT;

	if (l->aws && is_active(l) && left >= WORDS_MIN)
		(void)text_cut_words(&words, l->aws, left);
	if (words.n)
		(void)buf_addf(text, "%*s%s", lead, "", words.p);
}

/* What the times take: of a line that goes on, "2 min 05 s", so that the titles keep still. */
static int time_columns(const struct ui_tty *t)
{
	int most = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct line *l = &t->lines[i];
		int took = TIME_COLUMNS;

		if (!is_active(l)) {
			autofree char *text = ui_duration(l->begun_ms ? l->took_ms : 0);

			took = text_width(text);
		} else if (l->usual_s > 0) {
			took = USUAL_COLUMNS;
		}
		most = took > most ? took : most;
	}
	return most;
}

/* The titles have what the times leave, but a title keeps TITLE_MIN. */
static int title_columns(const struct ui_tty *t, int room)
{
	int most = room - time_columns(t);

	if (most < TITLE_MIN)
		most = room - TIME_COLUMNS;
	if (most < 0)
		most = 0;
	return t->title_columns < most ? t->title_columns : most;
}

/* "1-3  title   state   12 s of usually 180 s   what AWS says"; answers its columns. */
static int add_line(const struct ui_tty *t, size_t i, struct buf *out)
{
	const struct line *l = &t->lines[i];
	const struct step *step = t->ui.state->procedure->steps[i];
	auto_buf rest = BUF_INIT;
	bool plain = t->ui.options && t->ui.options->colorless;
	/* On a narrow terminal the title is cut, not the state and not the times. */
	int fits = t->columns - 1 - 5 - 2 - STATE_COLUMNS - 1;
	int title = title_columns(t, fits);

	(void)buf_addf(out, "%-3s  ", step->id);
	add_padded(out, step_title(step), title);
	(void)buf_addf(out, "  %s", plain ? "" : colour(l));
	add_padded(out,
		   l->checking	? tr("checking")
		   : l->verdict ? tr(l->verdict)
				: ui_state_name(l->state),
		   STATE_COLUMNS);
	(void)buf_adds(out, plain ? " " : "\033[0m ");
	add_times(t, l, fits - title, &rest);
	add_aws(l, fits - title, &rest);
	(void)buf_adds(out, rest.p);
	(void)buf_adds(out, "\033[K\n");
	return 5 + title + 2 + STATE_COLUMNS + 1 + text_width(rest.p);
}

/* What stands under a line; answers its columns. */
static int add_note(const struct ui_tty *t, const struct line *l, struct buf *out)
{
	autofree char *safe = text_printable(l->note, strlen(l->note), 2000);
	int used;

	(void)buf_addf(out, "%*s", NOTE_INDENT, "");
	used = text_cut(out, safe, t->columns - 1 - NOTE_INDENT);
	(void)buf_adds(out, "\033[K\n");
	return NOTE_INDENT + used;
}

/* A short terminal shows what goes on: first the done ones are left out, then the rest. */
static bool is_shown(const struct ui_tty *t, size_t i, size_t *skip_done, size_t *skip_todo)
{
	const struct line *l = &t->lines[i];

	if (is_active(l) || l->state == STEP_FAILED || l->note)
		return true;
	if (l->took_ms >= 0 && *skip_done) {
		(*skip_done)--;
		return false;
	}
	if (l->took_ms < 0 && *skip_todo) {
		(*skip_todo)--;
		return false;
	}
	return true;
}

static void build_frame(struct ui_tty *t, struct buf *out, int *ret_lines)
{
	size_t room = (size_t)(t->rows - 1), done = 0, notes = 0, over;
	size_t skip_done, skip_todo;
	int lines = 0;

	for (size_t i = 0; i < t->n; i++) {
		done += t->lines[i].took_ms >= 0 && t->lines[i].state != STEP_FAILED &&
			!t->lines[i].note;
		notes += t->lines[i].note != NULL;
	}
	over = t->n + notes > room ? t->n + notes - room : 0;
	skip_done = over < done ? over : done;
	skip_todo = over - skip_done;
	for (size_t i = 0; i < t->n && lines < t->rows - 1; i++) {
		if (!is_shown(t, i, &skip_done, &skip_todo))
			continue;
		t->widths[lines++] = add_line(t, i, out);
		if (t->lines[i].note && lines < t->rows - 1)
			t->widths[lines++] = add_note(t, &t->lines[i], out);
	}
	*ret_lines = lines;
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
	build_frame(t, &frame, &lines);
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

static void on_state(struct line *l, const struct event *e)
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

static struct line *line_of(struct ui_tty *t, const struct step *step)
{
	size_t i = ui_step_index(&t->ui, step);

	return i < t->n ? &t->lines[i] : NULL;
}

static void on_event(struct ui *ui, const struct event *e)
{
	struct ui_tty *t = (struct ui_tty *)ui;
	struct line *l = line_of(t, e->step);
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
