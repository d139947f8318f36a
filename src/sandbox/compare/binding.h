/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which value of the sandbox's stands for which of the recording's: learnt from answers, by the
 * place in which both stand, and put into the requests that follow.
 */
#ifndef SANDBOX_COMPARE_BINDING_H
#define SANDBOX_COMPARE_BINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"

struct bindings {
	struct binding {
		char *recorded;
		char *here;
	} * v;
	size_t n;
};
void bindings_clear(struct bindings *b);

/* `text` with all that is bound replaced, appended to `out`. */
void bindings_apply(const struct bindings *b, const char *text, struct buf *out);
/*
 * May `here` stand where the recording has `recorded`?  What is bound must agree; what is not yet
 * and has the same shape is bound by this.  Dates, checksums and what was hidden as a text are not
 * compared.  False: they differ.
 */
bool bindings_agree(struct bindings *b, const char *recorded, const char *here);
/* The same without learning. */
bool bindings_would_agree(const struct bindings *b, const char *recorded, const char *here);

#endif
