/* SPDX-License-Identifier: Apache-2.0 */
/* A growable list of strings that it owns, always NULL-terminated. */
#ifndef BASE_STRV_H
#define BASE_STRV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct strv {
	char **v; /* v[n] is NULL; v itself is NULL while empty */
	size_t n;
};

void strv_add(struct strv *s, const char *item);      /* copies */
void strv_add_once(struct strv *s, const char *item); /* copies, unless it is there */
void strv_add_all_once(struct strv *s, const struct strv *from);
void strv_add_owned(struct strv *s, char *item); /* takes */
void strv_addf(struct strv *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool strv_has(const struct strv *s, const char *item);
void strv_copy(struct strv *dst, const struct strv *src); /* dst is cleared first */
/* For `const char *const *` consumers such as text_near; never NULL. */
const char *const *strv_list(const struct strv *s);
/* Joined with `sep`.  Caller frees. */
NODISCARD char *strv_join(const struct strv *s, const char *sep);
void strv_sort(struct strv *s); /* by bytes */
void strv_clear(struct strv *s);

#define auto_strv CLEANUP(strv_clear) struct strv

#endif
