/* SPDX-License-Identifier: Apache-2.0 */
/* A growable list of strings. */
#include "base/strv.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

void strv_add_owned(struct strv *s, char *item)
{
	s->v = xreallocarray(s->v, s->n + 2, sizeof(*s->v));
	s->v[s->n++] = item;
	s->v[s->n] = NULL;
}

void strv_add(struct strv *s, const char *item)
{
	strv_add_owned(s, xstrdup(item));
}

void strv_addf(struct strv *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_add_owned(s, xvasprintf(fmt, ap));
	va_end(ap);
}

bool strv_has(const struct strv *s, const char *item)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i], item) == 0)
			return true;
	return false;
}

void strv_add_once(struct strv *s, const char *item)
{
	if (!strv_has(s, item))
		strv_add(s, item);
}

void strv_add_all_once(struct strv *s, const struct strv *from)
{
	for (size_t i = 0; i < from->n; i++)
		strv_add_once(s, from->v[i]);
}

void strv_copy(struct strv *dst, const struct strv *src)
{
	strv_clear(dst);
	for (size_t i = 0; i < src->n; i++)
		strv_add(dst, src->v[i]);
}

const char *const *strv_list(const struct strv *s)
{
	static const char *const none[] = { NULL };

	return s->v ? (const char *const *)s->v : none;
}

char *strv_join(const struct strv *s, const char *sep)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < s->n; i++) {
		if (i)
			(void)buf_adds(&out, sep);
		(void)buf_adds(&out, s->v[i]);
	}
	return buf_steal(&out);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *s)
{
	if (s->n)
		qsort(s->v, s->n, sizeof(*s->v), by_bytes);
}

void strv_clear(struct strv *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	*s = (struct strv){ 0 };
}
