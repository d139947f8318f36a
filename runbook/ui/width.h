/* How many columns text takes on a terminal. */
#ifndef RUNBOOK_WIDTH_H
#define RUNBOOK_WIDTH_H

#include <stddef.h>

#include "base/attr.h"

/* UTF-8 text without control characters; East Asian wide and full-width count two, combining
 * marks none. */
int text_width(const char *s);
/* Bytes of `s` that fit in `columns`; *ret_columns: what those take. */
size_t text_fit(const char *s, int columns, int *ret_columns);

#endif
