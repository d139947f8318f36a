/* SPDX-License-Identifier: Apache-2.0 */
/* Characters in UTF-8. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/*
 * The first character of the `n` bytes at `s`; returns its length in bytes, or 0 when none that
 * is well-formed begins there: also for an overlong form, a surrogate, and no bytes at all.
 */
size_t utf8_decode(const char *s, size_t n, uint32_t *ret);

/*
 * Is the character a blank by Unicode?  A value that was pasted from a web page or typed with a
 * Japanese keyboard may end in one.
 */
bool utf8_is_blank(uint32_t c);
/* `s`, known to be UTF-8, without the blanks around it; how many stood before it, unless NULL. */
struct span utf8_trim(struct span s, size_t *ret_indent);

#endif
