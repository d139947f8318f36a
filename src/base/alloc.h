/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is always there: every allocator here aborts when the system has
 * none left.  A crash is a path that the journal covers and the tests take; an
 * error branch for each allocation would be neither.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/attr.h"

/* For a library that says that it has none left. */
NORETURN void alloc_out_of_memory(void);
NODISCARD void *xmalloc(size_t n);
NODISCARD void *xcalloc(size_t n, size_t size);
NODISCARD void *xrealloc(void *p, size_t n);
/* Room for `n` things of `size` bytes; aborts when n * size does not fit. */
NODISCARD void *xreallocarray(void *p, size_t n, size_t size);
NODISCARD char *xstrdup(const char *s);
/* NULL stays NULL. */
NODISCARD char *xstrdup_or_null(const char *s);
NODISCARD char *xstrndup(const char *s, size_t n);
NODISCARD char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);
NODISCARD char *xvasprintf(const char *fmt, va_list ap) PRINTF_LIKE(1, 0);

/* `*slot` takes a copy of `s` (NULL: becomes NULL); what it held is freed. */
void set_str(char **slot, const char *s);

static inline void autofree_(void *p)
{
	free(*(void **)p);
}
/* The local is freed when it leaves its scope; declare it as NULL. */
#define autofree CLEANUP(autofree_)

/* Hand `*p` on: the caller owns it now, and the local is empty. */
static inline char *steal_str(char **p)
{
	char *s = *p;

	*p = NULL;
	return s;
}

#endif
