/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns of text, by Unicode's East Asian Width.  wcwidth() would do, but only in
 * the user's locale: `--lang ja` works without one.
 */
#include "runbook/ui/width.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
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

/* What no line begins with: closing marks, small kana, the long vowel mark (JIS X 4051, in part).
 */
static const char never_first[] =
	")]}.,:;!?%\u2026\u2019\u201d\u3001\u3002\u3005\u3009\u300b\u300d\u300f"
	"\u3011\u3015\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087"
	"\u308e\u30a1\u30a3\u30a5\u30a7\u30a9\u30c3\u30e3\u30e5\u30e7\u30ee\u30f5"
	"\u30f6\u30fb\u30fc\uff01\uff05\uff09\uff0c\uff0e\uff0f\uff1a\uff1b\uff1f"
	"\uff3d\uff5d";
/* What no line ends with: opening marks. */
static const char never_last[] =
	"([{\u2018\u201c\u3008\u300a\u300c\u300e\u3010\u3014\uff08\uff3b\uff5b";

static bool is_in(const char *set, uint32_t c)
{
	while (*set) {
		uint32_t one;

		set += decode(set, &one);
		if (one == c)
			return true;
	}
	return false;
}

/* Between words, and beside a wide character, but for what neither begins nor ends a line. */
static bool may_break(uint32_t before, uint32_t after)
{
	if (before == ' ' || after == ' ')
		return true;
	if (columns_of(before) < 2 && columns_of(after) < 2)
		return false;
	return columns_of(after) && !is_in(never_first, after) && !is_in(never_last, before);
}

/* Bytes of the line that `s` begins with: to the last place to break that fits, else as much as
 * fits. */
static size_t line_bytes(const char *s, int columns)
{
	size_t fits = text_fit(s, columns, NULL), best = 0, at = 0;
	uint32_t before = 0, after;

	if (!s[fits])
		return fits;
	while (at <= fits) {
		size_t len = decode(s + at, &after);

		if (at && may_break(before, after))
			best = at;
		before = after;
		at += len;
	}
	while (best && s[best - 1] == ' ')
		best--;
	return best ? best : fits;
}

/* One line of `s`, its first `n` bytes; answers what comes after them. */
static const char *add_wrapped(struct buf *out, const char *s, size_t n, int lead)
{
	(void)buf_addf(out, "%*s", lead, "");
	(void)buf_add(out, s, n);
	(void)buf_addc(out, '\n');
	s += n;
	return s + strspn(s, " ");
}

void text_wrap(struct buf *out, const char *s, int columns, int indent, int hanging)
{
	int lead = indent;

	do {
		int room = columns - lead > 8 ? columns - lead : 8;

		s = add_wrapped(out, s, columns ? line_bytes(s, room) : strlen(s), lead);
		lead = hanging;
	} while (*s);
}

/* The first of `whole` in `s`; NULL: none of them.  Of two that begin there, the longer one. */
static const char *find_whole(const char *s, const struct strv *whole, size_t *ret_len)
{
	const char *first = NULL;

	for (size_t i = 0; i < whole->n; i++) {
		const char *at = strstr(s, whole->v[i]);
		size_t len = strlen(whole->v[i]);

		if (!at || !len || (first && (at > first || (at == first && len < *ret_len))))
			continue;
		first = at;
		*ret_len = len;
	}
	return first;
}

/* The marks that parted a command from the words after it part nothing when a line's end does. */
static const char *skip_marks(const char *s)
{
	static const char marks[] = " ;,\u3001\u3002";

	while (*s) {
		uint32_t c;
		size_t len = decode(s, &c);

		if (!is_in(marks, c))
			break;
		s += len;
	}
	return s;
}

/* It is indented as far as it fits then. */
static void add_whole(struct buf *out, const char *s, size_t n, int columns, int lead)
{
	autofree char *line = xstrndup(s, n);
	int room = columns - text_width(line);

	(void)add_wrapped(out, line, n, room < 0 ? 0 : room < lead ? room : lead);
}

void text_wrap_whole(struct buf *out, const char *s, const struct strv *whole, int columns,
		     int indent, int hanging)
{
	const char *at;
	size_t len = 0;
	int lead = indent;

	if (!columns || (text_width(s) + indent <= columns)) {
		text_wrap(out, s, columns, indent, hanging);
		return;
	}
	while ((at = find_whole(s, whole, &len))) {
		size_t n = (size_t)(at - s);

		while (n && s[n - 1] == ' ')
			n--;
		if (n) {
			autofree char *before = xstrndup(s, n);

			text_wrap(out, before, columns, lead, hanging);
			lead = hanging;
		}
		add_whole(out, at, len, columns, lead);
		lead = hanging;
		s = skip_marks(at + len);
	}
	if (*s)
		text_wrap(out, s, columns, lead, hanging);
}
