/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line split into words as a POSIX shell would, and nothing more: quotes and
 * backslashes, but no variables, no globs, no operators.  For section headers
 * ([profile "two words"]) and credential_process.
 */
#ifndef AWS_WORDS_H
#define AWS_WORDS_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/strv.h"

/* Appends to `ret`; false, and nothing appended, when a quote is not closed or a backslash ends
 * the line. */
NODISCARD bool words_split(const char *s, struct strv *ret);

#endif
