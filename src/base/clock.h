/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only reader of time.  `utc` is the wall clock (may jump), `mono` only
 * ever moves on and means nothing outside this process.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

int64_t clock_utc_s(void);
int64_t clock_utc_ms(void);
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
/* As clock_mono_ms, and it goes on while the machine sleeps. */
int64_t clock_boot_ms(void);

#define CLOCK_ISO_SIZE 32 /* enough for any of the forms below */

/* "2026-11-23T04:05:06Z" */
void clock_iso8601(int64_t utc_s, char out[CLOCK_ISO_SIZE]);
/* "2026-11-23T04:05:06.789Z" */
void clock_iso8601_ms(int64_t utc_ms, char out[CLOCK_ISO_SIZE]);
/* "20261123T040506Z", the form of X-Amz-Date; its first 8 characters are the scope's date. */
void clock_amz_date(int64_t utc_s, char out[CLOCK_ISO_SIZE]);
/* "Mon, 23 Nov 2026 04:05:06 GMT" */
void clock_http_date(int64_t utc_s, char out[CLOCK_ISO_SIZE]);

/* Each answers false, and leaves *ret_* alone, when `s` is not such a date. */
NODISCARD bool clock_parse_iso8601(const char *s,
				   int64_t *ret_utc_s); /* Z or offset, fraction cut */
NODISCARD bool clock_parse_amz_date(const char *s, int64_t *ret_utc_s);
NODISCARD bool clock_parse_http_date(const char *s, int64_t *ret_utc_s);

#endif
