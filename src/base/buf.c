/* SPDX-License-Identifier: Apache-2.0 */
/* Growable, always NUL-terminated bytes. */
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/alloc.h"

char buf_empty_[1] = "";

void buf_init(struct buf *b)
{
	*b = (struct buf)BUF_INIT;
}

void buf_init_limited(struct buf *b, size_t limit)
{
	buf_init(b);
	b->limit = limit;
}

void buf_clear(struct buf *b)
{
	size_t limit = b->limit;

	if (b->cap)
		free(b->p);
	buf_init(b);
	b->limit = limit;
}

void buf_cleanse(struct buf *b)
{
	if (b->cap)
		OPENSSL_cleanse(b->p, b->cap);
	buf_clear(b);
}

void buf_reset(struct buf *b)
{
	b->n = 0;
	b->overflowed = false;
	if (b->cap)
		b->p[0] = '\0';
}

static bool make_room(struct buf *b, size_t more)
{
	size_t want;
	char *grown;

	if (more > SIZE_MAX / 4 - b->n || (b->limit && b->n + more > b->limit)) {
		b->overflowed = true;
		return false;
	}
	want = b->n + more + 1;
	if (want <= b->cap)
		return true;
	if (want < 64)
		want = 64;
	if (want < b->cap * 2)
		want = b->cap * 2;
	grown = xmalloc(want); /* not realloc: what it held may be a secret, and stays nowhere */
	memcpy(grown, b->p, b->n + 1);
	if (b->cap) {
		OPENSSL_cleanse(b->p, b->cap);
		free(b->p);
	}
	b->p = grown;
	b->cap = want;
	return true;
}

char *buf_room(struct buf *b, size_t n)
{
	return make_room(b, n) ? b->p + b->n : NULL;
}

bool buf_add(struct buf *b, const void *p, size_t n)
{
	if (!n)
		return true;
	if (!make_room(b, n))
		return false;
	memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
	return true;
}

bool buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

bool buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

bool buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		abort();
	if (!n)
		return true;
	if (!make_room(b, (size_t)n))
		return false;
	(void)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
	return true;
}

bool buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = buf_vaddf(b, fmt, ap);
	va_end(ap);
	return ok;
}

void buf_consume(struct buf *b, size_t n)
{
	if (n >= b->n) {
		b->n = 0;
	} else {
		memmove(b->p, b->p + n, b->n - n);
		b->n -= n;
	}
	if (b->cap)
		b->p[b->n] = '\0';
}

void buf_truncate(struct buf *b, size_t n)
{
	if (n >= b->n)
		return;
	b->n = n;
	b->p[n] = '\0';
}

char *buf_steal(struct buf *b)
{
	char *s = b->cap ? b->p : xstrdup("");
	size_t limit = b->limit;

	buf_init(b);
	b->limit = limit;
	return s;
}
