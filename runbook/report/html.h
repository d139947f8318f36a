/* SPDX-License-Identifier: Apache-2.0 */
/* Text for HTML and SVG, and how wide it is there. */
#ifndef RUNBOOK_REPORT_HTML_H
#define RUNBOOK_REPORT_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/strv.h"

/* Appends `s` escaped, for text and for attributes in quotes; NULL is nothing. */
void html_text(struct buf *out, const char *s);
/* Appends <tag>text</tag>; `tag` may have attributes: `p class="why"`. */
void html_element(struct buf *out, const char *tag, const char *text);

/* A member of an object; NULL: it is no string. */
const char *html_str(const json_t *object, const char *key);

/* "120 ms", "1.2 s", "2 min 05 s", "3 h 05 min".  Caller frees. */
NODISCARD char *html_duration(int64_t ms);

/* "2026-11-23 10:00:00 UTC" of "2026-11-23T10:00:00.123Z"; "" of NULL.  Caller frees. */
NODISCARD char *html_time(const char *at);

/* "2026-11-23 10:00:00 to 10:12:30 UTC"; the second date where it is another day.  Caller frees. */
NODISCARD char *html_period(const char *from, const char *until);

enum html_face { FACE_SANS, FACE_BOLD, FACE_MONO };

/*
 * The most that `s` takes in any usual font of that kind, in thousandths of the font's size: what
 * is laid out here is drawn with fonts that nobody knows.
 */
int html_width(const char *s, enum html_face face);
/*
 * `s` in lines of `width` (as above) at most, cut between words where there are any; the last of
 * `max_lines` ends in an ellipsis when there was more.  Appends to `lines`.
 */
void html_wrap(struct strv *lines, const char *s, enum html_face face, int width, size_t max_lines);

#endif
