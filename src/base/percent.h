/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding, as RFC 3986 and Signature Version 4 have it. */
#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"

/* A hexadecimal digit's value in either letter case; -1: it is none. */
int percent_hex(char c);
/* A-Z a-z 0-9 - _ . ~ */
bool percent_is_unreserved(char c);

/* All but what is unreserved is encoded; '/' too unless `keep_slash`. */
void percent_encode(struct buf *out, const char *s, size_t n, bool keep_slash);
/* False on a '%' that no two digits follow. */
NODISCARD bool percent_decode(struct buf *out, const char *s, size_t n);
/* A '%' that no two digits follow stands for itself. */
void percent_decode_lenient(struct buf *out, const char *s, size_t n);

#endif
