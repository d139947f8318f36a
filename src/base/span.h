/* SPDX-License-Identifier: Apache-2.0 */
/* Borrowed bytes: a parser reads spans and copies at the end. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

static inline struct span span_of(const char *s)
{
	return (struct span){ s, strlen(s) };
}

static inline bool span_eq(struct span a, const char *s)
{
	return a.n == strlen(s) && memcmp(a.p, s, a.n) == 0;
}

/* Without leading and trailing blanks (space, tab, CR, LF). */
static inline struct span span_trim(struct span a)
{
	while (a.n && strchr(" \t\r\n", a.p[0])) {
		a.p++;
		a.n--;
	}
	while (a.n && strchr(" \t\r\n", a.p[a.n - 1]))
		a.n--;
	return a;
}

/* The next line of *rest with its end, which is taken off; false: there is none left. */
static inline bool span_next_line(struct span *rest, struct span *line)
{
	const char *eol;

	if (!rest->n)
		return false;
	eol = memchr(rest->p, '\n', rest->n);
	line->p = rest->p;
	line->n = eol ? (size_t)(eol - rest->p) + 1 : rest->n;
	rest->p += line->n;
	rest->n -= line->n;
	return true;
}

#endif
