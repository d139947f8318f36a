/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler attributes that our code uses, under names of our own. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define NODISCARD __attribute__((warn_unused_result))
#define RETURNS_NONNULL __attribute__((returns_nonnull))
#define NORETURN __attribute__((noreturn))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define STRFTIME_LIKE(fmt) __attribute__((format(strftime, fmt, 0)))
/* Never "unused": leaving its scope uses it, which clang does not count. */
#define CLEANUP(fn) __attribute__((cleanup(fn), unused))
#define UNUSED __attribute__((unused))
#define FALLTHROUGH __attribute__((fallthrough))

/* A text for people that stands in a table or goes through a variable: xgettext(1) finds it by the
 * mark, and whoever prints it translates it.  Nothing below runbook/ui knows a language. */
#define N_(text) (text)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
