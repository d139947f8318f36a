/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that we never call, each with what to call instead.  Included on
 * the command line for our own sources only (see Makefile), after the system's
 * headers have had their say.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef strcpy
#define strcpy(d, s) banned_use_memcpy_or_buf_adds_instead_of_strcpy
#undef strcat
#define strcat(d, s) banned_use_buf_adds_instead_of_strcat
#undef strncpy
#define strncpy(d, s, n) banned_use_memcpy_or_xstrndup_instead_of_strncpy
#undef strncat
#define strncat(d, s, n) banned_use_buf_add_instead_of_strncat
#undef sprintf
#define sprintf(...) banned_use_snprintf_or_buf_addf_instead_of_sprintf
#undef vsprintf
#define vsprintf(...) banned_use_vsnprintf_or_buf_vaddf_instead_of_vsprintf
#undef strtok
#define strtok(s, d) banned_use_spans_instead_of_strtok
#undef atoi
#define atoi(s) banned_use_text_parse_i64_instead_of_atoi
#undef atol
#define atol(s) banned_use_text_parse_i64_instead_of_atol
#undef gmtime
#define gmtime(t) banned_use_clock_iso8601_instead_of_gmtime
#undef localtime
#define localtime(t) banned_use_localtime_r_instead_of_localtime
#undef ctime
#define ctime(t) banned_use_clock_iso8601_instead_of_ctime
#undef asctime
#define asctime(t) banned_use_clock_iso8601_instead_of_asctime

#endif
