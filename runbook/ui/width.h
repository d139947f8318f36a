/* SPDX-License-Identifier: Apache-2.0 */
/* How many columns text takes on a terminal. */
#ifndef RUNBOOK_WIDTH_H
#define RUNBOOK_WIDTH_H

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/strv.h"

/* UTF-8 text without control characters; East Asian wide and full-width count two, combining
 * marks none. */
int text_width(const char *s);
/* Bytes of `s` that fit in `columns`; *ret_columns: what those take. */
size_t text_fit(const char *s, int columns, int *ret_columns);

/* Columns of the terminal behind `fd`; 0: it is none, and nothing is to be cut or wrapped. */
int terminal_columns(int fd);

/* Append `s`, its end replaced by an ellipsis when it takes more than `columns`; answers the
 * columns taken.  _words cuts between words only, so that no id or time is half there: nothing is
 * appended when not even the first fits. */
int text_cut(struct buf *out, const char *s, int columns);
int text_cut_words(struct buf *out, const char *s, int columns);

/* Append `s` in lines of `columns` at most (0: one line), each indented by `indent`, from the
 * second on by `hanging`.  Lines end at spaces and beside wide characters, but none begins with a
 * closing mark or ends with an opening one; only a word that is longer than a line is broken.
 * Ends with a newline. */
void text_wrap(struct buf *out, const char *s, int columns, int indent, int hanging);

/* The same, but what is in `whole` (commands, to be copied) is never broken: where the text does
 * not fit in one line, each stands in a line of its own, even in one that is too long. */
void text_wrap_whole(struct buf *out, const char *s, const struct strv *whole, int columns,
		     int indent, int hanging);

#endif
