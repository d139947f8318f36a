/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growable bytes that always end in a NUL, even when empty, so `b.p` may be
 * read as a string at any time.  A buffer that the network fills gets a
 * ceiling: past it nothing is added and `overflowed` stays true.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct buf {
	char *p;      /* NUL-terminated at p[n]; never NULL after init */
	size_t n;     /* bytes in use, the NUL not counted */
	size_t cap;   /* bytes allocated; 0 while p is the shared empty string */
	size_t limit; /* most bytes allowed; 0: no ceiling */
	bool overflowed;
};

extern char buf_empty_[1];
#define BUF_INIT                                                                                   \
	{                                                                                          \
		.p = buf_empty_                                                                    \
	}

void buf_init(struct buf *b);
/* Empty, and with a ceiling of `limit` bytes. */
void buf_init_limited(struct buf *b, size_t limit);
void buf_clear(struct buf *b);
/* As buf_clear, but the bytes are wiped first: for what held a secret. */
void buf_cleanse(struct buf *b);
/* Forget the content, keep the memory. */
void buf_reset(struct buf *b);

/* Each answers false when the ceiling was met; then nothing was added. */
bool buf_add(struct buf *b, const void *p, size_t n);
bool buf_adds(struct buf *b, const char *s);
bool buf_addc(struct buf *b, char c);
bool buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool buf_vaddf(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

/*
 * Room for `n` bytes behind the content, for who fills it and then counts them in `b->n`
 * (b->p[b->n] is to be a NUL again); NULL when the ceiling was met.
 */
char *buf_room(struct buf *b, size_t n);

/* Drop the first `n` bytes (all, when there are fewer). */
void buf_consume(struct buf *b, size_t n);
/* Keep the first `n` bytes. */
void buf_truncate(struct buf *b, size_t n);

/* The content as a heap string that the caller frees; `b` is empty after. */
NODISCARD char *buf_steal(struct buf *b);

#define auto_buf CLEANUP(buf_clear) struct buf
#define auto_secret_buf CLEANUP(buf_cleanse) struct buf

#endif
