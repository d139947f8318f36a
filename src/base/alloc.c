/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that aborts instead of failing; see alloc.h for why. */
#include "base/alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"

NORETURN void alloc_out_of_memory(void)
{
	static const char msg[] = "runbook: out of memory; the same command run again carries on\n";

	(void)!fwrite(msg, 1, sizeof(msg) - 1, stderr);
	abort();
}

void *xrealloc(void *p, size_t n)
{
	void *q;

	if (fault_alloc_fails())
		alloc_out_of_memory();
	q = realloc(p, n ? n : 1);
	if (!q)
		alloc_out_of_memory();
	return q;
}

void *xmalloc(size_t n)
{
	return xrealloc(NULL, n);
}

void *xcalloc(size_t n, size_t size)
{
	void *p;

	if (fault_alloc_fails())
		alloc_out_of_memory();
	p = calloc(n ? n : 1, size ? size : 1);
	if (!p)
		alloc_out_of_memory();
	return p;
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		alloc_out_of_memory();
	return xrealloc(p, n * size);
}

char *xstrndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = xmalloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *xstrdup_or_null(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

char *xvasprintf(const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		abort();
	s = xmalloc((size_t)n + 1);
	(void)vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

void set_str(char **slot, const char *s)
{
	char *copy = xstrdup_or_null(s);

	free(*slot);
	*slot = copy;
}
