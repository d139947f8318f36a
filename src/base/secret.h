/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret key or session token.  The type is opaque to format strings, and the
 * bytes are wiped when it is cleared.  secret_reveal is the one way in: what it
 * answers must not be copied to anything but a signature, a header on its way
 * out, or a 0600 file that the user's own tool needs.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct secret {
	char *hidden_; /* NUL-terminated, NULL when empty */
	size_t n_;
};

/* Takes a copy of `n` bytes; what `s` held before is wiped. */
void secret_set(struct secret *s, const char *p, size_t n);
void secret_set_str(struct secret *s, const char *str);
void secret_copy(struct secret *dst, const struct secret *src);
void secret_clear(struct secret *s);
static inline bool secret_is_set(const struct secret *s)
{
	return s->n_ != 0;
}
/* "" when empty; borrowed until the secret changes. */
const char *secret_reveal(const struct secret *s);

/* No core file of this process: called before the first secret is read. */
void secret_no_core_dumps(void);

#endif
