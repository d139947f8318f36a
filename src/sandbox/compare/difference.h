/* SPDX-License-Identifier: Apache-2.0 */
/* What a recording and the sandbox do not agree in, by action and element; and what of it is known.
 */
#ifndef SANDBOX_COMPARE_DIFFERENCE_H
#define SANDBOX_COMPARE_DIFFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"

/* KIND(enumerator, name): what differs */
#define DIFFERENCE_KINDS(KIND)                                                                     \
	KIND(STATUS, "status")	   /* of HTTP */                                                   \
	KIND(CODE, "code")	   /* of an error */                                               \
	KIND(MISSING, "missing")   /* an element that only the recording has */                    \
	KIND(EXTRA, "extra")	   /* one that only the sandbox has */                             \
	KIND(VALUE, "value")	   /* of an element */                                             \
	KIND(STATES, "states")	   /* which a thing goes through, and in which order */            \
	KIND(DURATION, "duration") /* until the last of them, or until a call is let through */

enum difference_kind {
#define DIFFERENCE_ENUM_(name, label) DIFFERENCE_##name,
	DIFFERENCE_KINDS(DIFFERENCE_ENUM_)
#undef DIFFERENCE_ENUM_
};

struct difference {
	enum difference_kind kind;
	char *service, *action, *element;
	char *recorded, *here; /* of the first time; NULL: nothing */
	size_t times;
	const char *reason; /* of the list of known ones; NULL: it is not known */
};

struct differences {
	struct difference *v;
	size_t n;
	json_t *known; /* an array; NULL: none */
	size_t *met;   /* how many differences each of them is */
};

/* `element` "" is the call itself. */
void differences_add(struct differences *d, enum difference_kind kind, const char *service,
		     const char *action, const char *element, const char *recorded,
		     const char *here);
/*
 * The list of known ones: {"known": [{"action", "element", "kind", "reason"}, ...]}; `*` at the end
 * of an element stands for anything, and "sometimes": true is for one that need not be met.
 *   fails  USAGE
 */
NODISCARD struct rb_error *differences_read_known(struct differences *d, const char *path);
/* Those not known, and known ones that were not met: what makes the exit status 1. */
size_t differences_open(struct differences *d);
void differences_to_text(struct differences *d, struct buf *out);
NODISCARD json_t *differences_to_json(struct differences *d);
void differences_clear(struct differences *d);

#endif
