/* SPDX-License-Identifier: Apache-2.0 */
/* Text for HTML and SVG. */
#include "runbook/report/html.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/ui.h"
#include "runbook/ui/width.h"

enum { TEXT_MAX = 64 * 1024 };

void html_text(struct buf *out, const char *s)
{
	autofree char *safe = text_printable(s ? s : "", s ? strlen(s) : 0, TEXT_MAX);

	for (const char *p = safe; *p; p++) {
		const char *entity = *p == '<'	  ? "&lt;"
				     : *p == '>'  ? "&gt;"
				     : *p == '&'  ? "&amp;"
				     : *p == '"'  ? "&quot;"
				     : *p == '\'' ? "&#39;"
						  : NULL;

		if (entity)
			(void)buf_adds(out, entity);
		else
			(void)buf_addc(out, *p);
	}
}

void html_element(struct buf *out, const char *tag, const char *text)
{
	(void)buf_addf(out, "<%s>", tag);
	html_text(out, text);
	(void)buf_addf(out, "</%.*s>", (int)strcspn(tag, " "), tag);
}

const char *html_str(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

char *html_duration(int64_t ms)
{
	static const int64_t second = 1000, minute = 60 * 1000;

	if (ms < second)
		return xasprintf(tr("%lld ms"), (long long)ms);
	if (ms < 120 * minute)
		return ui_duration(ms);
	return xasprintf(tr("%lld h %02lld min"), (long long)(ms / (60 * minute)),
			 (long long)(ms / minute % 60));
}

char *html_time(const char *at)
{
	enum { DATE = 10, TIME = 8 };

	if (!at || strlen(at) < DATE + 1 + TIME)
		return xstrdup(at ? at : "");
	return xasprintf("%.*s %.*s UTC", DATE, at, TIME, at + DATE + 1);
}

char *html_period(const char *from, const char *until)
{
	enum { DATE = 10, TIME = 8 };
	autofree char *first = html_time(from), *second = html_time(until);

	if (!*first || !*second)
		return steal_str(&first);
	return xasprintf("%.*s – %s", DATE + 1 + TIME, first,
			 strncmp(first, second, DATE) == 0 ? second + DATE + 1 : second);
}

/* ---- widths -------------------------------------------------------------- */

enum {
	WIDTH_WIDE = 1000, /* a full-width character is a square */
	WIDTH_MONO = 615,
};

/* Bytes of the character at `s`. */
static size_t char_bytes(const char *s)
{
	size_t n = 1;

	while (((unsigned char)s[n] >> 6) == 2)
		n++;
	return n;
}

/* DejaVu Sans and Verdana are the widest of the usual ones. */
static int sans_width(char c)
{
	if (strchr("ijl|'", c))
		return 300;
	if (strchr(" .,:;!/\\ftrI()[]-\"", c))
		return 420;
	if (strchr("mwMW%@", c))
		return 1000;
	if (strchr("+=<>~", c))
		return 840;
	if (c >= 'A' && c <= 'Z')
		return 775;
	return 640;
}

static int char_width(const char *s, size_t n, enum html_face face)
{
	char one[8] = "";
	int columns, width;

	if (n >= sizeof(one))
		return WIDTH_WIDE;
	(void)memcpy(one, s, n);
	columns = text_width(one);
	if (columns != 1)
		return columns * WIDTH_WIDE / 2;
	if (n > 1) /* arrows and the like */
		return face == FACE_MONO ? WIDTH_MONO * 3 / 2 : WIDTH_WIDE;
	width = face == FACE_MONO ? WIDTH_MONO : sans_width(*s);
	return face == FACE_BOLD ? width * 11 / 10 : width;
}

int html_width(const char *s, enum html_face face)
{
	int width = 0;

	while (*s) {
		size_t n = char_bytes(s);

		width += char_width(s, n, face);
		s += n;
	}
	return width;
}

/* ---- lines --------------------------------------------------------------- */

static bool is_wide(const char *s)
{
	char one[8] = "";
	size_t n = char_bytes(s);

	if (n >= sizeof(one))
		return true;
	(void)memcpy(one, s, n);
	return text_width(one) == 2;
}

/* What no line of Japanese begins with. */
static bool may_begin_line(const char *s)
{
	static const char *const closing[] = { "、", "。", "）", "」", "：", "ー", "ッ",
					       "ャ", "ュ", "ョ", "ィ", "ェ", "ォ", "・" };

	for (size_t i = 0; i < ARRAY_LEN(closing); i++)
		if (text_starts_with(s, closing[i]))
			return false;
	return true;
}

/* Between `s` and what follows at `next` a line may end. */
static bool may_break(const char *s, const char *next)
{
	if (*next == ' ' || *s == ' ')
		return true;
	if (is_wide(s) || is_wide(next))
		return may_begin_line(next);
	return false;
}

/* Bytes of the first line. */
static size_t line_bytes(const char *s, enum html_face face, int width)
{
	size_t at = 0, good = 0;
	int used = 0;

	while (s[at]) {
		size_t n = char_bytes(s + at);

		used += char_width(s + at, n, face);
		if (used > width)
			return good ? good : at ? at : n;
		at += n;
		if (!s[at] || may_break(s + at - n, s + at))
			good = at;
	}
	return at;
}

static void add_cut(struct strv *lines, const char *s, enum html_face face, int width)
{
	int room = width - char_width("…", strlen("…"), face), used = 0;
	autofree char *cut = NULL;
	size_t at = 0;

	while (s[at]) {
		size_t n = char_bytes(s + at);

		used += char_width(s + at, n, face);
		if (used > room)
			break;
		at += n;
	}
	cut = xasprintf("%.*s…", (int)at, s);
	strv_add(lines, cut);
}

void html_wrap(struct strv *lines, const char *s, enum html_face face, int width, size_t max_lines)
{
	autofree char *safe = text_printable(s, strlen(s), TEXT_MAX);
	const char *rest = safe;

	for (size_t i = 1; *rest; i++) {
		size_t n = line_bytes(rest, face, width);
		autofree char *line = NULL;

		if (i == max_lines && rest[n]) {
			add_cut(lines, rest, face, width);
			return;
		}
		line = xstrndup(rest, n - (n > 1 && rest[n - 1] == ' '));
		strv_add(lines, line);
		rest += n;
		rest += strspn(rest, " ");
	}
}
