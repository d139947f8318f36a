/* SPDX-License-Identifier: Apache-2.0 */
/* Small pure functions on text: hex, base64, numbers, near misses. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

/* Lower-case hex of `n` bytes; `out` holds 2 * n + 1. */
void text_hex(const void *bytes, size_t n, char *out);
/* The 32 bytes of SHA-256, and its 64 hex digits with a NUL. */
void text_sha256(const void *bytes, size_t n, unsigned char out[32]);
void text_sha256_hex(const void *bytes, size_t n, char out[65]);

/* Standard base64 with padding.  Caller frees. */
NODISCARD char *text_base64(const void *bytes, size_t n);
/* False when `s` is not base64 (blanks are not allowed); appends to `out`. */
NODISCARD bool text_base64_decode(const char *s, size_t n, struct buf *out);

/* The whole of `s` as a decimal number in [min, max]; false, and *ret alone, otherwise. */
NODISCARD bool text_parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret);
/* The same with digits and one point at most: no sign, exponent, hexadecimal, infinity. */
NODISCARD bool text_parse_decimal(const char *s, double min, double max, double *ret);

bool text_starts_with(const char *s, const char *prefix);
bool text_ends_with(const char *s, const char *suffix);
/* ASCII only, whatever the locale. */
bool text_eq_nocase(const char *a, const char *b);
char text_lower(char c);
/* NULL is a value of its own: equal to NULL alone. */
bool text_eq(const char *a, const char *b);

/*
 * The one of `names` (NULL-terminated) that `typed` is most likely meant to be,
 * or NULL when none is near.  Borrowed from `names`.
 */
const char *text_near(const char *typed, const char *const *names);
/* True when one edit makes `name` of `typed`: a character more, less or other, or two swapped. */
bool text_is_one_edit_away(const char *typed, const char *name);

/*
 * `s` with control characters, terminal escapes and broken UTF-8 as '?', at
 * most `max` bytes (then "..." follows): for showing what came from outside.
 * Caller frees.
 */
NODISCARD char *text_printable(const char *s, size_t n, size_t max);

/* Append `s` in single quotes for a POSIX shell; plain words stay bare. */
void text_shell_quote(struct buf *out, const char *s);

/* Cryptographic randomness: lower-case hex of `n` random bytes.  Caller frees. */
NODISCARD char *text_random_hex(size_t n);

/* The canonical dotted form, base address and prefix of "10.0.0.0/16"; false when it is none
 * or has host bits set. */
NODISCARD bool text_parse_cidr(const char *s, uint32_t *ret_base, int *ret_prefix);
/* True when the networks share an address. */
bool text_cidrs_overlap(const char *a, const char *b);
/* True when `inner` lies wholly within `outer`. */
bool text_cidr_within(const char *inner, const char *outer);

#endif
