/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sentence for people that its maker and its reader may want in different languages.  It is kept
 * as its format and the values in it, so that whoever shows it can put the values into the format
 * of another language; its maker knows English only.
 *
 *   said_new("cannot delete %-s '%s'", "security group", id)
 *
 * A value of %-s is a text for people as well, and is translated with the rest: the noun of a
 * table, marked N_() where it stands.  (The flag says "to the left", which without a width changes
 * nothing.)  A value that is itself the English of another sentence is kept as that sentence.
 */
#ifndef BASE_SAID_H
#define BASE_SAID_H

#include <stdarg.h>

#include "base/attr.h"

struct said;

/* Takes what printf takes, without %n and %p; the values are copied. */
NODISCARD RETURNS_NONNULL struct said *said_new(const char *fmt, ...) PRINTF_LIKE(1, 2);
NODISCARD RETURNS_NONNULL struct said *said_vnew(const char *fmt, va_list ap) PRINTF_LIKE(1, 0);
/* NULL for NULL. */
NODISCARD struct said *said_copy(const struct said *s);
void said_free(struct said *s);

/* The sentence in English; lives as long as it.  NULL for NULL. */
const char *said_english(const struct said *s);
/*
 * The sentence with `translate` asked for its format and for each text in it; what it answers may
 * take the values in another order (%2$s).  Caller frees; NULL for NULL.
 */
NODISCARD char *said_in(const struct said *s, const char *(*translate)(const char *english));
/* The same sentence with each value as `map` has it, which answers a heap string: to hide secrets.
 */
NODISCARD struct said *said_mapped(const struct said *s, char *(*map)(const char *value));

/*
 * The sentence that was made of `fmt` and has come as its English only, as from a file.  What of it
 * was a sentence itself is a value like any other.  NULL: it is none of this format.
 */
NODISCARD struct said *said_parse(const char *fmt, const char *english);

/*
 * Who needs the English mostly keeps a sentence by it: a const char * that said_english answered.
 * said_of finds the rest again, and this frees it and makes it NULL.
 */
void said_drop(const char **english);
/* The sentence that `english` is the English of, by its address; NULL: it is of none that lives. */
const struct said *said_of(const char *english);

static inline void auto_said_(struct said **s)
{
	said_free(*s);
}
#define auto_said CLEANUP(auto_said_) struct said

#endif
