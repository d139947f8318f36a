/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns of text, by Unicode's East Asian Width.  wcwidth() would do, but only in
 * the user's locale: `--lang ja` works without one.
 */
#include "runbook/ui/width.h"

#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "runbook/ui/lang.h"

struct range {
	uint32_t first, last;
};

/* Wide and full-width blocks that text meets in practice (UAX 11). */
static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2e80, 0x303e },	  { 0x3041, 0x33ff },
	{ 0x3400, 0x4dbf },   { 0x4e00, 0x9fff },   { 0xa000, 0xa4cf },	  { 0xa960, 0xa97f },
	{ 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe10, 0xfe19 },	  { 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f }, { 0x1f900, 0x1f9ff },
	{ 0x20000, 0x2fffd }, { 0x30000, 0x3fffd },
};

static const struct range none[] = {
	{ 0x0300, 0x036f }, { 0x200b, 0x200f }, { 0x20d0, 0x20ff }, { 0x3099, 0x309a },
	{ 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff },
};

static int among(const struct range *r, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= r[i].first && c <= r[i].last)
			return 1;
	return 0;
}

/* The character at s, and its bytes; a broken one is one byte, one column. */
static size_t decode(const char *s, uint32_t *ret)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len = u[0] < 0x80       ? 1
		     : u[0] >> 5 == 6  ? 2
		     : u[0] >> 4 == 14 ? 3
		     : u[0] >> 3 == 30 ? 4
				       : 1;
	uint32_t c = len == 1 ? u[0] : u[0] & (0x7fu >> len);

	for (size_t i = 1; i < len; i++) {
		if (u[i] >> 6 != 2) {
			*ret = '?';
			return 1;
		}
		c = c << 6 | (u[i] & 0x3f);
	}
	*ret = c;
	return len;
}

static int columns_of(uint32_t c)
{
	if (c < 0x300)
		return 1;
	if (among(none, ARRAY_LEN(none), c))
		return 0;
	return among(wide, ARRAY_LEN(wide), c) ? 2 : 1;
}

size_t text_fit(const char *s, int columns, int *ret_columns)
{
	size_t at = 0;
	int used = 0;

	while (s[at]) {
		uint32_t c;
		size_t len = decode(s + at, &c);
		int w = columns_of(c);

		if (used + w > columns)
			break;
		used += w;
		at += len;
	}
	if (ret_columns)
		*ret_columns = used;
	return at;
}

int text_width(const char *s)
{
	int used;

	(void)text_fit(s, 1 << 20, &used);
	return used;
}

int terminal_columns(int fd)
{
	struct winsize ws;

	if (!isatty(fd))
		return 0;
	return ioctl(fd, TIOCGWINSZ, &ws) == 0 && ws.ws_col ? ws.ws_col : 80;
}

static const char *ellipsis(void)
{
	return lang_is_utf8() ? "\u2026" : "...";
}

static int cut(struct buf *out, const char *s, int columns, bool words)
{
	const char *dots = ellipsis();
	int dots_columns = text_width(dots), used = text_width(s);
	size_t n;

	if (used <= columns) {
		(void)buf_adds(out, s);
		return used;
	}
	if (columns < dots_columns)
		return 0;
	n = text_fit(s, columns - dots_columns, &used);
	if (words && s[n] != ' ') {
		while (n && s[n - 1] != ' ')
			n--;
	}
	while (n && s[n - 1] == ' ')
		n--;
	if (!n && words)
		return 0;
	(void)buf_add(out, s, n);
	(void)buf_adds(out, dots);
	{
		auto_buf kept = BUF_INIT;

		(void)buf_add(&kept, s, n);
		return text_width(kept.p) + dots_columns;
	}
}

int text_cut(struct buf *out, const char *s, int columns)
{
	return cut(out, s, columns, /* words= */ false);
}

int text_cut_words(struct buf *out, const char *s, int columns)
{
	return cut(out, s, columns, /* words= */ true);
}

/* Bytes of the line that `s` begins with: to the last space that fits, else as much as fits. */
static size_t line_bytes(const char *s, int columns)
{
	size_t fits = text_fit(s, columns, NULL), n = fits;

	if (!s[fits] || s[fits] == ' ')
		return fits;
	while (n && s[n - 1] != ' ')
		n--;
	while (n && s[n - 1] == ' ')
		n--;
	return n ? n : fits;
}

void text_wrap(struct buf *out, const char *s, int columns, int indent, int hanging)
{
	int lead = indent;

	do {
		int room = columns - lead > 8 ? columns - lead : 8;
		size_t n = columns ? line_bytes(s, room) : strlen(s);

		(void)buf_addf(out, "%*s", lead, "");
		(void)buf_add(out, s, n);
		(void)buf_addc(out, '\n');
		s += n;
		while (*s == ' ')
			s++;
		lead = hanging;
	} while (*s);
}
