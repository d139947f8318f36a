/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of steps; see rows.h. */
#include "runbook/ui/rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/width.h"

enum {
	ID_COLUMNS = 5,	    /* "1-1  " */
	TITLE_COLUMNS = 52, /* where nothing has to be cut */
	TITLE_MIN = 24,
	DETAIL_INDENT = 7,
	HANGING = 2,
};

static enum rows_place place;

void rows_go_to(enum rows_place where)
{
	place = where;
}

static int columns_there(void)
{
	return terminal_columns(place == ROWS_ON_STDERR ? STDERR_FILENO : STDOUT_FILENO);
}

static void write_out(const struct buf *out)
{
	(void)fwrite(out->p, 1, out->n, place == ROWS_ON_STDERR ? stderr : stdout);
}

/* What is left for the title beside the word and `more_columns`. */
static int title_room(int columns, int word_columns, int more_columns)
{
	int room = columns - ID_COLUMNS - 2 - word_columns - (more_columns ? 1 + more_columns : 0);

	return !columns || room > TITLE_COLUMNS ? TITLE_COLUMNS : room;
}

void row_print(const char *id, const char *title, const char *word, int word_columns,
	       const char *more)
{
	int columns = columns_there(), room, used;
	bool has_more = more && *more, apart;
	auto_buf out = BUF_INIT;

	room = title_room(columns, word_columns, has_more ? text_width(more) : 0);
	apart = has_more && room < TITLE_MIN;
	if (apart)
		room = title_room(columns, word_columns, 0);
	(void)buf_addf(&out, "%-*s", ID_COLUMNS, id);
	used = columns ? text_cut(&out, title, room > 0 ? room : 0) : text_width(title);
	if (!columns)
		(void)buf_adds(&out, title);
	(void)buf_addf(&out, "%*s  %s", used < room ? room - used : 0, "", word);
	used = text_width(word);
	if (has_more && !apart)
		(void)buf_addf(&out, "%*s %s", used < word_columns ? word_columns - used : 0, "",
			       more);
	(void)buf_addc(&out, '\n');
	write_out(&out);
	if (apart)
		row_detail("%s", more);
}

/* `first`, `others`: what its lines are indented by. */
PRINTF_LIKE(3, 0)
static void write_wrapped(int first, int others, const char *fmt, va_list ap)
{
	autofree char *text = xvasprintf(fmt, ap);
	auto_buf out = BUF_INIT;

	text_wrap(&out, text, columns_there(), first, others);
	write_out(&out);
}

void row_detail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_wrapped(DETAIL_INDENT, DETAIL_INDENT + HANGING, fmt, ap);
	va_end(ap);
}

void row_text(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_wrapped(0, HANGING, fmt, ap);
	va_end(ap);
}

static void print_whole(const char *text, const struct strv *commands, int indent)
{
	auto_buf out = BUF_INIT;

	text_wrap_whole(&out, text, commands, columns_there(), indent, indent + HANGING);
	write_out(&out);
}

void row_detail_commands(const char *text, const struct strv *commands)
{
	print_whole(text, commands, DETAIL_INDENT);
}

void row_text_commands(const char *text, const struct strv *commands)
{
	print_whole(text, commands, 0);
}

void row_list(const char *label, const char *const *list)
{
	auto_buf text = BUF_INIT;

	if (!list || !*list)
		return;
	for (; *list; list++)
		(void)buf_addf(&text, "%s%s", tr(*list), list[1] ? ", " : "");
	row_detail("%s %s", label, text.p);
}
