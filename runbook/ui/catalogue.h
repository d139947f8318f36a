/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A catalogue of messages as msgfmt(1) makes it: the .mo file of GNU gettext.
 *
 * It is read here and not by gettext(3), for the C library translates only in a locale that is
 * installed, and a fresh Debian has none but C, C.UTF-8 and POSIX; since 2.39 it leaves C.UTF-8 as
 * untranslated as C, whatever LANGUAGE says.  `--lang ja` has to work there, too.  What is read is
 * the format of the manual, "The Format of GNU MO Files"; of the plural forms those of a language
 * that has one alone, as Japanese.
 */
#ifndef RUNBOOK_CATALOGUE_H
#define RUNBOOK_CATALOGUE_H

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"

struct catalogue;

/*
 * Takes the bytes, whatever comes of it.  Caller frees with catalogue_free.
 *   fails  USAGE  it is no such file, it is cut short, its texts are not UTF-8, or its language
 *                 has several plural forms
 */
NODISCARD struct rb_error *catalogue_read(struct buf *bytes, struct catalogue **ret);
/* The translation; of a message with a plural its only form, found by the singular.  NULL: there is
 * none.  Lives as long as the catalogue. */
const char *catalogue_find(const struct catalogue *c, const char *message);
/* The messages in their order; NULL: there is no such row. */
const char *catalogue_message(const struct catalogue *c, size_t row);
void catalogue_free(struct catalogue *c);

#endif
