/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame of the live display as text: a line a step, cut to the terminal's columns, wide
 * characters counted as two.
 */
#include "runbook/ui/tty.h"

#include <string.h>

#include "aws/core/client.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "net/loop.h"
#include "runbook/contract/event.h"
#include "runbook/contract/params.h"
#include "runbook/contract/procedure.h"
#include "runbook/contract/step.h"
#include "runbook/contract/step_state.h"
#include "runbook/contract/way.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/ui.h"
#include "runbook/ui/width.h"

enum {
	NOTE_INDENT = 7, /* as rows.c's */
	TITLE_MIN = 12,
	STATE_COLUMNS = 8,
	TIME_COLUMNS = 10, /* "2 min 05 s" */
	WORDS_MIN = 12,
	USUAL_COLUMNS = 23, /* "2 min 05 s / 3 min 00 s" */
};

static const char *colour(const struct tty_line *l)
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

static bool is_active(const struct tty_line *l)
{
	return l->begun_ms && l->took_ms < 0;
}

static void add_padded(struct buf *out, const char *s, int columns)
{
	int used = text_cut(out, s, columns);

	(void)buf_addf(out, "%*s", columns - used, "");
}

/* A time is there as a whole or not at all. */
static void add_times(const struct ui_tty *t, const struct tty_line *l, int room, struct buf *text)
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
static void add_aws(const struct tty_line *l, int room, struct buf *text)
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
		const struct tty_line *l = &t->lines[i];
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
	const struct tty_line *l = &t->lines[i];
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
static int add_note(const struct ui_tty *t, const struct tty_line *l, struct buf *out)
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
	const struct tty_line *l = &t->lines[i];

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

void tty_frame_build(struct ui_tty *t, struct buf *out, int *ret_lines)
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
