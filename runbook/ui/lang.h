/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages in two languages.  The English text is the key, as in gettext, so the
 * compiler checks the arguments against it, and msgfmt that each Japanese one takes
 * the same.  The Japanese is in runbook/po/ja.po.  Ids, codes and what AWS says are
 * never translated.
 */
#ifndef RUNBOOK_LANG_H
#define RUNBOOK_LANG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/said.h"
#include "runbook/contract/step.h"

/*
 * LANG_OF_LOCALE: LC_ALL, LC_MESSAGES, LANG decide, and a locale whose character set is not
 * UTF-8 gets English, which every one of them has.
 */
enum lang { LANG_OF_LOCALE, LANG_EN, LANG_JA };
/*
 * From now on.  Without the catalogue the language is English, and with LANG_JA that is an error
 * (GONE, USAGE): somebody asked for it by name.
 */
NODISCARD struct rb_error *lang_choose(enum lang lang);
/* "en", "ja"; false, when it is none of these. */
NODISCARD bool lang_named(const char *name, enum lang *ret);
/* The catalogue to take in place of the program's own.  The one before stays when it fails. */
NODISCARD struct rb_error *lang_load(const char *path);
bool lang_is_japanese(void);
/* What is printed may have characters beyond ASCII: the locale says so, or the language is ja. */
bool lang_is_utf8(void);

/* The text in the chosen language; `en` itself when there is no other.  Static. */
const char *tr(const char *en) __attribute__((format_arg(1)));

/* tr(one) for one thing, tr(many) for any other number of them; both take the same arguments. */
const char *tr_n(size_t n, const char *one, const char *many)
	__attribute__((format_arg(2), format_arg(3)));

/* The sentence in the chosen language.  Caller frees; NULL for NULL. */
NODISCARD char *tr_said(const struct said *said);
/* `text` is the English of a sentence: it in the chosen language; else the text as it came.  Never
 * NULL.  Caller frees. */
NODISCARD char *tr_text(const char *text);
/*
 * The same of what the journal or another record has: English that has lost its format, which is
 * found by the catalogue.  What no message says (a state, an id, AWS's own words) stays as it is.
 */
NODISCARD char *tr_recorded(const char *text);
/* The same as a sentence, to be a part of another one; its English is `text`, "" for NULL.  Caller
 * frees. */
NODISCARD RETURNS_NONNULL struct said *lang_recorded_said(const char *text);
/* Its field; NULL: nobody filled it. */
NODISCARD char *tr_error(const struct rb_error *err, enum rb_field field);
/* "WHAT: WHY", or what there is of it.  Never NULL. */
NODISCARD char *tr_reason(const struct rb_error *err);

/* The step's title in the chosen language. */
const char *step_title(const struct step *step);

#endif
